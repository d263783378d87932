// Rate limits that all replicas count together in Redis. Requests that come while Redis is asked wait, and are counted
// together with one command. Of a large limit, a process takes a share at once and spends it by itself.

import { LRUCache } from 'lru-cache';
import {
  type RateLimiterAbstract,
  type RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
} from 'rate-limiter-flexible';
import { RATE_WINDOW_SECONDS, type SpentRate } from '../../domain/rate.js';
import { groupCommit } from '../ledger/groupCommit.js';
import { leastRecentlyUsed } from './leastRecentlyUsed.js';
import type { Redis } from './redis.js';

/** A limit has this many shares. So what three processes took but do not spend is less than 1 % of it. */
const SHARES = 400;
/** The number of different limits, not of licenses: most licenses have their plan's limit. */
const MOST_LIMITERS = 1_000;
/** The number of licenses whose shares are remembered. A forgotten share is lost until the minute ends. */
const MOST_SHARES = 10_000;

interface Asked {
  id: string;
  limit: number;
}

/** What this process took of a limit and has not spent yet. */
interface Share {
  limit: number;
  left: number;
  /** The count of this minute over all processes, including this whole share. */
  counted: number;
  /** In the time of `performance.now()`. */
  endsAtMs: number;
}

/** Returns a function that counts one request of a license. `own` counts while Redis is away. */
export function createSharedRates(
  redis: Redis,
  own: RateLimiterMemory,
): (id: string, limit: number) => Promise<SpentRate> {
  // One for each limit. It remembers who has reached the limit, so that refused requests do not ask Redis again.
  const limiters = new LRUCache<number, RateLimiterAbstract>({
    max: MOST_LIMITERS,
    memoMethod: limit => limiterOf(redis, limit, own),
  });
  const shares = leastRecentlyUsed<Share>(MOST_SHARES);

  // Shares that were taken while Redis was away are not counted in Redis.
  redis.whenBack(() => shares.clear());

  async function take({ id, limit }: Asked, count: number): Promise<SpentRate[]> {
    const wanted = Math.max(count, Math.floor(limit / SHARES));
    const { before, resetsInMs } = await consumed(limiters.memo(limit), id, limit, wanted);
    const granted = Math.min(wanted, Math.max(0, limit - before));
    if (granted > count) {
      const endsAtMs = performance.now() + resetsInMs;
      shares.set(id, { limit, left: granted - count, counted: before + granted, endsAtMs });
    }
    return Array.from({ length: count }, (_, index) => spent(before + index + 1, resetsInMs));
  }

  const ask = groupCommit<Asked, SpentRate>(async all => {
    const alike = new Map<string, Asked[]>();
    for (const asked of all) {
      const key = `${asked.id} ${asked.limit}`;
      const others = alike.get(key);
      if (others) others.push(asked);
      else alike.set(key, [asked]);
    }
    const taken = new Map<Asked, SpentRate>();
    await Promise.all(
      [...alike.values()].map(async same => {
        const given = await take(same[0] as Asked, same.length);
        for (const [index, asked] of same.entries()) taken.set(asked, given[index] as SpentRate);
      }),
    );
    return all.map(asked => taken.get(asked) as SpentRate);
  });

  return async (id, limit) => {
    const share = shares.get(id);
    const resetsInMs = share ? share.endsAtMs - performance.now() : 0;
    if (!share || share.limit !== limit || resetsInMs <= 0 || share.left === 0) {
      return ask({ id, limit });
    }
    share.left -= 1;
    return spent(share.counted - share.left, resetsInMs);
  };
}

function spent(requests: number, resetsInMs: number): SpentRate {
  return { requests, resetsAt: new Date(Date.now() + resetsInMs), resetsInMs };
}

function limiterOf(redis: Redis, limit: number, own: RateLimiterMemory): RateLimiterAbstract {
  const storeClient = {
    async eval(script: string, options: { keys: string[]; arguments: string[] }) {
      const reply = await redis.ask(client => client.eval(script, options));
      if (reply === null) throw new Error('Redis is away');
      return reply;
    },
  };
  return new RateLimiterRedis({
    storeClient,
    useRedisPackage: true,
    keyPrefix: 'sahm:rate',
    points: limit,
    duration: RATE_WINDOW_SECONDS,
    inMemoryBlockOnConsumed: limit,
    insuranceLimiter: own,
  });
}

/** Takes `wanted` of the limit. `before` in the result is what had been taken before. */
async function consumed(limiter: RateLimiterAbstract, id: string, limit: number, wanted: number) {
  try {
    const { consumedPoints, msBeforeNext } = await limiter.consume(id, wanted);
    return { before: consumedPoints - wanted, resetsInMs: msBeforeNext };
  } catch (thrown) {
    // The library throws its result if the limit is exceeded. A result from its memory has no number.
    if (!(thrown instanceof RateLimiterRes)) throw thrown;
    const { consumedPoints, msBeforeNext } = thrown;
    const before = consumedPoints === 0 ? limit : consumedPoints - wanted;
    return { before, resetsInMs: msBeforeNext };
  }
}
