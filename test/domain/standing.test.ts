// What is left of a line after refunds, disputes, cancellations and credits.

import { describe, expect, test } from '@jest/globals';
import { DELETED, ENDED, type FactKind, type PurchaseFact } from '../../src/domain/purchase.js';
import { paymentsStanding, standingOf, unitsOf } from '../../src/domain/standing.js';
import { takingsIn } from '../../src/domain/takings.js';

const day = (number: number) => new Date(Date.UTC(2026, 0, number));

/** What is `undefined` is not told. */
type More = { [Name in keyof PurchaseFact]?: PurchaseFact[Name] | undefined };

function fact(kind: FactKind, at: number, more: More = {}): PurchaseFact {
  const common = { shop: 'stripe', orderId: '1', lineId: '1', reference: '' } as const;
  return { ...common, kind, occurredAt: day(at), ...more } as PurchaseFact;
}
const EUR = { currency: 'EUR' };
const of = (part: number, whole = 0, isTotal = false) => ({
  amount: { part, whole, ...(isTotal && { isTotal }) },
  ...EUR,
});
const paid = (reference: string, at: number, more: More = {}) =>
  fact('renewed', at, { reference, ...of(1000, 1000), ...more });
const refund = (at: number, more: More = {}) =>
  fact('refunded', at, { reference: `re ${at}`, ...more });
const time = (from: number, until: number) => ({
  paidTime: { startsAt: day(from), endsAt: day(until) },
});
const credit = (reference: string, at: number, more: More = {}) =>
  fact('credited', at, { reference, ...more });

/** What stands of payments for time: `a`, `b * 2`, `c until 5`; of an end that the shop stated, `c stated until 5`. */
function times(...facts: PurchaseFact[]): string[] {
  return paymentsStanding(standingOf(facts, 'time')).map(
    ({ reference, quantity, endedAt, isEndStated }) =>
      [
        reference,
        ...(quantity === 1 ? [] : [`* ${quantity}`]),
        ...(isEndStated ? ['stated'] : []),
        ...(endedAt === null ? [] : [`until ${new Date(endedAt).getUTCDate()}`]),
      ].join(' '),
  );
}
/** The units that stand, of payments of 50 each. */
const units = (...facts: PurchaseFact[]) => unitsOf(standingOf(facts, 'units'), 50).standing;

describe('payments', () => {
  test('are in the order in which they were paid, then in that of their references', () => {
    expect(times(paid('b', 2), paid('a', 2), paid('c', 1), paid('d', 3))).toEqual([
      'c',
      'a',
      'b',
      'd',
    ]);
  });
  test('have what their facts say', () => {
    const facts = [
      paid('a', 1, { quantity: 3, payment: 'in_1', ...time(2, 9), replacedAt: day(5) }),
      fact('bought', 2),
    ];
    expect(standingOf(facts, 'time').payments).toEqual([
      {
        reference: 'a',
        paidAt: day(1).getTime(),
        quantity: 3,
        group: 'in_1',
        money: 1000,
        currency: 'EUR',
        paidTime: { startsAt: day(2).getTime(), endsAt: day(9).getTime() },
        endedAt: day(5).getTime(),
        isEndStated: false,
      },
      {
        reference: '',
        paidAt: day(2).getTime(),
        quantity: 1,
        group: '',
        money: 0,
        currency: undefined,
        paidTime: null,
        endedAt: null,
        isEndStated: false,
      },
    ]);
  });
  test('of a time that another payment has paid for give time, and no units', () => {
    expect(times(paid('a', 1, { isTimeOnly: true }))).toEqual(['a']);
    expect(units(paid('a', 1, { isTimeOnly: true }))).toBe(0);
  });
});

