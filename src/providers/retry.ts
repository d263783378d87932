// Which failures of an upstream are worth a second try, and which count against the API key that was used.

import type { UpstreamFailure } from '../domain/chat.js';

const PASSING = /^(?:status_(?:429|500|502|503|529)|reset|refused|unreachable|connection)$/;
const BUSY = /^status_(?:429|503|529)$/;

/** A caller waits no longer than this for a retry. */
const LONGEST_WAIT_MS = 2_000;
const SHORT_PAUSE_MS = 100;

/**
 * How long to wait before one more try; null for no retry. Another key is tried at once. The same key waits as the
 * upstream's Retry-After says, and is not tried again if that is too long; where it says nothing, a moment.
 */
export function mayRetry(
  failure: UpstreamFailure,
  hasOtherKey: boolean,
): { afterMs: number } | null {
  const { code, reason, retryAfterSeconds } = failure;
  if (code === 'invalid_request') return null;
  if (isAboutTheKey(failure)) return hasOtherKey ? { afterMs: 0 } : null;
  if (!PASSING.test(reason)) return null;
  if (hasOtherKey) return { afterMs: 0 };
  if (retryAfterSeconds === undefined) return { afterMs: SHORT_PAUSE_MS * (1 + Math.random()) };
  const afterMs = retryAfterSeconds * 1000;
  return afterMs <= LONGEST_WAIT_MS ? { afterMs } : null;
}

/** If the caller's own request is at fault, another model would refuse it too. */
export function mayAnotherModelHelp(failure: UpstreamFailure): boolean {
  return failure.code !== 'invalid_request';
}

/** Whether this failure, if several licenses meet it, should open the breaker of the key. */
export function countsAgainstKey(failure: UpstreamFailure): boolean {
  const { code, reason } = failure;
  // When moderation refuses the caller's input, the status is the same as for a refused account.
  if (code === 'invalid_request') return false;
  return code === 'upstream_timeout' || PASSING.test(reason) || isAboutTheKey(failure);
}

/** The upstream is there and not busy, but does not serve us: so our account is the problem. An empty one is told as 429. */
function isAboutTheKey({ code, reason, alert }: UpstreamFailure): boolean {
  return code === 'upstream_unavailable' && (alert !== undefined || !BUSY.test(reason));
}
