// A reply that is read to its end before anything of it is used.

import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { failed, type UpstreamFailure } from '../domain/chat.js';
import { isPresent, parseJson, recordOf } from '../domain/unknownJson.js';
import { statusOfError } from '../domain/upstreamError.js';
import {
  type Connections,
  Exchange,
  type ExchangeListener,
  type ExchangeOptions,
} from './exchange.js';
import type { RefusedInside } from './failure.js';
import { isEncoded, retryAfterIn, unusableBecause } from './replyHeaders.js';

export interface UpstreamReply {
  kind: 'reply';
  /** The parsed JSON of a 200. */
  body: unknown;
}

export const JSON_TYPE = 'application/json';

/** The failure for a reply with another status than 200. */
export type FailureOf = (
  status: number,
  retryAfter: string | undefined,
  body: unknown,
) => UpstreamFailure;

/** An error inside a 200 means what its own status means. If it names no status, the reason is `otherwise`. */
export function failureInside(
  { status, body }: RefusedInside,
  failureOf: FailureOf,
  otherwise: string,
): UpstreamFailure {
  const failure = failureOf(status ?? 0, undefined, body);
  if (status !== undefined) return failure;
  return { ...failed(otherwise), ...(failure.said && { said: failure.said }) };
}

export function askForWhole(
  connections: Connections,
  request: Dispatcher.DispatchOptions,
  options: ExchangeOptions,
  failureOf: FailureOf,
  answerStatus = 200,
): Promise<UpstreamReply | UpstreamFailure> {
  return new Promise((resolve, reject) => {
    const reply = new WholeReply(resolve, reject, failureOf, answerStatus);
    reply.exchange = new Exchange(connections, request, options, reply);
  });
}

class WholeReply implements ExchangeListener {
  /** Set before the first callback. */
  exchange: Exchange | undefined;
  private readonly chunks: Buffer[] = [];
  private status = 0;
  private headers: IncomingHttpHeaders = {};

  constructor(
    private readonly resolve: (reply: UpstreamReply | UpstreamFailure) => void,
    readonly onFault: (error: unknown) => void,
    private readonly failureOf: FailureOf,
    /** A status that counts like 200, for upstreams that answer 202. */
    private readonly answerStatus: number,
  ) {}

  onStart(status: number, headers: IncomingHttpHeaders): void {
    this.status = status;
    this.headers = headers;
    const unusable = this.isAnswer() ? unusableBecause(headers, JSON_TYPE) : undefined;
    if (unusable === undefined) return;
    this.exchange?.giveUp();
    this.resolve(failed(unusable));
  }

  onData(chunk: Buffer): void {
    this.chunks.push(chunk);
  }

  onEnd(failure: UpstreamFailure | null): void {
    const { status, headers, chunks, failureOf } = this;
    if (status !== 0 && !this.isAnswer()) {
      this.resolve(refusalOf(status, headers, failure ? [] : chunks, failureOf));
    } else this.resolve(failure ?? replyOf(chunks));
  }

  private isAnswer(): boolean {
    return this.status === 200 || this.status === this.answerStatus;
  }
}

function replyOf(chunks: Buffer[]): UpstreamReply | UpstreamFailure {
  const body = parseJson(textOf(chunks));
  return body === undefined ? failed('malformed') : { kind: 'reply', body };
}

/** The failure for a refusal. The status is enough: a body that cannot be read is ignored. */
export function refusalOf(
  status: number,
  headers: IncomingHttpHeaders,
  chunks: Buffer[],
  failureOf: FailureOf,
): UpstreamFailure {
  const body = isEncoded(headers) ? undefined : parseJson(textOf(chunks));
  return failureOf(status, retryAfterIn(headers), body);
}

/** Some upstreams answer a call for a stream or a file with 200 and an error in JSON. */
export function jsonInstead(chunks: Buffer[], failureOf: FailureOf): UpstreamFailure {
  const body = recordOf(parseJson(textOf(chunks)));
  if (!isPresent(body.error)) return failed('content_type');
  const status = statusOfError(body.error);
  return failureInside({ kind: 'refused', status, body }, failureOf, 'error_in_200');
}

function textOf(chunks: Buffer[]): string {
  const bytes = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
  return bytes.toString();
}
