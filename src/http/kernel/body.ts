// Reads a request's body as strict UTF-8, as JSON.

import { isAscii, isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { withoutByteOrderMark } from '../../domain/byteOrderMark.js';
import { JsonOutline, MOST_SHORT_BYTES } from '../../domain/jsonOutline.js';
import {
  type CuttingTools,
  cutLongTexts,
  type LongTexts,
  NO_LONG_TEXTS,
} from '../../domain/longTexts.js';
import { type Refusal, refuse } from '../../domain/refusal.js';
import type { BodyBudget } from './bodyBudget.js';
import { type BodyBytes, type Reading, readBytes } from './bodyBytes.js';
import { refuseBodyType, refuseNoJson, type TakenTypes } from './bodyType.js';

/** The most bytes of a chat, which may have images. Exactly 20 MiB is allowed. */
export const MOST_CHAT_BYTES = 20 * 1024 * 1024;
/** The most bytes for administrators, who may send lists and long notes. */
export const MOST_BODY_BYTES = 1024 * 1024;
/** The most bytes for all others, whose bodies have an address, a key or a product. */
export const MOST_PUBLIC_BYTES = 64 * 1024;
/** Larger bodies are parsed in several turns of the event loop, so that other requests get turns too. */
const MUCH_JSON = 256 * 1024;

export interface ReadJson {
  kind: 'json';
  value: unknown;
  /** The long texts that were cut out of the body. */
  longTexts: LongTexts;
}

export type JsonBody = ReadJson | Refusal;

/** Reads and parses a JSON body. */
export async function readJson(
  request: IncomingMessage,
  mostBytes = MOST_BODY_BYTES,
): Promise<JsonBody> {
  const body = await readJsonBytes(request, new JsonOutline(), { mostBytes }, 'json');
  if (body.kind === 'refusal') return body;
  body.release?.();
  return parseJson(body.bytes, request);
}

/** The same for a chat, which may have images. Its bytes count in the budget until `response` has ended. */
export async function readChatJson(
  request: IncomingMessage,
  response: ServerResponse,
  budget: BodyBudget,
  taken: TakenTypes,
): Promise<JsonBody> {
  const outline = new JsonOutline();
  const reading = { mostBytes: MOST_CHAT_BYTES, budget };
  const body = await readJsonBytes(request, outline, reading, taken);
  if (body.kind === 'refusal') return body;
  const { bytes, release } = body;
  if (release && response.closed) release();
  else if (release) response.on('close', release);
  // The long texts were checked when they were cut out. Only the rest can still be invalid UTF-8.
  const { json, longTexts } =
    outline.longTexts.length === 0
      ? { json: bytes, longTexts: NO_LONG_TEXTS }
      : await inTurns(cutLongTexts(bytes, outline.longTexts, CUTTING));
  // Also catches a string without an end.
  return json.length > MOST_SHORT_BYTES ? tooMuch() : parseJson(json, request, longTexts);
}

const CUTTING: CuttingTools = {
  newMarker: () => randomUUID().replaceAll('-', ''),
  isUtf8,
};

async function inTurns<Result>(work: Generator<void, Result>): Promise<Result> {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    await nextTurn();
  }
}

function readJsonBytes(
  request: IncomingMessage,
  outline: JsonOutline,
  { mostBytes, budget }: Reading,
  taken: TakenTypes,
): Promise<BodyBytes | Refusal> | Refusal {
  const refused = refuseBodyType(request, taken);
  if (refused) return refused;
  const look = (bytes: Buffer, length: number) => {
    outline.read(bytes, length);
    return outline.isTooMuch() ? tooMuch() : null;
  };
  return readBytes(request, { mostBytes, budget, look });
}

function tooMuch(): Refusal {
  return refuse('invalid_request', 'body_too_complex', {});
}

/** Returns a promise only for a large body. */
function parseJson(
  bytes: Buffer,
  request: IncomingMessage,
  longTexts = NO_LONG_TEXTS,
): JsonBody | Promise<JsonBody> {
  if (bytes.length > MUCH_JSON) return parseMuchJson(bytes, request, longTexts);
  return isUtf8(bytes) ? parseText(decoded(bytes), request, longTexts) : NOT_UTF8;
}

async function parseMuchJson(
  bytes: Buffer,
  request: IncomingMessage,
  longTexts: LongTexts,
): Promise<JsonBody> {
  await nextTurn();
  if (!isUtf8(bytes)) return NOT_UTF8;
  const text = decoded(bytes);
  await nextTurn();
  const parsed = parseText(text, request, longTexts);
  await nextTurn();
  return parsed;
}

const NOT_UTF8 = refuse('invalid_request', 'body_not_utf8', {});

function parseText(text: string, request: IncomingMessage, longTexts: LongTexts): JsonBody {
  try {
    return { kind: 'json', value: JSON.parse(text), longTexts };
  } catch {
    return refuseNoJson(request);
  }
}

function decoded(bytes: Buffer): string {
  return isAscii(bytes) ? bytes.toString('latin1') : withoutByteOrderMark(bytes.toString());
}
