// Generated files in a bucket of S3, or of what speaks as it. Signed by a library; five requests, whose answers say
// little, are written here (docs/decisions/0089-files-in-s3-without-its-sdk.md).

import { setTimeout as pause } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import type { S3Bucket } from '../../domain/s3Bucket.js';
import type { FileStore } from './fileStore.js';

/** The bucket may have other things in it. */
const FOLDER = 'media/';
const PAGE = 1_000;
const MOST_TRIES = 3;
const PAUSE_MS = 100;
/** For the first byte of an answer, and between two of them. */
const SILENCE_MS = 15_000;
/** 128 KiB a second, of what is sent before the answer. */
const LEAST_BYTES_A_MS = 131;
/** The most bytes of an answer that is not a file. */
const MOST_ANSWER_BYTES = 4 * 1024 * 1024;
const PASSING = new Set([429, 500, 502, 503, 504]);

interface Asked {
  method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  name?: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  body?: Uint8Array;
}

export async function openS3Store(settings: S3Bucket): Promise<FileStore> {
  // Loaded only where they are used: they take 9 MiB.
  const [{ request }, { AwsV4Signer }] = await Promise.all([import('undici'), import('aws4fetch')]);
  const { bucket, endpoint = `https://s3.${settings.region}.amazonaws.com` } = settings;
  const address = `${endpoint.replace(/\/+$/, '')}/${bucket}`;

  async function askOnce({ method, name, query, headers, body }: Asked) {
    const url = new URL(name === undefined ? address : `${address}/${FOLDER}${name}`);
    for (const [key, value] of Object.entries(query ?? {})) url.searchParams.set(key, value);
    const digest = await crypto.subtle.digest('SHA-256', body ?? new Uint8Array());
    const signer = new AwsV4Signer({
      ...settings,
      service: 's3',
      method,
      url: url.href,
      headers: { ...headers, 'x-amz-content-sha256': Buffer.from(digest).toString('hex') },
    });
    const signed = await signer.sign();
    return request(url, {
      method,
      headers: Object.fromEntries(signed.headers),
      body: body ?? null,
      headersTimeout: SILENCE_MS + (body?.length ?? 0) / LEAST_BYTES_A_MS,
      bodyTimeout: SILENCE_MS,
    });
  }

  /** All of these requests may be sent twice; not once more after a long silence, because somebody waits. */
  async function ask(asked: Asked): Promise<Dispatcher.ResponseData> {
    const begunAt = performance.now();
    for (let tries = 1; ; tries++) {
      const isLast = () => tries === MOST_TRIES || performance.now() - begunAt >= SILENCE_MS;
      const answered = await askOnce(asked).catch(error => {
        if (isLast()) throw error;
        return null;
      });
      if (answered && (isLast() || !PASSING.has(answered.statusCode))) return answered;
      await answered?.body.dump();
      await pause(PAUSE_MS * 2 ** tries * (0.5 + Math.random()));
    }
  }

  /** Null where there is no such file. */
  async function expect(asked: Asked): Promise<Dispatcher.ResponseData | null> {
    const answered = await ask(asked);
    const { statusCode, body } = answered;
    if (statusCode >= 200 && statusCode < 300) return answered;
    const code = tagOf(await textOf(body), 'Code') ?? 'no code';
    // The message beside it may quote what is secret.
    if (statusCode === 404 && code !== 'NoSuchBucket') return null;
    throw new Error(`the bucket ${bucket} answers ${asked.method} with ${statusCode} (${code})`);
  }

  return {
    async write(name, body) {
      const stored = await expect({ method: 'PUT', name, body });
      await stored?.body.dump();
      if (!stored) throw new Error(`the bucket ${bucket} does not exist`);
    },
    async find(name) {
      const found = await expect({ method: 'HEAD', name });
      if (!found) return null;
      await found.body.dump();
      const { 'content-length': bytes, 'last-modified': written } = found.headers;
      return { bytes: Number(bytes), writtenAtMs: Date.parse(String(written)) };
    },
    async read(name, part) {
      const headers = part ? { range: `bytes=${part.first}-${part.last}` } : {};
      return (await expect({ method: 'GET', name, headers }))?.body ?? null;
    },
    async *list() {
      for (let after: string | undefined; ; ) {
        const query = {
          'list-type': '2',
          'max-keys': String(PAGE),
          prefix: FOLDER,
          ...(after !== undefined && { 'start-after': after }),
        };
        const page = await expect({ method: 'GET', query });
        const text = page ? await textOf(page.body) : '';
        after = undefined;
        for (const [, entry = ''] of text.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
          after = tagOf(entry, 'Key') ?? '';
          const writtenAtMs = Date.parse(tagOf(entry, 'LastModified') ?? '');
          yield { name: after.slice(FOLDER.length), writtenAtMs };
        }
        if (after === undefined || tagOf(text, 'IsTruncated') !== 'true') return;
      }
    },
    async remove(name) {
      await (await expect({ method: 'DELETE', name }))?.body.dump();
    },
  };
}

/** Of a small answer in XML. What is read so has no characters that XML writes otherwise. */
function tagOf(xml: string, tag: string): string | undefined {
  return new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(xml)?.[1];
}

async function textOf(body: Dispatcher.ResponseData['body']): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.length;
    if (bytes > MOST_ANSWER_BYTES) throw new Error('the answer of S3 is too long');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}
