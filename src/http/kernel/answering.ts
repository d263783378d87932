// How administration answers: JSON, errors as `{error: {code, message, details?}}`, English where the
// caller names no language.

import type { Request, RequestHandler, Response } from 'express';
import { type Refusal, refuse } from '../../domain/refusal.js';
import { languageOf } from '../../i18n/language.js';
import { say } from '../../i18n/messages.js';
import { sendJson, sendNothing, sendRefusal } from './respond.js';

export interface Answer {
  kind: 'answer';
  status: number;
  body: unknown;
}

export function answer(status: number, body: unknown): Answer {
  return { kind: 'answer', status, body };
}

/**
 * A handler that sends what `act` gives; null where `act` has written the answer itself. What it
 * throws goes to the application's error handler.
 */
export function answering(
  act: (request: Request, response: Response) => Promise<Answer | Refusal | null>,
): RequestHandler {
  return async (request, response) => {
    const result = await act(request, response);
    if (result === null) return;
    if (result.kind === 'refusal') sendAdminRefusal(request, response, result);
    else sendAnswer(response, result);
  };
}

function sendAnswer(response: Response, { status, body }: Answer): void {
  // Nothing here is for a cache: answers are of one caller and of this moment.
  response.setHeader('Cache-Control', 'no-store');
  if (status === 204) sendNothing(response);
  else sendJson(response, status, body);
}

export function sendAdminRefusal(request: Request, response: Response, refusal: Refusal): void {
  const { code, message, field } = refusal;
  const language = languageOf(request.headers['accept-language'], 'en');
  const details = field === undefined ? {} : { details: { field } };
  response.setHeader('Cache-Control', 'no-store');
  sendRefusal(response, refusal, { error: { code, message: say(language, message), ...details } });
}

/** For a path's other methods. `allowed`: `GET, POST`. */
export function refuseMethod(allowed: string): RequestHandler {
  return (request, response) => {
    const refusal = refuse('method_not_allowed', 'method_not_allowed', { allowed });
    sendAdminRefusal(request, response, refusal);
  };
}
