// What all wires share: HTTP, deadlines, connections, and failures as values.

import type { IncomingHttpHeaders } from 'node:http';
import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
// Imported by its file: the whole library would cost the process 10 MiB more.
import Pool from 'undici/lib/dispatcher/pool.js';
import { Cancellation } from '../domain/cancellation.js';
import { failed } from '../domain/chat.js';
import { putLongTextsBack } from '../domain/longTexts.js';
import { type AddressedCall, Form } from '../domain/native.js';
import { cleanDetail } from './cleanDetail.js';
import { answerOf } from './content.js';
import { EVENT_STREAM_TYPE } from './eventReading.js';
import type { Connections } from './exchange.js';
import { failureOfReply } from './failure.js';
import { FileReader } from './fileReader.js';
import { writeForm } from './form.js';
import { askPatiently } from './lookUp.js';
import { NativeStreamReader } from './nativeStreamReader.js';
import type { ChatProvider, ChatWire, UpstreamCall, Wire } from './port.js';
import { oneValue } from './replyHeaders.js';
import { askForFile, askForStream } from './streamedReply.js';
import { StreamReader } from './streamReader.js';
import { askForWhole, type FailureOf, failureInside, JSON_TYPE } from './wholeReply.js';

export interface UpstreamSettings {
  apiKey: string;
  /** Replaces the wire's own address. With or without a slash at its end. */
  baseUrl?: string | undefined;
  /** The time for one exchange, from waiting for a connection to the last byte. */
  timeoutMs: number;
  /** An HTTP proxy for all requests to the upstream. */
  proxyUrl?: string | undefined;
}

/** The most connections of an API key. One license may use half of them (gateway.ts). */
export const MAX_CONNECTIONS = 512;
const REQUEST_ID = 'x-client-request-id';
/** Asking how far a video is must not take longer. */
const LONGEST_REPORT_MS = 20_000;
/** mediaFiles.ts keeps no larger file. */
const MOST_VIDEO_BYTES = 64 * 1024 * 1024;

