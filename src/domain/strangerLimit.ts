// How often a stranger may do something. It is a token bucket: `atOnce` acts are allowed in a burst, then
// `perMinute`. What is spent is stored as one number, the instant at which the bucket is full again, so an
// idle bucket needs no timer to refill it. Instants are milliseconds of any one clock.

export interface StrangerLimit {
  atOnce: number;
  perMinute: number;
}

const MINUTE_MS = 60_000;

/** Milliseconds until one more act is allowed; 0 if it is allowed now. */
export function waitMs(limit: StrangerLimit, restedAt: number, now: number): number {
  const { atOnce } = limit;
  const each = eachMs(limit);
  return Math.max(0, Math.max(restedAt, now) - now - (atOnce - 1) * each);
}

/** The instant at which the bucket is full again, after one more act. */
export function spentOnce(limit: StrangerLimit, restedAt: number, now: number): number {
  return Math.max(restedAt, now) + eachMs(limit);
}

/** The same instant after one act is taken back. */
export function takenBack(limit: StrangerLimit, restedAt: number): number {
  return restedAt - eachMs(limit);
}

function eachMs({ perMinute }: StrangerLimit): number {
  return MINUTE_MS / perMinute;
}