describe('time', () => {
  const two = [paid('a', 1), paid('b', 4)];
  test.each<[string, PurchaseFact[], string[]]>([
    [
      'ends with a refund of all, also what was paid after it',
      [refund(3)],
      ['a until 3', 'b until 3'],
    ],
    ['ends with a refund of its payment', [refund(5, { about: 'b' })], ['a', 'b until 5']],
    ['ends with the first of several refunds', [refund(5), refund(3)], ['a until 3', 'b until 3']],
    [
      'ends with a cancellation, and a payment after that is a new beginning',
      [fact('cancelled', 3, { reference: 'x' })],
      ['a until 3', 'b'],
    ],
    [
      'ends with a cancellation of its instant',
      [fact('cancelled', 4, { reference: 'x' })],
      ['a until 4', 'b until 4'],
    ],
    [
      'ends with the end of its subscription',
      [fact('cancelled', 5, { reference: ENDED })],
      ['a until 5', 'b until 5'],
    ],
    ['ends with a dispute', [fact('disputed', 5, { about: 'a' })], ['a until 5', 'b']],
    ['goes on where only a part of the money went back', [refund(5, of(1999))], ['a', 'b']],
    [
      'ends where the parts are all of the money, with the last of them',
      [refund(5, of(1200)), refund(6, of(800))],
      ['a until 6', 'b until 6'],
    ],
    [
      'ends where all of the money of its payment went back',
      [refund(5, { about: 'a', ...of(1000) })],
      ['a until 5', 'b'],
    ],
    [
      'ends where the whole is told with the refund',
      [refund(5, of(300, 300))],
      ['a until 5', 'b until 5'],
    ],
    ['goes on where nothing of it went back', [refund(5, of(0))], ['a', 'b']],
    ['ends with pieces, the newest first', [refund(5, { quantity: 1 })], ['a', 'b until 5']],
    [
      'ends with pieces of several refunds, with the last of them',
      [refund(5, { quantity: 1 }), refund(6, { quantity: 1, ...of(1) })],
      ['a until 6', 'b until 6'],
    ],
    [
      'ends with pieces when they went back, and not with what went back later',
      [refund(5, { quantity: 1 }), refund(8, of(1))],
      ['a', 'b until 5'],
    ],
    ['goes on where only units of it went back', [refund(5, { units: 10 })], ['a', 'b']],
    [
      'goes on where what went back is restored',
      [
        refund(5, { reference: 're' }),
        fact('restored', 6, { reference: 're', about: 're', ...of(1000) }),
      ],
      ['a', 'b'],
    ],
  ])('%s', (_, facts, expected) => {
    expect(times(...two, ...facts)).toEqual(expected);
  });

  test('of several pieces loses those that went back, and of the payment before only the rest', () => {
    const facts = [paid('a', 1, { quantity: 3 }), paid('b', 4, { quantity: 2 })];
    expect(times(...facts, refund(5, { quantity: 1 }))).toEqual(['a * 3', 'b']);
    expect(times(...facts, refund(5, { quantity: 3 }))).toEqual(['a * 2', 'b * 2 until 5']);
    expect(times(...facts, refund(5, { quantity: 9 }))).toEqual(['a * 3 until 5', 'b * 2 until 5']);
  });

  test('money that pays for several lines and times ends them all, and counts once', () => {
    const facts = [
      paid('a 1', 1, { payment: 'in_1' }),
      paid('a 2', 1, { payment: 'in_1', ...of(500, 500) }),
      paid('b', 4),
    ];
    expect(times(...facts, refund(5, { about: 'in_1', ...of(1000) }))).toEqual([
      'a 1 until 5',
      'a 2 until 5',
      'b',
    ]);
    expect(times(...facts, refund(5, of(1999)))).toEqual(['a 1', 'a 2', 'b']);
    expect(times(...facts, refund(5, of(2000)))).toHaveLength(3);
    expect(times(...facts, refund(5, of(2000)))).toContain('b until 5');
  });
});

test('a total of refunds of one payment has none that failed of another', () => {
  const total = refund(5, { about: 'a', ...of(1000, 1000, true) });
  const failed = (payment?: string) =>
    fact('restored', 6, { reference: 're', about: 're', payment, ...of(250) });
  const facts = [paid('a', 1), paid('b', 4), total];
  expect(times(...facts, failed('b'))).toEqual(['a until 5', 'b']);
  expect(times(...facts, failed('a'))).toEqual(['a', 'b']);
  expect(times(...facts, failed())).toEqual(['a', 'b']);
  const ofAll = refund(5, of(2000, 2000, true));
  expect(times(paid('a', 1), ofAll)).toEqual(['a until 5']);
  expect(times(paid('a', 1), ofAll, failed('a'))).toEqual(['a']);
});

