// How long payments last, one after another and beside each other.

import { describe, expect, test } from '@jest/globals';
import { DAY_MS } from '../../src/domain/duration.js';
import {
  coverageAt,
  endOfPlan,
  givenTerm,
  layTerms,
  type PaidTerm,
  type Term,
} from '../../src/domain/terms.js';

const day = (number: number) => number * DAY_MS;
const inDays = (instant: number | null | undefined) =>
  instant == null || !Number.isFinite(instant) ? instant : instant / DAY_MS;
const RANKS: Record<string, number> = { pro: 2, plus: 2, vip: 3 };

/** Paid on a day, for ten days. */
function pay(plan: string, at: number, more: Partial<PaidTerm> = {}): PaidTerm {
  return {
    plan,
    rank: RANKS[plan] ?? 1,
    paidAt: day(at),
    duration: { months: 0, days: 10 },
    paidTime: null,
    endedAt: null,
    isEndStated: false,
    graceDays: 0,
    key: plan,
    ...more,
  };
}
const time = (from: number, until: number) => ({
  paidTime: { startsAt: day(from), endsAt: day(until) },
});
const back = (at: number, isEndStated = false) => ({ endedAt: day(at), isEndStated });
const given = (plan: string, until: number) =>
  givenTerm({ plan, rank: RANKS[plan] ?? 1, startsAt: 0, endsAt: day(until) });
const FOREVER = Number.POSITIVE_INFINITY;

/** `pro 0-10`, in the order in which they were paid. */
const laid = (payments: PaidTerm[], before: Term[] = []) =>
  layTerms(payments, before).map(
    ({ plan, startsAt, endsAt }) => `${plan} ${inDays(startsAt)}-${inDays(endsAt)}`,
  );
/** What counts on a day: the plan, its own end, the end of all, and the next change. */
function at(now: number, payments: PaidTerm[], before: Term[] = []) {
  const { current, planEndsAt, endsAt, changesAt } = coverageAt(
    layTerms(payments, before),
    day(now),
  );
  return [current?.plan ?? null, ...[planEndsAt, endsAt, changesAt].map(inDays)];
}

