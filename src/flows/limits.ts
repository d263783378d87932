// What a license may do at a time: so many requests in a minute, and so many at once.

import type { Catalog } from '../domain/catalog.js';
import type { License } from '../domain/license.js';
import {
  type CallState,
  type RateState,
  rateOf,
  type SpentRate,
  tooManyAtOnce,
} from '../domain/rate.js';
import type { Refusal } from '../domain/refusal.js';
import type { CallLimits, Entry } from '../store/limits/callLimits.js';
import type { RateLimits } from '../store/limits/rateLimits.js';

export interface LimitDeps {
  catalog(): Catalog;
  /** Only used for licenses and named keys that have a rate limit. */
  rates: RateLimits;
  /** Only used for licenses of which so many calls may run at once. */
  calls: CallLimits;
}

/** What a request took of its limits, once, however often it is judged. */
export interface Spent {
  /** Of the rate limits of its license and of its named key. */
  spent?: SpentRate;
  spentOfKey?: SpentRate;
  /** Its place among the calls of the license that run at once. */
  entry?: Entry;
}

/** Requests a minute: the license's own limit, else its plan's; null without either. */
function rateLimitOf({ rateLimit, plan }: License, { plans }: Catalog): number | null {
  return rateLimit ?? plans.get(plan)?.rateLimit ?? null;
}

/** Counts the request, and refuses it where it is one too many in its minute; null where it is not. */
export async function spend(
  license: License,
  done: Spent,
  rated: (rate: RateState) => void,
  { catalog, rates }: LimitDeps,
): Promise<Refusal | null> {
  const { namedKey } = license;
  const rateLimit = rateLimitOf(license, catalog());
  if (rateLimit !== null) done.spent ??= await rates.spend(license.id, rateLimit);
  if (namedKey && namedKey.rateLimit !== null) {
    done.spentOfKey ??= await rates.spend(namedKey.id, namedKey.rateLimit);
  }
  const tell = namedKey ? tightest(rated) : rated;
  return (
    rateOf({ rateLimit }, done.spent, tell) ?? (namedKey && rateOf(namedKey, done.spentOfKey, tell))
  );
}

/** Refuses a call while as many of its license run as may; null where it has its place. */
export async function enter(
  license: License,
  callId: string,
  done: Spent,
  atOnce: (calls: CallState) => void,
  { calls, catalog }: LimitDeps,
): Promise<Refusal | null> {
  const most = license.concurrency ?? catalog().plans.get(license.plan)?.concurrency;
  if (most === undefined) return null;
  const entry = done.entry ?? (await calls.enter(license.id, most, callId));
  atOnce({ limit: most, remaining: Math.max(0, most - entry.running) });
  const refusal = tooManyAtOnce(most, entry.running);
  if (!refusal) done.entry = entry;
  return refusal;
}

/** Of several rate limits the caller is told the one that has the least left. */
function tightest(rated: (rate: RateState) => void): (rate: RateState) => void {
  let told: RateState | undefined;
  return rate => {
    if (told && told.remaining <= rate.remaining) return;
    told = rate;
    rated(rate);
  };
}