describe('what takes back', () => {
  const one = [paid('a', 1)];
  const won = (reference: string) => fact('dispute_won', 9, { reference });
  const restored = (at: number, more: More = {}) =>
    fact('restored', at, { reference: `x ${at}`, ...more });
  const cancelled = (more: More = {}) => fact('cancelled', 5, { reference: 'trash', ...more });
  test.each<[string, PurchaseFact[], string]>([
    ['is no dispute that is won', [fact('disputed', 5, { reference: 'dp' }), won('dp')], 'a'],
    [
      'is a dispute, though another is won',
      [fact('disputed', 5, { reference: 'dp' }), won('x')],
      'a until 5',
    ],
    [
      'is a dispute that is lost, from its beginning',
      [fact('dispute_lost', 7, { reference: 'dp' }), fact('disputed', 5, { reference: 'dp' })],
      'a until 5',
    ],
    ['is a dispute of which only the end is told', [fact('dispute_lost', 7)], 'a until 7'],
    ['is no cancellation before the order is restored', [cancelled(), restored(6)], 'a'],
    ['is a cancellation after that', [cancelled(), restored(4)], 'a until 5'],
    ['is a cancellation at the same instant', [cancelled(), restored(5)], 'a until 5'],
    [
      'is no deletion that is undone',
      [cancelled({ reference: `${DELETED} x` }), restored(6, { about: DELETED })],
      'a',
    ],
    ['is no cancellation that is named', [cancelled(), restored(4, { about: 'trash' })], 'a'],
    [
      'is a cancellation, though a single refund is restored',
      [cancelled(), restored(6, { about: 're' })],
      'a until 5',
    ],
    ['is a refund, though the order is restored', [refund(5), restored(6)], 'a until 5'],
    [
      'is a refund, though another is restored',
      [refund(5), restored(6, { about: 're 6' })],
      'a until 5',
    ],
    [
      'is a refund without a name, which nothing undoes by its name',
      [refund(5, { reference: '' }), restored(6, { about: '' })],
      'a until 5',
    ],
    ['is nothing else', [fact('stated', 5), fact('changed', 5), won('dp'), restored(5)], 'a'],
    ['is no credit without the time that it ends', [credit('c', 5)], 'a'],
  ])('%s', (_, facts, expected) => {
    expect(times(...one, ...facts)).toEqual([expected]);
  });
});

test('what takes back is in the order of time, each with what is told of it', () => {
  const facts = [
    credit('c', 9, { payment: 'in_1', quantity: 1, ...of(70, 70) }),
    refund(8, { about: 'in_1', units: 5, ...of(7) }),
    fact('cancelled', 7, { reference: ENDED }),
    fact('cancelled', 6, { reference: 'x' }),
    fact('disputed', 5, of(9)),
    fact('dispute_lost', 6, of(9)),
    refund(4, { reference: 're' }),
    fact('restored', 5, { about: 're', reference: 're' }),
    paid('a', 1),
  ];
  const at = (number: number) => ({ at: day(number).getTime(), about: null });
  const both = [
    { kind: 'dispute', ...at(5), amount: { part: 9, whole: 0 }, ...EUR },
    { kind: 'cancellation', ...at(6) },
  ];
  const refunded = { kind: 'refund', ...at(8), about: 'in_1', units: 5, ...EUR };
  const credited = { kind: 'refund', ...at(9), quantity: 1, ...EUR };
  expect(takingsIn(facts, 'time')).toStrictEqual([
    ...both,
    { kind: 'cancellation', ...at(7) },
    refunded,
  ]);
  expect(takingsIn(facts, 'units')).toStrictEqual([
    ...both,
    refunded,
    { ...credited, credit: { group: 'in_1', money: 70 } },
  ]);
});

