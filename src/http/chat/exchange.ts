// What all ways of answering a call over HTTP share.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { AnyDialect } from '../../dialects/dialect.js';
import type { CallRequest } from '../../domain/call.js';
import type { Cancellation } from '../../domain/cancellation.js';
import type { Usage } from '../../domain/quota.js';
import type { CallState, RateState } from '../../domain/rate.js';
import { type Refusal, refuse } from '../../domain/refusal.js';
import type { Arrival } from '../../flows/admission.js';
import type { ChatDeps, ChatReply } from '../../flows/chat.js';
import type { VideoDeps } from '../../flows/startVideo.js';
import { languageOf } from '../../i18n/language.js';
import type { Idempotency } from '../../store/ledger/index.js';
import { addressOf } from '../kernel/callerAddress.js';
import { refusalOfFault } from '../kernel/fault.js';
import type { Note, ObserveDeps } from '../kernel/observe.js';
import { REQUEST_ID } from '../kernel/requestId.js';
import {
  concurrencyHeaders,
  rateLimitHeaders,
  sendRefusal,
  setHeaders,
} from '../kernel/respond.js';
import { MEDIA_PATH } from '../media.js';
import { conversationOf } from './conversation.js';

export interface ChatRouteDeps extends ObserveDeps {
  chat: ChatDeps;
  log: Logger;
  /** The requests under way. A shutdown cancels those that remain after its drain time. */
  underWay: Set<Cancellation>;
  /** Express's setting `trust proxy`: which reverse proxies are believed about the caller's address. */
  trustProxy: boolean | number | string;
  /** The deadline of a request as a whole. */
  timeoutMs: number;
  /** Where clients reach this service, if the operator says so. */
  publicUrl: string | undefined;
  videos: VideoDeps;
  /** How long a stream may be silent. */
  keepAliveMs?: number;
}

/** Everything about one request and its reply. */
export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  dialect: AnyDialect;
  deps: ChatRouteDeps;
  id: string;
  note: Note;
  parsed: CallRequest;
  idempotency: Idempotency | null;
  cancellation: Cancellation;
}

/** What `admit` needs to know of a request. `tell` is given headers about the license's limits. */
export function arrivalOf(
  exchange: Exchange,
  tell: (headers: Record<string, number>) => void = headers =>
    setHeaders(exchange.response, headers),
): Arrival {
  const { request, dialect, deps, id, note, idempotency } = exchange;
  return {
    holdId: id,
    dialect: dialect.name,
    idempotency,
    trail: note,
    address: () => addressOf(request, deps.trustProxy),
    rated: (rate: RateState) => tell(rateLimitHeaders(rate)),
    conversation: conversationOf(request.headers),
    atOnce: (calls: CallState) => tell(concurrencyHeaders(calls)),
  };
}

export function noteReply(note: Note, { model, charged }: ChatReply): void {
  note.answeredBy = model;
  note.charged = charged;
}

/** The kept reply is the one that is sent, so with the same counters it is rendered only once. */
export function renderedOnce<Rendered>(
  render: (reply: ChatReply) => Rendered,
): (reply: ChatReply) => Rendered {
  let last: { usage: Usage; text: Rendered } | undefined;
  return reply => {
    if (last?.usage !== reply.usage) last = { usage: reply.usage, text: render(reply) };
    return last.text;
  };
}

/** The URL has the address that the operator configured, or else the one that the caller used. */
export function fileUrl(
  { headers, socket }: IncomingMessage,
  name: string,
  publicUrl?: string,
): string {
  const own = `http://${headers.host ?? `localhost:${socket.localPort}`}`;
  return `${(publicUrl ?? own).replace(/\/$/, '')}${MEDIA_PATH}/${name}`;
}

/** The refusal when a shutdown stops waiting. A client that left does not read it. */
export const UNAVAILABLE = refuse(
  'service_unavailable',
  'service_unavailable',
  {},
  { retryAfterSeconds: 1 },
);

export function logFault(error: unknown, id: string, { log }: ChatRouteDeps): Refusal {
  const refusal = refusalOfFault(error);
  log.error({ err: error, requestId: id }, refusal.code);
  return refusal;
}

export function refuseIn(
  request: IncomingMessage,
  response: ServerResponse,
  dialect: AnyDialect,
  refusal: Refusal,
  id?: string,
): void {
  const requestId = id ?? String(response.getHeader(REQUEST_ID));
  response.setHeader(REQUEST_ID, requestId);
  if (dialect.idHeader) response.setHeader(dialect.idHeader, requestId);
  const language = languageOfRequest(request, dialect);
  sendRefusal(response, refusal, dialect.renderRefusal(refusal, language, requestId));
}

export function languageOfRequest(request: IncomingMessage, { defaultLanguage }: AnyDialect) {
  return languageOf(request.headers['accept-language'], defaultLanguage);
}
