// Which pages of other origins may call us from a browser (CORS): of those that the operator names, and never
// with cookies. Without this, a browser keeps every answer from such a page.

import type { IncomingMessage, ServerResponse } from 'node:http';
import cors from 'cors';
import { takesKey } from './credentials.js';

/** Beside those that every page may read. */
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
/** The longest that browsers keep a permission, of a request that is asked for before it is sent. */
const MAX_AGE_SECONDS = 7_200;

/** Adds what a browser wants to see; true where that is the whole answer. */
export type CrossOrigin = (request: IncomingMessage, response: ServerResponse) => boolean;

/** `*` is every origin. Null where no origin is named: nothing is added then. */
export function crossOriginFor(origins: string[]): CrossOrigin | null {
  if (origins.length === 0) return null;
  // Without a list of headers all are allowed that are asked for: the SDKs send new ones every month.
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
