// Limits on guessing passwords, shared by all replicas. What others do never locks an administrator
// out: the limit of an account counts only addresses from which nobody signed in to it before.

import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { type RateLimiterAbstract, RateLimiterPrisma, RateLimiterRes } from 'rate-limiter-flexible';
import { networksOf } from '../domain/network.js';
import type { PrismaClient } from './generated/client.js';

export interface Limited {
  kind: 'limited';
  retryAfterSeconds: number;
}

export interface SignInLimits {
  /**
   * What this process knows to be refused without asking the database; null where that has to be asked.
   * `isKnown`: somebody signed in from there before.
   */
  refused(email: string, address: string, isKnown: boolean): Limited | null;
  /** Counts an attempt before it is made. `isKnown`: somebody signed in to it from there before. */
  attempt(
    email: string,
    address: string,
    isKnown: boolean,
  ): Promise<
    | Limited
    /** To be called when the password was right: what was counted is taken back. */
    | { kind: 'allowed'; succeeded(): Promise<void> }
  >;
  /** Forgets what counts against an account, from wherever. */
  forgive(email: string): Promise<void>;
}

const MINUTE = 60;
const REMEMBERED_MS = 60_000;
const MOST_REMEMBERED = 20_000;
/** Attempts that fail, and in how many seconds. */
const PER_PAIR = { points: 10, duration: 15 * MINUTE };
const PER_ADDRESS = { points: 30, duration: 15 * MINUTE };
/** Of IPv6: who has one subnet often has a site's 65,536. */
const PER_SITE = { points: 120, duration: 15 * MINUTE };
const PER_ACCOUNT = { points: 50, duration: 60 * MINUTE };

export function createSignInLimits(prisma: PrismaClient): SignInLimits {
  const limiter = (keyPrefix: string, limit: { points: number; duration: number }) =>
    new RateLimiterPrisma({
      ...limit,
      keyPrefix,
      storeClient: prisma,
      tableName: 'signInFailure',
      // The job `prune` removes what is over.
      clearExpiredByTimeout: false,
    });
  const pairs = limiter('pair', PER_PAIR);
  const addresses = limiter('address', PER_ADDRESS);
  const sites = limiter('site', PER_SITE);
  const accounts = limiter('account', PER_ACCOUNT);
  // What the database refused lately, and until when: it is not asked that again so soon. No longer, so
  // that what is forgiven there is forgiven here.
  const refusedUntil = new LRUCache<string, number>({ max: MOST_REMEMBERED, ttl: REMEMBERED_MS });

  function countersOf(email: string, address: string, isKnown: boolean): Counter[] {
    const account = nameOf(email);
    const { own, site } = networksOf(address);
    const counters = [
      { limits: pairs, key: `${account}:${nameOf(own)}` },
      { limits: addresses, key: nameOf(own) },
    ];
    if (site !== null) counters.push({ limits: sites, key: nameOf(site) });
    if (!isKnown) counters.push({ limits: accounts, key: account });
    return counters;
  }
  return {
    refused(email, address, isKnown) {
      const now = performance.now();
      const until = countersOf(email, address, isKnown).map(
        counter => refusedUntil.get(idOf(counter)) ?? now,
      );
      return limitedFor(Math.max(...until) - now);
    },
    async attempt(email, address, isKnown) {
      const counters = countersOf(email, address, isKnown);
      for (const counter of counters) {
        const waitMs = await consume(counter);
        if (waitMs === 0) continue;
        refusedUntil.set(idOf(counter), performance.now() + waitMs);
        return limitedFor(waitMs) as Limited;
      }
      return {
        kind: 'allowed',
        async succeeded() {
          await Promise.all(counters.map(({ limits, key }) => limits.reward(key, 1)));
          const [pair] = counters;
          if (pair) await pairs.delete(pair.key);
        },
      };
    },
    async forgive(email) {
      const account = nameOf(email);
      await prisma.$executeRaw`
        DELETE FROM sign_in_failure
        WHERE key = ${`account:${account}`} OR starts_with(key, ${`pair:${account}:`})`;
    },
  };
}

interface Counter {
  limits: RateLimiterAbstract;
  key: string;
}

function idOf({ limits, key }: Counter): string {
  return `${limits.keyPrefix}:${key}`;
}

function limitedFor(waitMs: number): Limited | null {
  return waitMs > 0 ? { kind: 'limited', retryAfterSeconds: Math.ceil(waitMs / 1000) } : null;
}

/** Milliseconds to wait, 0 when there was room. */
async function consume({ limits, key }: Counter): Promise<number> {
  try {
    await limits.consume(key);
    return 0;
  } catch (error) {
    if (error instanceof RateLimiterRes) return Math.max(1, error.msBeforeNext);
    throw error;
  }
}

/** Of one length, whatever somebody typed, and no e-mail address in clear. */
function nameOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
