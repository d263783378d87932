// What all wires share: HTTP, its deadline and its connections, and every trouble a value.

import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
// By its file: with all that the library has beside it the process has 10 MiB more.
import Pool from 'undici/lib/dispatcher/pool.js';
import { putLongTextsBack } from '../domain/longTexts.js';
import { answerOf } from './content.js';
import type { Connections } from './exchange.js';
import { failureOfReply } from './failure.js';
import type { ChatProvider, UpstreamCall, Wire } from './port.js';
import { askForStream, EVENT_STREAM_TYPE } from './streamedReply.js';
import { askForWhole, type FailureOf, failureInside, JSON_TYPE } from './wholeReply.js';

export interface UpstreamSettings {
  apiKey: string;
  /** The wire's own where there is none; with or without a slash at its end. */
  baseUrl?: string | undefined;
  /** For everything together: waiting for a connection, connecting, headers and the last byte. */
  timeoutMs: number;
  /** An HTTP proxy for all that goes to the upstream. */
  proxyUrl?: string | undefined;
}

/** Of a key. One license has no more than half of them (gateway.ts). */
export const MAX_CONNECTIONS = 512;
const MAX_RESPONSE_BYTES = 20 * 1024 * 1024;

export function createUpstream(wire: Wire, settings: UpstreamSettings): ChatProvider {
  const { chat, models } = wire;
  const baseUrl = new URL(settings.baseUrl ?? wire.baseUrl);
  const { origin } = baseUrl;
  const basePath = baseUrl.pathname.replace(/\/+$/, '');
  const chatPath = basePath + chat.path;
  const connections = connectionsTo(baseUrl, settings);
  // Names and values in turn, which costs the pool less than an object does.
  const commonHeaders = Object.entries({
    'content-type': 'application/json',
    // Nothing to inflate: the size that is counted is the size that is held.
    'accept-encoding': 'identity',
    'user-agent': 'sahm',
    ...wire.headersFor(settings.apiKey),
  }).flat();

  const secrets = [settings.apiKey];
  const failureOf: FailureOf = (status, retryAfter, body) =>
    failureOfReply(status, retryAfter, wire.readRefusal(status, body), secrets);
  const sent = (call: UpstreamCall, isStreamed: boolean): Dispatcher.DispatchOptions => {
    const { holdId, longTexts } = call;
    const accept = isStreamed ? EVENT_STREAM_TYPE : JSON_TYPE;
    const headers = ['accept', accept, ...commonHeaders, 'x-client-request-id', holdId];
    const json = JSON.stringify(chat.bodyOf(call, isStreamed));
    if (!longTexts?.texts.length) {
      return { origin, path: chatPath, method: 'POST', headers, body: json };
    }
    const pieces = putLongTextsBack(json, longTexts);
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    headers.push('content-length', String(length));
    return { origin, path: chatPath, method: 'POST', headers, body: Readable.from(pieces) };
  };
  const timeoutOf = ({ timeoutMs = settings.timeoutMs }: UpstreamCall) =>
    Math.min(timeoutMs, settings.timeoutMs);

  return {
    async complete(call, cancellation) {
      const options = { timeoutMs: timeoutOf(call), cancellation };
      const reply = await askForWhole(connections, sent(call, false), options, failureOf);
      if (reply.kind === 'failure') return reply;
      const read = chat.readAnswer(reply.body);
      if (read.kind === 'answer') return answerOf(read);
      return read.kind === 'refused' ? failureInside(read, failureOf, 'error_in_200') : read;
    },
    stream(call, cancellation) {
      const options = { timeoutMs: timeoutOf(call), cancellation };
      const request = sent(call, true);
      return askForStream(connections, request, options, failureOf, chat.startReading());
    },
    async listModels(cancellation) {
      const path = basePath + models.path;
      const headers = ['accept', JSON_TYPE, ...commonHeaders];
      const request: Dispatcher.DispatchOptions = { origin, path, method: 'GET', headers };
      const options = { timeoutMs: settings.timeoutMs, cancellation };
      const reply = await askForWhole(connections, request, options, failureOf);
      return reply.kind === 'reply' ? models.read(reply.body) : reply;
    },
    close: () => connections.close(),
  };
}

function connectionsTo(baseUrl: URL, { timeoutMs, proxyUrl }: UpstreamSettings): Connections {
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
