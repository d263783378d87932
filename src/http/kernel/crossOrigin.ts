// Lets pages of other origins call us from a browser (CORS): only origins that the operator names, and never with
// cookies. Without this, a browser hides every answer from such a page.

import type { IncomingMessage, ServerResponse } from 'node:http';
import cors from 'cors';
import { takesKey } from './credentials.js';

/** Headers that a page may read, beside those that browsers always show. */
const EXPOSED_HEADERS = [
  'X-Quota-Limit',
  'X-Quota-Remaining',
  'X-Quota-Reset',
  'X-Quota-Charged',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'X-Concurrency-Limit',
  'X-Concurrency-Remaining',
  'X-Request-Id',
  'request-id',
  'Retry-After',
  'x-should-retry',
  'Idempotent-Replayed',
  'X-Sahm-Ignored',
  'X-Sahm-Finish-Reason',
  'X-Sahm-Max-Tokens',
];
/** The longest time for which browsers remember the answer to a preflight request. */
const MAX_AGE_SECONDS = 7_200;

/** Adds the headers that a browser needs. True if that was the whole answer. */
export type CrossOrigin = (request: IncomingMessage, response: ServerResponse) => boolean;

/** `*` means every origin. Null if no origin is named, so that nothing is added. */
export function crossOriginFor(origins: string[]): CrossOrigin | null {
  if (origins.length === 0) return null;
  // Without a list, all requested headers are allowed. The SDKs send new ones every month.
  const allow = cors({
    origin: origins.includes('*') ? '*' : origins,
    methods: ['GET', 'POST', 'PATCH', 'DELETE'],
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: MAX_AGE_SECONDS,
  });
  return (request, response) => {
    const { origin } = request.headers;
    if (origin === undefined || !takesKey(request.url ?? '')) return false;
    let isAnswered = true;
    allow(request, response, () => {
      isAnswered = false;
    });
    return isAnswered;
  };
}
