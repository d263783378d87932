// The licenses of a run, by their purpose.

import type { Ground } from './ground.js';

export interface License {
  id: string;
  /** All keys that it had, the newest last. */
  keys: string[];
  /** Whether it has run out. */
  isDrained?: boolean;
}

export interface Cast {
  /** Used by all clients at once, with enough quota for all. */
  large: License[];
  /** They run out one after the other, including their add-ons. Each has `SMALL` units in all. */
  small: License[];
  /** Rich wallets. */
  wallets: License[];
  /** Wallets that run out one after the other. */
  purses: License[];
  /** For calls with an Idempotency-Key, which are sent several times. */
  once: License[];
  /** Suspended, reinstated and rotated all the time. */
  guarded: License[];
}

const LARGE = 1_000_000;
const MONTHLY = 12;
const ADDONS = [5, 7];
export const SMALL = MONTHLY + ADDONS.reduce((sum, units) => sum + units, 0);

/** `drained` is how many may run out. */
export async function issueLicenses(ground: Ground, drained: number): Promise<Cast> {
  const { site, secrets } = ground;
  async function issue(plan: string, limits?: { openrouter: number; openai: number }) {
    const { id, key } = await site.issue(plan, limits);
    secrets.set(`a key of ${id}`, key);
    return { id, keys: [key] };
  }
  const issueMany = async (count: number, ...what: Parameters<typeof issue>) => {
    const issued: License[] = [];
    while (issued.length < count) issued.push(await issue(...what));
    return issued;
  };
  const large = { openrouter: LARGE, openai: LARGE };
  const cast: Cast = {
    large: await issueMany(3, 'vip', large),
    small: await issueMany(drained, 'pro', { openrouter: MONTHLY, openai: 0 }),
    wallets: await issueMany(2, 'wallet'),
    purses: await issueMany(drained, 'purse'),
    once: await issueMany(2, 'vip', large),
    guarded: await issueMany(2, 'vip', large),
  };
  for (const { id } of cast.small) {
    for (const units of ADDONS) {
      await site.admin('POST', `/licenses/${id}/grants`, {
        provider: 'openrouter',
        units,
        reason: 'chaos',
      });
    }
  }
  return cast;
}
