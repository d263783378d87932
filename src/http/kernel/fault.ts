// What was thrown, as a refusal: the absence of the database, or of where files lie, is a 503, a value that the database
// cannot hold a 400, anything else our fault.

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
