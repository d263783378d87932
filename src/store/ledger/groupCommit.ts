// Group commit: what waits while a batch is under way goes together in the next one. No timers: an
// idle service commits at once, a busy one shares a statement among all who wait.
//
// Each batch begins after the event loop has read what has arrived. The embedded database needs that:
// it answers within the turn, and without it the first request would be a batch of its own, always.

import { setImmediate as nextTurn } from 'node:timers/promises';

/** Thrown when more waits than can be answered in time; the caller says 503. */
export class OverloadedError extends Error {
  override name = 'OverloadedError';
}

interface Waiting<Item, Result> {
  item: Item;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/**
 * Gives a function that commits one item together with those of other callers.
 * `commit` gets at most `most` items and answers each, in their order; when it throws, all of the
 * batch fail. At most `mostWaiting` callers wait.
 */
export function groupCommit<Item, Result>(
  commit: (items: Item[]) => Promise<Result[]>,
  { most = 256, mostWaiting = 10_000 } = {},
): (item: Item) => Promise<Result> {
  let waiting: Waiting<Item, Result>[] = [];
  let underWay = false;

  async function drain(): Promise<void> {
    underWay = true;
    while (waiting.length > 0) {
      await nextTurn();
      const batch = waiting.slice(0, most);
      waiting = waiting.slice(most);
      try {
        const results = await commit(batch.map(entry => entry.item));
        batch.forEach((entry, index) => {
          entry.resolve(results[index] as Result);
        });
      } catch (error) {
        for (const entry of batch) entry.reject(error);
      }
    }
    underWay = false;
  }

  return item =>
    new Promise((resolve, reject) => {
      if (waiting.length >= mostWaiting) {
        reject(new OverloadedError(`${mostWaiting} callers wait for the database already`));
        return;
      }
      waiting.push({ item, resolve, reject });
      if (!underWay) void drain();
    });
}
