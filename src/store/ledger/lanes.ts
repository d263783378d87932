// Lanes: items of one license go one after the other, and licenses go side by side. If somebody keeps a
// license's row locked, its items wait in a lane of their own, and no other license waits behind them.

import { setTimeout as sleep } from 'node:timers/promises';
import { databaseFaultOf, isHeldUp } from '../../domain/databaseFault.js';

/** An item, and the caller that waits for its result. */
export interface Waiting<Item, Result> {
  item: Item;
  resolve(result: Result): void;
  reject(error: unknown): void;
  /** An instant of `performance.now()`. */
  since: number;
}

/**
 * Thrown by a commit of several statements, when a later one failed. Those that have a result are committed: to commit
 * them again would be wrong.
 */
export class PartlyCommitted extends Error {
  override name = 'PartlyCommitted';

  /** `results` has undefined where nothing was committed. */
  constructor(
    readonly results: unknown[],
    override readonly cause: unknown,
  ) {
    super('a part of a batch was committed');
  }
}

/** Answers those that were committed nevertheless. Returns the others, and the fault that they met. */
export function answerCommitted<Item, Result>(
  batch: Waiting<Item, Result>[],
  thrown: unknown,
): { left: Waiting<Item, Result>[]; error: unknown } {
  if (!(thrown instanceof PartlyCommitted)) return { left: batch, error: thrown };
  const { results, cause } = thrown;
  batch.forEach(({ resolve }, index) => {
    if (results[index] !== undefined) resolve(results[index] as Result);
  });
  return { left: batch.filter((_, index) => results[index] === undefined), error: cause };
}

export interface Lanes<Item, Result> {
  /** Whether this item's license has a lane now: then the item belongs there. */
  has(item: Item): boolean;
  add(waiting: Waiting<Item, Result>): void;
}

/** The longest that a request waits for a lock on its own license. */
const PATIENCE_MS = 1_800;
/** A lock that was met may last. The license's lane stays for this long after each time. */
const REMEMBERED_MS = 10_000;
const PAUSE_MS = 50;

interface Lane<Item, Result> {
  waiting: Waiting<Item, Result>[];
  isMoving: boolean;
  /** An instant of `performance.now()`. */
  staysUntil: number;
}

export interface LaneSettings<Item, Result> {
  licenseOf(item: Item): string;
  /**
   * Commits items of one license. After meeting somebody's lock it is tried again, while its items may wait.
   */
  commit(items: Item[]): Promise<Result[]>;
  /** The most items of one commit. */
  most: number;
  /** How many licenses go side by side. */
  mostAtOnce: number;
}

export function createLanes<Item, Result>({
  licenseOf,
  commit,
  most,
  mostAtOnce,
}: LaneSettings<Item, Result>): Lanes<Item, Result> {
  const lanes = new Map<string, Lane<Item, Result>>();
  const queue: Array<() => void> = [];
  let free = mostAtOnce;

  async function turn<T>(act: () => Promise<T>): Promise<T> {
    if (free > 0) free--;
    else await new Promise<void>(resolve => queue.push(resolve));
    try {
      return await act();
    } finally {
      const next = queue.shift();
      if (next) next();
      else free++;
    }
  }

  async function move(licenseId: string, lane: Lane<Item, Result>): Promise<void> {
    lane.isMoving = true;
    while (lane.waiting.length > 0) {
      const wasHeldUp = await turn(() => commitSome(lane));
      if (wasHeldUp) await sleep(PAUSE_MS);
    }
    lane.isMoving = false;
    if (lane.staysUntil === 0) lanes.delete(licenseId);
  }

  /** True where a lock was in the way. */
  async function commitSome(lane: Lane<Item, Result>): Promise<boolean> {
    const batch = lane.waiting.splice(0, most);
    try {
      const results = await commit(batch.map(({ item }) => item));
      batch.forEach(({ resolve }, index) => {
        resolve(results[index] as Result);
      });
      lane.staysUntil = 0;
      return false;
    } catch (thrown) {
      const { left, error } = answerCommitted(batch, thrown);
      const now = performance.now();
      const isLocked = isHeldUp(error);
      const patient = isLocked ? left.filter(({ since }) => now - since < PATIENCE_MS) : [];
      for (const waiting of left) if (!patient.includes(waiting)) waiting.reject(error);
      // The others of the lane would meet the same fault. A caller that comes later tries anew.
      if (databaseFaultOf(error) === 'unavailable' && !isLocked) {
        for (const { reject } of lane.waiting.splice(0)) reject(error);
      }
      lane.waiting.unshift(...patient);
      if (isLocked) lane.staysUntil = now + REMEMBERED_MS;
      return isLocked;
    }
  }

  return {
    has(item) {
      const lane = lanes.size > 0 ? lanes.get(licenseOf(item)) : undefined;
      return lane !== undefined && (lane.isMoving || lane.staysUntil > performance.now());
    },
    add(waiting) {
      const licenseId = licenseOf(waiting.item);
      const lane = lanes.get(licenseId) ?? { waiting: [], isMoving: false, staysUntil: 0 };
      lanes.set(licenseId, lane);
      lane.waiting.push(waiting);
      if (!lane.isMoving) void move(licenseId, lane);
    },
  };
}
