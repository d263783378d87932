// Days as the service counts them: in the quota's own zone.

import { pageData } from '../../api/pageData.js';

const DAY_MS = 86_400_000;

/** The first and the last of the last `days` days, including today, such as `2026-11-29`. */
export function daysBack(days: number): { from: string; to: string } {
  const { timeZone } = pageData(document.documentElement.lang);
  const form = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' });
  const now = Date.now();
  return { from: form.format(now - (days - 1) * DAY_MS), to: form.format(now) };
}
