// Looks up the credentials of callers: license keys, API tokens, cookies. If a network sends many wrong ones, its
// credentials are refused for a while without a look. Those that worked lately are still looked up, so that one who
// guesses in an office, or on a platform of many bots, does not lock out the others there.

import type { Refusal } from '../../domain/refusal.js';
import { leastRecentlyUsed } from './leastRecentlyUsed.js';
import type { StrangerLimits } from './strangerLimits.js';

export interface CredentialGuard {
  /**
   * `address` is only called if it is needed. `works` decides whether a credential that was found is still good;
   * without it, all of them are.
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
  const worked = leastRecentlyUsed<true>(MOST_REMEMBERED, REMEMBERED_MS);
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
