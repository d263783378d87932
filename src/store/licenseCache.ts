// Licenses by key, kept for a short while. A cached license only ever lets a request through to its
// hold, and the hold compares what may have changed: so the cache is never wrong, only slow at worst.

import { LRUCache } from 'lru-cache';
import type { License } from '../domain/license.js';

export interface LicenseCache {
  /** Undefined where it is not known right now. */
  cached(key: string): License | undefined;
  /** As the database has it; null for a key that nobody has. */
  read(key: string): Promise<License | null>;
}

const MOST_LICENSES = 20_000;
const KEPT_MS = 60_000;

export function createLicenseCache(
  findByKey: (key: string) => Promise<License | null>,
): LicenseCache {
  const cache = new LRUCache<string, License>({ max: MOST_LICENSES, ttl: KEPT_MS });
  return {
    cached: key => cache.get(key),
    async read(key) {
      const license = await findByKey(key);
      if (license?.isUsable) cache.set(key, license);
      else cache.delete(key);
      return license;
    },
  };
}
