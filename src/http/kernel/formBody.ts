// Reads a request's body as multipart/form-data, with limits. Its fields may have any order.

import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Busboy, type BusboyHeaders } from '@fastify/busboy';
import { NO_LONG_TEXTS } from '../../domain/longTexts.js';
import { FormFile } from '../../domain/native.js';
import { type Refusal, refuse, refuseField } from '../../domain/refusal.js';
import type { JsonBody } from './body.js';
import type { BodyBudget } from './bodyBudget.js';
import { readBytes } from './bodyBytes.js';
import { mediaTypeOf } from './bodyType.js';

/** Enough for a file of 25 MiB, and the fields beside it. */
export const MOST_FORM_BYTES = 26 * 1024 * 1024;
const LIMITS = {
  fields: 64,
  files: 32,
  parts: 96,
  fieldSize: 1024 * 1024,
  fileSize: MOST_FORM_BYTES,
};

/**
 * How much of a part may wait to be read: all of it, because the body is in memory anyway. With less, the parser would
 * stop for good at a large part that it skips itself, such as one without a field name.
 */
const MOST_WAITING_BYTES = MOST_FORM_BYTES + 1;
const BYTES_AT_A_TIME = 1024 * 1024;

type Value = string | FormFile;

export function isForm(request: IncomingMessage): boolean {
  return mediaTypeOf(request) === 'multipart/form-data';
}

/**
 * Returns the same as for a JSON body, but with files in it. `lists` has the fields that may come several times, `files`
 * those that are files.
 */
export async function readForm(
  request: IncomingMessage,
  response: ServerResponse,
  budget: BodyBudget,
  { lists, files }: { lists: string[]; files: string[] },
): Promise<JsonBody> {
  const type = request.headers['content-type'] ?? '';
  if (!isForm(request)) {
    return refuse('unsupported_media_type', 'body_not_form', {});
  }
  const body = await readBytes(request, { mostBytes: MOST_FORM_BYTES, budget });
  if (body.kind === 'refusal') return body;
  const { bytes, release } = body;
  if (release && response.closed) release();
  else if (release) response.on('close', release);
  const isDigested = request.headers['idempotency-key'] !== undefined;
  const parts = await partsOf(bytes, type, isDigested);
  if (parts === null) return refuse('invalid_request', 'body_malformed_form', {});
  // A file that is sent without a name of its own is a text, which may be no text at all.
  const text = parts.find(([name, value]) => files.includes(name) && typeof value === 'string');
  return text ? refuseField(text[0], 'file') : fieldsOf(parts, lists);
}

function fieldsOf(parts: Array<[string, Value]>, lists: string[]): JsonBody {
  const fields = new Map<string, Value | Value[]>();
  for (const [name, value] of parts) {
    const before = fields.get(name);
    if (before === undefined) fields.set(name, lists.includes(name) ? [value] : value);
    else if (Array.isArray(before)) before.push(value);
    else return refuseOnce(name);
  }
  return { kind: 'json', value: Object.fromEntries(fields), longTexts: NO_LONG_TEXTS };
}

function refuseOnce(name: string): Refusal {
  return refuseField(name, 'once');
}

/** Null if the body is no valid form: a wrong boundary, no end, or too many parts. */
function partsOf(
  bytes: Buffer,
  type: string,
  isDigested: boolean,
): Promise<Array<[string, Value]> | null> {
  return new Promise(resolve => {
    const parts: Array<[string, Value]> = [];
    const give = () => resolve(parts.length > 0 ? parts : null);
    const giveUp = () => resolve(null);
    try {
      const headers: BusboyHeaders = { 'content-type': type };
      const form = new Busboy({ headers, limits: LIMITS, fileHwm: MOST_WAITING_BYTES });
      form.on('field', (name, value, isNameCut, isCut) => {
        if (isNameCut || isCut) giveUp();
        else parts.push([name, value]);
      });
      form.on('file', (name, stream, fileName, _encoding, fileType) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', giveUp);
        // Reserves the place now, so that files keep the sender's order.
        const at = parts.push([name, '']) - 1;
        stream.on('end', () => {
          const content = Buffer.concat(chunks);
          const digest = isDigested
            ? createHash('sha256').update(content).digest('hex')
            : undefined;
          parts[at] = [name, new FormFile(fileName ?? '', fileType, content, digest)];
        });
      });
      for (const limit of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const) {
        form.on(limit, giveUp);
      }
      form.on('finish', give).on('error', giveUp);
      write(form, bytes).catch(giveUp);
    } catch {
      // The header has no boundary.
      giveUp();
    }
  });
}

/** Writes in pieces, because parsing a large form at once would block all other requests. */
async function write(form: InstanceType<typeof Busboy>, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; at += BYTES_AT_A_TIME) {
    form.write(bytes.subarray(at, at + BYTES_AT_A_TIME));
    await nextTurn();
  }
  form.end();
}
