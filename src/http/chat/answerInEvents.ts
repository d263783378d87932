// Answers a call as a stream.

import type { AnyEnd } from '../../domain/call.js';
import type { Refusal } from '../../domain/refusal.js';
import { type ChatCaller, chat } from '../../flows/chat.js';
import { openEventStream } from '../kernel/eventStream.js';
import { noteRefusal } from '../kernel/observe.js';
import { REQUEST_ID } from '../kernel/requestId.js';
import { setBalanceHeaders } from '../kernel/respond.js';
import {
  arrivalOf,
  type Exchange,
  fileUrl,
  languageOfRequest,
  logFault,
  noteReply,
  refuseIn,
  renderedOnce,
  UNAVAILABLE,
} from './exchange.js';
import { packReply, sendReplay } from './idempotency.js';

export async function answerInEvents(exchange: Exchange): Promise<void> {
  const { request, response, dialect, deps, id, note, parsed, idempotency, cancellation } =
    exchange;
  response.setHeader(REQUEST_ID, id);
  const writer = dialect.openStream(parsed, id);
  const stream = openEventStream(response, deps.timeoutMs, deps.keepAliveMs, writer.fileType);
  const written: Uint8Array[] = [];
  const render = renderedOnce(({ answer, model, usage, charged }) =>
    writer.end(answer as AnyEnd, model, usage, charged),
  );
  const caller: ChatCaller = {
    cancellation,
    urlOf: name => fileUrl(request, name, deps.publicUrl),
    begin(balance, resetsAt, _model, maxTokens) {
      if (!response.headersSent) setBalanceHeaders(response, balance, resetsAt, maxTokens);
    },
    deliver(piece, model) {
      const events = writer.piece(piece, model);
      if (idempotency) written.push(Buffer.from(events));
      return stream.write(events);
    },
    keep(reply) {
      const bytes = Buffer.concat([...written, Buffer.from(render(reply))]);
      return packReply(bytes, writer.fileType ?? EVENTS_TYPE, reply);
    },
    ...arrivalOf(exchange),
  };
  const refuseInStream = (refusal: Refusal) => {
    noteRefusal(response, refusal);
    if (!stream.hasBegun()) return refuseIn(request, response, dialect, refusal);
    const said = writer.refusal(refusal, languageOfRequest(request, dialect));
    if (said === null) stream.breakOff();
    else stream.end(said);
  };
  try {
    const outcome = await chat(parsed, caller, deps.chat);
    if (outcome.kind === 'refusal') return refuseInStream(outcome);
    if (outcome.kind === 'client_left') {
      note.charged = outcome.charged;
      return refuseInStream(UNAVAILABLE);
    }
    if (outcome.kind === 'replay') {
      note.isReplay = true;
      return sendReplay(response, outcome.kept);
    }
    noteReply(note, outcome);
    stream.end(render(outcome), { 'X-Quota-Charged': String(outcome.charged) });
  } catch (error) {
    refuseInStream(logFault(error, id, deps));
  } finally {
    stream.close();
  }
}

const EVENTS_TYPE = 'text/event-stream; charset=utf-8';
