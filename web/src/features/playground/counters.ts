// What is used and left of each quota, as a reply tells it.

export interface Counters {
  used: number;
  limit: number;
  remaining: number;
}

/** The counters by provider. */
export type Breakdown = Record<string, Counters>;

/**
 * Whether counters seem to go back: of two replies the earlier one may arrive last, or a new month has begun. Which of
 * them it is only the service knows.
 */
export function isBehind(arrived: Breakdown, known: Breakdown): boolean {
  return Object.entries(arrived).some(([provider, { used }]) => {
    return used < (known[provider]?.used ?? 0);
  });
}
