// A token bucket: `atOnce` acts are allowed in a burst, then `perMinute`. What is spent is stored as one
// number, the instant at which the bucket is full again, so an idle bucket needs no timer to refill it.
// Instants are milliseconds of any one clock.

export interface Allowance {
  atOnce: number;
  perMinute: number;
}

const MINUTE_MS = 60_000;

/** Milliseconds until one more act is allowed; 0 if it is allowed now. */
export function waitMs(allowance: Allowance, restedAt: number, now: number): number {
  const { atOnce } = allowance;
  const each = eachMs(allowance);
  return Math.max(0, Math.max(restedAt, now) - now - (atOnce - 1) * each);
}

/** The instant at which the bucket is full again, after one more act. */
export function spentOnce(allowance: Allowance, restedAt: number, now: number): number {
  return Math.max(restedAt, now) + eachMs(allowance);
}

/** The same instant after one act is taken back. */
export function takenBack(allowance: Allowance, restedAt: number): number {
  return restedAt - eachMs(allowance);
}

function eachMs({ perMinute }: Allowance): number {
  return MINUTE_MS / perMinute;
}
