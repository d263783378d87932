// Which instants and days there are: one range, for what anybody sends and for what is computed of it.
//
// From 1970, because the ids of version 7 count from there. To the beginning of 9999, because ISO text, the
// database's text and JSON Schema agree on years of four digits only; the last year is left free, so that
// no time zone and no day of grace leads out of them. What is computed ends there and never later: sums
// beyond what a `Date` can hold are no number, and no number reads like "never".

export const FIRST_INSTANT_MS = 0;
export const LAST_INSTANT_MS = Date.UTC(9999, 0, 1);

/** What is said to whoever sends another. */
export const INSTANT_EXPECTED = 'an instant as 2026-01-31T12:00:00Z, from 1970 to 9998';
export const DAY_EXPECTED = 'a day as 2026-01-31, from 1970 to 9998';

export function isInstant(date: Date): boolean {
  const instantMs = date.getTime();
  return instantMs >= FIRST_INSTANT_MS && instantMs <= LAST_INSTANT_MS;
}

/** A computed instant, in milliseconds since 1970: the last one where it is later or none. */
export function cutInstant(instantMs: number): number {
  return Number.isNaN(instantMs) ? LAST_INSTANT_MS : Math.min(instantMs, LAST_INSTANT_MS);
}

/** Whether `2026-01-31` is a day of the calendar, within the range. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  // Some days that there are not are read as the next month's first.
  return isInstant(date) && date.toISOString().startsWith(text);
}
