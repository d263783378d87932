// One call with a whole reply. Written on the pool's handler and not on its `request`: a stream, two
// signals and a race for each call cost more than all else that is done for it.

import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { UpstreamFailure } from '../domain/chat.js';
import { TIMEOUT } from './deadline.js';
import { failed, failureOfError, failureOfReply } from './failure.js';
import { isEncoded, oneValue, parseJson, unusableBecause } from './replyHeaders.js';

export interface UpstreamReply {
  kind: 'reply';
  /** The parsed JSON of a 200. */
  body: unknown;
}

export interface WholeReplyOptions {
  /** For everything together, from waiting for a connection to the last byte. */
  timeoutMs: number;
  /** The caller's leaving: its reason is thrown. */
  signal: AbortSignal;
  /** Never shown to callers. */
  secrets: string[];
}

export const JSON_TYPE = 'application/json';

export function askForWhole(
  dispatcher: Dispatcher,
  request: Dispatcher.DispatchOptions,
  { timeoutMs, signal, secrets }: WholeReplyOptions,
): Promise<UpstreamReply | UpstreamFailure> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let status = 0;
    let headers: IncomingHttpHeaders = {};
    let connection: Dispatcher.DispatchController | undefined;
    let isSettled = false;
    const timer = setTimeout(() => giveUp(() => resolve(TIMEOUT)), timeoutMs);
    const leave = () => giveUp(() => reject(signal.reason));
    signal.addEventListener('abort', leave, { once: true });

    function settle(act: () => void): void {
      if (isSettled) return;
      isSettled = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', leave);
      act();
    }
    function giveUp(act: () => void): void {
      settle(act);
      connection?.abort(new Error('nobody waits for this reply'));
    }

    dispatcher.dispatch(request, {
      onRequestStart(controller) {
        connection = controller;
        // It had waited for a connection for too long: it is never sent.
        if (isSettled) giveUp(() => {});
      },
      onResponseStart(_controller, statusCode, itsHeaders) {
        status = statusCode;
        headers = itsHeaders;
        const unusable = status === 200 ? unusableBecause(headers, JSON_TYPE) : undefined;
        if (unusable !== undefined) giveUp(() => resolve(failed(unusable)));
      },
      onResponseData(_controller, chunk) {
        chunks.push(chunk);
      },
      onResponseEnd() {
        settle(() => resolve(replyOf(status, headers, chunks, secrets)));
      },
      onResponseError(_controller, error) {
        settle(() => {
          try {
            // A failure's status says enough: where its body cannot be had, there is none.
            const isFailure = status !== 0 && status !== 200;
            resolve(isFailure ? replyOf(status, headers, [], secrets) : failureOfError(error));
          } catch (fault) {
            reject(fault);
          }
        });
      },
    });
  });
}

function replyOf(
  status: number,
  headers: IncomingHttpHeaders,
  chunks: Buffer[],
  secrets: string[],
): UpstreamReply | UpstreamFailure {
  const bytes = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
  const body = isEncoded(headers) ? undefined : parseJson(bytes.toString());
  if (status === 200) return body === undefined ? failed('malformed') : { kind: 'reply', body };
  return failureOfReply({ status, retryAfter: oneValue(headers['retry-after']), body }, secrets);
}
