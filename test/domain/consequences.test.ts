import { describe, expect, test } from '@jest/globals';
import { consequencesOf, type PaidFor, type Stand } from '../../src/domain/consequences.js';
import { perProvider } from '../../src/domain/provider.js';

const NOW = new Date('2026-03-10T12:00:00Z');
const at = (day: string) => new Date(`${day}T00:00:00Z`);
const rankOf = (plan: string) => ['basic', 'pro', 'vip'].indexOf(plan) + 1;
const unspent = (openrouter: number) => ({ ...perProvider(() => 0), openrouter });
const PRO: Stand = {
  plan: 'pro',
  status: 'active',
  expiresAt: at('2026-04-01'),
  unspent: unspent(0),
};
const PAID: PaidFor = { plan: { code: 'pro', until: at('2026-04-01') }, subscribedIn: [] };
const NOBODY: PaidFor = { plan: null, subscribedIn: [] };
const found = (before: Stand, after: Partial<Stand>, paid: PaidFor) =>
  consequencesOf(before, { ...before, ...after }, paid, { rankOf, now: NOW, timeZone: 'UTC' });
const codes = (...change: Parameters<typeof found>) => found(...change).map(({ key }) => key);

test('ends are told by their last day, in the zone of the quotas', () => {
  const told = (timeZone: string, until: string) => {
    const paid = { plan: { code: 'pro', until: new Date(until) }, subscribedIn: [] };
    const after = { ...PRO, status: 'suspended' as const };
    const [first] = consequencesOf(PRO, after, paid, { rankOf, now: NOW, timeZone });
    return first?.key === 'paid_plan_stops' ? first.parameters.until : first;
  };
  expect(told('UTC', '2026-03-01T00:00:00Z')).toBe('2026-02-28');
  expect(told('America/New_York', '2026-03-01T05:00:00Z')).toBe('2026-02-28');
  expect(told('Asia/Tehran', '2026-02-28T20:30:00Z')).toBe('2026-02-28');
  expect(told('Asia/Tehran', '2026-02-28T20:31:00Z')).toBe('2026-03-01');
});

describe('what a change takes from a customer who paid', () => {
  const withUnits = { ...PRO, unspent: unspent(40) };
  test.each<[string, Stand, Partial<Stand>, PaidFor, string[]]>([
    [
      'an end at once',
      PRO,
      { status: 'expired', expiresAt: NOW },
      PAID,
      ['paid_plan_stops', 'license_ends'],
    ],
    ['a suspension', PRO, { status: 'suspended' }, PAID, ['paid_plan_stops']],
    [
      'an end before what was paid for',
      PRO,
      { expiresAt: at('2026-03-20') },
      PAID,
      ['paid_time_lost'],
    ],
    ['a lower plan', PRO, { plan: 'basic' }, PAID, ['below_paid_plan']],
    ['add-ons of a revoked license', withUnits, { status: 'revoked' }, NOBODY, ['grants_stop']],
    [
      'add-ons that a lower plan cannot use',
      withUnits,
      { plan: 'basic', unspent: unspent(10) },
      NOBODY,
      ['grants_stop'],
    ],
    [
      'a subscription that goes on',
      PRO,
      { status: 'revoked' },
      { plan: null, subscribedIn: ['stripe'] },
      ['subscription_goes_on'],
    ],
    ['a mistyped year', PRO, { expiresAt: at('2226-04-01') }, PAID, ['end_far_away']],
  ])('%s', (_, before, after, paid, expected) => {
    expect(codes(before, after, paid)).toEqual(expected);
  });

  test('nothing: what stays as good as it was', () => {
    expect(codes(PRO, {}, PAID)).toEqual([]);
    expect(codes(PRO, { plan: 'vip', expiresAt: at('2026-05-01') }, PAID)).toEqual([]);
    expect(codes(PRO, { status: 'suspended' }, NOBODY)).toEqual([]);
    expect(codes({ ...PRO, status: 'suspended' }, { status: 'active' }, PAID)).toEqual([]);
    expect(codes({ ...PRO, status: 'expired' }, { status: 'revoked' }, PAID)).toEqual([]);
  });

  test('nothing: what was lower or over before, or is as near', () => {
    const FOREVER = { ...PRO, expiresAt: null };
    // Of what is paid for without an end, an end is sooner; of what had the same end, it is not.
    expect(codes(FOREVER, { expiresAt: at('2026-05-01') }, PAID)).toEqual([]);
    expect(codes({ ...PRO, expiresAt: at('2026-03-20') }, { note: '' } as object, PAID)).toEqual(
      [],
    );
    expect(codes({ ...PRO, plan: 'basic' }, {}, PAID)).toEqual([]);
    expect(codes({ ...PRO, plan: 'vip' }, { plan: 'pro' }, PAID)).toEqual([]);
    expect(
      codes(PRO, { status: 'active', plan: 'vip' }, { ...PAID, subscribedIn: ['stripe'] }),
    ).toEqual([]);
    expect(codes(PRO, { expiresAt: at('2046-12-31') }, PAID)).toEqual([]);
    const FAR = { ...PRO, expiresAt: at('2226-04-01') };
    expect(codes(FAR, {}, NOBODY)).toEqual([]);
    expect(codes({ ...PRO, unspent: unspent(5) }, { plan: 'vip' }, NOBODY)).toEqual([]);
  });

  test.each<[string, Stand, Partial<Stand>, PaidFor, object[]]>([
    [
      'of an end at once: the plan that is paid for, until when',
      PRO,
      { status: 'revoked' },
      { ...PAID, subscribedIn: ['stripe', 'woocommerce'] },
      [
        { key: 'paid_plan_stops', parameters: { plan: 'PRO', until: '2026-03-31' } },
        { key: 'subscription_goes_on', parameters: { shop: 'stripe' } },
        { key: 'subscription_goes_on', parameters: { shop: 'woocommerce' } },
      ],
    ],
    [
      'of one without an end: that it has none',
      { ...PRO, expiresAt: null },
      { expiresAt: at('2026-03-20'), plan: 'basic' },
      { plan: { code: 'pro', until: null }, subscribedIn: [] },
      [
        { key: 'paid_time_lost', parameters: { plan: 'PRO', until: null, ends: '2026-03-19' } },
        { key: 'below_paid_plan', parameters: { plan: 'PRO', lower: 'BASIC', until: null } },
      ],
    ],
    [
      'of add-ons: how much of them',
      withUnits,
      { unspent: unspent(10) },
      NOBODY,
      [{ key: 'grants_stop', parameters: { provider: 'openrouter', units: 30 } }],
    ],
    [
      'of an end far away: the year',
      PRO,
      { expiresAt: at('2047-01-01') },
      NOBODY,
      [{ key: 'end_far_away', parameters: { year: 2047 } }],
    ],
    [
      'of an end where there was none: the year too',
      { ...PRO, expiresAt: null },
      { expiresAt: at('2226-04-01') },
      NOBODY,
      [{ key: 'end_far_away', parameters: { year: 2226 } }],
    ],
  ])('is told %s', (_, before, after, paid, expected) => {
    expect(found(before, after, paid)).toEqual(expected);
  });
});
