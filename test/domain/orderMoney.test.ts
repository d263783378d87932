// The money of one order, as in its shop's books.

import { describe, expect, test } from '@jest/globals';
import { movementsOf } from '../../src/domain/orderMoney.js';
import type { FactKind, PurchaseFact } from '../../src/domain/purchase.js';

const day = (number: number) => new Date(Date.UTC(2026, 0, number));

/** What is `undefined` is not told. */
type More = { [Name in keyof PurchaseFact]?: PurchaseFact[Name] | undefined };

function fact(kind: FactKind, at: number, more: More = {}): PurchaseFact {
  const common = { shop: 'stripe', orderId: '1', lineId: '', reference: '' } as const;
  return { ...common, kind, occurredAt: day(at), ...more } as PurchaseFact;
}
const EUR = { currency: 'EUR' };
const money = (whole: number, currency = 'EUR') => ({ amount: { part: whole, whole }, currency });
/** A payment of one line; `pi` is paid for all lines with it. */
const paid = (lineId: string, at: number, more: More = {}) =>
  fact('bought', at, { lineId, reference: 'pi', products: [`id:${lineId}`], ...more });
const refund = (reference: string, at: number, part?: number, more: More = {}) =>
  fact('refunded', at, {
    reference,
    ...(part !== undefined && { amount: { part, whole: 0 }, ...EUR }),
    ...more,
  });
const dispute = (reference: string, at: number, part: number, more: More = {}) =>
  refund(reference, at, part, { kind: 'disputed', ...more });

/** `paid pi 1000 EUR on 1`; of what cannot be counted, why. */
function moved(facts: PurchaseFact[]): string[] {
  const words = (some: PurchaseFact[]) =>
    movementsOf(some).map(({ kind, reference, amount, currency, uncounted, at }) =>
      [
        kind,
        reference,
        amount === null ? uncounted : `${amount} ${currency}`,
        `on ${at.getUTCDate()}`,
      ]
        .filter(Boolean)
        .join(' '),
    );
  expect(words([...facts, ...facts].reverse())).toEqual(words(facts));
  return words(facts);
}
const PAID = paid('1', 1, money(1000));

describe('what was paid', () => {
  test('is one movement of all lines of a payment, each of which repeats its amount', () => {
    const facts = [
      paid('1', 2, { ...money(1000), quantity: 2, tax: 160 }),
      paid('2', 1, { ...money(1000), tax: 170 }),
      paid('3', 3, { ...money(1000), products: undefined }),
    ];
    expect(movementsOf(facts)).toEqual([
      {
        kind: 'paid',
        reference: 'pi',
        at: day(1),
        items: 'id:1 * 2, id:2 * 1, ? * 1',
        quantity: 4,
        amount: 1000,
        currency: 'EUR',
        tax: 160,
        uncounted: '',
      },
    ]);
    expect(movementsOf([PAID])).toMatchObject([{ tax: null, items: 'id:1 * 1', quantity: 1 }]);
    expect(movementsOf([paid('1', 1, { products: [] })])).toMatchObject([{ items: '? * 1' }]);
  });

  test.each<[string, PurchaseFact[], string]>([
    [
      'the highest amount that a line tells',
      [paid('1', 1, money(5)), paid('2', 1, money(7))],
      '7 EUR',
    ],
    [
      'the highest, also where it is told first',
      [paid('1', 1, money(7)), paid('2', 1, money(5, 'USD'))],
      '7 EUR',
    ],
    ['an amount, where another line has none', [paid('1', 1), paid('2', 1, money(0))], '0 EUR'],
    ['an amount of nothing', [paid('1', 1, money(0)), paid('2', 1, { uncounted: 'x' })], '0 EUR'],
    [
      'no amount without its currency',
      [paid('1', 1, { amount: money(5).amount })],
      'no amount was told',
    ],
    ['no currency without its amount', [paid('1', 1, EUR)], 'no amount was told'],
    [
      'what the shop wrote, where it cannot be counted',
      [paid('1', 1, { uncounted: '1.234 EUR' }), paid('2', 1)],
      '1.234 EUR',
    ],
  ])('is %s', (_, facts, expected) => {
    expect(moved(facts)).toEqual([`paid pi ${expected} on 1`]);
  });

  test('is told by payments alone, and not by those whose money another payment has', () => {
    const none = [
      fact('changed', 1),
      fact('cancelled', 1),
      fact('credited', 1, { reference: 'in', ...money(5) }),
      paid('1', 1, { ...money(5), isTimeOnly: true }),
      paid('1', 1, { ...money(5), pending: 'in_2' }),
    ];
    for (const each of none) expect(moved([each])).toEqual([]);
    expect(moved([paid('1', 1, { payment: 'in_1', ...money(5) })])).toEqual([
      'paid in_1 5 EUR on 1',
    ]);
    const renewed = paid('1', 2, { kind: 'renewed', reference: 'in_2', ...money(5) });
    expect(moved([PAID, renewed])).toEqual(['paid pi 1000 EUR on 1', 'paid in_2 5 EUR on 2']);
  });
});

