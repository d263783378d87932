// Limits how many requests a license may send in a minute, and how many may run at once.

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
  /** Only used for licenses with a limit of concurrency. */
  calls: CallLimits;
}

/** What a request took of its limits. It takes this once, however many attempts it needs. */
export interface Spent {
  /** Taken of the rate limits of the license and of the named key. */
  spent?: SpentRate;
  spentOfKey?: SpentRate;
  /** Settles when it is known whether the request has a place. Whatever happens, it must be awaited. */
  entering?: Promise<Refusal | null>;
  /** The request's place among the license's calls that run at once. */
  entry?: Entry;
}

/** Requests a minute: the license's own limit, else its plan's; null without either. */
function rateLimitOf({ rateLimit, plan }: License, { plans }: Catalog): number | null {
  return rateLimit ?? plans.get(plan)?.rateLimit ?? null;
}

/** Counts the request. Refuses it if it is one too many in its minute; otherwise null, at once where none is counted. */
export function spend(
  license: License,
  done: Spent,
  rated: (rate: RateState) => void,
  deps: LimitDeps,
): Promise<Refusal | null> | null {
  const rateLimit = rateLimitOf(license, deps.catalog());
  const isCounted = rateLimit !== null || typeof license.namedKey?.rateLimit === 'number';
  return isCounted ? count(license, rateLimit, done, rated, deps) : null;
}

async function count(
  license: License,
  rateLimit: number | null,
  done: Spent,
  rated: (rate: RateState) => void,
  { rates }: LimitDeps,
): Promise<Refusal | null> {
  const { namedKey } = license;
  if (rateLimit !== null) done.spent ??= await rates.spend(license.id, rateLimit);
  if (namedKey && namedKey.rateLimit !== null) {
    done.spentOfKey ??= await rates.spend(namedKey.id, namedKey.rateLimit);
  }
  const tell = namedKey ? tightest(rated) : rated;
  return (
    rateOf({ rateLimit }, done.spent, tell) ?? (namedKey && rateOf(namedKey, done.spentOfKey, tell))
  );
}

/** Refuses the call if as many of its license run as may; null if it got a place. No promise where nobody has to be asked. */
export function enter(
  license: License,
  done: Spent,
  atOnce: (calls: CallState) => void,
  { calls, catalog }: LimitDeps,
): Promise<Refusal | null> | Refusal | null {
  const most = mostAtOnce(license, catalog());
  if (most === undefined) return null;
  const take = (entry: Entry) => {
    atOnce({ limit: most, remaining: Math.max(0, most - entry.running) });
    const refusal = tooManyAtOnce(most, entry.running);
    if (!refusal) done.entry = entry;
    return refusal;
  };
  const entry = done.entry ?? calls.enter(license.id, most);
  if (!(entry instanceof Promise)) return take(entry);
  done.entering = entry.then(take);
  return done.entering;
}

/** Whether `enter` will most probably give the call a place. */
export function isLikelyToEnter(license: License, deps: LimitDeps): boolean {
  const most = mostAtOnce(license, deps.catalog());
  return most !== undefined && deps.calls.isLikelyFree(license.id, most);
}

function mostAtOnce({ concurrency, plan }: License, { plans }: Catalog): number | undefined {
  return concurrency ?? plans.get(plan)?.concurrency;
}

/** Of several rate limits, the caller is told the one with the least left. */
function tightest(rated: (rate: RateState) => void): (rate: RateState) => void {
  let told: RateState | undefined;
  return rate => {
    if (told && told.remaining <= rate.remaining) return;
    told = rate;
    rated(rate);
  };
}