describe('a term', () => {
  test.each<[string, PaidTerm[], string[]]>([
    [
      'of the same instant follows by its key',
      [pay('plus', 0, { key: 'b' }), pay('pro', 0, { key: 'a' })],
      ['pro 0-10', 'plus 10-20'],
    ],
    [
      'of the same instant whose time is stated comes first, wherever it stands',
      [
        pay('pro', 0, { key: 'a' }),
        pay('pro', 0, { key: 'b', ...time(0, 30) }),
        pay('pro', 0, { key: 'c' }),
      ],
      ['pro 0-30', 'pro 30-40', 'pro 40-50'],
    ],
    [
      'begins at the end of another plan of its rank',
      [pay('pro', 0), pay('plus', 5)],
      ['pro 0-10', 'plus 10-20'],
    ],
    [
      'begins when paid, if that has ended',
      [pay('pro', 0), pay('plus', 11)],
      ['pro 0-10', 'plus 11-21'],
    ],
    [
      'of a lower plan begins when the last higher one ends',
      [pay('vip', 0), pay('vip', 1), pay('pro', 2)],
      ['vip 0-10', 'vip 10-20', 'pro 20-30'],
    ],
    [
      'of a lower plan begins when paid, if the higher one has just ended',
      [pay('vip', 0), pay('pro', 10)],
      ['vip 0-10', 'pro 10-20'],
    ],
    [
      'of a lower plan begins when paid, though the higher one has days of grace',
      [pay('vip', 0, { graceDays: 5 }), pay('pro', 11)],
      ['vip 0-10', 'pro 11-21'],
    ],
    [
      'paid within the days of grace begins at the old end, also at their very end',
      [pay('pro', 0, { graceDays: 2 }), pay('pro', 12)],
      ['pro 0-10', 'pro 10-20'],
    ],
    [
      'paid within the days of grace pays for no day that a higher plan covered',
      [pay('pro', 0, { graceDays: 5 }), pay('vip', 1, time(1, 12)), pay('pro', 13)],
      ['pro 0-10', 'vip 1-12', 'pro 12-22'],
    ],
    [
      'follows the later of its own plan and a higher one',
      [pay('pro', 0, { duration: { months: 0, days: 30 } }), pay('vip', 1), pay('pro', 2)],
      ['pro 0-30', 'vip 1-11', 'pro 30-40'],
    ],
    [
      'follows the last of several, whichever was paid first',
      [pay('pro', 0, time(0, 30)), pay('pro', 1, time(0, 20)), pay('pro', 2)],
      ['pro 0-30', 'pro 0-20', 'pro 30-40'],
    ],
    [
      'follows what was taken back meanwhile from where that ended',
      [pay('pro', 0, back(4)), pay('pro', 4)],
      ['pro 0-4', 'pro 4-14'],
    ],
    [
      'that was taken back before it began moves none',
      [pay('pro', 0), pay('pro', 1, back(5)), pay('pro', 2)],
      ['pro 0-10', 'pro 10-10', 'pro 10-20'],
    ],
    [
      'that was taken back before it began moves none, though it was of a later time',
      [pay('pro', 0, { ...time(20, 30), ...back(5) }), pay('pro', 6)],
      ['pro 20-20', 'pro 6-16'],
    ],
    [
      'that was taken back after its end is as long as it was',
      [pay('pro', 0, back(15))],
      ['pro 0-10'],
    ],
    [
      'ends where the shop states its end',
      [pay('pro', 0, { ...time(2, 20), ...back(15, true) })],
      ['pro 2-15'],
    ],
  ])('%s', (_, payments, expected) => {
    expect(laid(payments)).toEqual(expected);
    expect(laid([...payments].reverse())).toEqual(expected);
  });

  test('after what was given follows it, unless that has no end', () => {
    expect(laid([pay('pro', 1)], [given('pro', 5)])).toEqual(['pro 0-5', 'pro 5-15']);
    const endless = givenTerm({ plan: 'pro', rank: 2, startsAt: 0, endsAt: FOREVER });
    expect(laid([pay('pro', 1)], [endless])[1]).toBe('pro 1-11');
    const higher = givenTerm({ plan: 'vip', rank: 3, startsAt: 0, endsAt: FOREVER });
    expect(laid([pay('pro', 1)], [higher])[1]).toBe('pro 1-11');
  });

  test('counts months from the first day of those before it, but not over what was taken back', () => {
    const month = { duration: { months: 1, days: 0 } };
    const instant = (text: string) => Date.parse(`${text}T00:00:00Z`);
    const payments = (more: Partial<PaidTerm>) => [
      pay('pro', 0, { ...month, paidAt: instant('2026-01-31'), ...more }),
      pay('pro', 0, { ...month, paidAt: instant('2026-02-10') }),
    ];
    const ends = (more: Partial<PaidTerm>) =>
      new Date(layTerms(payments(more), [])[1]?.endsAt ?? 0).toISOString().slice(0, 10);
    expect(ends({})).toBe('2026-03-31');
    // It ended by itself before that, and so the next begins a count of its own.
    expect(ends({ endedAt: instant('2026-03-15') })).toBe('2026-03-28');
    expect(
      ends({ paidTime: { startsAt: instant('2026-01-31'), endsAt: instant('2026-02-28') } }),
    ).toBe('2026-03-28');
  });

  test('that begins later than it is paid, because a higher plan runs, counts its months from there', () => {
    const payments = [
      pay('pro', 0),
      pay('vip', 1, { duration: { months: 0, days: 30 } }),
      pay('pro', 2),
    ];
    expect(laid(payments)).toEqual(['pro 0-10', 'vip 1-31', 'pro 31-41']);
  });
});

