// The HTTP part that both adapters share: one POST, one JSON reply, and every trouble a value.

import { type Dispatcher, Pool } from 'undici';
import type { UpstreamFailure } from '../domain/chat.js';
import { failed, failureOfError, failureOfReply } from './failure.js';

export interface ProviderSettings {
  apiKey: string;
  /** May have a path: `https://openrouter.ai/api/v1`, with or without a slash at its end. */
  baseUrl: string;
  /** For everything together: waiting for a connection, connecting, headers and the last byte. */
  timeoutMs: number;
}

export interface UpstreamReply {
  kind: 'reply';
  /** The parsed JSON of a 200. */
  body: unknown;
}

export interface Upstream {
  /**
   * Posts `body` to `path` below the base URL. What the upstream does is a value; if `signal` aborts,
   * its reason is thrown.
   */
  post(
    path: string,
    body: unknown,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<UpstreamReply | UpstreamFailure>;
  /** Waits for the calls under way, which their deadline bounds. */
  close(): Promise<void>;
}

export const MAX_CONNECTIONS = 256;
const MAX_RESPONSE_BYTES = 20 * 1024 * 1024;

/** `ownHeaders` are sent with every request, beside the ones that every upstream needs. */
export function createUpstream(
  settings: ProviderSettings,
  ownHeaders: Record<string, string> = {},
): Upstream {
  const baseUrl = new URL(settings.baseUrl);
  const basePath = baseUrl.pathname.replace(/\/+$/, '');
  const pool = new Pool(baseUrl.origin, {
    connections: MAX_CONNECTIONS,
    maxResponseSize: MAX_RESPONSE_BYTES,
    connect: { timeout: settings.timeoutMs },
    // The one deadline stands for both.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const commonHeaders = {
    authorization: `Bearer ${settings.apiKey}`,
    'content-type': 'application/json',
    accept: 'application/json',
    // Nothing to inflate: the size that is counted is the size that is held.
    'accept-encoding': 'identity',
    'user-agent': 'sahm',
    ...ownHeaders,
  };

  return {
    post(path, body, headers, signal) {
      const request = {
        method: 'POST' as const,
        path: basePath + path,
        headers: { ...commonHeaders, ...headers },
        body: JSON.stringify(body),
      };
      return withDeadline(settings.timeoutMs, signal, async deadline => {
        const response = await pool.request({ ...request, signal: deadline });
        return readReply(response, [settings.apiKey]);
      });
    },
    close: () => pool.close(),
  };
}

async function readReply(
  response: Dispatcher.ResponseData,
  secrets: string[],
): Promise<UpstreamReply | UpstreamFailure> {
  const { statusCode: status, headers } = response;
  if (status !== 200) {
    const body = await readErrorBody(response);
    return failureOfReply({ status, retryAfter: oneValue(headers['retry-after']), body }, secrets);
  }
  const unusable = unusableBecause(headers);
  if (unusable !== undefined) {
    discard(response);
    return failed(unusable);
  }
  const body = parseJson(await response.body.text());
  return body === undefined ? failed('malformed') : { kind: 'reply', body };
}

/** Why the body of a 200 is not worth reading. */
function unusableBecause(headers: Dispatcher.ResponseData['headers']): string | undefined {
  if (isEncoded(headers)) return 'encoded';
  const type = oneValue(headers['content-type']) ?? '';
  return /^application\/json\s*(;|$)/i.test(type.trim()) ? undefined : 'content_type';
}

function isEncoded(headers: Dispatcher.ResponseData['headers']): boolean {
  const encoding = oneValue(headers['content-encoding']) ?? 'identity';
  return encoding.trim().toLowerCase() !== 'identity';
}

/** A failure's status says enough: where its body cannot be had, there is none. */
async function readErrorBody(response: Dispatcher.ResponseData): Promise<unknown> {
  if (isEncoded(response.headers)) {
    discard(response);
    return undefined;
  }
  try {
    return parseJson(await response.body.text());
  } catch {
    return undefined;
  }
}

/** Gives up the connection rather than read what nobody wants, which may have no end. */
function discard(response: Dispatcher.ResponseData): void {
  response.body.on('error', () => {}).destroy();
}

function oneValue(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

/** Undefined for what is no JSON, which no JSON text stands for. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Runs `act` until the deadline or until the caller leaves, whichever is first. Races them, because a
 * request that still waits for a connection does not notice that its signal aborted.
 */
async function withDeadline<Result>(
  timeoutMs: number,
  callerSignal: AbortSignal,
  act: (signal: AbortSignal) => Promise<Result>,
): Promise<Result | UpstreamFailure> {
  callerSignal.throwIfAborted();
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let leave = () => {};
  const cut = new Promise<UpstreamFailure>((resolve, reject) => {
    timer = setTimeout(() => {
      resolve({ kind: 'failure', code: 'upstream_timeout', reason: 'timeout' });
      controller.abort();
    }, timeoutMs);
    leave = () => {
      reject(callerSignal.reason);
      controller.abort();
    };
    callerSignal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([act(controller.signal).catch(failureOfError), cut]);
  } finally {
    clearTimeout(timer);
    callerSignal.removeEventListener('abort', leave);
  }
}
