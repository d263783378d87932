import { describe, expect, test } from '@jest/globals';
import { changedTerms, type PlanTerms } from '../../src/domain/lentPlan.js';

const NOW = new Date('2026-03-10T12:00:00Z');
const at = (day: string) => new Date(`${day}T00:00:00Z`);
const PRO: PlanTerms = { plan: 'pro', expiresAt: null, lent: null };
const VIP_UNTIL_JUNE: PlanTerms = {
  plan: 'vip',
  expiresAt: null,
  lent: { until: at('2026-06-01'), planAfter: 'pro', expiresAfter: null },
};
const ending = (plan: string, day: string): PlanTerms => ({
  plan,
  expiresAt: at(day),
  lent: null,
});
/** Of a license that lasts longer than the plan. */
const vipUntilJune = (expires: string): PlanTerms => ({
  plan: 'vip',
  expiresAt: at(expires),
  lent: { until: at('2026-06-01'), planAfter: 'pro', expiresAfter: at(expires) },
});

describe('a plan with a time lies over the license’s own', () => {
  test.each<[string, PlanTerms, Parameters<typeof changedTerms>[1], PlanTerms]>([
    ['given', PRO, { plan: 'vip', planUntil: at('2026-06-01') }, VIP_UNTIL_JUNE],
    [
      'given longer',
      VIP_UNTIL_JUNE,
      { planUntil: at('2026-07-01') },
      {
        plan: 'vip',
        expiresAt: null,
        lent: { until: at('2026-07-01'), planAfter: 'pro', expiresAfter: null },
      },
    ],
    ['taken back', VIP_UNTIL_JUNE, { planUntil: null }, PRO],
    [
      'replaced by a plan without a time',
      VIP_UNTIL_JUNE,
      { plan: 'basic' },
      { ...PRO, plan: 'basic' },
    ],
    [
      'replaced by another one: the license’s own stays what it was',
      VIP_UNTIL_JUNE,
      { plan: 'basic', planUntil: at('2026-04-01') },
      {
        plan: 'basic',
        expiresAt: null,
        lent: { until: at('2026-04-01'), planAfter: 'pro', expiresAfter: null },
      },
    ],
    [
      'longer than the license would last: it lives as long as the plan',
      ending('pro', '2026-04-01'),
      { plan: 'vip', planUntil: at('2026-06-01') },
      {
        plan: 'vip',
        expiresAt: at('2026-06-01'),
        lent: { until: at('2026-06-01'), planAfter: 'pro', expiresAfter: at('2026-04-01') },
      },
    ],
    [
      'cut by an expiry that comes before',
      VIP_UNTIL_JUNE,
      { expiresAt: at('2026-05-01') },
      {
        plan: 'vip',
        expiresAt: at('2026-05-01'),
        lent: { until: at('2026-05-01'), planAfter: 'pro', expiresAfter: at('2026-05-01') },
      },
    ],
    [
      'with an expiry that comes after it',
      VIP_UNTIL_JUNE,
      { expiresAt: at('2026-07-01') },
      vipUntilJune('2026-07-01'),
    ],
    [
      'given beside an expiry that comes after it',
      PRO,
      { plan: 'vip', planUntil: at('2026-06-01'), expiresAt: at('2026-07-01') },
      vipUntilJune('2026-07-01'),
    ],
    [
      'given beside an expiry at its end',
      PRO,
      { plan: 'vip', planUntil: at('2026-06-01'), expiresAt: at('2026-06-01') },
      vipUntilJune('2026-06-01'),
    ],
    [
      'not cut by an expiry that is taken away',
      VIP_UNTIL_JUNE,
      { expiresAt: null },
      VIP_UNTIL_JUNE,
    ],
    [
      'none: an expiry is the license’s own',
      PRO,
      { expiresAt: at('2026-05-01') },
      ending('pro', '2026-05-01'),
    ],
    ['nothing to take back', PRO, { planUntil: null }, PRO],
  ])('%s', (_, before, asked, expected) => {
    expect(changedTerms(before, asked, NOW)).toEqual(expected);
  });
});

test('taking back what was given gives exactly what was there before', () => {
  for (const before of [PRO, ending('basic', '2026-03-20'), ending('vip', '2026-01-01')]) {
    const given = changedTerms(before, { plan: 'vip', planUntil: at('2026-06-01') }, NOW);
    expect(changedTerms(given as PlanTerms, { planUntil: null }, NOW)).toEqual(before);
  }
});

test.each<[string, PlanTerms, Parameters<typeof changedTerms>[1]]>([
  ['an end that is over', PRO, { plan: 'vip', planUntil: at('2026-03-01') }],
  ['an end that is now', PRO, { plan: 'vip', planUntil: NOW }],
  ['an end of a plan that nobody gave for a time', PRO, { planUntil: at('2026-06-01') }],
  [
    'a plan that would outlive the expiry beside it',
    PRO,
    { plan: 'vip', planUntil: at('2026-06-01'), expiresAt: at('2026-05-01') },
  ],
])('%s is refused', (_, before, asked) => {
  expect(changedTerms(before, asked, NOW)).toMatchObject({
    kind: 'refusal',
    field: 'plan_until',
  });
});
