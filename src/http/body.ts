// Reads a request's body: once, bounded, as strict UTF-8, as JSON.

import { isAscii, isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { cutLongTexts, type LongTexts } from '../domain/longTexts.js';
import { type Refusal, refuse } from '../domain/refusal.js';

/** Chat bodies carry images; 20 MiB itself passes. */
export const MOST_CHAT_BYTES = 20 * 1024 * 1024;
/** Everything else is small. */
export const MOST_BODY_BYTES = 1024 * 1024;

export type JsonBody = { kind: 'json'; value: unknown } | Refusal;
/** Its long data URLs are cut out. */
export type ChatBody = { kind: 'json'; value: unknown; longTexts: LongTexts } | Refusal;

/** The bytes of the body, or a refusal when there are more than `mostBytes`. */
export function readBytes(
  request: IncomingMessage,
  mostBytes: number,
): Promise<{ kind: 'bytes'; bytes: Buffer } | Refusal> {
  const tooLarge = () => refuse('request_too_large', 'body_too_large', { mostBytes });
  const promised = Number(request.headers['content-length'] ?? 0);
  if (promised > mostBytes) return Promise.resolve(tooLarge());
  const roomFor = (needed: number) =>
    promised > 0 ? Math.min(promised, needed * MOST_AHEAD) : Math.min(mostBytes, needed * 2);
  return new Promise((resolve, reject) => {
    let bytes: Buffer = NOTHING;
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      if (length + chunk.length > mostBytes) {
        request.pause();
        resolve(tooLarge());
        return;
      }
      bytes = length === 0 ? chunk : appended(bytes, length, chunk, roomFor);
      length += chunk.length;
    });
    request.on('end', () => resolve({ kind: 'bytes', bytes: bytes.subarray(0, length) }));
    request.on('error', reject);
    request.on('close', () => {
      if (!request.complete) reject(new ClientLeftError());
    });
  });
}

const NOTHING = Buffer.alloc(0);
/** Who says how long a body is gets room for so many times what has come: saying much takes little. */
const MOST_AHEAD = 64;

/**
 * Adds a piece to the bytes that have come, in a larger buffer where it does not fit. Pieces that are joined
 * at the end are there twice then, and to collect so many costs more than all else for an image.
 */
function appended(
  bytes: Buffer,
  length: number,
  piece: Buffer,
  roomFor: (needed: number) => number,
): Buffer {
  const needed = length + piece.length;
  let roomy = bytes;
  if (needed > bytes.length) {
    roomy = Buffer.allocUnsafeSlow(roomFor(needed));
    bytes.copy(roomy, 0, 0, length);
  }
  piece.copy(roomy, length);
  return roomy;
}

/** The client closed the connection before its request was complete: nobody waits for an answer. */
export class ClientLeftError extends Error {
  override name = 'ClientLeftError';
}

/** Reads and parses a JSON body. A missing Content-Type counts as JSON, another type does not. */
export async function readJson(request: IncomingMessage): Promise<JsonBody> {
  const body = await readJsonBytes(request, MOST_BODY_BYTES);
  return body.kind === 'refusal' ? body : parseJson(body.bytes);
}

/** The same for a chat, which may carry images. */
export async function readChatJson(request: IncomingMessage): Promise<ChatBody> {
  const body = await readJsonBytes(request, MOST_CHAT_BYTES);
  if (body.kind === 'refusal') return body;
  // What is cut out is ASCII: only the rest can be no UTF-8.
  const { json, longTexts } = cutLongTexts(body.bytes, newStandIn);
  const parsed = parseJson(json);
  return parsed.kind === 'refusal' ? parsed : { longTexts, ...parsed };
}

function newStandIn(): string {
  return randomUUID().replaceAll('-', '');
}

function readJsonBytes(request: IncomingMessage, mostBytes: number) {
  if (isJsonType(request)) return readBytes(request, mostBytes);
  return refuse('unsupported_media_type', 'body_not_json_type', {});
}

function parseJson(bytes: Buffer): JsonBody {
  if (!isUtf8(bytes)) return refuse('invalid_request', 'body_not_utf8', {});
  try {
    return { kind: 'json', value: JSON.parse(withoutMark(bytes)) };
  } catch {
    return refuse('invalid_request', 'body_not_json', {});
  }
}

/** A byte order mark is no part of the text. */
function withoutMark(bytes: Buffer): string {
  if (isAscii(bytes)) return bytes.toString('latin1');
  const text = bytes.toString();
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

function isJsonType(request: IncomingMessage): boolean {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') return false;
  const type = request.headers['content-type'];
  if (type === undefined || type === 'application/json') return true;
  const [mediaType = '', ...parameters] = type.toLowerCase().split(';');
  const charset = parameters.map(part => part.trim()).find(part => part.startsWith('charset='));
  const isReadable = charset === undefined || /^charset="?utf-?8"?$/.test(charset);
  return isReadable && /^application\/([a-z0-9.+-]+\+)?json$/.test(mediaType.trim());
}
