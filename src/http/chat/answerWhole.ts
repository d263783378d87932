// Answers a call with one whole reply.

import type { AnyAnswer } from '../../domain/call.js';
import type { NativeAnswer } from '../../domain/native.js';
import { type ChatCaller, type ChatReply, chat } from '../../flows/chat.js';
import { REQUEST_ID } from '../kernel/requestId.js';
import { chargedHeaders, JSON_TYPE, sendWhole, setHeaders } from '../kernel/respond.js';
import {
  arrivalOf,
  type Exchange,
  fileUrl,
  languageOfRequest,
  noteReply,
  refuseIn,
  renderedOnce,
  UNAVAILABLE,
} from './exchange.js';
import { packReply, sendReplay } from './idempotency.js';

export async function answerWhole(exchange: Exchange): Promise<void> {
  const { request, response, dialect, deps, id, note, parsed, cancellation } = exchange;
  const render = renderedOnce(({ answer, model, usage, charged }) => {
    const { text } = answer as NativeAnswer;
    if (text) return text.text;
    const reply = {
      id,
      asked: parsed.model,
      language: languageOfRequest(request, dialect),
      answer: answer as AnyAnswer,
      model,
      usage,
      charged,
    };
    return JSON.stringify(dialect.renderReply(reply));
  });
  const typeOf = ({ answer }: ChatReply) => (answer as NativeAnswer).text?.type ?? JSON_TYPE;
  const ownHeaders = ({ answer }: ChatReply) => dialect.replyHeaders?.(answer as AnyAnswer) ?? {};
  // Of a success they are written with all other headers: set one by one, they would cost 3 µs.
  const limits: Record<string, number> = {};
  const caller: ChatCaller = {
    cancellation,
    urlOf: name => fileUrl(request, name, deps.publicUrl),
    begin: notAStream,
    deliver: notAStream,
    keep: reply => packReply(Buffer.from(render(reply)), typeOf(reply), reply, ownHeaders(reply)),
    ...arrivalOf(exchange, headers => Object.assign(limits, headers)),
  };
  const outcome = await chat(parsed, caller, deps.chat).catch(error => {
    setHeaders(response, limits);
    throw error;
  });
  if (outcome.kind !== 'reply') setHeaders(response, limits);
  if (outcome.kind === 'refusal') return refuseIn(request, response, dialect, outcome, id);
  if (outcome.kind === 'client_left') {
    note.charged = outcome.charged;
    return refuseIn(request, response, dialect, UNAVAILABLE, id);
  }
  if (outcome.kind === 'replay') {
    note.isReplay = true;
    response.setHeader(REQUEST_ID, id);
    return sendReplay(response, outcome.kept);
  }
  const { usage, model, charged } = outcome;
  noteReply(note, outcome);
  const headers = { 'Content-Type': typeOf(outcome), [REQUEST_ID]: id };
  // Several spreads would give every request's object its own hidden class (docs/decisions/0041).
  const more = [limits, chargedHeaders(usage, model.provider, charged), ownHeaders(outcome)];
  sendWhole(response, render(outcome), Object.assign(headers, ...more));
}

const notAStream = () => false;
