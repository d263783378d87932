// The HTTP part that both adapters share: a request, a JSON reply or a stream, and every trouble a value.

import { type Dispatcher, Pool, ProxyAgent } from 'undici';
import type { UpstreamFailure } from '../domain/chat.js';
import { startDeadline } from './deadline.js';
import { failed, failureOfReply } from './failure.js';
import { jsonBytes } from './jsonBytes.js';
import type { UpstreamStream } from './port.js';
import { isEncoded, oneValue, parseJson, unusableBecause } from './replyHeaders.js';
import { discard, type OpenedStream, piecesOf } from './streamPieces.js';
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
  headers?: Record<string, string>;
  /** What is left of a request's deadline, where it is less than the settings'. */
  timeoutMs?: number | undefined;
}

export interface Upstream {
  /** What the upstream does is a value; if `signal` aborts, its reason is thrown. */
  request(request: UpstreamRequest, signal: AbortSignal): Promise<UpstreamReply | UpstreamFailure>;
  /** The same for a reply that comes as events. */
  stream(request: UpstreamRequest, signal: AbortSignal): UpstreamStream;
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
  const sent = ({ path, body, headers }: UpstreamRequest, accept: string) => ({
    origin: baseUrl.origin,
    method: body === undefined ? ('GET' as const) : ('POST' as const),
    path: basePath + path,
    headers: { ...commonHeaders, accept, ...headers },
    ...(body !== undefined && { body: jsonBytes(body) }),
  });
  const timeoutOf = ({ timeoutMs = settings.timeoutMs }: UpstreamRequest) =>
    Math.min(timeoutMs, settings.timeoutMs);

  return {
    async request(request, signal) {
      const timeoutMs = timeoutOf(request);
      const options = { timeoutMs, signal, secrets };
      return askForWhole(connections, sent(request, JSON_TYPE), options);
    },
    stream(request, signal) {
      const open = async (cut: AbortSignal) => {
        const asked = { ...sent(request, EVENT_STREAM_TYPE), signal: cut };
        return openStream(await connections.request(asked), secrets);
      };
      return piecesOf(open, () => startDeadline(timeoutOf(request), signal));
    },
    close: () => connections.close(),
  };
}

const EVENT_STREAM_TYPE = 'text/event-stream';

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

async function openStream(
  response: Dispatcher.ResponseData,
  secrets: string[],
): Promise<OpenedStream | UpstreamFailure> {
  if (response.statusCode !== 200) return failureOfStatus(response, secrets);
  const unusable = unusableBecause(response.headers, EVENT_STREAM_TYPE);
  if (unusable === undefined) return { kind: 'opened', response };
  discard(response);
  return failed(unusable);
}

async function failureOfStatus(
  response: Dispatcher.ResponseData,
  secrets: string[],
): Promise<UpstreamFailure> {
  const { statusCode: status, headers } = response;
  const body = await readErrorBody(response);
  return failureOfReply({ status, retryAfter: oneValue(headers['retry-after']), body }, secrets);
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
