// Which troubles of an upstream are worth a second try, and which count against the key that met them.

import type { UpstreamFailure } from '../domain/chat.js';

const PASSING = /^(?:status_(?:429|500|502|503|529)|reset|refused|unreachable|connection)$/;
const BUSY = /^status_(?:429|503|529)$/;

/** A caller waits no longer than this for a retry. */
const LONGEST_WAIT_MS = 2_000;
const SHORT_PAUSE_MS = 100;

/**
 * After how long to try once more, or null. Another key need not wait; the same one honours the
 * upstream's Retry-After, or is not tried where that is too long.
 */
export function mayRetry(
  failure: UpstreamFailure,
  hasOtherKey: boolean,
): { afterMs: number } | null {
  const { code, reason, retryAfterSeconds = 0 } = failure;
  if (code === 'invalid_request') return null;
  if (isAboutTheKey(failure)) return hasOtherKey ? { afterMs: 0 } : null;
  if (!PASSING.test(reason)) return null;
  if (hasOtherKey) return { afterMs: 0 };
  if (!BUSY.test(reason)) return { afterMs: SHORT_PAUSE_MS * (1 + Math.random()) };
  const afterMs = retryAfterSeconds * 1000;
  return afterMs <= LONGEST_WAIT_MS ? { afterMs } : null;
}

/** What the caller's own request caused, another model would answer in the same way. */
export function mayAnotherModelHelp(failure: UpstreamFailure): boolean {
  return failure.code !== 'invalid_request';
}

/** Whether a key with which several licenses meet this should be left alone for a while. */
export function countsAgainstKey(failure: UpstreamFailure): boolean {
  const { code, reason } = failure;
  // Moderation of the caller's input has the status of a refused account.
  if (code === 'invalid_request') return false;
  return code === 'upstream_timeout' || PASSING.test(reason) || isAboutTheKey(failure);
}

/** An upstream that is there and not busy, and yet does not serve us: our account, whatever the status. */
function isAboutTheKey({ code, reason }: UpstreamFailure): boolean {
  return code === 'upstream_unavailable' && !BUSY.test(reason);
}
