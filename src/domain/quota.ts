// What a license may use of each provider in one period, as replies show it.

import type { PerProvider, Provider } from './provider.js';
import { PROVIDERS } from './provider.js';

/** The counters of one provider in one period, as the ledger keeps them. Units are requests. */
export interface Quota {
  /** The plan's allowance, or the license's own limit. */
  planLimit: number;
  /** What `month` and `subscription` add-ons give to this period. */
  addonLimit: number;
  /** Units that holds posted from the period's own bucket. */
  used: number;
  /** Units of pending holds, from any bucket. */
  held: number;
  /** Units that this period's holds posted from `until-used` grants. */
  grantsUsed: number;
  /** Units left in active `until-used` grants. */
  grantsUnspent: number;
}

/** The counters of a license in one period. */
export interface Usage {
  plan: string;
  /** `2025-12`. */
  period: string;
  /** When the next period begins. */
  resetsAt: Date;
  quotas: PerProvider<Quota>;
}

/** What a reply shows of a quota. Never negative; `remaining` is `limit - used`. */
export interface Balance {
  used: number;
  limit: number;
  remaining: number;
}

/**
 * docs/ledger.md rule 3: `used` counts every bucket; `limit` is the own limit + what grants gave + what is
 * unspent in grants.
 */
export function balanceOf(quota: Quota): Balance {
  return balanceFrom(
    quota.used + quota.grantsUsed,
    quota.planLimit + quota.addonLimit + quota.grantsUsed + quota.grantsUnspent,
  );
}

/** The total over all providers (seed 003 §6: a simple number for simple interfaces). */
export function totalBalance({ quotas }: Usage): Balance {
  const balances = PROVIDERS.map(provider => balanceOf(quotas[provider]));
  return balanceFrom(
    balances.reduce((sum, { used }) => sum + used, 0),
    balances.reduce((sum, { limit }) => sum + limit, 0),
  );
}

/** The balance after a held request of this many units is posted. */
export function withPosted({ used, limit }: Balance, units: number): Balance {
  return balanceFrom(used + units, limit);
}

/** The same for all counters. A reply shows the same, whichever bucket the request is drawn from. */
export function usageWithPosted(usage: Usage, provider: Provider, units: number): Usage {
  const quota = usage.quotas[provider];
  const posted = { ...quota, used: quota.used + units };
  return { ...usage, quotas: { ...usage.quotas, [provider]: posted } };
}

function balanceFrom(used: number, limit: number): Balance {
  return { used, limit, remaining: Math.max(0, limit - used) };
}
