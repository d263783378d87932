// How endpoints answer and refuse. The default form of refusals is administration's, which is
// `{error: {code, message, details?}}`, in English if the caller names no language.

import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import type { Language } from '../../domain/language.js';
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

/** The form of a route's refusals: its schema, and the function that writes it. */
export interface RefusalForm {
  schema: z.ZodType;
  send(request: Request, response: Response, refusal: Refusal): void;
}

/**
 * A handler that sends what `act` returns; null means that `act` has written the answer itself. What `act` throws goes
 * to the application's error handler, which answers in the form of the route, see `refusalFormOf`.
 */
export function answering(
  act: (request: Request, response: Response) => Promise<Answer | Refusal | null>,
  { refusals = ADMIN_REFUSALS, noStore = true }: { refusals?: RefusalForm; noStore?: boolean } = {},
): RequestHandler {
  return async (request, response) => {
    response.locals.refusals = refusals;
    const result = await act(request, response);
    if (result === null) return;
    if (result.kind === 'refusal') refusals.send(request, response, result);
    else sendAnswer(response, result, noStore);
  };
}

/** The form of the route that answers; administration's if the request had not reached a route. */
export function refusalFormOf(response: Response): RefusalForm {
  return response.locals.refusals ?? ADMIN_REFUSALS;
}

function sendAnswer(response: Response, { status, body }: Answer, noStore: boolean): void {
  if (noStore) response.setHeader('Cache-Control', 'no-store');
  if (status === 204) sendNothing(response);
  else sendJson(response, status, body);
}

export const errorCode = z
  .string()
  .meta({ description: 'A stable machine code', example: 'invalid_request' });
export const adminError = z.strictObject({
  error: z.strictObject({
    code: errorCode,
    message: z.string(),
    details: z.strictObject({ field: z.string() }).optional(),
  }),
});

/** The language of messages for administrators, holders and buyers: the caller's, or else English. */
export function callersLanguage(request: Request): Language {
  return languageOf(request.headers['accept-language'], 'en');
}

export function sendAdminRefusal(request: Request, response: Response, refusal: Refusal): void {
  const { code, message, field } = refusal;
  const language = callersLanguage(request);
  const details = field === undefined ? {} : { details: { field } };
  response.setHeader('Cache-Control', 'no-store');
  sendRefusal(response, refusal, { error: { code, message: say(language, message), ...details } });
}

export const ADMIN_REFUSALS: RefusalForm = { schema: adminError, send: sendAdminRefusal };

/** Handles the error that Express throws for a path that cannot be decoded. */
export function refuseUndecodable(
  { send }: RefusalForm,
  suggestions: string[] = [],
): ErrorRequestHandler {
  return (error, request, response, next) => {
    if (!(error instanceof URIError)) return next(error);
    send(request, response, refuse('not_found', 'route_not_found', { suggestions }));
  };
}

/** Refuses a path's other methods. `allowed` is a list such as `GET, POST`. */
export function refuseMethod(allowed: string, refusals = ADMIN_REFUSALS): RequestHandler {
  return (request, response) => {
    const refusal = refuse('method_not_allowed', 'method_not_allowed', { allowed });
    refusals.send(request, response, refusal);
  };
}
