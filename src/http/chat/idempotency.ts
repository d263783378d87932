// The header Idempotency-Key, and the form in which a reply is kept for it.

import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type LongTexts, putLongTextsBack } from '../../domain/longTexts.js';
import { type Refusal, refuse } from '../../domain/refusal.js';
import type { ChatReply } from '../../flows/chat.js';
import type { Idempotency } from '../../store/ledger/index.js';
import { chargedHeaders } from '../kernel/respond.js';

const KEY_FORM = /^[\x20-\x7e]{1,255}$/;
const MOST_KEPT_BYTES = 1024 * 1024;
/** After hashing this much, other requests get a turn of the event loop. */
const MUCH_TEXT = 256 * 1024;

/** The digests for a request with the header. Requests are the same if dialect and body are the same. */
export async function idempotencyOf(
  request: IncomingMessage,
  dialect: string,
  body: { value: unknown; longTexts: LongTexts },
): Promise<Idempotency | Refusal> {
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string' || key.trim() === '' || !KEY_FORM.test(key)) {
    const more = { field: 'Idempotency-Key' };
    return refuse('invalid_request', 'idempotency_key_invalid', {}, more);
  }
  const { api_key: _, ...rest } = body.value as Record<string, unknown>;
  return {
    idempotencyKeyDigest: sha256(key),
    fingerprint: await fingerprintOf(dialect, rest, body.longTexts),
  };
}

async function fingerprintOf(dialect: string, body: object, longTexts: LongTexts): Promise<string> {
  const text = `${dialect} ${JSON.stringify(body)}`;
  if (text.length > MUCH_TEXT) await nextTurn();
  if (longTexts.texts.length === 0) return sha256(text);
  const hash = createHash('sha256');
  // The markers of long texts differ each time, so the texts themselves are hashed.
  for (const piece of putLongTextsBack(text, longTexts)) hash.update(piece);
  return hash.digest('hex');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The body and its headers as bytes; null if they are too large to be kept. */
export function packReply(
  body: Uint8Array,
  contentType: string,
  { usage, model, charged }: Pick<ChatReply, 'usage' | 'model'> & { charged: number | undefined },
  ownHeaders: Record<string, string> = {},
): Uint8Array | null {
  if (body.length > MOST_KEPT_BYTES) return null;
  const headers = {
    'Content-Type': contentType,
    ...chargedHeaders(usage, model.provider, charged),
    ...ownHeaders,
  };
  return Buffer.concat([Buffer.from(`${JSON.stringify(headers)}\n`), body]);
}

/** Sends a kept reply, with the same bytes as the first time. */
export function sendReplay(response: ServerResponse, kept: Buffer): void {
  const end = kept.indexOf('\n');
  const headers: Record<string, string | number> = JSON.parse(kept.toString('utf8', 0, end));
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.setHeader('Idempotent-Replayed', 'true');
  const body = kept.subarray(end + 1);
  response.setHeader('Content-Length', body.length);
  response.end(body);
}
