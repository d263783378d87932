// What a named key used this month, of each quota that its license has.

import type { NamedKey } from './namedKey.js';
import { PROVIDERS, providerName } from './providers.js';

export interface ShownUsage {
  name: string;
  used: number;
  limit: number | null;
  unit: string;
}

const NOTHING = { used: 0, limit: null };

/** With a plan that sells money there is one quota, else one of each provider. */
export function shownUsage({ usage }: NamedKey, isMoney: boolean): ShownUsage[] {
  const { all = NOTHING } = usage;
  const of = (name: string, { used, limit }: { used: number; limit: number | null }) => {
    return { name, used, limit, unit: isMoney ? 'microusd' : 'request' };
  };
  return isMoney
    ? [of('all', all)]
    : PROVIDERS.map(provider => of(providerName(provider), usage[provider]));
}
