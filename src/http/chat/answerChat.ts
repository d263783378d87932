// Handles one chat over HTTP, in any dialect: reads it, answers it whole or as a stream, or refuses it.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AnyDialect } from '../../dialects/dialect.js';
import { Cancellation } from '../../domain/cancellation.js';
import { hasValidForm } from '../../domain/key.js';
import type { Refusal } from '../../domain/refusal.js';
import { readChatJson } from '../kernel/body.js';
import { holdersBodies, strangersBodies } from '../kernel/bodyBudget.js';
import { ClientLeftError } from '../kernel/bodyBytes.js';
import { keyInHeaders, refuseKey } from '../kernel/credentials.js';
import { isForm, readForm } from '../kernel/formBody.js';
import { noteSent, observeChat } from '../kernel/observe.js';
import { newRequestId } from '../kernel/requestId.js';
import { answerInEvents } from './answerInEvents.js';
import { answerWhole } from './answerWhole.js';
import { countUnread } from './asker.js';
import { type ChatRouteDeps, type Exchange, logFault, refuseIn } from './exchange.js';
import { idempotencyOf } from './idempotency.js';

export async function answerChat(
  request: IncomingMessage,
  response: ServerResponse,
  dialect: AnyDialect,
  route: string,
  deps: ChatRouteDeps,
  answer: (exchange: Exchange) => Promise<void> = answerParsed,
): Promise<void> {
  const id = newRequestId();
  if (dialect.idHeader) response.setHeader(dialect.idHeader, id);
  const note = observeChat(request, response, { id, dialect: dialect.name, route }, deps);
  try {
    const key = keyInHeaders(request);
    noteSent(note, { key, model: undefined });
    const isHolder = key !== undefined && hasValidForm(key);
    if (!isHolder && !dialect.takesKeyInBody) {
      return refuseIn(request, response, dialect, refuseKey(key), id);
    }
    const budget = isHolder ? holdersBodies : strangersBodies;
    const taken = dialect.takesKeyInBody ? 'any' : 'json';
    const { takesForm } = dialect;
    const body =
      takesForm && !(takesForm.orJson && !isForm(request))
        ? await readForm(request, response, budget, takesForm)
        : await readChatJson(request, response, budget, taken);
    const refuseUnread = async (asker: string | undefined, refusal: Refusal) => {
      await countUnread(asker, request, response, deps);
      refuseIn(request, response, dialect, refusal, id);
    };
    if (body.kind === 'refusal') return await refuseUnread(key, body);
    const ignored = dialect.ignored?.(body.value, request.headers) ?? null;
    if (ignored !== null) response.setHeader(IGNORED, ignored);
    const asked = askedIn(body.value, key, dialect);
    noteSent(note, asked);
    const parsed = dialect.parse(body.value, key, request.headers);
    if ('kind' in parsed) return await refuseUnread(asked.key, parsed);
    parsed.longTexts = body.longTexts;
    note.licenseKey = parsed.licenseKey;
    note.isStreamed = parsed.stream;
    const isKeyed = request.headers['idempotency-key'] !== undefined;
    const idempotency = isKeyed ? await idempotencyOf(request, dialect.name, body) : null;
    if (idempotency && 'kind' in idempotency) return await refuseUnread(asked.key, idempotency);
    const cancellation = cancellationOf(response, deps.underWay);
    const exchange = {
      request,
      response,
      dialect,
      deps,
      id,
      note,
      parsed,
      idempotency,
      cancellation,
    };
    await answer(exchange);
  } catch (error) {
    if (error instanceof ClientLeftError) return;
    refuseIn(request, response, dialect, logFault(error, id, deps), id);
  } finally {
    note.isDone(request);
  }
}

/** Also noted for a body that is refused, so that the license's holder can find the refusal. */
function askedIn(body: unknown, keyInHeader: string | undefined, dialect: AnyDialect) {
  const { api_key: keyInBody, model } = Object(body) as Record<string, unknown>;
  const isInBody = dialect.takesKeyInBody && typeof keyInBody === 'string' && keyInBody !== '';
  return {
    key: isInBody ? keyInBody.trim() : keyInHeader,
    model: typeof model === 'string' ? model : undefined,
  };
}

function answerParsed(exchange: Exchange): Promise<void> {
  return exchange.parsed.stream ? answerInEvents(exchange) : answerWhole(exchange);
}

/** The header that names the fields of a body that the dialect does not read. */
const IGNORED = 'X-Sahm-Ignored';

/** Requested when the client closes the connection before its answer, or when a shutdown stops waiting. */
function cancellationOf(response: ServerResponse, underWay: Set<Cancellation>): Cancellation {
  const cancellation = new Cancellation();
  underWay.add(cancellation);
  response.on('close', () => {
    underWay.delete(cancellation);
    if (!response.writableFinished) cancellation.request();
  });
  return cancellation;
}
