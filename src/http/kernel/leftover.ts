// Reads and discards what is left of a body when the answer is written, before the connection closes (RFC 9112 9.6).
// If it were closed at once, the answer could be lost: the client would see a reset, and a proxy would take the whole
// service for broken.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { unwatch, watchPace } from './bodyPace.js';

/** A client that sends more than this after the answer does not read it, so the connection is cut. */
const MOST_THROWN_BYTES = 256 * 1024 * 1024;

const LINGER_MS = 1_000;

/** Requests that wait for permission to send their body, with the function that gives it. */
const waiting = new WeakMap<IncomingMessage, () => void>();

/** Notes a request with `Expect: 100-continue`. */
export function noteWaiting(request: IncomingMessage, response: ServerResponse): void {
  waiting.set(request, () => response.writeContinue());
}

/** Called before the body is read. */
export function letBodyCome(request: IncomingMessage): void {
  if (request.headers.expect === undefined) return;
  waiting.get(request)?.();
  waiting.delete(request);
}

/** Whether a part of the body has not arrived yet. */
export function hasLeftover({ complete, headers }: IncomingMessage): boolean {
  if (complete) return false;
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

/**
 * Writes an answer that has a `Content-Length` or no body, and ends it when the rest of the request's body has arrived.
 * The client has the whole answer before that, and the connection can be used again.
 */
export function endAfterLeftover(response: ServerResponse, text: string | Uint8Array): void {
  const request = response.req;
  if (waiting.has(request)) {
    // The client may send its body or not, so the next bytes cannot be told from a new request.
    response.setHeader('Connection', 'close');
    response.end(text);
    return;
  }
  const isGivenUp = response.statusCode === 408;
  if (isGivenUp || Number(request.headers['content-length'] ?? 0) > MOST_THROWN_BYTES) {
    response.setHeader('Connection', 'close');
  }
  if (text === '') response.flushHeaders();
  else response.write(text);
  let thrownBytes = 0;
  const end = () => {
    unwatch(pace);
    response.end();
  };
  const cut = () => {
    end();
    request.socket.destroySoon();
  };
  const pace = watchPace(cut);
  // The body was too slow already. So we wait only until the client has the answer, not for the rest of the body.
  if (isGivenUp) setTimeout(cut, LINGER_MS).unref();
  request.on('data', (chunk: Buffer) => {
    thrownBytes += chunk.length;
    if (pace.add(chunk.length) && thrownBytes > MOST_THROWN_BYTES) cut();
  });
  request.on('end', end).on('error', end).on('close', end);
  request.resume();
}
