// Licenses by key, kept for a short while. A cached license only ever lets a request through to its
// hold, and the hold compares what may have changed: so the cache is never wrong, only slow at worst.

import type { License } from '../../domain/license.js';
import type { Refusal } from '../../domain/refusal.js';
import type { CredentialGuard } from '../limits/credentialGuard.js';
import { leastRecentlyUsed } from '../limits/leastRecentlyUsed.js';

export interface LicenseCache {
  /** Undefined if it is not cached right now. */
  cached(key: string): License | undefined;
  /**
   * As the database has it; null for a key that nobody has, a refusal where too many of those came
   * from this address, which is asked only then.
   */
  read(key: string, address: () => string): Promise<License | null | Refusal>;
}

const MOST_LICENSES = 20_000;
const KEPT_MS = 60_000;

export function createLicenseCache(
  findByKey: (key: string) => Promise<License | null>,
  credentials: CredentialGuard,
): LicenseCache {
  const cache = leastRecentlyUsed<License>(MOST_LICENSES, KEPT_MS);
  return {
    cached: key => cache.get(key),
    async read(key, address) {
      const license = await credentials.find(key, address, () => findByKey(key), isUsable);
      if (license && 'kind' in license) return license;
      if (license?.isUsable) cache.set(key, license);
      else cache.delete(key);
      return license;
    },
  };
}

function isUsable(license: License): boolean {
  return license.isUsable;
}
