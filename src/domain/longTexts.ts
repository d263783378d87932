// Long texts of a body: data URLs, files, whole books. They stay as the bytes that arrived, and a short
// marker stands for each in the parsed body. Turning a megabyte into strings, parsing, escaping and
// garbage-collecting it costs more than everything else done for such a request; with twenty megabytes every
// other request has to wait.

import { isStrictBase64 } from './base64.js';
import type { LongTextPlace } from './jsonOutline.js';
import { CARRIES_THOUGHT } from './thought.js';

declare const BODY_TEXT: unique symbol;

/**
 * A text of a body, to be passed on. A long one is only its beginning and the marker that stands for the rest.
 * At run time it is a string. The compiler does not know that, so nobody takes a marker for the text itself.
 */
export interface BodyText {
  readonly [BODY_TEXT]: true;
}

/** Of a text in a parsed body, or of a text of our own that is sent beside it. */
export function bodyText(text: string): BodyText {
  return text as unknown as BodyText;
}

/** A short text whole. Of a long one, enough to see what it is; its marker looks like no word. */
export function beginningOf(text: BodyText): string {
  return text as unknown as string;
}

/** The texts that were cut out. */
export interface LongTexts {
  /** The beginning of every stand-in. The text's number follows, always with the same number of digits. */
  marker: string;
  texts: Buffer[];
}

export interface CuttingTools {
  /** Returns 32 unpredictable letters or digits. */
  newMarker(): string;
  isUtf8(bytes: Uint8Array): boolean;
}

/** Nothing is cut out of a smaller body: that would cost more than it saves. */
const WORTHWHILE_BYTES = 65_536;
/** A multiple of 4, for base64. */
const BYTES_AT_A_TIME = 2 * 1024 * 1024;

export const NO_LONG_TEXTS: LongTexts = { marker: '', texts: [] };

const DATA = /^data:/i;
const DATA_HEAD = /^data:(?:[a-z0-9.+/-]|\\\/){1,100};base64,/i;
const MOST_HEAD_BYTES = 128;
/** This much base64 stays in the body: the beginning shows what type of file it is. */
const KEPT_CHARACTERS = 64;
/** As much of other texts stays, as far as it is plain ASCII: it shows whether the text is a URL. */
const PLAIN = /^[\x20-\x21\x23-\x5b\x5d-\x7e]*/;
/** White space written as escapes, and an escape that is cut off at the end. */
const BLANK_ESCAPE =
  /\\(?:[nrtf]|u(?:00(?:0[9a-d]|20|a0)|1680|20[0-9a-f]{2}|3000|feff))|\\u?[0-9a-f]{0,3}$/gi;
/**
 * A voice comes without any head. With line breaks or in the alphabet for URLs it stays whole, so that whoever reads it
 * can tidy it up.
 */
const LIKE_BASE64 = /^(?:[a-z0-9+/_-]|\\\/){64}/i;
/** A longer one is handed on as it came: to tidy it up would hold up everybody. */
const MOST_LOOSE_BYTES = 2 * 1024 * 1024;
const NUMBER_DIGITS = 5;
const SMALL_BYTES = 65_536;
const MARKER_CHARACTERS = 32 - NUMBER_DIGITS;

/**
 * Cuts long texts out of a JSON text. The texts that remain are valid exactly where the originals were, so
 * invalid and blank ones stay whole. Yields between pieces of the work, so that others get their turn.
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

/** The part of a text that can be cut out; null where all of it has to stay. */
function* cutOf(
  json: Buffer,
  { from, to }: LongTextPlace,
  { isUtf8 }: CuttingTools,
): Generator<void, LongTextPlace | null> {
  const head = json.toString('latin1', from, from + MOST_HEAD_BYTES);
  if (DATA.test(head)) {
    const dataFrom = from + (DATA_HEAD.exec(head)?.[0].length ?? 0);
    const isBase64 = dataFrom > from && (yield* isBase64Between(json, dataFrom, to));
    return isBase64 ? { from: afterKept(json, dataFrom), to } : null;
  }
  const isLikeBase64 = LIKE_BASE64.test(head);
  if (isLikeBase64) {
    if (yield* isBase64Between(json, from, to)) return { from: afterKept(json, from), to };
    if (to - from <= MOST_LOOSE_BYTES) return null;
  }
  // It is read, and then left out.
  if (CARRIES_THOUGHT.test(head)) return null;
  const begin = json.toString('utf8', from, from + MOST_HEAD_BYTES);
  const isBlank = begin.replace(BLANK_ESCAPE, '').trim() === '';
  if (isBlank || !isUtf8(json.subarray(from, to))) return null;
  const sound = new SoundText(json, from);
  for (let at = from; at < to; at += BYTES_AT_A_TIME) {
    if (at > from) yield;
    if (!sound.read(Math.min(at + BYTES_AT_A_TIME, to))) return null;
  }
  if (!sound.isWhole()) return null;
  const [plain] = PLAIN.exec(head.slice(0, KEPT_CHARACTERS)) as RegExpExecArray;
  // A multiple of 4 like the marker, so that what stays of base64 is base64. Of another text one more stays, with which
  // it is none.
  const more = isLikeBase64 ? plain.length % 4 : (plain.length + 3) % 4;
  return { from: from + Math.max(0, plain.length - more), to };
}

