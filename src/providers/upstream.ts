// The HTTP part that both adapters share: a request, a JSON reply or a stream, and every trouble a value.

import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
// By its file: with all that the library has beside it the process has 10 MiB more.
import Pool from 'undici/lib/dispatcher/pool.js';
import type { Cancellation } from '../domain/cancellation.js';
import type { UpstreamFailure } from '../domain/chat.js';
import { type LongTexts, putLongTextsBack } from '../domain/longTexts.js';
import type { Connections } from './exchange.js';
import type { UpstreamStream } from './port.js';
import { askForStream, EVENT_STREAM_TYPE } from './streamedReply.js';
import { askForWhole, JSON_TYPE, type UpstreamReply } from './wholeReply.js';

export interface ProviderSettings {
  apiKey: string;
  /** May have a path: `https://openrouter.ai/api/v1`, with or without a slash at its end. */
  baseUrl: string;
  /** For everything together: waiting for a connection, connecting, headers and the last byte. */
  timeoutMs: number;
  /** An HTTP proxy for all that goes to the upstream. */
  proxyUrl?: string | undefined;
}

/** A request below the base URL; a `body` is posted as JSON. */
export interface UpstreamRequest {
  path: string;
  body?: unknown;
  /** What texts of the body stand in for. */
  longTexts?: LongTexts | undefined;
  /** Sent along as X-Client-Request-Id. */
  requestId?: string | undefined;
  /** What is left of a request's deadline, where it is less than the settings'. */
  timeoutMs?: number | undefined;
}

export interface Upstream {
  /** What the upstream does is a value; only a cancellation throws. */
  request(
    request: UpstreamRequest,
    cancellation: Cancellation,
  ): Promise<UpstreamReply | UpstreamFailure>;
  /** The same for a reply that comes as events. */
  stream(request: UpstreamRequest, cancellation: Cancellation): UpstreamStream;
  /** Waits for the calls under way, which their deadline bounds. */
  close(): Promise<void>;
}

/** Of a key. One license has no more than half of them (gateway.ts). */
export const MAX_CONNECTIONS = 512;
const MAX_RESPONSE_BYTES = 20 * 1024 * 1024;

/** `ownHeaders` are sent with every request, beside the ones that every upstream needs. */
export function createUpstream(
  settings: ProviderSettings,
  ownHeaders: Record<string, string> = {},
): Upstream {
  const baseUrl = new URL(settings.baseUrl);
  const { origin } = baseUrl;
  const basePath = baseUrl.pathname.replace(/\/+$/, '');
  const connections = connectionsTo(baseUrl, settings);
  // Names and values in turn, which costs the pool less than an object does.
  const commonHeaders = Object.entries({
    authorization: `Bearer ${settings.apiKey}`,
    'content-type': 'application/json',
    // Nothing to inflate: the size that is counted is the size that is held.
    'accept-encoding': 'identity',
    'user-agent': 'sahm',
    ...ownHeaders,
  }).flat();

  const secrets = [settings.apiKey];
  const sent = (request: UpstreamRequest, accept: string): Dispatcher.DispatchOptions => {
    const { path: ownPath, body, longTexts, requestId } = request;
    const path = basePath + ownPath;
    const headers = ['accept', accept, ...commonHeaders];
    if (requestId !== undefined) headers.push('x-client-request-id', requestId);
    if (body === undefined) return { origin, path, method: 'GET', headers };
    const json = JSON.stringify(body);
    if (!longTexts?.texts.length) return { origin, path, method: 'POST', headers, body: json };
    const pieces = putLongTextsBack(json, longTexts);
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    headers.push('content-length', String(length));
    return { origin, path, method: 'POST', headers, body: Readable.from(pieces) };
  };
  const timeoutOf = ({ timeoutMs = settings.timeoutMs }: UpstreamRequest) =>
    Math.min(timeoutMs, settings.timeoutMs);

  return {
    request(request, cancellation) {
      const options = { timeoutMs: timeoutOf(request), cancellation };
      return askForWhole(connections, sent(request, JSON_TYPE), options, secrets);
    },
    stream(request, cancellation) {
      const options = { timeoutMs: timeoutOf(request), cancellation };
      return askForStream(connections, sent(request, EVENT_STREAM_TYPE), options, secrets);
    },
    close: () => connections.close(),
  };
}

function connectionsTo(baseUrl: URL, { timeoutMs, proxyUrl }: ProviderSettings): Connections {
  const options = {
    connections: MAX_CONNECTIONS,
    maxResponseSize: MAX_RESPONSE_BYTES,
    connect: { timeout: timeoutMs },
    // The one deadline stands for both.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  if (proxyUrl === undefined) return new Pool(baseUrl.origin, options);
  // A proxy's tunnel needs the whole library.
  const { ProxyAgent } = createRequire(import.meta.url)('undici') as typeof import('undici');
  return new ProxyAgent({ ...options, uri: proxyUrl });
}
