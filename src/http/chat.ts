// The MyAIHub dialect over HTTP: POST /api/chat_v3, and the same at /api/chat_v3.php.

import { type Request, type Response, Router } from 'express';
import type { Logger } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { parseChat, renderRefusal, renderReply } from '../dialects/myaihub.js';
import { type Refusal, refuse } from '../domain/refusal.js';
import { type ChatDeps, chat } from '../flows/chat.js';
import { languageOf } from '../i18n/language.js';
import { ClientLeftError, MOST_CHAT_BYTES, readJson } from './body.js';
import { keyInHeaders } from './credentials.js';
import { refusalOfFault } from './fault.js';
import { sendJson, sendRefusal, setQuotaHeaders, setRateLimitHeaders } from './respond.js';

export interface ChatRouteDeps {
  chat: ChatDeps;
  log: Logger;
  /** Aborted when the drain time of a shutdown is over. */
  shutdown: AbortSignal;
}

export function chatRoutes(deps: ChatRouteDeps): Router {
  const router = Router();
  router
    .route(['/api/chat_v3', '/api/chat_v3.php'])
    .post((request, response) => answerChat(request, response, deps))
    .all((request, response) => {
      refuseIn(
        request,
        response,
        refuse('method_not_allowed', 'method_not_allowed', { allowed: 'POST' }),
      );
    });
  return router;
}

async function answerChat(
  request: Request,
  response: Response,
  deps: ChatRouteDeps,
): Promise<void> {
  const id = uuidv7();
  response.setHeader('X-Request-Id', id);
  try {
    const body = await readJson(request, { mostBytes: MOST_CHAT_BYTES });
    if (body.kind === 'refusal') return refuseIn(request, response, body);
    const parsed = parseChat(body.value, keyInHeaders(request));
    if ('kind' in parsed) return refuseIn(request, response, parsed);
    const outcome = await chat(parsed, id, signalOf(response, deps.shutdown), deps.chat);
    if (outcome.kind === 'refusal') return refuseIn(request, response, outcome);
    if (outcome.kind === 'client_left') {
      return refuseIn(request, response, refuse('service_unavailable', 'service_unavailable', {}));
    }
    setQuotaHeaders(response, outcome.usage, outcome.model.provider);
    setRateLimitHeaders(response, outcome.rate);
    sendJson(response, 200, renderReply(outcome));
  } catch (error) {
    if (error instanceof ClientLeftError) return;
    const refusal = refusalOfFault(error);
    deps.log.error({ err: error, requestId: id }, refusal.code);
    refuseIn(request, response, refusal);
  }
}

/** Aborted when the client closes the connection before its answer, or when a shutdown waits no longer. */
function signalOf(response: Response, shutdown: AbortSignal): AbortSignal {
  const left = new AbortController();
  response.on('close', () => {
    if (!response.writableFinished) left.abort();
  });
  return AbortSignal.any([left.signal, shutdown]);
}

/** The dialect's default language is Persian. */
function refuseIn(request: Request, response: Response, refusal: Refusal): void {
  const language = languageOf(request.headers['accept-language'], 'fa');
  sendRefusal(response, refusal, renderRefusal(refusal, language));
}
