// The HTTP part that both adapters share: a request, a JSON reply or a stream, and every trouble a value.

import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
// By their files: with all that the library has beside them the process has 10 MiB more.
import Pool from 'undici/lib/dispatcher/pool.js';
import ProxyAgent from 'undici/lib/dispatcher/proxy-agent.js';
import type { Cancellation } from '../domain/cancellation.js';
import type { UpstreamFailure } from '../domain/chat.js';
import { type LongTexts, putLongTextsBack } from '../domain/longTexts.js';
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
  headers?: Record<string, string>;
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

export const MAX_CONNECTIONS = 256;
const MAX_RESPONSE_BYTES = 20 * 1024 * 1024;

/** `ownHeaders` are sent with every request, beside the ones that every upstream needs. */
export function createUpstream(
  settings: ProviderSettings,
  ownHeaders: Record<string, string> = {},
): Upstream {
  const baseUrl = new URL(settings.baseUrl);
  const basePath = baseUrl.pathname.replace(/\/+$/, '');
  const connections = dispatcherOf(baseUrl, settings);
  const commonHeaders = {
    authorization: `Bearer ${settings.apiKey}`,
    'content-type': 'application/json',
    // Nothing to inflate: the size that is counted is the size that is held.
    'accept-encoding': 'identity',
    'user-agent': 'sahm',
    ...ownHeaders,
  };

  const secrets = [settings.apiKey];
  const sent = (request: UpstreamRequest, accept: string): Dispatcher.DispatchOptions => {
    const { path, body, longTexts, headers } = request;
    const where = { origin: baseUrl.origin, path: basePath + path };
    const said = { accept, ...commonHeaders, ...headers };
    if (body === undefined) return { method: 'GET', headers: said, ...where };
    const json = JSON.stringify(body);
    if (!longTexts?.size) return { method: 'POST', headers: said, body: json, ...where };
    const pieces = putLongTextsBack(json, longTexts);
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    return {
      method: 'POST',
      headers: { 'content-length': String(length), ...said },
      body: Readable.from(pieces),
      ...where,
    };
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

function dispatcherOf(baseUrl: URL, { timeoutMs, proxyUrl }: ProviderSettings): Dispatcher {
  const options = {
    connections: MAX_CONNECTIONS,
    maxResponseSize: MAX_RESPONSE_BYTES,
    connect: { timeout: timeoutMs },
    // The one deadline stands for both.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  return proxyUrl === undefined
    ? new Pool(baseUrl.origin, options)
    : new ProxyAgent({ ...options, uri: proxyUrl });
}
