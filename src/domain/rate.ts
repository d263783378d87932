// A license's rate limit: a number of requests in a minute that begins with the first of them.

import type { License } from './license.js';
import { type Refusal, refuse } from './refusal.js';

/** How much of the current minute's limit is spent. */
export interface SpentRate {
  requests: number;
  resetsAt: Date;
  resetsInMs: number;
}

/** What the headers of a reply say. */
export interface RateState {
  limit: number;
  remaining: number;
  resetsAt: Date;
}

/**
 * Refuses a request that exceeds the license's limit; null where it does not. `spent` already includes this
 * request. `rated` is told the state either way.
 */
export function rateOf(
  { rateLimit }: Pick<License, 'rateLimit'>,
  spent: SpentRate | undefined,
  rated: (rate: RateState) => void,
): Refusal | null {
  if (rateLimit === null || !spent) return null;
  const { requests, resetsAt, resetsInMs } = spent;
  rated({ limit: rateLimit, remaining: Math.max(0, rateLimit - requests), resetsAt });
  if (requests <= rateLimit) return null;
  const retryAfterSeconds = Math.max(1, Math.ceil(resetsInMs / 1000));
  return refuse('rate_limited', 'rate_limited', {}, { retryAfterSeconds });
}
