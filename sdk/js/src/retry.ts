// Whether a failed attempt is made again, and after how long. There are three kinds of "no": the quota is used up
// (never again), too many requests (when the service says), and trouble that passes (after a growing pause).

import { numberIn } from './details.js';
import { ApiError, ConnectionError } from './errors.js';

/** If the wait would be longer, the caller decides. */
const LONGEST_WAIT_MS = 60_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8_000;
/**
 * Problems that pass: the body arrived too slowly, an earlier attempt is under way, or the service or its upstream is
 * away.
 */
const PASSING_STATUSES = [408, 429, 500, 502, 503, 504];

/**
 * How long to wait before the next attempt, in milliseconds; null: there is none.
 * @param attempt The number of attempts so far, from 1.
 * @param isRepeatable Whether doing it twice has the effect of doing it once.
 * @param random From 0 to 1, so that many clients do not come back in the same moment.
 */
export function pauseMs(
  failure: unknown,
  attempt: number,
  isRepeatable: boolean,
  random: number,
): number | null {
  const growing = Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
  if (failure instanceof ConnectionError) return isRepeatable ? jittered(growing, random) : null;
  if (!(failure instanceof ApiError) || !mayPass(failure)) return null;
  // A call that cannot be repeated is only tried again if it was refused before anything was done.
  if (!isRepeatable && failure.status !== 429) return null;
  const seconds = numberIn(failure.headers, 'retry-after');
  const wait = seconds === null ? growing : seconds * 1000;
  return wait > LONGEST_WAIT_MS ? null : jittered(wait, random);
}

function mayPass({ status, code, headers }: ApiError): boolean {
  if (headers.get('x-should-retry') === 'false' || code === 'quota_exhausted') return false;
  return PASSING_STATUSES.includes(status) || code === 'idempotency_in_progress';
}

/** Never sooner than the service asked for. */
function jittered(ms: number, random: number): number {
  return Math.round(ms * (1 + random / 4));
}
