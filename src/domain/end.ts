// An end as people say it: an instant, or the last day that still belongs to it, in the zone of the quotas.

export type End = Date | { lastDay: string };

/** The last day that belongs to an end: of one at midnight the day before it. */
export function lastDayOf(end: Date, timeZone: string): string {
  const days = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' });
  return days.format(end.getTime() - 1);
}

/** What a caller hears who sends neither. */
export const END_EXPECTED =
  'a day as 2026-01-31, which is included, or an instant as 2026-01-31T12:00:00Z, from 1970 to 9998';
