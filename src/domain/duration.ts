// ISO 8601 durations of one unit (`P1M`, `P1Y`, `P30D`), added in UTC and always to the original day: 31
// January + 1 month is 28 February, and + 2 months is 31 March again.

import { cutInstant } from './instant.js';

export interface Duration {
  months: number;
  days: number;
}

export const DAY_MS = 86_400_000;

/** @throws where the text is no duration; the catalogue's schema lets only these through. */
export function parseDuration(text: string): Duration {
  const [, count, unit] = /^P(\d+)([DWMY])$/.exec(text) ?? [];
  if (count === undefined) throw new Error(`not a duration: ${text}`);
  const amount = Number(count);
  if (unit === 'Y') return { months: 12 * amount, days: 0 };
  if (unit === 'M') return { months: amount, days: 0 };
  return { months: 0, days: unit === 'W' ? 7 * amount : amount };
}

/**
 * `instantMs` + duration, in milliseconds since 1970, capped at the last instant. If the month lacks that
 * day, its last day is taken.
 */
export function addDuration(instantMs: number, { months, days }: Duration): number {
  const date = new Date(instantMs);
  const day = date.getUTCDate();
  // Starts from the first of the month: otherwise a missing day would overflow into the next month.
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, lastDay));
  return cutInstant(date.getTime() + days * DAY_MS);
}

export function sumDurations(one: Duration, other: Duration): Duration {
  return { months: one.months + other.months, days: one.days + other.days };
}

export function timesDuration({ months, days }: Duration, times: number): Duration {
  return { months: months * times, days: days * times };
}
