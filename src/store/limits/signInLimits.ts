// Limits on guessing passwords, shared by all replicas. Other people's guesses never lock an administrator
// out: an account's limit only counts addresses from which nobody signed in to it before.

import { createHash } from 'node:crypto';
import { networksOf } from '../../domain/network.js';
import { Prisma, type PrismaClient } from '../generated/client.js';
import { leastRecentlyUsed } from './leastRecentlyUsed.js';

export interface Limited {
  kind: 'limited';
  retryAfterSeconds: number;
}

export interface SignInLimits {
  /**
   * Refuses what this process already knows to be limited; null if the database has to be asked.
   * `isKnown`: somebody signed in to this account from this address before.
   */
  refused(email: string, address: string, isKnown: boolean): Limited | null;
  /** Counts an attempt before it is made. `isKnown` as above. */
  attempt(
    email: string,
    address: string,
    isKnown: boolean,
  ): Promise<
    | Limited
    /** Call `succeeded` if the password was right. It takes back what was counted. */
    | { kind: 'allowed'; succeeded(): Promise<void> }
  >;
  /** Forgets what was counted against an account, from every address. */
  forgive(email: string): Promise<void>;
}

const MINUTE = 60;
const REMEMBERED_MS = 60_000;
const MOST_REMEMBERED = 20_000;
/** How many attempts may fail, and within how many seconds. */
const PER_PAIR = { points: 10, duration: 15 * MINUTE };
const PER_ADDRESS = { points: 30, duration: 15 * MINUTE };
/** For a site of IPv6: the owner of one of its subnets often has all 65,536. */
const PER_SITE = { points: 120, duration: 15 * MINUTE };
const PER_ACCOUNT = { points: 50, duration: 60 * MINUTE };

export function createSignInLimits(prisma: PrismaClient): SignInLimits {
  // Limits that the database found reached, and until when. They are remembered only briefly, so that what is
  // forgiven in the database is soon forgiven here too.
  const refusedUntil = leastRecentlyUsed<number>(MOST_REMEMBERED, REMEMBERED_MS);
  return {
    refused(email, address, isKnown) {
      const now = performance.now();
      const until = countersOf(email, address, isKnown).map(
        ({ key }) => refusedUntil.get(key) ?? now,
      );
      return limitedFor(Math.max(...until) - now);
    },
    async attempt(email, address, isKnown) {
      const counters = countersOf(email, address, isKnown);
      const full = await count(prisma, counters);
      for (const { key, wait } of full) refusedUntil.set(key, performance.now() + wait);
      const limited = limitedFor(Math.max(0, ...full.map(({ wait }) => wait)));
      return limited ?? { kind: 'allowed', succeeded: () => takeBack(prisma, counters) };
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
  key: string;
  points: number;
  duration: number;
}

/** The counter of the pair (account and address) comes first. */
function countersOf(email: string, address: string, isKnown: boolean): Counter[] {
  const account = nameOf(email);
  const { own, site } = networksOf(address);
  const counters = [
    { key: `pair:${account}:${nameOf(own)}`, ...PER_PAIR },
    { key: `address:${nameOf(own)}`, ...PER_ADDRESS },
  ];
  if (site !== null) counters.push({ key: `site:${nameOf(site)}`, ...PER_SITE });
  if (!isKnown) counters.push({ key: `account:${account}`, ...PER_ACCOUNT });
  return counters;
}

/**
 * Adds one to all counters, or to none if one of them is full, because refused attempts do not count. Returns the
 * full ones with the milliseconds to wait. Attempts at the same time are all counted, and those beyond the limit
 * find it full.
 */
function count(
  prisma: PrismaClient,
  counters: Counter[],
): Promise<Array<{ key: string; wait: number }>> {
  const wanted = JSON.stringify(counters);
  const waitSql = Prisma.sql`(extract(epoch FROM expire - sahm_now()) * 1000)::float8 AS wait`;
  return prisma.$queryRaw`
WITH wanted AS (
  SELECT * FROM json_to_recordset(${wanted}::json) AS each(key text, points int, duration int)
),
full_ones AS (
  SELECT key, ${waitSql} FROM sign_in_failure failed JOIN wanted USING (key)
  WHERE expire > sahm_now() AND failed.points >= wanted.points
),
counted AS (
  INSERT INTO sign_in_failure AS failed (key, points, expire)
  SELECT key, 1, sahm_now() + duration * interval '1 second' FROM wanted
  WHERE NOT EXISTS (SELECT FROM full_ones) ORDER BY key
  ON CONFLICT (key) DO UPDATE SET
    points = CASE WHEN failed.expire > sahm_now() THEN failed.points + 1 ELSE 1 END,
    expire = CASE WHEN failed.expire > sahm_now() THEN failed.expire ELSE excluded.expire END
  RETURNING key, points, ${waitSql}
)
SELECT key, wait FROM full_ones UNION ALL
SELECT key, wait FROM counted JOIN wanted USING (key) WHERE counted.points > wanted.points`;
}

/**
 * A caller who knows the password was not guessing, so the earlier attempts from this address count no more either.
 */
async function takeBack(prisma: PrismaClient, [pair, ...others]: Counter[]): Promise<void> {
  const keys = others.map(({ key }) => key).sort();
  await prisma.$executeRaw`
    WITH gone AS (DELETE FROM sign_in_failure WHERE key = ${pair?.key ?? ''})
    UPDATE sign_in_failure SET points = greatest(0, points - 1) WHERE key = ANY(${keys})`;
}

function limitedFor(waitMs: number): Limited | null {
  return waitMs > 0 ? { kind: 'limited', retryAfterSeconds: Math.ceil(waitMs / 1000) } : null;
}

/** A name of fixed length for any input, without an e-mail address in clear. */
function nameOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
