// Long data URLs of a body. Their base64 stays the bytes that came; in the parsed body a short text stands
// in for it. To make strings of a megabyte, parse them, escape them and collect them costs more than all
// else that is done for such a request.

import { isStrictBase64 } from './base64.js';

/** What was cut out, by what stands in for it. */
export type LongTexts = ReadonlyMap<string, Buffer>;

const NONE: LongTexts = new Map();

/** Shorter ones are not worth it. */
const LONG_BYTES = 16_384;
const OPENING = Buffer.from('"data:');
const HEAD = /^"data:[a-z0-9.+/-]{1,100};base64,/i;
const MOST_HEAD_BYTES = 128;
/** What looks like one more often than this is not worth the search. */
const MOST_LOOKED_AT = 1_000;
/** Base64 that stays: what kind of file it is can be seen from its beginning. */
const KEPT_BYTES = 64;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Cuts the base64 of long data URLs out of a JSON text, and leaves a shorter data URL that is as valid as
 * they are. What is no strict base64 stays. `newStandIn` gives 32 letters or digits that nobody can guess.
 */
export function cutLongTexts(
  json: Buffer,
  newStandIn: () => string,
): { json: Buffer; longTexts: LongTexts } {
  if (json.length < LONG_BYTES) return { json, longTexts: NONE };
  const longTexts = new Map<string, Buffer>();
  const kept: Buffer[] = [];
  let keptTo = 0;
  let at = json.indexOf(OPENING);
  for (let looked = 0; at >= 0 && looked < MOST_LOOKED_AT; looked++) {
    const cut = longBase64At(json, at);
    if (cut) {
      const standIn = newStandIn();
      longTexts.set(standIn, json.subarray(cut.from, cut.to));
      kept.push(json.subarray(keptTo, cut.from), Buffer.from(standIn));
      keptTo = cut.to;
    }
    at = json.indexOf(OPENING, cut ? cut.to : at + 1);
  }
  if (longTexts.size === 0) return { json, longTexts };
  return { json: Buffer.concat([...kept, json.subarray(keptTo)]), longTexts };
}

/** Where the base64 lies that can be cut from the data URL that begins at a quote. */
function longBase64At(json: Buffer, quote: number): { from: number; to: number } | null {
  // Within a text: what follows is not the beginning of a value.
  if (json[quote - 1] === BACKSLASH) return null;
  const head = HEAD.exec(json.toString('latin1', quote, quote + MOST_HEAD_BYTES));
  if (!head) return null;
  const begin = quote + head[0].length;
  const end = json.indexOf(QUOTE, begin);
  if (end - begin < LONG_BYTES || !isStrictBase64(json.subarray(begin, end))) return null;
  return { from: begin + KEPT_BYTES, to: end };
}

/** The JSON text with what was cut out of it, in pieces: joining them would copy each megabyte once more. */
export function putLongTextsBack(json: string, longTexts: LongTexts): Buffer[] {
  const standIns = new RegExp(`(${[...longTexts.keys()].join('|')})`);
  return json.split(standIns).map(part => longTexts.get(part) ?? Buffer.from(part));
}
