// Licenses by key, kept for a short while. A cached license only ever lets a request through to its
// hold, and the hold compares what may have changed: so the cache is never wrong, only slow at worst.

import { LRUCache } from 'lru-cache';
import type { License } from '../domain/license.js';

export interface LicenseCache {
  /** Null for a key that nobody has. `isFresh` when it was read from the database just now. */
  find(
    key: string,
    how: { fresh: boolean },
  ): Promise<{ license: License; isFresh: boolean } | null>;
}

const MOST_LICENSES = 20_000;
const KEPT_MS = 60_000;

export function createLicenseCache(
  findByKey: (key: string) => Promise<License | null>,
): LicenseCache {
  const cache = new LRUCache<string, License>({ max: MOST_LICENSES, ttl: KEPT_MS });
  return {
    async find(key, { fresh }) {
      const cached = fresh ? undefined : cache.get(key);
      if (cached) return { license: cached, isFresh: false };
      const license = await findByKey(key);
      if (license?.isUsable) cache.set(key, license);
      else cache.delete(key);
      return license && { license, isFresh: true };
    },
  };
}
