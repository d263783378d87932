// One chat over HTTP, in whichever dialect: read, answer or stream, keep, refuse.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { ChatDialect } from '../../dialects/dialect.js';
import { Cancellation } from '../../domain/cancellation.js';
import type { ChatRequest, StreamEnd, UpstreamAnswer } from '../../domain/chat.js';
import { hasValidForm } from '../../domain/key.js';
import type { Usage } from '../../domain/quota.js';
import { type Refusal, refuse } from '../../domain/refusal.js';
import { type ChatCaller, type ChatDeps, type ChatReply, chat } from '../../flows/chat.js';
import { languageOf } from '../../i18n/language.js';
import type { Idempotency } from '../../store/ledger/index.js';
import { readChatJson } from '../kernel/body.js';
import { holdersBodies, strangersBodies } from '../kernel/bodyBudget.js';
import { ClientLeftError } from '../kernel/bodyBytes.js';
import { addressOf } from '../kernel/callerAddress.js';
import { keyInHeaders } from '../kernel/credentials.js';
import { openEventStream } from '../kernel/eventStream.js';
import { refusalOfFault } from '../kernel/fault.js';
import { noteProvider, noteRefusal, type ObservedChat, observeChat } from '../kernel/observe.js';
import { newRequestId, REQUEST_ID } from '../kernel/requestId.js';
import {
  chargedHeaders,
  JSON_TYPE,
  sendRefusal,
  sendWhole,
  setBalanceHeaders,
  setRateLimitHeaders,
} from '../kernel/respond.js';
import { idempotencyOf, packReply, sendReplay } from './idempotency.js';

export interface ChatRouteDeps {
  chat: ChatDeps;
  log: Logger;
  reportChat(chat: ObservedChat): void;
  /** The requests under way: cancelled when the drain time of a shutdown is over. */
  underWay: Set<Cancellation>;
  /** Which reverse proxies tell the truth about who calls: as Express has it. */
  trustProxy: boolean | number | string;
  /** The deadline of a request as a whole. */
  timeoutMs: number;
  /** How long a stream may be silent. */
  keepAliveMs?: number;
}

export async function answerChat(
  request: IncomingMessage,
  response: ServerResponse,
  dialect: ChatDialect,
  deps: ChatRouteDeps,
): Promise<void> {
  const id = newRequestId();
  observeChat(response, dialect.name, deps.reportChat);
  try {
    const key = keyInHeaders(request);
    const isHolder = key !== undefined && hasValidForm(key);
    if (!isHolder && !dialect.takesKeyInBody) {
      const invalid = refuse('invalid_license_key', 'license_invalid', {});
      return refuseIn(request, response, dialect, invalid, id);
    }
    const budget = isHolder ? holdersBodies : strangersBodies;
    const taken = dialect.takesKeyInBody ? 'any' : 'json';
    const body = await readChatJson(request, response, budget, taken);
    if (body.kind === 'refusal') return refuseIn(request, response, dialect, body, id);
    const parsed = dialect.parse(body.value, key);
    if ('kind' in parsed) return refuseIn(request, response, dialect, parsed, id);
    parsed.longTexts = body.longTexts;
    const isKeyed = request.headers['idempotency-key'] !== undefined;
    const idempotency = isKeyed ? await idempotencyOf(request, dialect.name, body) : null;
    if (idempotency && 'kind' in idempotency)
      return refuseIn(request, response, dialect, idempotency, id);
    const cancellation = cancellationOf(response, deps.underWay);
    const exchange = { request, response, dialect, deps, id, parsed, idempotency, cancellation };
    await (parsed.stream ? answerInEvents(exchange) : answerWhole(exchange));
  } catch (error) {
    if (error instanceof ClientLeftError) return;
    refuseIn(request, response, dialect, logFault(error, id, deps), id);
  }
}

/** All that belongs to one request and its reply. */
interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  dialect: ChatDialect;
  deps: ChatRouteDeps;
  id: string;
  parsed: ChatRequest;
  idempotency: Idempotency | null;
  cancellation: Cancellation;
}

