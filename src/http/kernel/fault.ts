// Turns what was thrown into a refusal. If the database or the file store is away, it is a 503. If the database cannot
// hold a value, it is a 400. Anything else is a fault of ours, a 500.

import { databaseFaultOf } from '../../domain/databaseFault.js';
import { FileStoreError } from '../../domain/fileStoreError.js';
import { type Refusal, refuse } from '../../domain/refusal.js';

/** Seconds after which a client may try again when something of ours is away or overloaded. */
const RETRY_AFTER_SECONDS = 2;

export function refusalOfFault(error: unknown): Refusal {
  if (error instanceof FileStoreError) return away();
  switch (databaseFaultOf(error)) {
    case 'unavailable':
    case 'conflict':
      return away();
    case 'value':
      return refuse('invalid_request', 'value_not_storable', {});
    default:
      return refuse('internal_error', 'internal_error', {});
  }
}

function away(): Refusal {
  const more = { retryAfterSeconds: RETRY_AFTER_SECONDS };
  return refuse('service_unavailable', 'service_unavailable', {}, more);
}