describe('money', () => {
  const one = [paid('a', 1, { quantity: 4 })];
  const failed = fact('restored', 9, { reference: 're 5', about: 're 5', ...of(250) });
  test.each<[string, PurchaseFact[], number]>([
    ['takes the same share of units, in favour of the buyer', [refund(5, of(333))], 200 - 66],
    ['of single refunds is added up', [refund(5, of(250)), refund(6, of(250))], 100],
    [
      'of single refunds and their total counts once',
      [refund(5, of(250)), refund(6, of(500, 0, true))],
      100,
    ],
    [
      'of totals is that of the highest',
      [refund(5, of(500, 0, true)), refund(6, of(250, 0, true))],
      100,
    ],
    [
      'of a total has no refund that failed',
      [refund(5, of(250)), refund(6, of(500, 0, true)), failed],
      150,
    ],
    [
      'of a total that had no failed refund is not below nothing',
      [refund(6, of(200, 0, true)), failed, refund(7, of(500))],
      100,
    ],
    [
      'of a total stays as it is, though the order was restored',
      [refund(6, of(500, 0, true)), fact('restored', 9)],
      100,
    ],
    ['of a single refund stays as it is, though another failed', [refund(6, of(250)), failed], 150],
    ['of a dispute is added to refunds', [refund(5, of(250)), fact('disputed', 6, of(250))], 100],
    ['never takes more than all', [refund(5, of(900)), fact('disputed', 6, of(900))], 0],
    [
      'of a dispute in another currency is all',
      [fact('disputed', 5, { ...of(1), currency: 'USD' })],
      0,
    ],
    [
      'of a dispute in no currency is its amount',
      [fact('disputed', 5, { ...of(250), currency: undefined })],
      150,
    ],
    ['beside a number of units is not counted', [refund(5, { units: 30, ...of(1000) })], 170],
    ['beside a number of pieces is not counted', [refund(5, { quantity: 1, ...of(1000) })], 150],
    ['of nothing takes nothing', [refund(5, of(0))], 200],
  ])('%s', (_, facts, expected) => {
    expect(units(...one, ...facts)).toBe(expected);
  });

  test('is compared by the currency of a payment that tells one', () => {
    const inUsd = fact('disputed', 5, { ...of(250), currency: 'USD' });
    expect(units(paid('a', 1, { currency: undefined }), inUsd)).toBe(38);
    expect(units(paid('a', 1, { currency: undefined }), paid('b', 2), inUsd)).toBe(0);
  });
  test('of which the whole is not known takes nothing', () => {
    expect(units(paid('a', 1, { amount: undefined }), refund(5, of(250)))).toBe(50);
    expect(units(paid('a', 1, { amount: undefined }), refund(5, of(250, 500)))).toBe(25);
    const [payment] = [paid('a', 1, { amount: undefined })];
    expect(times(payment, refund(5, of(0)))).toEqual(['a']);
  });
  test('is not rounded where it is large', () => {
    const most = Number.MAX_SAFE_INTEGER;
    const large = paid('a', 1, { quantity: 100_000, ...of(most, most) });
    expect(units(large, refund(5, of(most - 1)))).toBe(1);
  });
});

describe('units', () => {
  const two = [paid('a', 1), paid('b', 4, { quantity: 3 })];
  test.each<[string, PurchaseFact[], number]>([
    ['are those of all payments', [], 200],
    ['are gone with a refund of all', [refund(5)], 0],
    ['are gone with a refund of their payment', [refund(5, { about: 'b' })], 50],
    ['are gone by number', [refund(5, { units: 30 })], 170],
    ['are gone by pieces', [refund(5, { quantity: 2 })], 100],
    ['are gone by number rather than by pieces', [refund(5, { units: 30, quantity: 2 })], 170],
    [
      'are gone for each of several refunds',
      [refund(5, { units: 30 }), refund(6, { units: 20 })],
      150,
    ],
    ['are not below nothing', [refund(5, { units: 300 })], 0],
    ['of one payment are a share of that payment', [refund(5, { about: 'b', ...of(500) })], 125],
    [
      'of a payment that is gone are not gone twice',
      [refund(5, { about: 'a' }), refund(6, { about: 'a', units: 10 })],
      150,
    ],
    [
      'of another payment are gone beside that',
      [refund(5, { about: 'a' }), refund(6, { about: 'b', units: 10 })],
      140,
    ],
    ['stay at the end of a subscription', [fact('cancelled', 5, { reference: ENDED })], 200],
    ['are gone with a cancellation', [fact('cancelled', 5, { reference: 'x' })], 0],
    ['are gone with what is credited of them', [credit('c', 5, { quantity: 2 })], 100],
  ])('%s', (_, facts, expected) => {
    expect(units(...two, ...facts)).toBe(expected);
  });

  test('that were given at first are told beside', () => {
    const standing = standingOf([...two, refund(5, { about: 'b' })], 'units');
    expect(unitsOf(standing, 50)).toEqual({ given: 200, standing: 50 });
  });

  describe('that were credited with an upgrade', () => {
    // A change credits 2 and charges 4 in one payment.
    const upgrade = [
      paid('a', 1, { quantity: 2 }),
      credit('in_2 credit', 5, { payment: 'in_2', quantity: 2, ...of(700, 700) }),
      paid('in_2 charge', 5, { payment: 'in_2', quantity: 4, ...of(700, 700) }),
    ];
    const back = (more: More) => refund(6, { about: 'in_2', ...more });
    test.each<[string, PurchaseFact[], number]>([
      ['are gone', [], 200],
      ['are back where that payment is taken back', [back({})], 100],
      ['are back where all of its money is', [back(of(700))], 100],
      ['are back by the share of its money that is', [back(of(350))], 150],
      ['stay gone where another payment is taken back', [refund(6, { about: 'a' })], 100],
    ])('%s', (_, facts, expected) => {
      expect(units(...upgrade, ...facts)).toBe(expected);
    });
  });

  test('that were credited alone are back by the share of the credit’s money', () => {
    const facts = [
      paid('a', 1, { quantity: 2 }),
      credit('c', 5, { payment: 'in_2', quantity: 1, ...of(700, 700) }),
      credit('d', 5, { payment: 'in_3', quantity: 1, ...of(100, 100) }),
    ];
    expect(units(...facts)).toBe(0);
    expect(units(...facts, refund(6, { about: 'in_2', ...of(700) }))).toBe(50);
    expect(units(...facts, refund(6, { about: 'in_2', ...of(350) }))).toBe(25);
    expect(units(...facts, refund(6, { about: 'in_3', ...of(50) }))).toBe(25);
  });
});

