// A reply that is read whole before anybody sees it.

import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { UpstreamFailure } from '../domain/chat.js';
import { type ExchangeOptions, openExchange } from './exchange.js';
import { failed, failureOfReply } from './failure.js';
import { isEncoded, oneValue, parseJson, unusableBecause } from './replyHeaders.js';

export interface UpstreamReply {
  kind: 'reply';
  /** The parsed JSON of a 200. */
  body: unknown;
}

export const JSON_TYPE = 'application/json';

/** `secrets` are never shown to callers. */
export function askForWhole(
  dispatcher: Dispatcher,
  request: Dispatcher.DispatchOptions,
  options: ExchangeOptions,
  secrets: string[],
): Promise<UpstreamReply | UpstreamFailure> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let status = 0;
    let headers: IncomingHttpHeaders = {};
    const exchange = openExchange(dispatcher, request, options, {
      onStart(itsStatus, itsHeaders) {
        status = itsStatus;
        headers = itsHeaders;
        const unusable = status === 200 ? unusableBecause(headers, JSON_TYPE) : undefined;
        if (unusable === undefined) return;
        exchange.giveUp();
        resolve(failed(unusable));
      },
      onData: chunk => chunks.push(chunk),
      onEnd(failure) {
        if (status !== 0 && status !== 200) {
          resolve(failureOfStatus(status, headers, failure ? [] : chunks, secrets));
        } else resolve(failure ?? replyOf(chunks));
      },
      onFault: reject,
    });
  });
}

function replyOf(chunks: Buffer[]): UpstreamReply | UpstreamFailure {
  const body = parseJson(textOf(chunks));
  return body === undefined ? failed('malformed') : { kind: 'reply', body };
}

/** A failure's status says enough: where its body cannot be had, there is none. */
export function failureOfStatus(
  status: number,
  headers: IncomingHttpHeaders,
  chunks: Buffer[],
  secrets: string[],
): UpstreamFailure {
  const body = isEncoded(headers) ? undefined : parseJson(textOf(chunks));
  return failureOfReply({ status, retryAfter: oneValue(headers['retry-after']), body }, secrets);
}

function textOf(chunks: Buffer[]): string {
  const bytes = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
  return bytes.toString();
}
