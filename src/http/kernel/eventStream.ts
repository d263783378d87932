// Server-sent events to one client, or a file as it comes. Nothing is sent before the first event, so that what fails until
// then gets a proper status; only a wait of some seconds is bridged by a comment.

import type { ServerResponse } from 'node:http';

export const KEEP_ALIVE_MS = 15_000;
const COMMENT = ': keepalive\n\n';

export interface EventStream {
  /** True when the client has room for more, which may have to be waited for; false where it is gone. */
  write(events: string | Uint8Array): boolean | Promise<boolean>;
  /** `trailers`: of a file, which has no last event to say it in. */
  end(events: string | Uint8Array, trailers?: Record<string, string>): void;
  /** So that a client sees that something is missing. */
  breakOff(): void;
  /** Whether the status is on its way, so that an error can only be an event. */
  hasBegun(): boolean;
  /** Stops the comments; without an `end` before, the connection is the caller's affair. */
  close(): void;
}

/** `timeoutMs` is the deadline of the whole: no client can hold it up beyond. */
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
    // Whatever is written would be a part of a file.
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
      response.destroy();
    },
    hasBegun: () => response.headersSent,
    close: () => clearInterval(keepAlive),
  };
}

export function setStreamHeaders(response: ServerResponse): void {
  response.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
  response.setHeader('Cache-Control', 'no-cache, no-transform');
  // Reverse proxies would hold the events back.
  response.setHeader('X-Accel-Buffering', 'no');
}

function setFileHeaders(response: ServerResponse, type: string): void {
  response.setHeader('Content-Type', type);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Trailer', 'X-Quota-Charged');
}

/** Until the client has taken what was written, or is gone; one that takes nothing is sent away (connections.ts). */
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