describe('what went back', () => {
  test.each<[string, PurchaseFact[], string[]]>([
    ['all, where no amount is told', [refund('re', 2)], ['refunded re 1000 EUR on 2']],
    ['the amount', [refund('re', 2, 300)], ['refunded re 300 EUR on 2']],
    [
      'all, where the amount is in another currency',
      [refund('re', 2, 300, { currency: 'USD' })],
      ['refunded re 1000 EUR on 2'],
    ],
    [
      'the amount, where its currency is not told',
      [refund('re', 2, 300, { currency: undefined })],
      ['refunded re 300 EUR on 2'],
    ],
    [
      'each by itself, never more than was paid',
      [
        refund('re_1', 2, 300),
        refund('re_2', 3, 600),
        refund('re_3', 4, 600),
        refund('re_4', 5, 1),
      ],
      ['refunded re_1 300 EUR on 2', 'refunded re_2 600 EUR on 3', 'refunded re_3 100 EUR on 4'],
    ],
    [
      'in the order of time, and of one instant in that of the references',
      [refund('re_b', 2, 600), refund('re_a', 2, 600), refund('re_0', 3, 1)],
      ['refunded re_a 600 EUR on 2', 'refunded re_b 400 EUR on 2'],
    ],
    [
      'in the order of the references also where one is a dispute',
      [dispute('z', 2, 600), refund('a', 2, 600)],
      ['refunded a 600 EUR on 2', 'disputed z 400 EUR on 2'],
    ],
    [
      'no more than was paid where a refund without an amount takes all, whatever another was of',
      [refund('re_1', 2, 300, { amount: { part: 300, whole: 2000 } }), refund('re_2', 3)],
      ['refunded re_1 300 EUR on 2', 'refunded re_2 700 EUR on 3'],
    ],
    [
      'what the earlier ones left, where a refund without an amount takes all',
      [refund('re_1', 2, 300), refund('re_2', 3)],
      ['refunded re_1 300 EUR on 2', 'refunded re_2 700 EUR on 3'],
    ],
    [
      'the rest of a total that single refunds told already',
      [
        refund('re_1', 2, 300),
        refund('re_2', 3, 500, { amount: { part: 500, whole: 1000, isTotal: true } }),
        refund('re_3', 4, 400, { amount: { part: 400, whole: 1000, isTotal: true } }),
      ],
      ['refunded re_1 300 EUR on 2', 'refunded re_2 200 EUR on 3'],
    ],
    [
      'no more than the payment that the refund names was of',
      [refund('re', 2, 3000, { amount: { part: 3000, whole: 2000 } })],
      ['refunded re 2000 EUR on 2'],
    ],
    [
      'once where each line that it names repeats it, since it was first told',
      [
        refund('re', 3, 300, { lineId: '1', quantity: 1 }),
        refund('re', 2, 300, { lineId: '2', quantity: 1 }),
      ],
      ['refunded re 300 EUR on 2'],
    ],
    [
      'the most that a line tells of it',
      [
        refund('re', 2, undefined, { lineId: '0' }),
        refund('re', 2, 300, { lineId: '1', amount: { part: 300, whole: 700 } }),
        refund('re', 2, 200, { lineId: '2', amount: { part: 900, whole: 400 } }),
        refund('re', 2, undefined, { lineId: '3' }),
      ],
      ['refunded re 700 EUR on 2'],
    ],
    [
      'a total, where one of its lines says that it is one',
      [
        refund('re_1', 2, 300),
        refund('re_2', 3, 300, { lineId: '1', amount: { part: 300, whole: 0, isTotal: true } }),
        refund('re_2', 3, 300, { lineId: '2' }),
      ],
      ['refunded re_1 300 EUR on 2'],
    ],
    [
      'nothing countable of pieces without an amount',
      [refund('re', 2, undefined, { quantity: 1 })],
      ['refunded re no amount was told on 2'],
    ],
    [
      'nothing countable of units without an amount',
      [refund('re', 2, undefined, { units: 5 })],
      ['refunded re no amount was told on 2'],
    ],
    ['the amount of pieces', [refund('re', 2, 300, { quantity: 1 })], ['refunded re 300 EUR on 2']],
    ['nothing of a refund of nothing', [refund('re', 2, 0)], []],
    [
      'nothing of a refund that failed, nor of its part in a total',
      [
        refund('re_1', 2, 300),
        refund('re_2', 3, 300),
        refund('all', 4, 600, { amount: { part: 600, whole: 1000, isTotal: true } }),
        fact('restored', 5, { about: 're_2', reference: 're_2', amount: { part: 300, whole: 0 } }),
      ],
      ['refunded re_1 300 EUR on 2'],
    ],
    [
      'a refund although the order, or another refund, was restored',
      [
        refund('re', 2, 300),
        fact('restored', 3),
        fact('cancelled', 3, { about: 're', reference: 'trash' }),
        fact('restored', 3, { about: 'x', reference: 'x' }),
      ],
      ['refunded re 300 EUR on 2'],
    ],
    [
      'what is disputed, beside refunds',
      [refund('re', 2, 300), dispute('dp', 3, 500)],
      ['refunded re 300 EUR on 2', 'disputed dp 500 EUR on 3'],
    ],
    [
      'disputes beside each other and beside a total',
      [
        dispute('dp_1', 2, 300),
        dispute('dp_2', 3, 200),
        refund('re', 4, 400, { amount: { part: 400, whole: 1000, isTotal: true } }),
      ],
      ['disputed dp_1 300 EUR on 2', 'disputed dp_2 200 EUR on 3', 'refunded re 400 EUR on 4'],
    ],
    [
      'a dispute once, from its beginning, also where it is lost',
      [dispute('dp', 2, 500), dispute('dp', 3, 500, { kind: 'dispute_lost' })],
      ['disputed dp 500 EUR on 2'],
    ],
    [
      'a dispute of which only the end is told',
      [dispute('dp', 3, 500, { kind: 'dispute_lost' })],
      ['disputed dp 500 EUR on 3'],
    ],
    [
      'all of a dispute in another currency, also where a payment failed to go back',
      [
        dispute('dp', 2, 300, { currency: 'USD' }),
        fact('restored', 5, { about: 're', reference: 're', amount: { part: 300, whole: 0 } }),
      ],
      ['disputed dp 1000 EUR on 2'],
    ],
    [
      'nothing of a dispute that is won, and all of another, whatever else has its name',
      [
        dispute('dp_1', 2, 500),
        dispute('dp_2', 3, 100),
        fact('dispute_won', 4, { reference: 'dp_1' }),
        refund('dp_1', 5, 50),
        fact('restored', 6, { about: 'dp_2', reference: 'dp_2' }),
      ],
      ['disputed dp_2 100 EUR on 3', 'refunded dp_1 50 EUR on 5'],
    ],
  ])('is %s', (_, facts, expected) => {
    expect(moved([PAID, ...facts])).toEqual(['paid pi 1000 EUR on 1', ...expected]);
  });

  test('has neither items, pieces nor tax', () => {
    expect(movementsOf([PAID, refund('re', 2, 300)])[1]).toEqual({
      kind: 'refunded',
      reference: 're',
      at: day(2),
      items: '',
      quantity: null,
      amount: 300,
      currency: 'EUR',
      tax: null,
      uncounted: '',
    });
    expect(movementsOf([PAID, refund('re', 2, undefined, { units: 1 })])[1]).toMatchObject({
      amount: null,
      currency: null,
    });
  });

  test('counts before its payment is told only if it names what it is taken from', () => {
    expect(moved([refund('re', 2, 300)])).toEqual([]);
    expect(moved([refund('re', 2, 300, { amount: { part: 300, whole: 1000 } })])).toEqual([
      'refunded re 300 EUR on 2',
    ]);
    const unknown = { amount: { part: 300, whole: 1000 }, currency: undefined };
    expect(moved([refund('re', 2, 300, unknown)])).toEqual([]);
    expect(moved([paid('1', 1), refund('re', 2, 300, unknown)])).toEqual([
      'paid pi no amount was told on 1',
    ]);
  });
});

