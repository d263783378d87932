// Speaks to the admin API of a running service, as any other script would.

import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EXIT } from '../commands/exitCodes.js';
import { CliError, type ErrorTold, refusedByService, wrongUsage } from './errors.js';

export type Json = Record<string, unknown>;

export interface Asked {
  /** Sends a GET for the path after the prefix. */
  method: string;
  path: string;
  query?: Record<string, string>;
  body?: unknown;
}

export interface Client {
  /** Returns `{}` for an answer without content. */
  ask(asked: Asked): Promise<Json>;
  /** The same service with another token. */
  withToken(token: string): Client;
  /** Writes an answer into a file, which appears when it is complete, or to the standard output. */
  download(asked: Asked, file: string | undefined): Promise<void>;
}

const PREFIX = '/admin/api';
const TOKEN_IS_OLD =
  'SAHM_TOKEN is not valid, or no longer. Make another: export SAHM_TOKEN=$(sahm sign-in EMAIL)';

export function createClient(url: string, token?: string): Client {
  async function send({ method, path, query = {}, body }: Asked): Promise<Response> {
    const headers = {
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      'Accept-Language': 'en',
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
    };
    const parameters = new URLSearchParams(query).toString();
    const target = `${url.replace(/\/+$/, '')}${PREFIX}${path}${parameters && `?${parameters}`}`;
    const response = await fetch(target, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch(error => {
      const message = `${url} does not answer: ${causeOf(error)}. Is Sahm running there? SAHM_URL says where it is.`;
      throw new CliError('no_answer', message, EXIT.noAnswer);
    });
    if (response.ok) return response;
    const told = await toldBy(response);
    const isOld = token !== undefined && response.status === 401 && !path.startsWith('/session');
    throw refusedByService(response.status, isOld ? { ...told, message: TOKEN_IS_OLD } : told);
  }
  return {
    async ask(asked) {
      const text = await (await send(asked)).text();
      return text === '' ? {} : objectOf(text);
    },
    withToken: other => createClient(url, other),
    async download(asked, file) {
      const response = await send(asked);
      const from = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]);
      if (file === undefined) {
        return pipeline(from, process.stdout, { end: false }).catch(tellBroken);
      }
      const unfinished = `${file}.part`;
      try {
        await pipeline(from, createWriteStream(unfinished, { mode: 0o600 }));
        await rename(unfinished, file);
      } catch (error) {
        await rm(unfinished, { force: true });
        tellBroken(error);
      }
    },
  };
}

/** The error for an answer that broke off, or could not be written. */
function tellBroken(error: unknown): never {
  if (!(error instanceof Error)) throw error;
  if ('syscall' in error) throw wrongUsage(error.message);
  throw new CliError('no_answer', `the answer broke off: ${causeOf(error)}`, EXIT.noAnswer);
}

function causeOf(error: Error): string {
  return error.cause instanceof Error ? error.cause.message : error.message;
}

/** Reads a refusal in administration's form. */
async function toldBy(response: Response): Promise<ErrorTold> {
  const { error } = objectOf(await response.text().catch(() => ''), {});
  if (isObject(error) && typeof error.code === 'string' && typeof error.message === 'string') {
    return { code: error.code, message: error.message, details: error.details };
  }
  return { code: 'unexpected_answer', message: `the service answered ${response.status}` };
}

function objectOf(text: string, otherwise?: Json): Json {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // Reported below, like every answer that is no object.
  }
  if (otherwise) return otherwise;
  throw new CliError(
    'unexpected_answer',
    'that is no answer of Sahm: is the URL right?',
    EXIT.noAnswer,
  );
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The objects of a list. */
export function objectsIn(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
