// Limits how many calls of a license run at once. All replicas count together in Redis; without Redis, and while it is
// away, each process counts by itself. A call without a place is refused and does not wait, so that a license that
// sends too much keeps nobody else waiting.

import { groupCommit } from '../ledger/groupCommit.js';
import type { Redis } from './redis.js';

export interface CallLimits {
  /**
   * Counts a call from now on until it leaves. `running` includes this call. If that is more than `most`, the call is
   * not counted and need not leave.
   */
  enter(licenseId: string, most: number, callId: string): Promise<Entry>;
}

export interface Entry {
  running: number;
  /** Call it once, at the call's end. Then the place is free for the next call, on every replica. */
  leave(): Promise<void>;
}

/** A call that enters, or leaves if `most` is 0. */
interface Move {
  key: string;
  callId: string;
  most: number;
}

/**
 * Carries out moves in their order. A key has the calls of a license, each with the end of its lease, because the calls
 * of a killed process never leave.
 */
const MOVE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local running = {}
for index, key in ipairs(KEYS) do
  local most = tonumber(ARGV[2 * index])
  local call = ARGV[2 * index + 1]
  if most == 0 then
    running[index] = 0
    redis.call('ZREM', key, call)
  else
    redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
    running[index] = redis.call('ZCARD', key) + 1
    if running[index] <= most then
      redis.call('ZADD', key, now + ARGV[1], call)
      redis.call('PEXPIRE', key, ARGV[1])
    end
  end
end
return running`;

const NOTHING = async () => {};

/** `leaseMs` is the lease of a hold, which is longer than any call. */
export function createCallLimits(leaseMs: number, redis: Redis | null = null): CallLimits {
  /** How many calls run in this process, by license. */
  const own = new Map<string, number>();
  /** Calls that ended while Redis was away, with their keys. */
  const unsaid = new Map<string, string>();

  function countOwn(licenseId: string, by: 1 | -1): number {
    const count = (own.get(licenseId) ?? 0) + by;
    if (count === 0) own.delete(licenseId);
    else own.set(licenseId, count);
    return count;
  }

  /** How many run after each move, in the order of the moves; null for each if Redis did not answer. */
  const move = groupCommit<Move, number | null>(async moves => {
    const options = {
      keys: moves.map(({ key }) => key),
      arguments: [String(leaseMs), ...moves.flatMap(({ most, callId }) => [String(most), callId])],
    };
    const running = await redis?.ask(client => client.eval(MOVE, options));
    return Array.isArray(running) ? running.map(Number) : moves.map(() => null);
  });

  async function sayLeft(key: string, callId: string): Promise<void> {
    if ((await move({ key, callId, most: 0 })) === null) unsaid.set(callId, key);
  }

  redis?.whenBack(() => {
    const calls = [...unsaid];
    unsaid.clear();
    for (const [callId, key] of calls) void sayLeft(key, callId);
  });

  return {
    async enter(licenseId, most, callId) {
      const ownRunning = countOwn(licenseId, 1);
      if (ownRunning > most) {
        countOwn(licenseId, -1);
        return { running: ownRunning, leave: NOTHING };
      }
      const key = `sahm:calls:${licenseId}`;
      const isAsked = redis?.isThere() ?? false;
      const running = (isAsked ? await move({ key, callId, most }) : null) ?? ownRunning;
      if (running > most) {
        countOwn(licenseId, -1);
        return { running, leave: NOTHING };
      }
      return {
        running,
        async leave() {
          countOwn(licenseId, -1);
          // Also if Redis did not answer before: it may have counted the call.
          if (isAsked) await sayLeft(key, callId);
        },
      };
    },
  };
}
