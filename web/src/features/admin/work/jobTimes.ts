// When a job runs, as its cron line says it: six fields, beginning with seconds, in UTC.

export type JobTimes =
  | { kind: 'seconds' | 'minutes'; every: number }
  /** `at` is a time of today at which it runs: its minute, or the time of day, counts. */
  | { kind: 'hour' | 'day'; at: Date };

/** Null for a line of another form than jobs have. */
export function timesOf(cron: string): JobTimes | null {
  const [, seconds] = /^\*\/(\d+)(?: \*){5}$/.exec(cron) ?? [];
  if (seconds) return { kind: 'seconds', every: Number(seconds) };
  const minutes = /^\d+ \*(?:\/(\d+))?(?: \*){4}$/.exec(cron);
  if (minutes) return { kind: 'minutes', every: Number(minutes[1] ?? 1) };
  const [, minute, hour] = /^\d+ (\d+) (\*|\d+)(?: \*){3}$/.exec(cron) ?? [];
  if (minute === undefined || hour === undefined) return null;
  const at = new Date();
  at.setUTCHours(Number(hour) || 0, Number(minute), 0, 0);
  return { kind: hour === '*' ? 'hour' : 'day', at };
}
