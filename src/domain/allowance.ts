// How often something may be done: so many times at once, and from then on so many a minute. What is
// spent is one number, the instant at which nothing is spent any more; so a bucket that nobody uses needs
// no clock to fill it. Instants are milliseconds of any one clock.

export interface Allowance {
  atOnce: number;
  perMinute: number;
}

const MINUTE_MS = 60_000;

/** Milliseconds until once more is allowed; 0 where it is now. */
export function waitMs(allowance: Allowance, restedAt: number, now: number): number {
  const { atOnce } = allowance;
  const each = eachMs(allowance);
  return Math.max(0, Math.max(restedAt, now) - now - (atOnce - 1) * each);
}

/** When nothing is spent any more, after once more. */
export function spentOnce(allowance: Allowance, restedAt: number, now: number): number {
  return Math.max(restedAt, now) + eachMs(allowance);
}

/** The same after one is taken back. */
export function takenBack(allowance: Allowance, restedAt: number): number {
  return restedAt - eachMs(allowance);
}

function eachMs({ perMinute }: Allowance): number {
  return MINUTE_MS / perMinute;
}
