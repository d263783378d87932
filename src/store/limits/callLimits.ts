// Limits how many calls of a license run at once. All replicas count together in Redis; without Redis, and while it is
// away, each process counts by itself. A call without a place is refused and does not wait for one, so that a license
// that sends too much keeps nobody else waiting.

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { groupCommit } from '../ledger/groupCommit.js';
import { countTogether } from './countTogether.js';
import type { Redis } from './redis.js';

export interface CallLimits {
  /**
   * Counts a call from now on until it leaves. `running` includes this call. If that is more than `most`, the call is
   * not counted and need not leave. No promise where a place was kept.
   */
  enter(licenseId: string, most: number): Promise<Entry> | Entry;
  /** Whether so few ran when Redis was last asked that a call will most probably get a place. False if it was not asked. */
  isLikelyFree(licenseId: string, most: number): boolean;
  /** Frees all kept places. For the end of the process: nothing may enter afterwards. */
  close(): Promise<void>;
}

export interface Entry {
  running: number;
  /**
   * Frees the place for the next call. Once this resolves, the place is free on every replica, or this process keeps it
   * for a moment. Only the first time counts.
   */
  leave(): Promise<void>;
}

/** The calls of one license in this process. */
interface Calls {
  entered: number;
  /** They wait for Redis' answer. */
  asking: number;
  /** Places in which no call is, and which Redis still counts. */
  kept: number;
  /** The fewest that were kept since the last look: nobody needed these. */
  leastKept: number;
  /** Whether Redis may count some of them. */
  isTold: boolean;
  /** When Redis was last told of them, in the time of `performance.now()`. */
  toldAtMs: number;
  /** Those of other processes, when Redis was last asked. */
  others: number | null;
}

/** A call asks for one of `most` places. Without `most`, Redis is only told how many run. */
interface Move {
  licenseId: string;
  most?: number;
}

/** What a question costs is the writing and the waking. While many calls move, this lets a dozen or more share one. */
const REST_MS = 2;

/**
 * A place that becomes free is kept for the next call of the license in this process, so that it need not ask Redis. A
 * place that nobody took between two looks is given back. At most this part of a limit is kept, and only while at most
 * half of the limit's places are taken: so whoever has a small limit, or is near to a large one, is counted exactly.
 */
const MOST_KEPT = 1 / 10;
const LOOK_MS = 10;
/** After this long without use, what other processes kept when a call asked in vain has been given back. */
const GIVEN_BACK_MS = 5 * LOOK_MS;

/** Redis must be told again before the lease of a kept place is too short for the next call. */
const MOST_UNTOLD_MS = 1_000;

const NOTHING = async () => {};

