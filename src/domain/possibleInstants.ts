// Instants that a shop may tell. One of another calendar's year, or of a clock that was never set, is a fault: the
// newest state of an order would be the newest for centuries, and a term would begin in another age.

import type { PurchaseFact } from './purchase.js';

const FIRST = Date.UTC(2000, 0, 1);
/** How far the clock of a shop may be ahead of ours. */
const MOST_AHEAD_MS = 86_400_000;
/** Longer than anybody sells time for. */
const LONGEST_TIME_MS = 100 * 366 * 86_400_000;

/** What is wrong with the instants of some facts, or null. */
export function impossibleInstant(facts: PurchaseFact[], now: Date): string | null {
  for (const { occurredAt, paidTime, statement } of facts) {
    const at = occurredAt.getTime();
    if (at < FIRST || at > now.getTime() + MOST_AHEAD_MS) return faultOf(occurredAt);
    if (paidTime && paidTime.startsAt.getTime() < FIRST) return faultOf(paidTime.startsAt);
    if (paidTime && paidTime.endsAt.getTime() > now.getTime() + LONGEST_TIME_MS) {
      return faultOf(paidTime.endsAt);
    }
    const stated = impossibleInstant(statement?.facts ?? [], now);
    if (stated !== null) return stated;
  }
  return null;
}

function faultOf(instant: Date): string {
  return `it tells of ${instant.toISOString()}, which cannot be: look at the clock and the calendar of the shop`;
}
