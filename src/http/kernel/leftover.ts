// What is left of a body when its answer is written: read to its end and thrown away before the connection
// closes (RFC 9112 9.6). Closed at once, the answer would be lost with what still comes: a client would see a
// reset, and a proxy would take the whole service for broken.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { unwatch, watchPace } from './bodyPace.js';

/** Who sends more after the answer does not read it; the connection is cut. */
const MOST_THROWN_BYTES = 256 * 1024 * 1024;

/** Requests that wait for a word before they send their body, and how it is said. */
const waiting = new WeakMap<IncomingMessage, () => void>();

/** Of a request with `Expect: 100-continue`. */
export function noteWaiting(request: IncomingMessage, response: ServerResponse): void {
  waiting.set(request, () => response.writeContinue());
}

/** Called by whoever reads the body. */
export function letBodyCome(request: IncomingMessage): void {
  if (request.headers.expect === undefined) return;
  waiting.get(request)?.();
  waiting.delete(request);
}

/** Whether some of the body has not come yet. */
export function hasLeftover({ complete, headers }: IncomingMessage): boolean {
  if (complete) return false;
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

/**
 * Writes an answer whose `Content-Length` is set, or that has no body, and ends it when the rest of the body has come: the client has
 * the whole answer meanwhile, and the connection goes on if it was to go on.
 */
export function endAfterLeftover(response: ServerResponse, text: string | Uint8Array): void {
  const request = response.req;
  if (waiting.has(request)) {
    // It sends nothing now, or what it sends cannot be told from a next request.
    response.setHeader('Connection', 'close');
    response.end(text);
    return;
  }
  if (Number(request.headers['content-length'] ?? 0) > MOST_THROWN_BYTES) {
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
  request.on('data', (chunk: Buffer) => {
    pace.add(chunk.length);
    thrownBytes += chunk.length;
    if (thrownBytes > MOST_THROWN_BYTES) cut();
  });
  request.on('end', end).on('error', end).on('close', end);
  request.resume();
}