export function createUpstream(wire: Wire, settings: UpstreamSettings): ChatProvider {
  const { chat, models, videos } = wire;
  const baseUrl = new URL(settings.baseUrl ?? wire.baseUrl);
  const { origin } = baseUrl;
  const basePath = baseUrl.pathname.replace(/\/+$/, '');
  const chatPath = basePath + chat.path;
  const connections = connectionsTo(baseUrl, settings);
  // A flat list of names and values costs the pool less than an object.
  const commonHeaders = Object.entries({
    'content-type': 'application/json',
    // No compression, so that the bytes that are counted are the bytes in memory.
    'accept-encoding': 'identity',
    'user-agent': 'sahm',
    ...wire.headersFor(settings.apiKey),
  }).flat();

  const secrets = [settings.apiKey];
  const failureOf: FailureOf = (status, retryAfter, body) =>
    failureOfReply(status, retryAfter, wire.readRefusal(status, body), secrets);
  const sent = (call: UpstreamCall, isStreamed: boolean): Dispatcher.DispatchOptions => {
    const { holdId, longTexts } = call;
    const accept = acceptOf(call, isStreamed);
    const headers = ['accept', accept, ...commonHeaders, REQUEST_ID, holdId];
    if (call.traceparent !== undefined) headers.push('traceparent', call.traceparent);
    const { path, body } = call.native
      ? nativelySent(call.native, call, isStreamed, headers)
      : { path: chatPath, body: chat.bodyOf(call, isStreamed) };
    if (body instanceof Form) {
      const { contentType, pieces } = writeForm(body);
      return inPieces(path, withType(headers, contentType), pieces);
    }
    const json = JSON.stringify(body);
    if (!longTexts?.texts.length) return { origin, path, method: 'POST', headers, body: json };
    return inPieces(path, headers, putLongTextsBack(json, longTexts));
  };
  const inPieces = (path: string, headers: string[], pieces: Uint8Array[]) => {
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    headers.push('content-length', String(length));
    return { origin, path, method: 'POST' as const, headers, body: Readable.from(pieces) };
  };
  const nativelySent = (
    native: AddressedCall,
    { upstreamId, licenseId, reasoning, options }: UpstreamCall,
    isStreamed: boolean,
    headers: string[],
  ) => {
    headers.push(...Object.entries(native.headers).flat());
    const { provider, limit } = native;
    const body = native.bodyOf({ provider, upstreamId, licenseId, reasoning, isStreamed });
    const mostTokens = options.max_completion_tokens;
    if (limit && mostTokens !== undefined) Object.assign(body, { [limit.field]: mostTokens });
    return { path: basePath + native.path, body };
  };
  const timeoutOf = ({ timeoutMs = settings.timeoutMs }: UpstreamCall) =>
    Math.min(timeoutMs, settings.timeoutMs);
  const getting = (below: string, accept: string, more: string[] = []) => {
    const headers = ['accept', accept, ...commonHeaders, ...more];
    return { origin, path: basePath + below, method: 'GET' as const, headers };
  };
  const get = (
    below: string,
    cancellation: Cancellation,
    { timeoutMs }: { timeoutMs: number } = settings,
  ) => {
    const request = getting(below, JSON_TYPE);
    return askForWhole(connections, request, { timeoutMs, cancellation }, failureOf);
  };
  const closing = new Cancellation();
  const lookUpBefore = (endsAtMs: number) => async (replied: IncomingHttpHeaders) => {
    const id = wire.generations && oneValue(replied[wire.generations.idHeader]);
    if (!wire.generations || id === undefined) return null;
    const { path, read } = wire.generations;
    const ask = (timeoutMs: number) =>
      get(`${path}?id=${encodeURIComponent(id)}`, closing, { timeoutMs });
    return askPatiently(ask, read, endsAtMs, closing);
  };

  return {
    tellsAfterwards: wire.generations !== undefined,
    async complete(call, cancellation) {
      const { native } = call;
      const mostBytes = native?.mostAnswerBytes;
      const options = { timeoutMs: timeoutOf(call), cancellation, mostBytes };
      if (native?.fileType) {
        const file = await askForFile(connections, sent(call, false), options, failureOf);
        return file.kind === 'failure' ? file : answerOfFile(native, file.bytes, call.holdId);
      }
      const request = sent(call, false);
      const { answerStatus } = native ?? {};
      const reply = await askForWhole(connections, request, options, failureOf, answerStatus);
      if (reply.kind === 'failure') return reply;
      const read = call.native
        ? call.native.readAnswer(reply.body, call.holdId)
        : answerIfAny(chat.readAnswer(reply.body));
      if (read.kind === 'answer') return read;
      return read.kind === 'refused' ? failureInside(read, failureOf, 'error_in_200') : read;
    },
    stream(call, cancellation) {
      const { native } = call;
      const mostBytes = native?.mostAnswerBytes;
      const options = { timeoutMs: timeoutOf(call), cancellation, mostBytes };
      const request = sent(call, true);
      const reading = native
        ? native.fileType
          ? new FileReader()
          : new NativeStreamReader(native.startReading(call.holdId), failureOf)
        : new StreamReader(chat.startReading(), failureOf);
      const lookUp = lookUpBefore(performance.now() + options.timeoutMs);
      return askForStream(connections, request, options, failureOf, reading, lookUp);
    },
    async listModels(cancellation) {
      const reply = await get(models.path, cancellation);
      return reply.kind === 'reply' ? models.read(reply.body) : reply;
    },
    async readVideo({ holdId, upstreamId }, cancellation) {
      if (!videos) return failed('no_videos');
      const request = getting(videos.reportPath(upstreamId), JSON_TYPE, [REQUEST_ID, holdId]);
      const timeoutMs = Math.min(settings.timeoutMs, LONGEST_REPORT_MS);
      const reply = await askForWhole(connections, request, { timeoutMs, cancellation }, failureOf);
      const report = reply.kind === 'reply' ? videos.read(reply.body) : reply;
      if (report.kind === 'failure' || report.state !== 'failed') return report;
      return { ...report, words: cleanDetail(report.words, secrets) };
    },
    async fetchVideo({ holdId, upstreamId }, cancellation) {
      if (!videos) return failed('no_videos');
      const request = getting(videos.filePath(upstreamId), '*/*', [REQUEST_ID, holdId]);
      const { timeoutMs } = settings;
      const options = { timeoutMs, cancellation, mostBytes: MOST_VIDEO_BYTES };
      return askForFile(connections, request, options, failureOf);
    },
    async checkKey(cancellation) {
      const reply = await get(wire.keyPath, cancellation);
      return reply.kind === 'reply' ? null : reply;
    },
    close() {
      closing.request();
      return connections.close();
    },
  };
}

function acceptOf({ native }: UpstreamCall, isStreamed: boolean): string {
  if (native?.fileType) return '*/*';
  return isStreamed ? EVENT_STREAM_TYPE : JSON_TYPE;
}

/** `headers` is a flat list of names and values. */
function withType(headers: string[], type: string): string[] {
  return headers.map((value, index) => (headers[index - 1] === 'content-type' ? type : value));
}

function answerOfFile(native: AddressedCall, bytes: Buffer, callId: string) {
  const read = native.readAnswer(bytes, callId);
  return read.kind === 'refused' ? failed('malformed') : read;
}

/** Checks that an answer has content; failures stay as they are. */
function answerIfAny(read: ReturnType<ChatWire['readAnswer']>) {
  return read.kind === 'answer' ? answerOf(read) : read;
}

function connectionsTo(baseUrl: URL, { timeoutMs, proxyUrl }: UpstreamSettings): Connections {
  const options = {
    connections: MAX_CONNECTIONS,
    connect: { timeout: timeoutMs },
    // The exchange's own deadline replaces both.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  if (proxyUrl === undefined) return new Pool(baseUrl.origin, options);
  // A proxy's tunnel needs the whole library.
  const { ProxyAgent } = createRequire(import.meta.url)('undici') as typeof import('undici');
  return new ProxyAgent({ ...options, uri: proxyUrl });
}
