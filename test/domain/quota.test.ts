// What replies show of quotas, as docs/ledger.md says.

import { describe, expect, test } from '@jest/globals';
import { perProvider } from '../../src/domain/provider.js';
import {
  balanceOf,
  balanceOfKey,
  balanceOfProvider,
  type Quota,
  totalBalance,
  type Usage,
  usageWithPosted,
  withPosted,
} from '../../src/domain/quota.js';

const quota = (changes: Partial<Quota> = {}): Quota => ({
  planLimit: 100,
  addonLimit: 20,
  used: 30,
  held: 5,
  grantsUsed: 7,
  grantsUnspent: 3,
  ...changes,
});
const PLAIN: Usage = {
  plan: 'pro',
  period: '2026-12',
  resetsAt: new Date('2027-01-01'),
  quotas: { ...perProvider(() => quota()), openai: quota({ used: 1 }) },
};
const WALLET: Usage = {
  ...PLAIN,
  wallet: { quota: quota(), usedBy: { ...perProvider(() => 0), openai: 10, openrouter: 27 } },
};

test('used counts every bucket, and the limit what grants gave or still have; what is held is neither', () => {
  expect(balanceOf(quota())).toEqual({ used: 37, limit: 130, remaining: 93 });
});

test('what remains is never below zero', () => {
  expect(balanceOf(quota({ used: 1_000 })).remaining).toBe(0);
});

test('a provider shows its own quota; of a wallet what went to it, beside what the wallet has', () => {
  expect(balanceOfProvider(PLAIN, 'openai')).toEqual({ used: 8, limit: 130, remaining: 122 });
  expect(balanceOfProvider(WALLET, 'openai')).toEqual({ used: 10, limit: 130, remaining: 93 });
});

test('the total is the sum over providers, or the wallet', () => {
  expect(totalBalance(PLAIN)).toEqual({ used: 45, limit: 260, remaining: 215 });
  expect(totalBalance(WALLET)).toEqual({ used: 37, limit: 130, remaining: 93 });
});

describe('a key with a limit of its own', () => {
  const own = { provider: 'openrouter', used: 4, limit: 10 } as const;

  test('shows its own, where less is left of that than of the license', () => {
    const usage = { ...PLAIN, ownLimit: own };
    expect(balanceOfKey(usage, 'openrouter')).toEqual({ used: 4, limit: 10, remaining: 6 });
    const same = { ...PLAIN, ownLimit: { ...own, used: 0, limit: 93 } };
    expect(balanceOfKey(same, 'openrouter')).toEqual({ used: 37, limit: 130, remaining: 93 });
  });

  test('shows the license’s for what its limit is not about', () => {
    const ofLicense = { used: 8, limit: 130, remaining: 122 };
    expect(balanceOfKey({ ...PLAIN, ownLimit: own }, 'openai')).toEqual(ofLicense);
    expect(balanceOfKey(PLAIN, 'openai')).toEqual(ofLicense);
  });

  test('of a wallet is about the wallet, whichever provider is asked', () => {
    const ofWallet = { used: 37, limit: 130, remaining: 93 };
    const ofKey = { used: 4, limit: 10, remaining: 6 };
    const usage = { ...WALLET, ownLimit: { ...own, provider: 'all' as const } };
    expect(balanceOfKey(usage, 'openai')).toEqual(ofKey);
    expect(balanceOfKey({ ...WALLET, ownLimit: own }, 'openrouter')).toEqual(ofWallet);
  });
});

test('a request that is posted moves its units from what remains to what is used, once, and changes no other quota', () => {
  expect(withPosted({ used: 37, limit: 130, remaining: 93 }, 3)).toEqual(
    balanceOf(quota({ used: 33 })),
  );
  expect(usageWithPosted(PLAIN, 'openrouter', 3)).toEqual({
    ...PLAIN,
    quotas: { ...PLAIN.quotas, openrouter: quota({ used: 33 }) },
  });
});

test('a request of a wallet, with a key that has its own limit, is posted to the wallet, its provider’s share and the key', () => {
  const ownLimit = { provider: 'all' as const, used: 4, limit: 10 } as const;
  expect(usageWithPosted({ ...WALLET, ownLimit }, 'openai', 3)).toEqual({
    ...PLAIN,
    wallet: { quota: quota({ used: 33 }), usedBy: { openai: 13, openrouter: 27 } },
    ownLimit: { ...ownLimit, used: 7 },
  });
});
