// The one range of instants and days, for what callers send and for what we compute.
//
// It begins in 1970, because UUIDs of version 7 count from there. It ends before 9999: ISO text, the
// database's text and JSON Schema agree only on years of four digits, and the last year is left free so that
// no time zone and no grace days lead past it. Computed instants are capped at the end: a sum beyond what a
// `Date` can hold is NaN, and NaN would read like "never".

export const FIRST_INSTANT_MS = 0;
export const LAST_INSTANT_MS = Date.UTC(9999, 0, 1);

/** What a caller hears who sends an instant outside of the range. */
export const INSTANT_EXPECTED = 'an instant as 2026-01-31T12:00:00Z, from 1970 to 9998';
export const DAY_EXPECTED = 'a day as 2026-01-31, from 1970 to 9998';

export function isInstant(date: Date): boolean {
  const instantMs = date.getTime();
  return instantMs >= FIRST_INSTANT_MS && instantMs <= LAST_INSTANT_MS;
}

/**
 * A computed instant in milliseconds since 1970; the last one of the range where the result is later or NaN.
 */
export function cutInstant(instantMs: number): number {
  return Number.isNaN(instantMs) ? LAST_INSTANT_MS : Math.min(instantMs, LAST_INSTANT_MS);
}

/** Whether a text such as `2026-01-31` is a day of the calendar, within the range. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  // `Date` reads some days that do not exist as the first of the next month.
  return isInstant(date) && date.toISOString().startsWith(text);
}

export function earlierOf(one: Date, other: Date): Date {
  return new Date(Math.min(one.getTime(), other.getTime()));
}

export function laterOf(one: Date, other: Date): Date {
  return new Date(Math.max(one.getTime(), other.getTime()));
}
