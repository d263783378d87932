// Sends server-sent events, or a file as it arrives, to one client. Nothing is sent before the first event, so that a
// failure before it can have its status. Only after a wait of some seconds a comment is sent.

import type { ServerResponse } from 'node:http';

export const KEEP_ALIVE_MS = 15_000;
const COMMENT = ': keepalive\n\n';

export interface EventStream {
  /** True once the client has room for more, which may take a while; false if it is gone. */
  write(events: string | Uint8Array): boolean | Promise<boolean>;
  /** `trailers` is for a file, which has no last event for the counters. */
  end(events: string | Uint8Array, trailers?: Record<string, string>): void;
  /** Closes the connection before the end, so that the client sees that something is missing. */
  breakOff(): void;
  /** Whether the status was sent. Then an error can only be an event. */
  hasBegun(): boolean;
  /** Stops the comments. Without `end` before, the caller must handle the connection. */
  close(): void;
}

/** `timeoutMs` is the deadline of the whole stream, so that a slow client cannot hold it longer. */
export function openEventStream(
  response: ServerResponse,
  timeoutMs: number,
  keepAliveMs = KEEP_ALIVE_MS,
  fileType?: string,
): EventStream {
  const endsAt = performance.now() + timeoutMs;
  const begin = () => {
    if (response.headersSent) return;
    response.statusCode = 200;
    if (fileType === undefined) setStreamHeaders(response);
    else setFileHeaders(response, fileType);
  };
  const keepAlive = setInterval(() => {
    // A comment would become a part of the file.
    if (fileType !== undefined) return;
    if (response.writableNeedDrain || response.destroyed) return;
    begin();
    response.write(COMMENT);
  }, keepAliveMs);
  return {
    write(events) {
      if (response.destroyed) return false;
      if (events.length === 0) return true;
      begin();
      keepAlive.refresh();
      if (response.write(events)) return true;
      return roomIn(response, endsAt - performance.now()).then(() => true);
    },
    end(events, trailers) {
      clearInterval(keepAlive);
      if (response.destroyed) return;
      begin();
      if (fileType !== undefined && trailers) response.addTrailers(trailers);
      response.end(events);
    },
    breakOff() {
      clearInterval(keepAlive);
      if (response.chunkedEncoding) response.destroy();
      // Without chunks, the plain end of the connection would be that of the file.
      else response.socket?.resetAndDestroy();
    },
    hasBegun: () => response.headersSent,
    close: () => clearInterval(keepAlive),
  };
}

export function setStreamHeaders(response: ServerResponse): void {
  response.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
  response.setHeader('Cache-Control', 'no-cache, no-transform');
  // Without this, reverse proxies would hold the events back.
  response.setHeader('X-Accel-Buffering', 'no');
}

function setFileHeaders(response: ServerResponse, type: string): void {
  response.setHeader('Content-Type', type);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  // Only a chunked answer has trailers, and HTTP/1.0, which reverse proxies may speak, has no chunks.
  if (response.useChunkedEncodingByDefault) response.setHeader('Trailer', 'X-Quota-Charged');
}

/** Resolves when the client has room for more, or is gone. connections.ts closes a client that reads nothing. */
function roomIn(response: ServerResponse, mostMs: number): Promise<void> {
  return new Promise(resolve => {
    const late = setTimeout(() => response.destroy(), mostMs);
    const done = () => {
      clearTimeout(late);
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}
