// Long texts of a body: data URLs, files, whole books. They stay the bytes that came; in the parsed body a
// short text stands in for each. To make strings of a megabyte, parse them, escape them and collect them costs
// more than all else that is done for such a request, and of twenty megabytes holds up everybody.

import { isStrictBase64 } from './base64.js';
import type { LongTextPlace } from './jsonOutline.js';

declare const BODY_TEXT: unique symbol;

/**
 * A text of a body as it is handed on: itself, or where it is long its beginning and what stands in for the
 * rest. It is a string, but not to the compiler: nobody takes a stand-in for a picture, nor a text for what
 * can be handed on.
 */
export interface BodyText {
  readonly [BODY_TEXT]: true;
}

/** Of a text in a parsed body, or one of our own that goes beside it. */
export function bodyText(text: string): BodyText {
  return text as unknown as BodyText;
}

/** All of a short text. Of a long one as much as says what it is; the rest is like no word that there is. */
export function beginningOf(text: BodyText): string {
  return text as unknown as string;
}

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

/** In a smaller body nothing is cut: that costs more than it saves. */
const WORTHWHILE_BYTES = 65_536;
/** A multiple of 4. */
const BYTES_AT_A_TIME = 2 * 1024 * 1024;

export const NO_LONG_TEXTS: LongTexts = { marker: '', texts: [] };

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
const SMALL_BYTES = 65_536;
const MARKER_CHARACTERS = 32 - NUMBER_DIGITS;

/**
 * Cuts long texts out of a JSON text, and leaves shorter ones that are as valid as they are. What is not valid,
 * or blank, stays. Yields after each piece of the work, so that others can have their turn.
 */
export function* cutLongTexts(
  json: Buffer,
  places: readonly LongTextPlace[],
  tools: CuttingTools,
): Generator<void, { json: Buffer; longTexts: LongTexts }> {
  const cuts: LongTextPlace[] = [];
  if (json.length < WORTHWHILE_BYTES) return { json, longTexts: NO_LONG_TEXTS };
  let workedOn = 0;
  for (const place of places) {
    const cut = yield* cutOf(json, place, tools);
    if (cut) cuts.push(cut);
    workedOn += place.to - place.from;
    if (workedOn < BYTES_AT_A_TIME) continue;
    workedOn = 0;
    yield;
  }
  if (cuts.length === 0) return { json, longTexts: NO_LONG_TEXTS };
  const marker = tools.newMarker().slice(0, MARKER_CHARACTERS);
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
function* cutOf(
  json: Buffer,
  { from, to }: LongTextPlace,
  { isUtf8 }: CuttingTools,
): Generator<void, LongTextPlace | null> {
  const head = json.toString('latin1', from, from + MOST_HEAD_BYTES);
  if (DATA.test(head)) {
    const dataFrom = from + (DATA_HEAD.exec(head)?.[0].length ?? 0);
    const isBase64 = dataFrom > from && (yield* isBase64Between(json, dataFrom, to));
    return isBase64 ? { from: dataFrom + KEPT_BYTES, to } : null;
  }
  const begin = json.toString('utf8', from, from + MOST_HEAD_BYTES);
  const isBlank = begin.replace(BLANK_ESCAPE, '').trim() === '';
  if (isBlank || !isUtf8(json.subarray(from, to))) return null;
  const sound = new SoundText(json, from);
  for (let at = from; at < to; at += BYTES_AT_A_TIME) {
    if (at > from) yield;
    if (!sound.read(Math.min(at + BYTES_AT_A_TIME, to))) return null;
  }
  if (!sound.isWhole()) return null;
  const plain = PLAIN.exec(head.slice(0, KEPT_BYTES)) as RegExpExecArray;
  return { from: from + plain[0].length, to };
}

function* isBase64Between(json: Buffer, from: number, to: number): Generator<void, boolean> {
  for (let at = from; at < to; at += BYTES_AT_A_TIME) {
    const end = Math.min(at + BYTES_AT_A_TIME, to);
    if (at > from) yield;
    // Padding is for the end of the whole.
    if (end < to && json[end - 1] === EQUALS) return false;
    if (!isStrictBase64(json.subarray(at, end))) return false;
  }
  return to > from;
}

/** Whether bytes are a JSON text that can be stored and sent on: no NUL, no lone surrogate. */
class SoundText {
  private isHighBefore = false;

  constructor(
    private readonly bytes: Buffer,
    private at: number,
  ) {}

  /** Goes on to `to`, and to the end of an escape that has begun before. */
  read(to: number): boolean {
    const { bytes } = this;
    let { at, isHighBefore } = this;
    for (; at < to; at++) {
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
    this.at = at;
    this.isHighBefore = isHighBefore;
    return true;
  }

  /** No half of a character at its end. */
  isWhole(): boolean {
    return !this.isHighBefore;
  }
}

const BACKSLASH = 0x5c;
const EQUALS = 0x3d;
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
  const parts = json
    .split(standIns)
    .map((part, place) => (place % 2 === 1 ? (texts[Number(part)] as Buffer) : Buffer.from(part)));
  return withoutSmallPieces(parts);
}

/** Each piece is a write of its own. */
function withoutSmallPieces(parts: Buffer[]): Buffer[] {
  const pieces: Buffer[] = [];
  let small: Buffer[] = [];
  let smallBytes = 0;
  for (const part of [...parts, null]) {
    if (part && part.length < SMALL_BYTES) {
      small.push(part);
      smallBytes += part.length;
    }
    const isEnd = part === null || part.length >= SMALL_BYTES;
    if (smallBytes >= SMALL_BYTES || (isEnd && smallBytes > 0)) {
      pieces.push(Buffer.concat(small));
      small = [];
      smallBytes = 0;
    }
    if (part && isEnd) pieces.push(part);
  }
  return pieces;
}
