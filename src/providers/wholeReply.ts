// A reply that is read whole before anybody sees it.

import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { UpstreamFailure } from '../domain/chat.js';
import {
  type Connections,
  Exchange,
  type ExchangeListener,
  type ExchangeOptions,
} from './exchange.js';
import { failed, type RefusedInside } from './failure.js';
import { isEncoded, oneValue, parseJson, unusableBecause } from './replyHeaders.js';

export interface UpstreamReply {
  kind: 'reply';
  /** The parsed JSON of a 200. */
  body: unknown;
}

export const JSON_TYPE = 'application/json';

/** Says what a reply with another status than 200 means. */
export type FailureOf = (
  status: number,
  retryAfter: string | undefined,
  body: unknown,
) => UpstreamFailure;

/** An error counts as its status says, wherever it stands; without one it is only that. */
export function failureInside(
  { status, body }: RefusedInside,
  failureOf: FailureOf,
  otherwise: string,
): UpstreamFailure {
  return status === undefined ? failed(otherwise) : failureOf(status, undefined, body);
}

export function askForWhole(
  connections: Connections,
  request: Dispatcher.DispatchOptions,
  options: ExchangeOptions,
  failureOf: FailureOf,
): Promise<UpstreamReply | UpstreamFailure> {
  return new Promise((resolve, reject) => {
    const reply = new WholeReply(resolve, reject, failureOf);
    reply.exchange = new Exchange(connections, request, options, reply);
  });
}

class WholeReply implements ExchangeListener {
  /** Set before anything can come. */
  exchange: Exchange | undefined;
  private readonly chunks: Buffer[] = [];
  private status = 0;
  private headers: IncomingHttpHeaders = {};

  constructor(
    private readonly resolve: (reply: UpstreamReply | UpstreamFailure) => void,
    readonly onFault: (error: unknown) => void,
    private readonly failureOf: FailureOf,
  ) {}

  onStart(status: number, headers: IncomingHttpHeaders): void {
    this.status = status;
    this.headers = headers;
    const unusable = status === 200 ? unusableBecause(headers, JSON_TYPE) : undefined;
    if (unusable === undefined) return;
    this.exchange?.giveUp();
    this.resolve(failed(unusable));
  }

  onData(chunk: Buffer): void {
    this.chunks.push(chunk);
  }

  onEnd(failure: UpstreamFailure | null): void {
    const { status, headers, chunks, failureOf } = this;
    if (status !== 0 && status !== 200) {
      this.resolve(refusalOf(status, headers, failure ? [] : chunks, failureOf));
    } else this.resolve(failure ?? replyOf(chunks));
  }
}

function replyOf(chunks: Buffer[]): UpstreamReply | UpstreamFailure {
  const body = parseJson(textOf(chunks));
  return body === undefined ? failed('malformed') : { kind: 'reply', body };
}

/** A failure's status says enough: where its body cannot be had, there is none. */
export function refusalOf(
  status: number,
  headers: IncomingHttpHeaders,
  chunks: Buffer[],
  failureOf: FailureOf,
): UpstreamFailure {
  const body = isEncoded(headers) ? undefined : parseJson(textOf(chunks));
  return failureOf(status, oneValue(headers['retry-after']), body);
}

function textOf(chunks: Buffer[]): string {
  const bytes = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
  return bytes.toString();
}
