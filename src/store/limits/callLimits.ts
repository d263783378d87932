// Limits how many calls of a license run at once. All replicas count together in Redis; without Redis, and while it is
// away, each process counts by itself. A call without a place is refused and does not wait, so that a license that
// sends too much keeps nobody else waiting.

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { groupCommit } from '../ledger/groupCommit.js';
import type { Redis } from './redis.js';

export interface CallLimits {
  /**
   * Counts a call from now on until it leaves. `running` includes this call. If that is more than `most`, the call is
   * not counted and need not leave.
   */
  enter(licenseId: string, most: number): Promise<Entry>;
  /** Whether so few ran when Redis was last asked that a call will most probably get a place. False if it was not asked. */
  isLikelyFree(licenseId: string, most: number): boolean;
}

export interface Entry {
  running: number;
  /** Frees the place for the next call, on every replica once this resolves. Only the first time counts. */
  leave(): Promise<void>;
}

/** The calls of one license in this process. */
interface Calls {
  entered: number;
  /** They wait for Redis' answer. */
  asking: number;
  /** Whether Redis may count some of them. */
  isTold: boolean;
  /** Those of other processes, when Redis was last asked. */
  others: number | null;
}

/** A call asks for one of `most` places. Without `most`, Redis is only told how many run. */
interface Move {
  licenseId: string;
  most?: number;
}

/**
 * A key has, for each process, how many calls of the license it runs, and the end of its lease, because a killed process
 * takes nothing back. A process tells its whole number each time, so it does no harm if Redis missed an earlier one.
 * ARGV: the process, its lease, then for each key how many run, how many ask, and the most that each of these allows.
 * The reply says, for each that asks, how many run with it.
 */
const TELL_AND_ASK = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local process, leaseMs = ARGV[1], tonumber(ARGV[2])
local reply = {}
local at = 3
for _, key in ipairs(KEYS) do
  local own, asking = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  at = at + 2
  if asking > 0 then
    local others = 0
    local told = redis.call('HGETALL', key)
    for field = 1, #told, 2 do
      if told[field] ~= process then
        local calls, lease = string.match(told[field + 1], '(%d+) (%d+)')
        if tonumber(lease) > now then
          others = others + tonumber(calls)
        else
          redis.call('HDEL', key, told[field])
        end
      end
    end
    for ask = at, at + asking - 1 do
      local running = others + own + 1
      reply[#reply + 1] = running
      if running <= tonumber(ARGV[ask]) then own = own + 1 end
    end
    at = at + asking
  end
  if own == 0 then
    redis.call('HDEL', key, process)
  else
    redis.call('HSET', key, process, string.format('%.0f %.0f', own, now + leaseMs))
    redis.call('PEXPIRE', key, leaseMs)
  end
end
return reply`;

/** What a question costs is the writing and the waking. While many calls move, this lets a dozen or more share one. */
const REST_MS = 2;

const NOTHING = async () => {};

/** `leaseMs` is the lease of a hold, which is longer than any call. */
export function createCallLimits(leaseMs: number, redis: Redis | null = null): CallLimits {
  const processId = randomUUID();
  const own = new Map<string, Calls>();

  function callsOf(licenseId: string): Calls {
    const known = own.get(licenseId);
    if (known) return known;
    const calls = { entered: 0, asking: 0, isTold: false, others: null };
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
    const told = [...asks].map(([licenseId, asking]) => {
      const calls = callsOf(licenseId);
      calls.isTold = true;
      return { calls, asking, running: calls.entered };
    });
    const reply = await redis?.ask(client =>
      client.eval(TELL_AND_ASK, {
        keys: [...asks.keys()].map(licenseId => `sahm:running:${licenseId}`),
        arguments: [processId, leaseMs, ...told.flatMap(argumentsOf)].map(String),
      }),
    );
    if (!Array.isArray(reply)) return moves.map(() => null);
    const results = new Map<Move, number>();
    for (const { calls, asking, running } of told) {
      let counted = running;
      for (const move of asking) {
        const withIt = Number(reply[results.size]);
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

  async function leave(licenseId: string): Promise<void> {
    const calls = callsOf(licenseId);
    calls.entered--;
    if (calls.isTold) await tell(licenseId);
    else forgetIfOver(licenseId);
  }

  return {
    isLikelyFree(licenseId, most) {
      const { entered = 0, asking = 0, others = null } = own.get(licenseId) ?? {};
      return others !== null && (others + entered + asking + 1) * 2 <= most;
    },
    async enter(licenseId, most) {
      const calls = callsOf(licenseId);
      let running = calls.entered + calls.asking + 1;
      if (running <= most && redis?.isThere()) {
        calls.asking++;
        running = (await move({ licenseId, most })) ?? running;
        calls.asking--;
      }
      if (running > most) {
        forgetIfOver(licenseId);
        return { running, leave: NOTHING };
      }
      calls.entered++;
      let left: Promise<void> | undefined;
      return { running, leave: () => (left ??= leave(licenseId)) };
    },
  };
}

function argumentsOf({ running, asking }: { running: number; asking: Move[] }): number[] {
  return [running, asking.length, ...asking.map(({ most }) => most as number)];
}
