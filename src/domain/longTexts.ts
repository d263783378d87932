// Long texts of a body: data URLs, files, whole books. They stay the bytes that came; in the parsed body a
// short text stands in for each. To make strings of a megabyte, parse them, escape them and collect them costs
// more than all else that is done for such a request, and of twenty megabytes holds up everybody.

import { isStrictBase64 } from './base64.js';
import type { LongTextPlace } from './jsonOutline.js';

/** What was cut out. */
export interface LongTexts {
  /** Begins what stands in for each; then comes its number, always as long. */
  marker: string;
  texts: Buffer[];
}

export interface CuttingTools {
  /** Gives 32 letters or digits that nobody can guess. */
  newMarker(): string;
  isUtf8(bytes: Uint8Array): boolean;
}

const NONE: LongTexts = { marker: '', texts: [] };

const DATA = /^data:/i;
const DATA_HEAD = /^data:[a-z0-9.+/-]{1,100};base64,/i;
const MOST_HEAD_BYTES = 128;
/** Base64 that stays: what kind of file it is can be seen from its beginning. */
const KEPT_BYTES = 64;
/** Of other texts as much stays, where it is plain: whether it is a URL can be seen from that. */
const PLAIN = /^[\x20-\x21\x23-\x5b\x5d-\x7e]*/;
/** White space that is written as escapes, and an escape that the end cuts off. */
const BLANK_ESCAPE =
  /\\(?:[nrtf]|u(?:00(?:0[9a-d]|20|a0)|1680|20[0-9a-f]{2}|3000|feff))|\\u?[0-9a-f]{0,3}$/gi;
const NUMBER_DIGITS = 5;
const MARKER_CHARACTERS = 32 - NUMBER_DIGITS;

/**
 * Cuts long texts out of a JSON text, and leaves shorter ones that are as valid as they are. What is not valid,
 * or blank, stays.
 */
export function cutLongTexts(
  json: Buffer,
  places: readonly LongTextPlace[],
  { newMarker, isUtf8 }: CuttingTools,
): { json: Buffer; longTexts: LongTexts } {
  const cuts = places.map(place => cutOf(json, place, isUtf8)).filter(cut => cut !== null);
  if (cuts.length === 0) return { json, longTexts: NONE };
  const marker = newMarker().slice(0, MARKER_CHARACTERS);
  const kept: Buffer[] = [];
  let keptTo = 0;
  cuts.forEach(({ from, to }, index) => {
    const number = String(index).padStart(NUMBER_DIGITS, '0');
    kept.push(json.subarray(keptTo, from), Buffer.from(marker + number));
    keptTo = to;
  });
  const texts = cuts.map(({ from, to }) => json.subarray(from, to));
  return { json: Buffer.concat([...kept, json.subarray(keptTo)]), longTexts: { marker, texts } };
}

/** What of a text can be cut out; null where it has to stay. */
function cutOf(
  json: Buffer,
  { from, to }: LongTextPlace,
  isUtf8: CuttingTools['isUtf8'],
): LongTextPlace | null {
  const head = json.toString('latin1', from, from + MOST_HEAD_BYTES);
  if (DATA.test(head)) {
    const dataFrom = from + (DATA_HEAD.exec(head)?.[0].length ?? 0);
    const isBase64 = dataFrom > from && isStrictBase64(json.subarray(dataFrom, to));
    return isBase64 ? { from: dataFrom + KEPT_BYTES, to } : null;
  }
  const begin = json.toString('utf8', from, from + MOST_HEAD_BYTES);
  const isBlank = begin.replace(BLANK_ESCAPE, '').trim() === '';
  if (isBlank || !isSoundText(json, from, to) || !isUtf8(json.subarray(from, to))) return null;
  const plain = PLAIN.exec(head.slice(0, KEPT_BYTES)) as RegExpExecArray;
  return { from: from + plain[0].length, to };
}

/** Whether the bytes are a JSON text that can be stored and sent on: no NUL, no lone surrogate. */
function isSoundText(bytes: Buffer, from: number, to: number): boolean {
  let isHighBefore = false;
  for (let at = from; at < to; at++) {
    const byte = bytes[at] as number;
    if (byte < 0x20) return false;
    if (byte !== BACKSLASH) {
      if (isHighBefore) return false;
      continue;
    }
    const escaped = bytes[++at] as number;
    if (escaped !== LETTER_U) {
      if (isHighBefore || SIMPLE_ESCAPES[escaped] !== 1) return false;
      continue;
    }
    const unit = hexOf(bytes, at + 1);
    at += 4;
    if (unit <= 0) return false;
    const isLow = unit >= 0xdc00 && unit <= 0xdfff;
    if (isLow !== isHighBefore) return false;
    isHighBefore = unit >= 0xd800 && unit <= 0xdbff;
  }
  return !isHighBefore;
}

const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
const SIMPLE_ESCAPES = new Uint8Array(256);
for (const letter of '"\\/bfnrt') SIMPLE_ESCAPES[letter.charCodeAt(0)] = 1;
/** One more than what each character says as a hexadecimal digit; 0 for all that is none. */
const HEX_DIGITS = new Uint8Array(256);
for (const digit of '0123456789abcdefABCDEF') {
  HEX_DIGITS[digit.charCodeAt(0)] = Number.parseInt(digit, 16) + 1;
}

/** The number that four hexadecimal digits say; -1 where they are none. */
function hexOf(bytes: Buffer, from: number): number {
  let unit = 0;
  for (let at = from; at < from + 4; at++) {
    const digit = HEX_DIGITS[bytes[at] as number] as number;
    if (digit === 0) return -1;
    unit = unit * 16 + digit - 1;
  }
  return unit;
}

/** The JSON text with what was cut out of it, in pieces: joining them would copy each megabyte once more. */
export function putLongTextsBack(json: string, { marker, texts }: LongTexts): Buffer[] {
  // The numbers stand at the odd places.
  const standIns = new RegExp(`${marker}(\\d{${NUMBER_DIGITS}})`);
  return json
    .split(standIns)
    .map((part, place) => (place % 2 === 1 ? (texts[Number(part)] as Buffer) : Buffer.from(part)));
}
