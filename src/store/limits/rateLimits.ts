// Counts the requests of licenses that have a rate limit; other licenses cost nothing here. All replicas count
// together in Redis; without Redis, and while it is away, each process counts by itself.

import { RateLimiterMemory } from 'rate-limiter-flexible';
import { RATE_WINDOW_SECONDS, type SpentRate } from '../../domain/rate.js';
import type { Redis } from './redis.js';
import { createSharedRates } from './sharedRates.js';

export interface RateLimits {
  /** Counts one request of a license or of a named key. */
  spend(id: string, limit: number): Promise<SpentRate>;
}

export function createRateLimits(redis: Redis | null = null): RateLimits {
  // Each license has its own limit, so the caller compares the count with it.
  const own = new RateLimiterMemory({
    points: Number.MAX_SAFE_INTEGER,
    duration: RATE_WINDOW_SECONDS,
  });
  if (redis) return { spend: createSharedRates(redis, own) };
  return {
    async spend(id) {
      const { consumedPoints, msBeforeNext } = await own.consume(id);
      const resetsAt = new Date(Date.now() + msBeforeNext);
      return { requests: consumedPoints, resetsAt, resetsInMs: msBeforeNext };
    },
  };
}
