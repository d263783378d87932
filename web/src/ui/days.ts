// Days as the service counts them: in the quotas' own zone.

import { pageData } from '../api/pageData.js';

const DAY_MS = 86_400_000;

/** The last `days` days, today included: `2026-11-29`. */
export function daysBack(days: number): { from: string; to: string } {
  const to = dayOf(Date.now());
  // Counted on the calendar: where clocks are put forward, a day has 23 hours.
  const from = new Date(Date.parse(to) - (days - 1) * DAY_MS).toISOString().slice(0, 10);
  return { from, to };
}

export function dayOf(ms: number): string {
  const { timeZone } = pageData(document.documentElement.lang);
  return new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(ms);
}