/** Behind the characters of base64 that stay. PHP writes a slash as `\/`. */
function afterKept(json: Buffer, from: number): number {
  let at = from;
  for (let kept = 0; kept < KEPT_CHARACTERS; kept++) at += json[at] === BACKSLASH ? 2 : 1;
  return at;
}

function* isBase64Between(json: Buffer, from: number, to: number): Generator<void, boolean> {
  /** What is left of the piece before: less than four characters. */
  let rest = '';
  for (let at = from; at < to; ) {
    if (at > from) yield;
    let end = Math.min(at + BYTES_AT_A_TIME, to);
    // No escape is cut in two.
    if (end < to && json[end - 1] === BACKSLASH) end -= 1;
    const isLast = end === to;
    const piece = json.subarray(at, end);
    at = end;
    if (rest === '' && (isLast || piece.length % 4 === 0) && !piece.includes(BACKSLASH)) {
      // Padding is only allowed at the end of the whole text.
      if (!isLast && piece.at(-1) === EQUALS) return false;
      if (!isStrictBase64(piece)) return false;
      continue;
    }
    const text = rest + piece.toString('latin1').replaceAll('\\/', '/');
    const whole = isLast ? text.length : text.length - (text.length % 4);
    if (!isLast && text[whole - 1] === '=') return false;
    if (!isStrictBase64(text.slice(0, whole))) return false;
    rest = text.slice(whole);
  }
  return to > from;
}

/** Whether bytes are the inside of a JSON text that can be stored and sent on: no NUL, no lone surrogate. */
class SoundText {
  private isHighBefore = false;

  constructor(
    private readonly bytes: Buffer,
    private at: number,
  ) {}

  /** Reads up to `to`, or to the end of an escape that crosses it. */
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

  /** Whether it does not end with half of a surrogate pair. */
  isWhole(): boolean {
    return !this.isHighBefore;
  }
}

const BACKSLASH = 0x5c;
const EQUALS = 0x3d;
const LETTER_U = 0x75;
const SIMPLE_ESCAPES = new Uint8Array(256);
for (const letter of '"\\/bfnrt') SIMPLE_ESCAPES[letter.charCodeAt(0)] = 1;
/** The value of each hexadecimal digit plus one; 0 for all other characters. */
const HEX_DIGITS = new Uint8Array(256);
for (const digit of '0123456789abcdefABCDEF') {
  HEX_DIGITS[digit.charCodeAt(0)] = Number.parseInt(digit, 16) + 1;
}

/** The number that four hexadecimal digits stand for; -1 where they are not hexadecimal. */
function hexOf(bytes: Buffer, from: number): number {
  let unit = 0;
  for (let at = from; at < from + 4; at++) {
    const digit = HEX_DIGITS[bytes[at] as number] as number;
    if (digit === 0) return -1;
    unit = unit * 16 + digit - 1;
  }
  return unit;
}

/** The JSON text with the long texts back in it, in pieces: joining them would copy each megabyte again. */
export function putLongTextsBack(json: string, { marker, texts }: LongTexts): Buffer[] {
  // `split` puts the numbers at the odd places.
  const standIns = new RegExp(`${marker}(\\d{${NUMBER_DIGITS}})`);
  const parts = json
    .split(standIns)
    .map((part, place) => (place % 2 === 1 ? (texts[Number(part)] as Buffer) : Buffer.from(part)));
  return withoutSmallPieces(parts);
}

/** Joins small pieces, because each piece is written separately. */
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
