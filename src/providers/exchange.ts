// One exchange with an upstream: its deadline, its caller's leaving, and what comes back. Written on the
// pool's handler and not on its `request`: a stream, two signals and a race for each call cost more than
// all else that is done for it.

import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { type Cancellation, CancelledError } from '../domain/cancellation.js';
import { failed, type UpstreamFailure } from '../domain/chat.js';
import { failureOfError } from './failure.js';

/** What an upstream is reached through: a pool, or a proxy's tunnel. */
export type Connections = Pick<Dispatcher, 'dispatch' | 'close'>;

export interface ExchangeOptions {
  /** For everything together, from waiting for a connection to the last byte. */
  timeoutMs: number;
  /** The caller's leaving. */
  cancellation: Cancellation;
  /** Of the reply's body. */
  mostBytes?: number | undefined;
}

/** Texts have less. */
const MOST_BYTES = 20 * 1024 * 1024;

/** Told in this order; after `onEnd` or `onFault` of nothing more. */
export interface ExchangeListener {
  onStart(status: number, headers: IncomingHttpHeaders): void;
  onData(chunk: Buffer): void;
  /** The reply is whole, or why it is not. */
  onEnd(failure: UpstreamFailure | null): void;
  /** The caller left, or the pool was used wrongly. */
  onFault(error: unknown): void;
}

export const TIMEOUT: UpstreamFailure = {
  kind: 'failure',
  code: 'upstream_timeout',
  reason: 'timeout',
};

/** What becomes of a request: one object for all that the pool tells, because each request has one. */
export class Exchange implements Dispatcher.DispatchHandler {
  private connection: Dispatcher.DispatchController | undefined;
  private isOver = false;
  private readonly cancellation: Cancellation;
  private readonly timer: NodeJS.Timeout;
  private bytesLeft: number;

  constructor(
    connections: Connections,
    request: Dispatcher.DispatchOptions,
    { timeoutMs, cancellation, mostBytes = MOST_BYTES }: ExchangeOptions,
    private readonly listener: ExchangeListener,
  ) {
    cancellation.throwIfRequested();
    this.cancellation = cancellation;
    this.bytesLeft = mostBytes;
    this.timer = setTimeout(() => {
      this.giveUp();
      listener.onEnd(TIMEOUT);
    }, timeoutMs);
    cancellation.addListener(this.leave);
    connections.dispatch(request, this);
  }

  /** The upstream has to wait, but for what has been read already. */
  pause(): void {
    this.connection?.pause();
  }

  resume(): void {
    this.connection?.resume();
  }

  /** Gives up the connection rather than read what nobody wants; the listener is told nothing more. */
  giveUp(): void {
    if (this.isOver) return;
    this.end();
    this.connection?.abort(new Error('nobody waits for this reply'));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.connection = controller;
    // It had waited for a connection for too long: it is never sent.
    if (this.isOver) controller.abort(new Error('nobody waits for this reply'));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (!this.isOver) this.listener.onStart(status, headers);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.isOver) return;
    this.bytesLeft -= chunk.length;
    if (this.bytesLeft >= 0) this.listener.onData(chunk);
    else {
      this.giveUp();
      this.listener.onEnd(failed('too_large'));
    }
  }

  onResponseEnd(): void {
    if (this.isOver) return;
    this.end();
    this.listener.onEnd(null);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.isOver) return;
    this.end();
    try {
      this.listener.onEnd(failureOfError(error));
    } catch (fault) {
      this.listener.onFault(fault);
    }
  }

  private readonly leave = (): void => {
    this.giveUp();
    this.listener.onFault(new CancelledError('the caller left'));
  };

  private end(): void {
    this.isOver = true;
    clearTimeout(this.timer);
    this.cancellation.removeListener(this.leave);
  }
}
