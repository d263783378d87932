// Counts the calls of all processes in Redis, with one script for all licenses of a batch.

import type { Redis } from './redis.js';

/** What a process tells of a license, and what its calls ask. */
export interface Told {
  licenseId: string;
  /** How many places it has now. */
  taken: number;
  /** A number for each call that asks for a place: how many it allows to be taken. */
  asking: number[];
}

/**
 * A key has, for each process, how many places of the license it has, and the end of its lease, because a killed process
 * takes nothing back. A process tells its whole number each time, so it does no harm if Redis missed an earlier one.
 * ARGV: the process, its lease, then for each key how many it has, how many ask, and the most that each of these allows.
 * The reply says, for each that asks, how many are taken with it.
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

/**
 * How many places are taken with each call that asks, for all licenses in a row; null if Redis did not answer. A call
 * that finds no more than it allows has its place.
 */
export async function countTogether(
  redis: Redis | null,
  processId: string,
  leaseMs: number,
  told: Told[],
): Promise<number[] | null> {
  const reply = await redis?.ask(client =>
    client.eval(TELL_AND_ASK, {
      keys: told.map(({ licenseId }) => `sahm:running:${licenseId}`),
      arguments: [
        processId,
        String(leaseMs),
        ...told.flatMap(({ taken, asking }) => [taken, asking.length, ...asking].map(String)),
      ],
    }),
  );
  return Array.isArray(reply) ? reply.map(Number) : null;
}
