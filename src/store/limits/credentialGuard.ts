// Looks up the credentials of callers: license keys, API tokens, cookies. A network that sends many wrong
// ones is not looked up for a while. A credential that worked lately always is, so a guesser in an office, or
// on a platform of many bots, does not keep the others with that address out.

import { LRUCache } from 'lru-cache';
import type { Refusal } from '../../domain/refusal.js';
import type { StrangerLimits } from './strangerLimits.js';

export interface CredentialGuard {
  /**
   * `address` is only called where it is needed. `works` decides whether what was found is of any use;
   * without it, whatever was found is.
   */
  find<Found>(
    credential: string,
    address: () => string,
    lookUp: () => Promise<Found | null>,
    works?: (found: Found) => boolean,
  ): Promise<Found | null | Refusal>;
}

const MOST_REMEMBERED = 50_000;
const REMEMBERED_MS = 3_600_000;

export function createCredentialGuard(
  strangers: Pick<StrangerLimits, 'look' | 'take'>,
): CredentialGuard {
  const worked = new LRUCache<string, true>({ max: MOST_REMEMBERED, ttl: REMEMBERED_MS });
  return {
    async find(credential, address, lookUp, works = () => true) {
      if (!worked.has(credential)) {
        const refusal = strangers.look('wrong_credential', address());
        if (refusal) return refusal;
      }
      const found = await lookUp();
      if (found !== null && works(found)) {
        worked.set(credential, true);
      } else {
        worked.delete(credential);
        strangers.take('wrong_credential', address());
      }
      return found;
    },
  };
}