async function answerWhole(exchange: Exchange): Promise<void> {
  const { request, response, dialect, deps, id, parsed, idempotency, cancellation } = exchange;
  const render = renderedOnce(({ answer, model, usage, charged }) => {
    const reply = { id, answer: answer as UpstreamAnswer, model, usage, charged };
    return JSON.stringify(dialect.renderReply(reply));
  });
  const caller: ChatCaller = {
    holdId: id,
    cancellation,
    idempotency,
    address: () => addressOf(request, deps.trustProxy),
    rated: rate => setRateLimitHeaders(response, rate),
    begin: notAStream,
    deliver: notAStream,
    keep: reply => packReply(Buffer.from(render(reply)), JSON_TYPE, reply),
  };
  const outcome = await chat(parsed, caller, deps.chat);
  if (outcome.kind === 'refusal') return refuseIn(request, response, dialect, outcome, id);
  if (outcome.kind === 'client_left') return refuseIn(request, response, dialect, UNAVAILABLE, id);
  if (outcome.kind === 'replay') {
    response.setHeader(REQUEST_ID, id);
    return sendReplay(response, outcome.kept);
  }
  const { provider } = outcome.model;
  noteProvider(response, provider);
  sendWhole(response, render(outcome), {
    [REQUEST_ID]: id,
    ...chargedHeaders(outcome.usage, provider, outcome.charged),
  });
}

const notAStream = () => false;

/** What is kept of a reply is what is sent: with the same counters it is rendered once. */
function renderedOnce(render: (reply: ChatReply) => string): (reply: ChatReply) => string {
  let last: { usage: Usage; text: string } | undefined;
  return reply => {
    if (last?.usage !== reply.usage) last = { usage: reply.usage, text: render(reply) };
    return last.text;
  };
}

async function answerInEvents(exchange: Exchange): Promise<void> {
  const { request, response, dialect, deps, id, parsed, idempotency, cancellation } = exchange;
  response.setHeader(REQUEST_ID, id);
  const writer = dialect.openStream(parsed, id);
  const stream = openEventStream(response, deps.timeoutMs, deps.keepAliveMs);
  const written: string[] = [];
  const render = renderedOnce(({ answer, model, usage, charged }) =>
    writer.end(answer as StreamEnd, model, usage, charged),
  );
  const caller: ChatCaller = {
    holdId: id,
    cancellation,
    idempotency,
    address: () => addressOf(request, deps.trustProxy),
    rated: rate => setRateLimitHeaders(response, rate),
    begin(balance, resetsAt, model) {
      noteProvider(response, model.provider);
      if (!response.headersSent) setBalanceHeaders(response, balance, resetsAt);
    },
    deliver(piece, model) {
      const events = writer.piece(piece, model);
      if (idempotency) written.push(events);
      return stream.write(events);
    },
    keep(reply) {
      const bytes = Buffer.from(written.join('') + render(reply));
      return packReply(bytes, EVENTS_TYPE, reply);
    },
  };
  const refuseInStream = (refusal: Refusal) => {
    noteRefusal(response, refusal);
    if (!stream.hasBegun()) return refuseIn(request, response, dialect, refusal);
    stream.end(writer.refusal(refusal, languageOfRequest(request, dialect)));
  };
  try {
    const outcome = await chat(parsed, caller, deps.chat);
    if (outcome.kind === 'refusal') return refuseInStream(outcome);
    if (outcome.kind === 'client_left') return refuseInStream(UNAVAILABLE);
    if (outcome.kind === 'replay') return sendReplay(response, outcome.kept);
    stream.end(render(outcome));
  } catch (error) {
    refuseInStream(logFault(error, id, deps));
  } finally {
    stream.close();
  }
}

const EVENTS_TYPE = 'text/event-stream; charset=utf-8';

/** Said where a shutdown waits no longer; a client that left does not read it. */
const UNAVAILABLE = refuse(
  'service_unavailable',
  'service_unavailable',
  {},
  { retryAfterSeconds: 1 },
);

function logFault(error: unknown, id: string, { log }: ChatRouteDeps): Refusal {
  const refusal = refusalOfFault(error);
  log.error({ err: error, requestId: id }, refusal.code);
  return refusal;
}

/** Requested when the client closes the connection before its answer, or when a shutdown waits no longer. */
function cancellationOf(response: ServerResponse, underWay: Set<Cancellation>): Cancellation {
  const cancellation = new Cancellation();
  underWay.add(cancellation);
  response.on('close', () => {
    underWay.delete(cancellation);
    if (!response.writableFinished) cancellation.request();
  });
  return cancellation;
}

export function refuseIn(
  request: IncomingMessage,
  response: ServerResponse,
  dialect: ChatDialect,
  refusal: Refusal,
  id?: string,
): void {
  if (id !== undefined) response.setHeader(REQUEST_ID, id);
  const language = languageOfRequest(request, dialect);
  sendRefusal(response, refusal, dialect.renderRefusal(refusal, language));
}

function languageOfRequest(request: IncomingMessage, { defaultLanguage }: ChatDialect) {
  return languageOf(request.headers['accept-language'], defaultLanguage);
}
