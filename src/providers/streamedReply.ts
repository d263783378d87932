// A reply that is handed on while it comes.

import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { UpstreamFailure } from '../domain/chat.js';
import { type Connections, Exchange, type ExchangeOptions, TIMEOUT } from './exchange.js';
import { failed } from './failure.js';
import type { EventReader, StreamStep, UpstreamStream } from './port.js';
import { unusableBecause } from './replyHeaders.js';
import { StreamReader } from './streamReader.js';
import { type FailureOf, refusalOf } from './wholeReply.js';

export const EVENT_STREAM_TYPE = 'text/event-stream';

/** While so much waits to be asked for, nothing more is read. */
const MOST_WAITING_BYTES = 64 * 1024;
/** A whole stream leaves its connection usable, if the upstream ends it soon. */
const END_WITHIN_MS = 1_000;

/** `read` reads the events of this one stream. */
export function askForStream(
  connections: Connections,
  request: Dispatcher.DispatchOptions,
  options: ExchangeOptions,
  failureOf: FailureOf,
  read: EventReader,
): UpstreamStream {
  return new StreamedReply(connections, request, options, failureOf, read);
}

class StreamedReply implements UpstreamStream {
  private readonly reader: StreamReader;
  private readonly exchange: Exchange;
  private status = 0;
  private headers: IncomingHttpHeaders = {};
  private readonly errorBody: Buffer[] = [];
  private waiter: { resolve(step: StreamStep): void; reject(error: unknown): void } | null = null;
  private fault: { error: unknown } | null = null;
  private isOverdue = false;
  private isOver = false;
  private closing: NodeJS.Timeout | undefined;

  constructor(
    connections: Connections,
    request: Dispatcher.DispatchOptions,
    options: ExchangeOptions,
    private readonly failureOf: FailureOf,
    read: EventReader,
  ) {
    this.reader = new StreamReader(read, failureOf);
    this.exchange = new Exchange(connections, request, options, {
      onStart: (status, headers) => this.begin(status, headers),
      onData: chunk => this.read(chunk),
      onEnd: failure => this.finish(failure),
      onFault: error => {
        this.fault = { error };
        this.answer();
      },
    });
  }

  next(): Promise<StreamStep> {
    return new Promise((resolve, reject) => {
      this.waiter = { resolve, reject };
      this.answer();
      if (this.waiter) this.exchange.resume();
    });
  }

  close(): void {
    if (this.isOver) return;
    if (this.reader.end?.kind === 'end') {
      this.closing = setTimeout(() => this.exchange.giveUp(), END_WITHIN_MS).unref();
      this.exchange.resume();
    } else this.exchange.giveUp();
  }

  private begin(status: number, headers: IncomingHttpHeaders): void {
    this.status = status;
    this.headers = headers;
    const unusable = status === 200 ? unusableBecause(headers, EVENT_STREAM_TYPE) : undefined;
    if (unusable === undefined) return;
    this.exchange.giveUp();
    this.finish(failed(unusable));
  }

  private read(chunk: Buffer): void {
    if (this.status !== 200) {
      this.errorBody.push(chunk);
      return;
    }
    this.reader.feed(chunk);
    this.answer();
    if (!this.waiter && this.reader.waitingBytes > MOST_WAITING_BYTES) this.exchange.pause();
  }

  private finish(failure: UpstreamFailure | null): void {
    this.isOver = true;
    clearTimeout(this.closing);
    // The time went by while the client did not read: that is no trouble of the upstream.
    this.isOverdue = failure === TIMEOUT && this.waiter === null && this.reader.end === null;
    const { status, headers, errorBody, failureOf } = this;
    if (status !== 0 && status !== 200) {
      const body = failure ? [] : errorBody;
      this.reader.end ??= refusalOf(status, headers, body, failureOf);
    } else this.reader.end ??= failure ?? failed('cut');
    this.answer();
  }

  /** Answers who waits, if there is anything to say. */
  private answer(): void {
    if (!this.waiter) return;
    const { resolve, reject } = this.waiter;
    const step = this.isOverdue ? SLOW_READER : (this.reader.takePiece() ?? this.reader.end);
    if (!this.fault && !step) return;
    this.waiter = null;
    if (this.fault) reject(this.fault.error);
    else resolve(step as StreamStep);
  }
}

const SLOW_READER: UpstreamFailure = { ...failed('slow_reader'), code: 'upstream_timeout' };
