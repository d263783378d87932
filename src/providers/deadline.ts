// One deadline for all of a call, and the caller's leaving, whichever is first.

import type { UpstreamFailure } from '../domain/chat.js';
import { failureOfError } from './failure.js';

export const TIMEOUT: UpstreamFailure = {
  kind: 'failure',
  code: 'upstream_timeout',
  reason: 'timeout',
};

export interface Deadline {
  /** Aborted by both; stops what is under way on the connection. */
  signal: AbortSignal;
  /**
   * Waits for a part of the call. The upstream's trouble and the end of the time are failures; when the
   * caller leaves, the reason is thrown. A race, because a request that still waits for a connection
   * does not notice that its signal aborted.
   */
  race<Result>(part: Promise<Result>): Promise<Result | UpstreamFailure>;
  /** What the error of a part means that was not raced, because its signal ends it. */
  failureOf(error: unknown): UpstreamFailure;
  isOver(): boolean;
  /** Forgets the timer and the caller. */
  release(): void;
}

export function startDeadline(timeoutMs: number, callerSignal: AbortSignal): Deadline {
  callerSignal.throwIfAborted();
  const controller = new AbortController();
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;
  let leave = () => {};
  const cut = new Promise<UpstreamFailure>((resolve, reject) => {
    timer = setTimeout(() => {
      isOver = true;
      resolve(TIMEOUT);
      controller.abort();
    }, timeoutMs);
    leave = () => {
      reject(callerSignal.reason);
      controller.abort();
    };
    callerSignal.addEventListener('abort', leave, { once: true });
  });
  // Between two parts nobody waits for it.
  cut.catch(() => {});
  return {
    signal: controller.signal,
    race: part => Promise.race([part.catch(failureOfError), cut]),
    failureOf(error) {
      if (isOver) return TIMEOUT;
      callerSignal.throwIfAborted();
      return failureOfError(error);
    },
    isOver: () => isOver,
    release() {
      clearTimeout(timer);
      callerSignal.removeEventListener('abort', leave);
    },
  };
}
