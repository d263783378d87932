// Counts the requests of licenses that have a rate limit; other licenses cost nothing here. Each process
// counts by itself: a rate limit protects a process, and is no quota.

import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { SpentRate } from '../../domain/rate.js';

export interface RateLimits {
  /** Counts one request of a license. */
  spend(licenseId: string): Promise<SpentRate>;
}

const WINDOW_SECONDS = 60;

export function createRateLimits(): RateLimits {
  // The limit is each license's own, and the caller compares it.
  const limiter = new RateLimiterMemory({
    points: Number.MAX_SAFE_INTEGER,
    duration: WINDOW_SECONDS,
  });
  return {
    async spend(licenseId) {
      const { consumedPoints, msBeforeNext } = await limiter.consume(licenseId);
      const resetsAt = new Date(Date.now() + msBeforeNext);
      return { requests: consumedPoints, resetsAt, resetsInMs: msBeforeNext };
    },
  };
}
