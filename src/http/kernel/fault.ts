// Turns what was thrown into a refusal. If the database is away, it is a 503; if it cannot store a value, a 400;
// anything else is our fault.

import { databaseFaultOf } from '../../domain/databaseFault.js';
import { type Refusal, refuse } from '../../domain/refusal.js';

/** Seconds after which a client may try again when the database is away or overloaded. */
const RETRY_AFTER_SECONDS = 2;

export function refusalOfFault(error: unknown): Refusal {
  switch (databaseFaultOf(error)) {
    case 'unavailable':
    case 'conflict': {
      const more = { retryAfterSeconds: RETRY_AFTER_SECONDS };
      return refuse('service_unavailable', 'service_unavailable', {}, more);
    }
    case 'value':
      return refuse('invalid_request', 'value_not_storable', {});
    default:
      return refuse('internal_error', 'internal_error', {});
  }
}
