// Remembers the generated answers, for clients that ask for their usage afterwards.

import { LRUCache } from 'lru-cache';
import type { Answer } from './answer.js';

export interface Generation {
  /** The headers of the reply. One of them has its id. */
  headers: Record<string, string>;
  answer: Answer;
  /** How much of it was sent, from 0 to 1. */
  share: number;
}

const MOST_KEPT = 10_000;

export interface Generations {
  note(idHeader: string, generation: Generation): void;
  find(id: string): Generation | undefined;
}

export function createGenerations(): Generations {
  const kept = new LRUCache<string, Generation>({ max: MOST_KEPT });
  return {
    note(idHeader, generation) {
      const id = generation.headers[idHeader];
      if (id !== undefined) kept.set(id, generation);
    },
    find: id => kept.get(id),
  };
}
