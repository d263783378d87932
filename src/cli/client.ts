// Speaks to the admin API of a running service, as any other script would.

import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** What the service refused, or why it could not be asked. */
export class ClientError extends Error {
  override name = 'ClientError';
  constructor(
    message: string,
    /** 0 where there was no answer. */
    readonly status: number,
  ) {
    super(message);
  }
}

export type Json = Record<string, unknown>;

export interface Client {
  get(path: string): Promise<Json>;
  post(path: string, body?: Json): Promise<Json>;
  patch(path: string, body: Json): Promise<Json>;
  delete(path: string): Promise<void>;
  /** The same service with another token. */
  withToken(token: string): Client;
  /** Writes an answer into a file, which appears when it is complete. */
  download(path: string, file: string): Promise<void>;
}

export function createClient(url: string, token?: string): Client {
  async function send(method: string, path: string, body?: Json): Promise<Response> {
    const headers = {
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      'Accept-Language': 'en',
      ...(body && { 'Content-Type': 'application/json' }),
    };
    const target = `${url.replace(/\/+$/, '')}/admin/api${path}`;
    const response = await fetch(target, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    }).catch(error => {
      const { cause } = error as { cause?: Error };
      throw new ClientError(`${url} does not answer: ${cause?.message ?? error.message}`, 0);
    });
    if (response.ok) return response;
    throw new ClientError(await messageOf(response), response.status);
  }
  const json = async (response: Promise<Response>) => (await (await response).json()) as Json;
  return {
    get: path => json(send('GET', path)),
    post: (path, body = {}) => json(send('POST', path, body)),
    patch: (path, body) => json(send('PATCH', path, body)),
    delete: async path => void (await send('DELETE', path)),
    withToken: other => createClient(url, other),
    async download(path, file) {
      const response = await send('GET', path);
      const unfinished = `${file}.part`;
      try {
        const from = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]);
        await pipeline(from, createWriteStream(unfinished, { mode: 0o600 }));
        await rename(unfinished, file);
      } catch (error) {
        await rm(unfinished, { force: true });
        throw error;
      }
    },
  };
}

async function messageOf(response: Response): Promise<string> {
  const text = await response.text();
  try {
    const { error } = JSON.parse(text) as { error: { message: string } };
    return error.message;
  } catch {
    return `the service answered ${response.status}`;
  }
}
