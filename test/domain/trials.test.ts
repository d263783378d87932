// A product that each buyer gets once, as the fold counts it.

import { expect, test } from '@jest/globals';
import { foldPurchases } from '../../src/domain/foldPurchases.js';
import type { FactKind, PurchaseFact, PurchaseLine, Terms } from '../../src/domain/purchase.js';

const WEEK: Terms = { kind: 'plan', id: 'trial', plan: 'pro', term: 'P7D', oncePerBuyer: true };
const UNITS: Terms = {
  kind: 'addon',
  id: 'trial-units',
  provider: 'openrouter',
  units: 20,
  lasts: 'until-used',
  minimumPlan: 'basic',
  oncePerBuyer: true,
};
const line = (terms: Terms): PurchaseLine => ({ shop: 'signed', orderId: '1', lineId: '1', terms });

function fact(kind: FactKind, day: string, more: Partial<PurchaseFact> = {}): PurchaseFact {
  const occurredAt = new Date(day);
  return { shop: 'signed', orderId: '1', lineId: '1', kind, reference: day, occurredAt, ...more };
}

function fold(terms: Terms, facts: PurchaseFact[]) {
  const rules = { rankOf: () => 1, given: null, graceDays: 0, subscriptionGraceDays: 0 };
  return foldPurchases([line(terms)], facts, { ...rules, now: new Date('2026-12-02') });
}

test('a trial bought many times at once, or renewed, is one trial', () => {
  const endsAt = new Date('2026-12-08');
  const bought = (quantity: number) => fact('bought', '2026-12-01', { quantity });
  expect(fold(WEEK, [bought(1)])).toMatchObject({ plan: 'pro', endsAt });
  expect(fold(WEEK, [bought(5)])).toMatchObject({ plan: 'pro', endsAt });
  expect(fold(WEEK, [bought(5), fact('renewed', '2026-12-02')])).toMatchObject({ endsAt });
  expect(fold(UNITS, [bought(5)]).addons).toMatchObject([{ units: 20, entitled: 20 }]);
});

test('a trial that was taken back is none', () => {
  const facts = [fact('bought', '2026-12-01', { quantity: 5 }), fact('refunded', '2026-12-02')];
  expect(fold(WEEK, facts)).toMatchObject({ plan: null });
  expect(fold(UNITS, facts).addons).toMatchObject([{ entitled: 0 }]);
});