describe('of several payments', () => {
  const first = paid('1', 1, { reference: 'in_1', ...money(1000) });
  const second = paid('1', 2, { kind: 'renewed', reference: 'in_2', ...money(400) });
  const goneBack = (...facts: PurchaseFact[]) =>
    moved([first, second, ...facts]).filter(words => !words.startsWith('paid'));

  test('a refund takes from the one that it names, or from all', () => {
    expect(goneBack(refund('re', 3, 600, { about: 'in_2' }))).toEqual(['refunded re 400 EUR on 3']);
    expect(goneBack(refund('re', 3))).toEqual(['refunded re 1400 EUR on 3']);
    expect(
      goneBack(refund('a', 3, 300, { about: 'in_1' }), refund('b', 4, 600, { about: 'in_2' })),
    ).toEqual(['refunded a 300 EUR on 3', 'refunded b 400 EUR on 4']);
  });

  test('a refund that names several is one movement of what it took of all', () => {
    const of = (about: string, lineId: string, part?: number) =>
      refund('re', 3, part, { about, lineId, ...(part === undefined && { quantity: 1 }) });
    expect(goneBack(of('in_1', '1', 300), of('in_2', '2', 100))).toEqual([
      'refunded re 400 EUR on 3',
    ]);
    // What cannot be counted hides nothing that can.
    for (const untold of [of('in_1', '1'), of('in_1', '3')]) {
      expect(goneBack(untold, of('in_2', '2', 100))).toEqual(['refunded re 100 EUR on 3']);
    }
  });

  test('a total of refunds of one has none that failed of another', () => {
    const total = refund('re', 3, 500, {
      about: 'in_1',
      amount: { part: 500, whole: 1000, isTotal: true },
    });
    const failed = (payment?: string) =>
      fact('restored', 4, { about: 'x', reference: 'x', payment, amount: { part: 200, whole: 0 } });
    expect(goneBack(total, failed('in_2'))).toEqual(['refunded re 500 EUR on 3']);
    expect(goneBack(total, failed('in_1'))).toEqual(['refunded re 300 EUR on 3']);
    expect(goneBack(total, failed())).toEqual(['refunded re 300 EUR on 3']);
  });

  test('the currency is that of one that told any', () => {
    expect(
      moved([
        paid('1', 1, { reference: 'in_0' }),
        first,
        refund('re', 3, 300, { currency: 'USD' }),
      ]),
    ).toContain('refunded re 1000 EUR on 3');
  });
});

