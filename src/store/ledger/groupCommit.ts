// Group commit: items that wait while a batch is under way go together in the next one. It needs no timers:
// an idle service commits at once, and a busy one shares a statement among all who wait.
//
// Each batch begins after the event loop has read what has arrived. The embedded database needs that: it
// answers within the same turn of the loop, so without the pause the first request would always be a batch of
// its own.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { databaseFaultOf, isHeldUp } from '../../domain/databaseFault.js';
import { answerCommitted, createLanes, type LaneSettings, type Waiting } from './lanes.js';

/** Thrown when more callers wait than can be answered in time. The caller of this code replies 503. */
export class OverloadedError extends Error {
  override name = 'OverloadedError';
}

export interface GroupCommitSettings<Item, Result> {
  most?: number;
  mostWaiting?: number;
  /** Awaited after a batch of several items, so that more of those that follow share the next one. */
  rest?: () => Promise<unknown>;
  /** How each license goes on by itself after a batch met somebody's lock. */
  apart?: Omit<LaneSettings<Item, Result>, 'most' | 'mostAtOnce'>;
}

/** How many licenses that wait for somebody's lock are tried at the same time. */
const APART_AT_ONCE = 2;

/**
 * Returns a function that commits one item together with those of other callers. `commit` gets at most `most`
 * items and returns a result for each, in the same order. When it throws, the whole batch fails; but where a
 * lock was in the way, its items go on in lanes. At most `mostWaiting` callers wait.
 */
export function groupCommit<Item, Result>(
  commit: (items: Item[]) => Promise<Result[]>,
  { most = 256, mostWaiting = 10_000, rest, apart }: GroupCommitSettings<Item, Result> = {},
): (item: Item) => Promise<Result> {
  let waiting: Waiting<Item, Result>[] = [];
  let underWay = false;
  const lanes = apart && createLanes({ ...apart, most, mostAtOnce: APART_AT_ONCE });

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
      } catch (thrown) {
        const { left, error } = answerCommitted(batch, thrown);
        fail(left, error);
      }
      if (rest && batch.length > 1) await rest();
    }
    underWay = false;
  }

  function fail(batch: Waiting<Item, Result>[], error: unknown): void {
    if (lanes && isHeldUp(error)) {
      for (const entry of batch) lanes.add(entry);
      return;
    }
    // The database is away. Those who wait would hear the same, only later.
    const failed =
      databaseFaultOf(error) === 'unavailable' ? batch.concat(waiting.splice(0)) : batch;
    for (const entry of failed) entry.reject(error);
  }

  return item =>
    new Promise((resolve, reject) => {
      if (waiting.length >= mostWaiting) {
        reject(new OverloadedError(`${mostWaiting} callers wait for the database already`));
        return;
      }
      const entry = { item, resolve, reject, since: performance.now() };
      if (lanes?.has(item)) {
        lanes.add(entry);
        return;
      }
      waiting.push(entry);
      if (!underWay) void drain();
    });
}

/**
 * The same with one item a statement: one after the other within a license, `atOnce` licenses side by side.
 */
export function oneByOne<Item, Result>(
  licenseOf: (item: Item) => string,
  commit: (item: Item) => Promise<Result>,
  atOnce: number,
): (item: Item) => Promise<Result> {
  const lanes = createLanes<Item, Result>({
    licenseOf,
    commit: items => Promise.all(items.map(commit)),
    most: 1,
    mostAtOnce: atOnce,
  });
  return item =>
    new Promise((resolve, reject) => {
      lanes.add({ item, resolve, reject, since: performance.now() });
    });
}