describe('a credit of time', () => {
  const month = paid('a', 1, time(1, 28));
  const ends = (more: More = {}) =>
    credit('in_2 credit', 5, { payment: 'in_2', ...time(10, 28), ...more });
  const successor = paid('b', 5, { payment: 'in_2', ...time(10, 28) });
  test.each<[string, PurchaseFact[], string[]]>([
    ['ends what was paid before, from its beginning', [month, ends()], ['a stated until 10']],
    [
      'ends it when it is told, where its time is not',
      [month, ends({ paidTime: undefined })],
      ['a stated until 5'],
    ],
    ['ends no time that is over before', [paid('a', 1, time(1, 10)), ends()], ['a']],
    ['ends no time that begins after', [paid('a', 1, time(11, 28)), ends()], ['a']],
    [
      'ends a time that begins with it',
      [paid('a', 1, time(10, 28)), ends()],
      ['a stated until 10'],
    ],
    ['ends nothing that was paid later', [paid('a', 6, time(1, 28)), ends()], ['a']],
    [
      'ends what was paid at its instant',
      [paid('a', 5, time(1, 28)), ends()],
      ['a stated until 10'],
    ],
    ['ends nothing without a stated time', [paid('a', 1), ends()], ['a']],
    [
      'leaves what was paid with it and begins then',
      [month, ends(), successor],
      ['a stated until 10', 'b'],
    ],
    [
      'ends what begins then and was paid otherwise',
      [ends(), paid('b', 5, time(10, 28))],
      ['b stated until 10'],
    ],
    [
      'ends what was paid with it and had begun before',
      [ends(), paid('b', 5, { payment: 'in_2', ...time(9, 28) })],
      ['b stated until 10'],
    ],
    [
      'ends nothing where its payment was taken back',
      [month, ends(), successor, refund(6, { about: 'in_2', ...of(1000) })],
      ['a', 'b until 6'],
    ],
    [
      'ends what it ends where a part of its payment was taken back',
      [month, ends(), successor, refund(6, { about: 'in_2', ...of(999) })],
      ['a stated until 10', 'b'],
    ],
    [
      'ends nothing where the money of the credit itself was taken back',
      [month, ends(of(500, 500)), refund(6, { about: 'in_2', ...of(500) })],
      ['a'],
    ],
    ['ends nothing later than it was taken back', [month, ends(), refund(8)], ['a until 8']],
    [
      'ends at the beginning of the credit what was taken back later',
      [month, ends(), refund(12)],
      ['a stated until 10'],
    ],
    [
      'is not what the shop stated where it was taken back at that instant',
      [month, ends(), refund(10)],
      ['a until 10'],
    ],
    [
      'gives no more back where another ends it before',
      [month, ends(), ends({ reference: 'in_3', ...time(8, 28) })],
      ['a stated until 8'],
    ],
  ])('%s', (_, facts, expected) => {
    expect(times(...facts)).toEqual(expected);
  });

  test('takes no units by time, and time by no units', () => {
    expect(units(paid('a', 1, time(1, 28)), ends({ units: 0 }))).toBe(50);
  });
});