describe('of lines that are paid for one by one', () => {
  const ofLine = (lineId: string, whole: number, more: More = {}) =>
    paid(lineId, 1, { reference: '', payment: `line ${lineId}`, ...money(whole), ...more });
  const goneBack = (...facts: PurchaseFact[]) =>
    moved(facts).filter(words => !words.startsWith('paid'));

  test('a refund of a line takes from what was paid for it, and one of the order from all', () => {
    const lines = [ofLine('1', 1000), ofLine('2', 400)];
    expect(goneBack(...lines, refund('a', 2, undefined, { lineId: '2' }))).toEqual([
      'refunded line 2 a 400 EUR on 2',
    ]);
    expect(
      goneBack(
        ...lines,
        refund('a', 2, undefined, { lineId: '1' }),
        refund('a', 2, undefined, { lineId: '2' }),
      ),
    ).toEqual(['refunded line 1 a 1000 EUR on 2', 'refunded line 2 a 400 EUR on 2']);
    expect(goneBack(...lines, refund('a', 2))).toEqual(['refunded a 1400 EUR on 2']);
  });

  test('a refund of a line takes from all that was paid for it', () => {
    const renewed = ofLine('2', 300, { kind: 'renewed', reference: 'r', payment: 'line 2 r' });
    const refunded = refund('a', 2, undefined, { lineId: '2' });
    expect(goneBack(ofLine('1', 1000), ofLine('2', 400), renewed, refunded)).toEqual([
      'refunded line 2 a 700 EUR on 2',
    ]);
  });

  test('where one payment is for several lines, a refund of a line takes from it', () => {
    const lines = [ofLine('1', 1000), ofLine('2', 1000, { payment: 'line 1' }), ofLine('3', 5)];
    const refunded = refund('a', 2, undefined, { lineId: '3' });
    expect(goneBack(...lines, refunded)).toEqual(['refunded a 1005 EUR on 2']);
    expect(
      goneBack(
        paid('1', 1, money(1000)),
        paid('2', 1, money(1000)),
        refund('a', 2, 10, { lineId: '2' }),
      ),
    ).toEqual(['refunded a 10 EUR on 2']);
  });

  test('where no money was told, a refund of pieces of several lines is one', () => {
    const lines = [paid('1', 1, { reference: '' }), paid('2', 1, { reference: '' })];
    const pieces = ['1', '2'].map(lineId => refund('a', 2, undefined, { lineId, quantity: 1 }));
    expect(goneBack(...lines, ...pieces)).toEqual(['refunded a no amount was told on 2']);
  });

  test('where there is one line alone, its refund keeps its own name', () => {
    expect(goneBack(ofLine('1', 1000), refund('a', 2, 300, { lineId: '1' }))).toEqual([
      'refunded a 300 EUR on 2',
    ]);
  });

  test('a line whose money was not told takes nothing of that of another', () => {
    const untold = ['2', '3'].flatMap(lineId => [
      paid(lineId, 1, { reference: '' }),
      paid(lineId, 1, { kind: 'renewed', reference: 'r' }),
    ]);
    const lines = [ofLine('1', 1000), ...untold];
    expect(goneBack(...lines, refund('a', 2, undefined, { lineId: '2' }))).toEqual([]);
    expect(goneBack(...lines, refund('a', 2, undefined, { lineId: '1' }))).toEqual([
      'refunded line 1 a 1000 EUR on 2',
    ]);
  });
});
