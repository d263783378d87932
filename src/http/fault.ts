// What was thrown, as a refusal: the database's absence is a 503, anything else is our fault.

import { type Refusal, refuse } from '../domain/refusal.js';

/** Seconds after which a client may try again when the database is away or overloaded. */
const RETRY_AFTER_SECONDS = 2;

export function refusalOfFault(error: unknown): Refusal {
  return isOutage(error)
    ? refuse(
        'service_unavailable',
        'service_unavailable',
        {},
        { retryAfterSeconds: RETRY_AFTER_SECONDS },
      )
    : refuse('internal_error', 'internal_error', {});
}

/** True for every fault of the database and of its queue. */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { name } = error;
  return (
    name === 'OverloadedError' ||
    name.startsWith('PrismaClient') ||
    name === 'DriverAdapterError' ||
    name === 'DatabaseError' ||
    // The driver's own errors (a connection that broke under a query) are plain; on the way through
    // the client this is added to them.
    'clientVersion' in error
  );
}
