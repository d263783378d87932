// The record of what the sandbox served. Tests compare it with the ledger.

import { closeSync, openSync, writeSync } from 'node:fs';
import type { Provider } from '../../domain/provider.js';

export interface ServedRequest {
  /** 1 for the first. Both lines of the file about one request have the same number. */
  number: number;
  /** When the request had been read, ISO 8601. */
  at: string;
  provider: Provider;
  /** The X-Client-Request-Id that the caller sent, or null. */
  holdId: string | null;
  model: string | null;
  stream: boolean;
  bodyBytes: number;
  /** Decided on arrival: `answer`, the requested fault (`status-500`), or `refused_401`. */
  outcome: string;
  /** The client left before it had the whole reply. */
  clientAborted: boolean;
  /** This request is over on its connection. */
  ended: boolean;
}

const MAX_KEPT = 10_000;

export interface ServedLog {
  served: ServedRequest[];
  receive(request: Omit<ServedRequest, 'number' | 'clientAborted' | 'ended'>): ServedRequest;
  end(request: ServedRequest, clientAborted: boolean): void;
  close(): void;
}

/**
 * Keeps the last 10,000 in memory, and all in `logFile`: a line before the reply begins and one at its end. It writes
 * synchronously, so that the line exists even if the process is killed right after.
 */
export function createServedLog(logFile?: string): ServedLog {
  const file = logFile === undefined ? undefined : openSync(logFile, 'a');
  const served: ServedRequest[] = [];
  let count = 0;
  let isOpen = true;
  const write = (request: ServedRequest) => {
    if (file !== undefined && isOpen) writeSync(file, `${JSON.stringify(request)}\n`);
  };
  return {
    served,
    receive(received) {
      count += 1;
      const request = { number: count, ...received, clientAborted: false, ended: false };
      served.push(request);
      if (served.length > MAX_KEPT) served.shift();
      write(request);
      return request;
    },
    end(request, clientAborted) {
      request.clientAborted = clientAborted;
      request.ended = true;
      write(request);
    },
    close() {
      if (file !== undefined && isOpen) closeSync(file);
      isOpen = false;
    },
  };
}
