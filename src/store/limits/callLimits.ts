// How many calls of a license run at once, where that is limited. All replicas count together in Redis where there
// is one; otherwise, and while it is away, each process counts by itself. Nobody waits for a place: whoever finds none
// is refused, so that a license that sends too much keeps nobody else waiting.

import { groupCommit } from '../ledger/groupCommit.js';
import type { Redis } from './redis.js';

export interface CallLimits {
  /**
   * Counts a call from now on until it leaves. `running` is with this one; where that is more than `most` it is
   * not counted, and has nothing to leave.
   */
  enter(licenseId: string, most: number, callId: string): Promise<Entry>;
}

export interface Entry {
  running: number;
  /** To be called once, at the call's end. Afterwards the next call finds the place free, on every replica. */
  leave(): Promise<void>;
}

/** A call that enters, or leaves where `most` is 0. */
interface Move {
  key: string;
  callId: string;
  most: number;
}

/**
 * Carries out moves in their order. A key has the calls of a license with the ends of their leases: of a process that
 * was killed nobody leaves.
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

/** `leaseMs`: longer than any call, as the lease of a hold is. */
export function createCallLimits(leaseMs: number, redis: Redis | null = null): CallLimits {
  /** Of this process, by license. */
  const own = new Map<string, number>();
  /** Calls that ended while Redis was away, with their keys. */
  const unsaid = new Map<string, string>();

  function countOwn(licenseId: string, by: 1 | -1): number {
    const count = (own.get(licenseId) ?? 0) + by;
    if (count === 0) own.delete(licenseId);
    else own.set(licenseId, count);
    return count;
  }

  /** How many run then, in the order of the moves; null for each where Redis did not answer. */
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
          // Also where Redis did not answer: it may have counted the call.
          if (isAsked) await sayLeft(key, callId);
        },
      };
    },
  };
}
