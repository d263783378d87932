// The sandbox's speech is silence, as long as speaking the text would take.

import { modelAndFault } from './request.js';
import type { NativeStandIn } from './standIn.js';
import { wireError } from './wireError.js';

const CHARACTERS_A_SECOND = 15;
/** A frame of MPEG 1 layer 3: 128 kbit/s, 44,100 samples a second, 1,152 samples. */
const MP3_FRAME = Buffer.concat([Buffer.from([0xff, 0xfb, 0x90, 0x00]), Buffer.alloc(413)]);
const FRAMES_A_SECOND = 44_100 / 1_152;
const SAMPLES_A_SECOND = 24_000;

export const speech: NativeStandIn = {
  readRequest(body) {
    const read = modelAndFault(body);
    if ('kind' in read) return read;
    if (typeof body.input !== 'string')
      return wireError(400, 'You must provide an input.', 'input');
    const messages = [{ role: 'user', content: body.input }];
    return { ...read, stream: false, messages, body };
  },
  fileOf({ body, fault }) {
    if (fault?.name === 'blank') return { type: 'audio/mpeg', pieces: [] };
    const seconds = Math.max(1, Math.ceil(String(body.input).length / CHARACTERS_A_SECOND));
    const format = body.response_format ?? 'pcm';
    if (format === 'pcm') return { type: 'audio/pcm', pieces: silence(seconds) };
    if (format === 'wav')
      return { type: 'audio/wav', pieces: [wavHead(seconds), ...silence(seconds)] };
    const second = Buffer.concat(
      Array.from({ length: Math.round(FRAMES_A_SECOND) }, () => MP3_FRAME),
    );
    return { type: 'audio/mpeg', pieces: Array.from({ length: seconds }, () => second) };
  },
  bodyOf: () => ({}),
  eventsOf: () => [],
};

/** One piece per second, with 16 bits per sample. */
function silence(seconds: number): Buffer[] {
  return Array.from({ length: seconds }, () => Buffer.alloc(SAMPLES_A_SECOND * 2));
}

function wavHead(seconds: number): Buffer {
  const bytes = seconds * SAMPLES_A_SECOND * 2;
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + bytes, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(SAMPLES_A_SECOND, 24);
  head.writeUInt32LE(SAMPLES_A_SECOND * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(bytes, 40);
  return head;
}