/** `leaseMs` is the lease of a hold, which is longer than any call. */
export function createCallLimits(leaseMs: number, redis: Redis | null = null): CallLimits {
  const processId = randomUUID();
  const own = new Map<string, Calls>();
  /** The licenses of which places are kept. */
  const keeping = new Set<string>();
  let looking: NodeJS.Timeout | undefined;

  function callsOf(licenseId: string): Calls {
    const known = own.get(licenseId);
    if (known) return known;
    const calls: Calls = {
      entered: 0,
      asking: 0,
      kept: 0,
      leastKept: 0,
      isTold: false,
      toldAtMs: 0,
      others: null,
    };
    own.set(licenseId, calls);
    return calls;
  }

  function forgetIfOver(licenseId: string): void {
    const { entered, asking, isTold } = callsOf(licenseId);
    if (entered + asking === 0 && !isTold) own.delete(licenseId);
  }

  /** How many run with each call that asks; null if Redis did not answer. */
  async function tellAndAsk(moves: Move[]): Promise<Array<number | null>> {
    const asks = new Map<string, Move[]>();
    for (const move of moves) {
      const alike = asks.get(move.licenseId) ?? [];
      if (alike.length === 0) asks.set(move.licenseId, alike);
      if (move.most !== undefined) alike.push(move);
    }
    const told = [...asks].map(([licenseId, alike]) => {
      const { entered, kept } = callsOf(licenseId);
      return { licenseId, taken: entered + kept, asking: alike.map(({ most }) => most as number) };
    });
    for (const { licenseId } of told) {
      Object.assign(callsOf(licenseId), { isTold: true, toldAtMs: performance.now() });
    }
    const reply = await countTogether(redis, processId, leaseMs + MOST_UNTOLD_MS, told);
    if (!reply) return moves.map(() => null);
    const results = new Map<Move, number>();
    for (const { licenseId, taken } of told) {
      const calls = callsOf(licenseId);
      let counted = taken;
      for (const move of asks.get(licenseId) as Move[]) {
        const withIt = reply[results.size] as number;
        results.set(move, withIt);
        calls.others = withIt - counted - 1;
        if (withIt <= (move.most as number)) counted++;
      }
      calls.isTold = counted > 0;
    }
    return moves.map(move => results.get(move) ?? null);
  }

  // Only calls that are under way wait here, so their number needs no other limit.
  const move = groupCommit(tellAndAsk, {
    mostWaiting: Number.POSITIVE_INFINITY,
    rest: () => sleep(REST_MS),
  });

  async function tell(licenseId: string): Promise<void> {
    await move({ licenseId });
    forgetIfOver(licenseId);
  }

  redis?.whenBack(() => {
    for (const licenseId of own.keys()) void tell(licenseId);
  });

  /** Gives back what was kept and not needed. */
  function look(): void {
    looking = undefined;
    for (const licenseId of keeping) {
      const calls = callsOf(licenseId);
      calls.kept -= calls.leastKept;
      if (calls.leastKept > 0) void tell(licenseId);
      calls.leastKept = calls.kept;
      if (calls.kept === 0) keeping.delete(licenseId);
    }
    if (keeping.size > 0) lookLater();
  }

  function lookLater(): void {
    looking ??= setTimeout(look, LOOK_MS).unref();
  }

  function entry(licenseId: string, calls: Calls, running: number, most: number): Entry {
    calls.entered++;
    let left: Promise<void> | undefined;
    return { running, leave: () => (left ??= leave(licenseId, most)) };
  }

  async function askToEnter(licenseId: string, calls: Calls, most: number): Promise<Entry> {
    let running = calls.entered + calls.asking + 1;
    if (running <= most && redis?.isThere()) {
      calls.asking++;
      running = (await move({ licenseId, most })) ?? running;
      if (running > most && calls.others !== 0 && mostKept(most) > 0) {
        await sleep(GIVEN_BACK_MS);
        running = (await move({ licenseId, most })) ?? running;
      }
      calls.asking--;
    }
    if (running <= most) return entry(licenseId, calls, running, most);
    forgetIfOver(licenseId);
    return { running, leave: NOTHING };
  }

  async function leave(licenseId: string, most: number): Promise<void> {
    const calls = callsOf(licenseId);
    calls.entered--;
    if (!calls.isTold) return forgetIfOver(licenseId);
    const hasRoom = calls.others !== null && isHalfFree(calls, calls.others, most);
    if (hasRoom && calls.kept < mostKept(most)) {
      calls.kept++;
      keeping.add(licenseId);
      return lookLater();
    }
    if (!hasRoom) calls.kept = calls.leastKept = 0;
    await tell(licenseId);
  }

  return {
    isLikelyFree(licenseId, most) {
      const calls = own.get(licenseId);
      return !!calls && calls.others !== null && isHalfFree(calls, calls.others, most);
    },
    enter(licenseId, most) {
      const calls = callsOf(licenseId);
      const { entered, asking, kept, others, toldAtMs } = calls;
      // The limit may be lower than when the places were kept.
      const fits = (others ?? 0) + entered + asking + kept <= most;
      if (!fits) calls.kept = calls.leastKept = 0;
      const isToldLately = performance.now() - toldAtMs < MOST_UNTOLD_MS;
      if (calls.kept === 0 || !isToldLately) return askToEnter(licenseId, calls, most);
      calls.kept--;
      calls.leastKept = Math.min(calls.leastKept, calls.kept);
      return entry(licenseId, calls, (others ?? 0) + entered + 1, most);
    },
    async close() {
      clearTimeout(looking);
      const told = [...keeping].map(licenseId => {
        const calls = callsOf(licenseId);
        calls.kept = calls.leastKept = 0;
        return tell(licenseId);
      });
      await Promise.all(told);
    },
  };
}

function mostKept(most: number): number {
  return Math.floor(most * MOST_KEPT);
}

/** Whether at most half of the places are taken when one more call has entered. */
function isHalfFree({ entered, asking, kept }: Calls, others: number, most: number): boolean {
  return (others + entered + asking + kept + 1) * 2 <= most;
}
