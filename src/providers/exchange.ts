// One exchange with an upstream: its deadline, its caller's leaving, and what comes back. Written on the
// pool's handler and not on its `request`: a stream, two signals and a race for each call cost more than
// all else that is done for it.

import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { type Cancellation, CancelledError } from '../domain/cancellation.js';
import type { UpstreamFailure } from '../domain/chat.js';
import { failureOfError } from './failure.js';

export interface ExchangeOptions {
  /** For everything together, from waiting for a connection to the last byte. */
  timeoutMs: number;
  /** The caller's leaving. */
  cancellation: Cancellation;
}

/** Told in this order; after `onEnd` or `onFault` of nothing more. */
export interface ExchangeListener {
  onStart(status: number, headers: IncomingHttpHeaders): void;
  onData(chunk: Buffer): void;
  /** The reply is whole, or why it is not. */
  onEnd(failure: UpstreamFailure | null): void;
  /** The caller left, or the pool was used wrongly. */
  onFault(error: unknown): void;
}

export interface Exchange {
  /** The upstream has to wait, but for what has been read already. */
  pause(): void;
  resume(): void;
  /** Gives up the connection rather than read what nobody wants; the listener is told nothing more. */
  giveUp(): void;
}

export const TIMEOUT: UpstreamFailure = {
  kind: 'failure',
  code: 'upstream_timeout',
  reason: 'timeout',
};

export function openExchange(
  dispatcher: Dispatcher,
  request: Dispatcher.DispatchOptions,
  { timeoutMs, cancellation }: ExchangeOptions,
  listener: ExchangeListener,
): Exchange {
  cancellation.throwIfRequested();
  let connection: Dispatcher.DispatchController | undefined;
  let isOver = false;
  const timer = setTimeout(() => {
    giveUp();
    listener.onEnd(TIMEOUT);
  }, timeoutMs);
  cancellation.addListener(leave);

  function leave(): void {
    giveUp();
    listener.onFault(new CancelledError('the caller left'));
  }
  function end(): void {
    isOver = true;
    clearTimeout(timer);
    cancellation.removeListener(leave);
  }
  function giveUp(): void {
    if (isOver) return;
    end();
    connection?.abort(new Error('nobody waits for this reply'));
  }

  dispatcher.dispatch(request, {
    onRequestStart(controller) {
      connection = controller;
      // It had waited for a connection for too long: it is never sent.
      if (isOver) controller.abort(new Error('nobody waits for this reply'));
    },
    onResponseStart(_controller, status, headers) {
      if (!isOver) listener.onStart(status, headers);
    },
    onResponseData(_controller, chunk) {
      if (!isOver) listener.onData(chunk);
    },
    onResponseEnd() {
      if (isOver) return;
      end();
      listener.onEnd(null);
    },
    onResponseError(_controller, error) {
      if (isOver) return;
      end();
      try {
        listener.onEnd(failureOfError(error));
      } catch (fault) {
        listener.onFault(fault);
      }
    },
  });
  return {
    pause: () => connection?.pause(),
    resume: () => connection?.resume(),
    giveUp,
  };
}
