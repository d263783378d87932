// Limits how many requests a license may send in a minute, which begins with the first of them, and how many may run at
// once.

import type { License } from './license.js';
import { type Refusal, refuse } from './refusal.js';

export const RATE_WINDOW_SECONDS = 60;

/** How much of the current minute's limit is spent. */
export interface SpentRate {
  requests: number;
  resetsAt: Date;
  resetsInMs: number;
}

/** The state for the headers of a reply. */
export interface RateState {
  limit: number;
  remaining: number;
  resetsAt: Date;
}

/** The same of requests that run at once. */
export interface CallState {
  limit: number;
  remaining: number;
}

/**
 * Refuses a request that exceeds the license's limit; null if it does not. `spent` already includes this request.
 * `rated` is called with the state in both cases.
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

/** Refuses a request if more than `most` run at once, including this one; null if not. */
export function tooManyAtOnce(most: number, running: number): Refusal | null {
  if (running <= most) return null;
  return refuse('rate_limited', 'too_many_at_once', { most }, { retryAfterSeconds: 1 });
}
