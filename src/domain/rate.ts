// A license's rate limit: so many requests in a minute that begins with the first of them.

import type { License } from './license.js';
import { type Refusal, refuse } from './refusal.js';

/** How much of the minute is spent. */
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

/** Is a request, which is among those spent, more than the license may send in a minute? */
export function rateOf(
  { rateLimit }: Pick<License, 'rateLimit'>,
  spent: SpentRate | undefined,
): Refusal | { kind: 'rated'; withRate: { rate: RateState } | undefined } {
  if (rateLimit === null || !spent) return { kind: 'rated', withRate: undefined };
  const { requests, resetsAt, resetsInMs } = spent;
  const remaining = Math.max(0, rateLimit - requests);
  const rate = { limit: rateLimit, remaining, resetsAt };
  if (requests <= rateLimit) return { kind: 'rated', withRate: { rate } };
  const retryAfterSeconds = Math.max(1, Math.ceil(resetsInMs / 1000));
  return refuse('rate_limited', 'rate_limited', {}, { rate, retryAfterSeconds });
}
