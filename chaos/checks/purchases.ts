// Each order must have its effect once, however often and in whatever order its reports came.

import type { Evidence } from '../evidence.js';
import { ADDON, PLAN } from '../purchases.js';
import type { Finding } from './finding.js';

export function checkPurchases({ orders, sold, deliveries }: Evidence): Finding[] {
  const broken: string[] = [];
  for (const { id, email, pieces, refundedUnits, isCancelled } of orders) {
    if (pieces === null) {
      const found = sold.licenses.filter(license => license.email === email);
      const told = found.map(({ plan, state }) => `${plan} ${state}`).join(', ');
      if (told !== `${PLAN.code} active`) broken.push(`${id}: the buyer has [${told}]`);
      continue;
    }
    const bought = pieces * ADDON.units;
    const found = sold.grants.filter(({ order }) => order === id);
    const told = found.map(({ units, entitled }) => `${entitled} of ${units}`).join(', ');
    const expected = `${isCancelled ? 0 : bought - refundedUnits} of ${bought}`;
    // If the cancellation came first, there never was an add-on.
    if (told === expected || (isCancelled && found.length === 0)) continue;
    broken.push(`${id}: the buyer has [${told}], and bought [${expected}]`);
  }
  const promise = `an order has its effect once (${deliveries} deliveries, repeated and reordered)`;
  return [{ promise, checked: orders.length, broken }];
}
