// What a license may use of each provider in one period, as replies show it.

import type { PerProvider, Provider, QuotaKey } from './provider.js';
import { PROVIDERS, WALLET } from './provider.js';

/** The counters of one quota in one period, as the ledger keeps them. Units are requests, of a wallet micro-dollars. */
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
  /** Set if the plan sells money. Then nothing is drawn from `quotas`. */
  wallet?: Wallet;
  /** Set for a request with a named key that has its own limit for the request's quota. */
  ownLimit?: OwnLimit;
  /** Set if the answer's limit was reduced to what the wallet can pay. */
  maxTokensReducedTo?: number;
}

/** One quota over all providers, in micro-dollars. */
export interface Wallet {
  quota: Quota;
  /** What of `used` went to each provider. */
  usedBy: PerProvider<number>;
}

/** What a named key has used of one quota in the period, and the most that it may. */
export interface OwnLimit {
  provider: QuotaKey;
  used: number;
  limit: number;
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

/** What a request to this provider is drawn from: the provider's own quota, or the wallet. */
export function balanceFor({ quotas, wallet }: Usage, provider: Provider): Balance {
  return balanceOf(wallet?.quota ?? quotas[provider]);
}

/**
 * A provider's line: its own quota; of a wallet what went to it, beside the wallet's limit and what is left of that.
 */
export function balanceOfProvider(usage: Usage, provider: Provider): Balance {
  const balance = balanceFor(usage, provider);
  return usage.wallet ? { ...balance, used: usage.wallet.usedBy[provider] } : balance;
}

/** What the caller's key may use of a provider: the license's balance, or the key's own where less is left of that. */
export function balanceOfKey(usage: Usage, provider: Provider): Balance {
  const { ownLimit } = usage;
  const balance = balanceFor(usage, provider);
  if (ownLimit?.provider !== (usage.wallet ? WALLET : provider)) return balance;
  return balanceWithin(balance, ownLimit);
}

/** A license's balance, or that of a key's own limit where less is left of that. */
export function balanceWithin(
  balance: Balance,
  { used, limit }: Pick<OwnLimit, 'used' | 'limit'>,
): Balance {
  const own = balanceFrom(used, limit);
  return own.remaining < balance.remaining ? own : balance;
}

/** The total over all providers (seed 003 §6: a simple number for simple interfaces). */
export function totalBalance({ quotas, wallet }: Usage): Balance {
  if (wallet) return balanceOf(wallet.quota);
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
  const { ownLimit, wallet } = usage;
  const quota = wallet?.quota ?? usage.quotas[provider];
  const posted = { ...quota, used: quota.used + units };
  const usedBy = wallet && { ...wallet.usedBy, [provider]: wallet.usedBy[provider] + units };
  return {
    ...usage,
    ...(usedBy
      ? { wallet: { quota: posted, usedBy } }
      : { quotas: { ...usage.quotas, [provider]: posted } }),
    ...(ownLimit && { ownLimit: { ...ownLimit, used: ownLimit.used + units } }),
  };
}

function balanceFrom(used: number, limit: number): Balance {
  return { used, limit, remaining: Math.max(0, limit - used) };
}