describe('what counts', () => {
  const month = { duration: { months: 0, days: 30 } };
  test.each<[string, number, PaidTerm[], Term[], Array<string | number | null>]>([
    ['is the higher plan', 5, [pay('vip', 0), pay('pro', 0, time(0, 30))], [], ['vip', 10, 30, 10]],
    [
      'is the higher plan, whichever was paid first',
      5,
      [pay('pro', 0, month), pay('vip', 1)],
      [],
      ['vip', 11, 30, 11],
    ],
    [
      'is, of one rank, the plan that ends last',
      5,
      [pay('pro', 0, time(0, 30)), pay('plus', 1, time(0, 20))],
      [],
      ['pro', 30, 30, 20],
    ],
    [
      'is, of one rank, the plan that ends last, though it was paid later',
      5,
      [pay('pro', 0, time(0, 20)), pay('plus', 1, time(0, 30))],
      [],
      ['plus', 30, 30, 20],
    ],
    [
      'is, of one rank and end, the plan that was paid first',
      5,
      [pay('pro', 0, time(0, 20)), pay('plus', 1, time(0, 20))],
      [],
      ['pro', 20, 20, 20],
    ],
    [
      'is a plan that runs, and no higher one in its days of grace',
      11,
      [pay('vip', 0, { graceDays: 5 }), pay('pro', 1, month)],
      [],
      ['pro', 40, 40, 15],
    ],
    [
      'is, of plans in their days of grace, the one that ended last',
      11,
      [
        pay('vip', 0, { graceDays: 5, ...time(0, 9) }),
        pay('pro', 0, { graceDays: 5, ...time(0, 10) }),
      ],
      [],
      ['pro', 15, 15, 14],
    ],
    [
      'is, of plans in their days of grace, the one that ended last, though it was paid first',
      11,
      [
        pay('vip', 0, { graceDays: 5, ...time(0, 10) }),
        pay('pro', 0, { graceDays: 5, ...time(0, 9) }),
      ],
      [],
      ['vip', 15, 15, 14],
    ],
    [
      'is, of plans that ended together, the one that was paid first',
      11,
      [
        pay('vip', 0, { graceDays: 5, ...time(0, 10) }),
        pay('pro', 0, { graceDays: 5, ...time(0, 10) }),
      ],
      [],
      ['vip', 15, 15, 15],
    ],
    [
      'is nothing that was taken back, as soon as that is known',
      2,
      [pay('pro', 0, back(5))],
      [],
      [null, FOREVER, 5, null],
    ],
    [
      'is what was credited, until then',
      2,
      [pay('pro', 0, { ...time(0, 10), ...back(5, true) })],
      [],
      ['pro', 5, 5, 5],
    ],
    [
      'is a stated time from its beginning',
      5,
      [pay('pro', 0, time(6, 10))],
      [],
      [null, FOREVER, 10, 6],
    ],
    [
      'is a stated time at its very beginning',
      6,
      [pay('pro', 0, time(6, 10))],
      [],
      ['pro', 10, 10, 10],
    ],
    [
      'is a stated time that begins when paid, though our clock is behind',
      5,
      [pay('pro', 6, time(6, 10))],
      [],
      ['pro', 10, 10, 6],
    ],
    [
      'is a stated time that began before it was paid',
      5,
      [pay('pro', 7, time(6, 10))],
      [],
      ['pro', 10, 10, 6],
    ],
    [
      'is no plan before its turn',
      2,
      [pay('vip', 0, back(4)), pay('pro', 1)],
      [],
      [null, FOREVER, 14, 4],
    ],
    [
      'is what was given, also if our clock is behind',
      1,
      [],
      [{ ...given('pro', 9), startsAt: day(2) }],
      ['pro', 9, 9, 2],
    ],
    ['is what was paid, though our clock is behind', 5, [pay('pro', 6)], [], ['pro', 16, 16, 6]],
    ['goes on with its next term', 5, [pay('pro', 0), pay('pro', 1)], [], ['pro', 20, 20, 10]],
    [
      'goes on until the days of grace of what follows are over',
      5,
      [pay('pro', 0, time(0, 10)), pay('vip', 1, { ...time(10, 20), graceDays: 2 })],
      [],
      ['pro', 10, 22, 10],
    ],
    [
      'is nothing after the days of grace',
      14,
      [pay('pro', 0, { graceDays: 3 })],
      [],
      [null, FOREVER, 13, null],
    ],
    ['is nothing after the end', 10, [pay('pro', 0)], [], [null, FOREVER, 10, null]],
    ['is nothing where nothing was paid', 10, [], [], [null, FOREVER, -FOREVER, null]],
    [
      'goes on with another plan without a gap, also over days of grace',
      5,
      [pay('pro', 0, { graceDays: 2 }), pay('vip', 1, time(12, 20))],
      [],
      ['pro', 12, 20, 10],
    ],
    [
      'does not go on over a gap',
      5,
      [pay('pro', 0), pay('vip', 1, time(11, 20))],
      [],
      ['pro', 10, 10, 10],
    ],
    [
      'goes on through several, in whatever order they were paid',
      5,
      [pay('vip', 0, time(20, 30)), pay('vip', 0, time(10, 20)), pay('pro', 0, time(0, 10))],
      [],
      ['pro', 10, 30, 10],
    ],
    [
      'never ends where a plan below has no end',
      5,
      [pay('vip', 0)],
      [givenTerm({ plan: 'pro', rank: 2, startsAt: 0, endsAt: FOREVER })],
      ['vip', 10, FOREVER, 10],
    ],
    [
      'never changes where it has no end',
      5,
      [],
      [givenTerm({ plan: 'pro', rank: 2, startsAt: 0, endsAt: FOREVER })],
      ['pro', FOREVER, FOREVER, null],
    ],
  ])('%s', (_, now, payments, before, expected) => {
    expect(at(now, payments, before)).toEqual(expected);
  });
});

test('a plan ends with its last term that was not taken back, days of grace included', () => {
  const terms = layTerms(
    [
      pay('pro', 0, { graceDays: 3 }),
      pay('pro', 1, { ...time(0, 5), graceDays: 3 }),
      pay('pro', 2, { ...time(0, 30), ...back(20) }),
      pay('vip', 3, time(0, 40)),
    ],
    [],
  );
  expect(inDays(endOfPlan('pro', terms))).toBe(13);
});
