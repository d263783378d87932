// A reply that is passed on as it arrives.

import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { failed, type TokenUsage, type UpstreamFailure } from '../domain/chat.js';
import type { Reading } from './eventReading.js';
import {
  type Connections,
  Exchange,
  type ExchangeListener,
  type ExchangeOptions,
  TIMEOUT,
} from './exchange.js';
import { FileReader } from './fileReader.js';
import type { StreamStep, UpstreamStream } from './port.js';
import { unusableBecause } from './replyHeaders.js';
import { type FailureOf, JSON_TYPE, jsonInstead, refusalOf } from './wholeReply.js';

/** While more than this waits for the reader, nothing more is read from the connection. */
const MOST_WAITING_BYTES = 64 * 1024;
/** After the last event, wait this long for the upstream to end its reply: then the connection can be reused. */
const END_WITHIN_MS = 1_000;

/** Asks the upstream afterwards what a call used. The headers of its reply name the call. */
export type LookUp = (headers: IncomingHttpHeaders) => Promise<TokenUsage | null>;

/** `reader` reads the events of this one stream. */
export function askForStream(
  connections: Connections,
  request: Dispatcher.DispatchOptions,
  options: ExchangeOptions,
  failureOf: FailureOf,
  reader: Reading,
  lookUp: LookUp,
): UpstreamStream {
  return new StreamedReply(connections, request, options, failureOf, reader, lookUp);
}

/** Reads a reply that is a file to its end. */
export async function askForFile(
  connections: Connections,
  request: Dispatcher.DispatchOptions,
  options: ExchangeOptions,
  failureOf: FailureOf,
): Promise<{ kind: 'file'; bytes: Buffer } | UpstreamFailure> {
  const reader = new FileReader();
  const reply = new StreamedReply(connections, request, options, failureOf, reader, NOWHERE);
  const pieces: Uint8Array[] = [];
  for (;;) {
    const step = await reply.next();
    if (step.kind === 'failure') return step;
    if ('bytes' in step && step.bytes) pieces.push(step.bytes);
    if (step.kind === 'end') return { kind: 'file', bytes: Buffer.concat(pieces) };
  }
}

class StreamedReply implements UpstreamStream, ExchangeListener {
  private readonly exchange: Exchange;
  private status = 0;
  private headers: IncomingHttpHeaders = {};
  /** Whether a 200 is JSON instead of the stream or file that was asked for. */
  private isJson = false;
  private readonly errorBody: Buffer[] = [];
  /** What has arrived and is not read yet. Pieces that arrive together are read together. */
  private arrived: Buffer[] = [];
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
    private readonly reader: Reading,
    private readonly lookUpBy: LookUp,
  ) {
    this.exchange = new Exchange(connections, request, options, this);
  }

  next(): Promise<StreamStep> {
    if (this.fault) return Promise.reject(this.fault.error);
    const step = this.step();
    if (step) return Promise.resolve(step);
    return new Promise((resolve, reject) => {
      this.waiter = { resolve, reject };
      this.exchange.resume();
    });
  }

  lookUp(): Promise<TokenUsage | null> {
    return this.lookUpBy(this.headers);
  }

  close(): void {
    if (this.isOver) return;
    if (this.reader.end?.kind === 'end') {
      this.closing = setTimeout(() => this.exchange.giveUp(), END_WITHIN_MS).unref();
      this.exchange.resume();
    } else this.exchange.giveUp();
  }

  onStart(status: number, headers: IncomingHttpHeaders): void {
    this.status = status;
    this.headers = headers;
    const unusable = status === 200 ? unusableBecause(headers, this.reader.wanted) : undefined;
    if (unusable === undefined) return;
    this.isJson = unusableBecause(headers, JSON_TYPE) === undefined;
    if (this.isJson) return;
    this.exchange.giveUp();
    this.onEnd(failed(unusable));
  }

  onData(chunk: Buffer): void {
    if (this.status !== 200 || this.isJson) {
      this.errorBody.push(chunk);
      return;
    }
    if (this.arrived.push(chunk) === 1) process.nextTick(this.readSafely);
  }

  private readonly readSafely = (): void => {
    try {
      this.read();
    } catch (error) {
      this.exchange.giveUp();
      this.onFault(error);
    }
  };

  private read(): void {
    const { arrived } = this;
    if (arrived.length === 0) return;
    this.arrived = [];
    this.reader.feed(arrived.length === 1 ? (arrived[0] as Buffer) : Buffer.concat(arrived));
    this.answer();
    if (!this.waiter && this.reader.waitingBytes > MOST_WAITING_BYTES) this.exchange.pause();
  }

  onEnd(failure: UpstreamFailure | null): void {
    this.isOver = true;
    clearTimeout(this.closing);
    this.read();
    // The time ran out while our client did not read. That is no failure of the upstream.
    this.isOverdue = failure === TIMEOUT && this.waiter === null && this.reader.end === null;
    const { status, headers, errorBody, failureOf } = this;
    if (status !== 0 && status !== 200) {
      const body = failure ? [] : errorBody;
      this.reader.end ??= refusalOf(status, headers, body, failureOf);
    } else if (failure) this.reader.end ??= failure;
    else if (this.isJson) this.reader.end ??= jsonInstead(errorBody, failureOf);
    else this.reader.endOfReply();
    this.answer();
  }

  onFault(error: unknown): void {
    this.fault = { error };
    this.waiter?.reject(error);
    this.waiter = null;
  }

  /** What there is for the reader; null if it has to wait. */
  private step(): StreamStep | null {
    return this.isOverdue ? SLOW_READER : (this.reader.takePiece() ?? this.reader.end);
  }

  /** Resolves the pending `next()`, if there is something for it. */
  private answer(): void {
    const { waiter } = this;
    const step = waiter && this.step();
    if (!step) return;
    this.waiter = null;
    waiter.resolve(step);
  }
}

const NOWHERE: LookUp = () => Promise.resolve(null);
const SLOW_READER: UpstreamFailure = { ...failed('slow_reader'), code: 'upstream_timeout' };
