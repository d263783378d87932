// One exchange with an upstream: its deadline, its cancellation, and the reply. It uses the pool's `dispatch`, not
// its `request`: that would need a stream, two signals and a race per call, which cost more than all the rest.

import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { type Cancellation, CancelledError } from '../domain/cancellation.js';
import { failed, type UpstreamFailure } from '../domain/chat.js';
import { failureOfError } from './failure.js';

/** The connections to an upstream: a pool, or a proxy's tunnel. */
export type Connections = Pick<Dispatcher, 'dispatch' | 'close'>;

export interface ExchangeOptions {
  /** The time for the whole exchange, from waiting for a connection to the last byte. */
  timeoutMs: number;
  /** Requested when the caller leaves. */
  cancellation: Cancellation;
  /** The most bytes of the reply's body. */
  mostBytes?: number | undefined;
}

/** The usual limit of a reply. No text needs as much. */
const MOST_BYTES = 20 * 1024 * 1024;

/** Called in this order. After `onEnd` or `onFault` nothing more is called. */
export interface ExchangeListener {
  onStart(status: number, headers: IncomingHttpHeaders): void;
  onData(chunk: Buffer): void;
  /** Null: the reply is whole. Otherwise why it is not. */
  onEnd(failure: UpstreamFailure | null): void;
  /** The caller left, or the pool was used wrongly. */
  onFault(error: unknown): void;
}

export const TIMEOUT: UpstreamFailure = {
  kind: 'failure',
  code: 'upstream_timeout',
  reason: 'timeout',
};

/** One request and its reply. A single object handles all callbacks of the pool, because every request needs one. */
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

  /** Stops reading. What has been read already still arrives. */
  pause(): void {
    this.connection?.pause();
  }

  resume(): void {
    this.connection?.resume();
  }

  /** Closes the connection, so that nothing is read that nobody wants. The listener is not called any more. */
  giveUp(): void {
    if (this.isOver) return;
    this.end();
    this.connection?.abort(new Error('nobody waits for this reply'));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.connection = controller;
    // It waited for a connection until its time was over. It is never sent.
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
