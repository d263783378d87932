// Records the reader's voice as a WAV file, which every model that accepts audio can read.

const RATE_HZ = 16_000;
const HEADER_BYTES = 44;

export interface Recording {
  /** Ends the recording and returns the file; null if nothing was recorded. */
  end(): Promise<File | null>;
}

/** @throws if the browser has no microphone, or may not use it. */
export async function record(): Promise<Recording> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const recorder = new MediaRecorder(stream);
  const pieces: Blob[] = [];
  recorder.ondataavailable = ({ data }) => pieces.push(data);
  recorder.start();
  return {
    end: () =>
      new Promise((resolve, reject) => {
        recorder.onstop = () => {
          for (const track of stream.getTracks()) track.stop();
          asWave(new Blob(pieces)).then(resolve, reject);
        };
        recorder.stop();
      }),
  };
}

async function asWave(recorded: Blob): Promise<File | null> {
  if (recorded.size === 0) return null;
  const context = new OfflineAudioContext(1, RATE_HZ, RATE_HZ);
  // Decoding also converts the sound to the context's rate.
  const sound = await context.decodeAudioData(await recorded.arrayBuffer());
  const samples = sound.getChannelData(0);
  const bytes = new ArrayBuffer(HEADER_BYTES + samples.length * 2);
  const view = new DataView(bytes);
  writeHeader(view, samples.length * 2);
  samples.forEach((sample, at) => {
    const bounded = Math.max(-1, Math.min(1, sample));
    view.setInt16(HEADER_BYTES + at * 2, bounded * 0x7fff, true);
  });
  return new File([bytes], 'voice.wav', { type: 'audio/wav' });
}

function writeHeader(view: DataView, dataBytes: number): void {
  const text = (at: number, letters: string) =>
    [...letters].forEach((letter, index) => void view.setUint8(at + index, letter.charCodeAt(0)));
  text(0, 'RIFF');
  view.setUint32(4, dataBytes + HEADER_BYTES - 8, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, RATE_HZ, true);
  view.setUint32(28, RATE_HZ * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, 'data');
  view.setUint32(40, dataBytes, true);
}
