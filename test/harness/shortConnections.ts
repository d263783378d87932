// Clients that open a new connection for each request, one after the other, and record how each ended.

import { get } from 'node:http';
import { until } from './load.js';

/** Far longer than any answer takes here: a client that waits this long was forgotten. */
const PATIENCE_MS = 30_000;

export interface ShortConnections {
  answered: number;
  /** Refused, or closed before an answer. The client knows that, and may ask again. */
  broken: number;
  hanging: number;
  /** Waits for this many more answers; throws when they do not come within minutes. */
  untilAnswered(count: number): Promise<void>;
  /** Opens no new connections, and waits for the open ones. */
  stop(): Promise<void>;
}

export function openShortConnections(url: string, concurrency: number): ShortConnections {
  let isStopping = false;
  async function client(): Promise<void> {
    while (!isStopping) seen[await askOnce(url)] += 1;
  }
  const seen: ShortConnections = {
    answered: 0,
    broken: 0,
    hanging: 0,
    async untilAnswered(count) {
      const from = seen.answered;
      await until(() => seen.answered - from >= count);
    },
    async stop() {
      isStopping = true;
      await working;
    },
  };
  const working = Promise.all(Array.from({ length: concurrency }, client));
  return seen;
}

function askOnce(url: string): Promise<'answered' | 'broken' | 'hanging'> {
  return new Promise(resolve => {
    const timer = setTimeout(() => {
      resolve('hanging');
      request.destroy();
    }, PATIENCE_MS);
    const end = (outcome: 'answered' | 'broken') => {
      clearTimeout(timer);
      resolve(outcome);
    };
    const request = get(url, { agent: false }, response => {
      response.on('error', () => end('broken'));
      response.resume().on('end', () => end('answered'));
    });
    request.on('error', () => end('broken'));
  });
}
