// What audio files begin with, and how long they last.

import { type Signature, typeBySignature } from './signature.js';

/** How files of each type begin, by their extension. */
const SIGNATURES: Record<string, Signature[]> = {
  mp3: [
    [0x49, 0x44, 0x33],
    [0xff, 0xfb],
    [0xff, 0xf3],
    [0xff, 0xf2],
    [0xff, 0xfa],
  ],
  wav: [[0x52, 0x49, 0x46, 0x46, null, null, null, null, 0x57, 0x41, 0x56, 0x45]],
  flac: [[0x66, 0x4c, 0x61, 0x43]],
  ogg: [[0x4f, 0x67, 0x67, 0x53]],
  aac: [
    [0xff, 0xf1],
    [0xff, 0xf9],
  ],
  m4a: [[null, null, null, null, 0x66, 0x74, 0x79, 0x70]],
  webm: [[0x1a, 0x45, 0xdf, 0xa3]],
  aiff: [[0x46, 0x4f, 0x52, 0x4d, null, null, null, null, 0x41, 0x49, 0x46]],
  amr: [[0x23, 0x21, 0x41, 0x4d, 0x52]],
};

export const AUDIO_TYPES = Object.keys(SIGNATURES);

/** `mp3`, of bytes that begin as such a file does; null of others. Videos with sound are m4a or webm. */
export function audioTypeOf(bytes: Uint8Array): string | null {
  return typeBySignature(SIGNATURES, bytes);
}

/** The bit rates of MPEG 1 layer 3 in kilobits a second, by the four bits that name them. */
const KILOBITS = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
/** The same for MPEG 2 and 2.5. */
const LOW_KILOBITS = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];

/** In seconds, to a tenth: of wav, and of mp3 with one bitrate, as speech comes. Null where it is not known. */
export function audioSecondsOf(bytes: Uint8Array): number | null {
  const type = audioTypeOf(bytes);
  const bytesASecond = type === 'wav' ? wavRate(bytes) : type === 'mp3' ? mp3Rate(bytes) : 0;
  return bytesASecond > 0 ? Math.round((bytes.length / bytesASecond) * 10) / 10 : null;
}

/** The lowest rate of speech: 8 kilobits a second. */
const LEAST_BYTES_A_SECOND = 1_000;

/** How long so many bytes last at most, whose beginning is `head`. Only of wav does it say the rate. */
export function mostSecondsOf(head: Uint8Array, bytes: number): number {
  const rate = audioTypeOf(head) === 'wav' ? wavRate(head) : 0;
  return Math.ceil(bytes / Math.max(rate, LEAST_BYTES_A_SECOND));
}

/** `fmt `, with which the properties begin. */
const PROPERTIES = 0x666d7420;
/** Integers, floats, both of telephones, and any of them with more properties: each sample has the same bits. */
const SAMPLED = [1, 3, 6, 7, 0xfffe];

/**
 * Bytes a second; 0 where the head does not say it. It is reckoned as those do who play it: the head has it once more
 * as a number of its own, which nobody reads, so that anything may stand there.
 */
function wavRate(bytes: Uint8Array): number {
  if (bytes.length < 36) return 0;
  const head = new DataView(bytes.buffer, bytes.byteOffset);
  if (head.getUint32(12) !== PROPERTIES || !SAMPLED.includes(head.getUint16(20, true))) return 0;
  const channels = head.getUint16(22, true);
  const samples = head.getUint32(24, true);
  const bits = head.getUint16(34, true);
  return channels * samples * Math.ceil(bits / 8);
}

function mp3Rate(bytes: Uint8Array): number {
  const at = bytes[0] === 0x49 ? tagLength(bytes) : 0;
  const [sync, version = 0, rate = 0] = bytes.subarray(at, at + 3);
  if (sync !== 0xff || (version & 0xe0) !== 0xe0) return 0;
  const isLow = (version & 0x08) === 0;
  return (((isLow ? LOW_KILOBITS : KILOBITS)[rate >> 4] ?? 0) * 1000) / 8;
}

/** ID3: seven bits of each of four bytes, and the ten of its head. */
function tagLength(bytes: Uint8Array): number {
  return 10 + bytes.subarray(6, 10).reduce((sum, byte) => sum * 128 + (byte & 0x7f), 0);
}
