// A plan counts requests of each provider, or money in one wallet. What is of the other meter would count for nothing,
// so that an administrator is told instead.

import { PROVIDERS, QUOTA_KEYS, type QuotaKey, WALLET } from '../../domain/provider.js';
import { type Refusal, refuseField } from '../../domain/refusal.js';
import type { LimitChanges } from './licenseLimits.js';

const OF_REQUESTS = PROVIDERS.join(' | ');

/** `quotas`: those of the license's plan. Null where all limits that are set are of these. */
export function limitOfOtherMeter(
  limits: LimitChanges,
  quotas: readonly QuotaKey[],
): Refusal | null {
  const other = QUOTA_KEYS.find(key => typeof limits[key] === 'number' && !quotas.includes(key));
  if (other === undefined) return null;
  const expected =
    other === WALLET
      ? `left out, or null: the plan counts requests; set ${OF_REQUESTS}`
      : 'left out, or null: the plan sells money; set "all", in micro-dollars (1000000 is a dollar)';
  return refuseField(`limits.${other}`, expected);
}

export function grantOfOtherMeter(
  { productId }: { productId: string | null },
  quotas: readonly QuotaKey[],
): Refusal {
  const isMoney = quotas.includes(WALLET);
  if (productId !== null) {
    return refuseField(
      'product',
      isMoney
        ? 'an add-on of money: the plan sells money; or change the plan first'
        : 'an add-on of requests: the plan counts requests; or change the plan first',
    );
  }
  return refuseField(
    'provider',
    isMoney
      ? 'all, with units in micro-dollars (1000000 is a dollar): the plan sells money'
      : `${OF_REQUESTS}: the plan counts requests`,
  );
}
