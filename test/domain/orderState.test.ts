// What counts of all that a shop told of one order.

import { describe, expect, test } from '@jest/globals';
import { factsThatCount, newestStatement } from '../../src/domain/orderState.js';
import type { FactKind, PurchaseFact, Statement } from '../../src/domain/purchase.js';

const day = (number: number) => new Date(Date.UTC(2026, 0, number));

/** What is `undefined` is not told. */
type More = { [Name in keyof PurchaseFact]?: PurchaseFact[Name] | undefined };

function fact(kind: FactKind, at: number, more: More = {}): PurchaseFact {
  const common = { shop: 'stripe', orderId: '1', lineId: '', reference: '' } as const;
  return { ...common, kind, occurredAt: day(at), ...more } as PurchaseFact;
}
const line = (lineId: string, at = 1, more: More = {}) =>
  fact('bought', at, { lineId, products: [`id:${lineId}`], ...more });

interface Stated extends Partial<Statement> {
  /** The day on which it was read; else that of the statement. */
  read?: number;
  reference?: string;
}
function stated(
  at: number,
  facts: PurchaseFact[],
  { read = at, reference = `${at}`, ...more }: Stated = {},
): PurchaseFact {
  const statement = { readAt: day(read), isAsked: false, isRestored: false, facts, ...more };
  return fact('stated', at, { reference, statement });
}

/** Each fact in words, sorted: `refunded 1 re_1 on 3`. */
function counting(facts: PurchaseFact[]): string[] {
  const words = (some: PurchaseFact[]) =>
    factsThatCount(some)
      .map(({ kind, lineId, reference, occurredAt }) =>
        [kind, lineId, reference, 'on', occurredAt.getUTCDate()].filter(Boolean).join(' '),
      )
      .sort();
  expect(factsThatCount([...facts, ...facts].reverse())).toEqual(factsThatCount(facts));
  return words(facts);
}

describe('statements of an order', () => {
  test.each<[string, PurchaseFact[], string | undefined]>([
    [
      'of the latest time',
      [stated(2, [], { reference: 'a' }), stated(1, [], { reference: 'b' })],
      'a',
    ],
    [
      'we asked for, of two of one second',
      [
        stated(1, [], { reference: 'a', isAsked: true }),
        stated(1, [], { reference: 'b', read: 2 }),
      ],
      'a',
    ],
    [
      'read last, of two that we asked for',
      [
        stated(1, [], { reference: 'a', isAsked: true, read: 3 }),
        stated(1, [], { reference: 'b', isAsked: true, read: 2 }),
      ],
      'a',
    ],
    [
      'whose reference sorts last, whenever they were read',
      [stated(1, [], { reference: 'b' }), stated(1, [], { reference: 'a', read: 2 })],
      'b',
    ],
    ['that there is, and facts are none', [fact('bought', 1)], undefined],
  ])('the newest is the one %s', (_, facts, reference) => {
    expect(newestStatement(facts)?.reference).toBe(reference);
    expect(newestStatement([...facts].reverse())?.reference).toBe(reference);
  });

  test('the newest replaces the others, and what was told one by one until then', () => {
    const old = stated(1, [line('1'), line('2')]);
    const newest = stated(3, [line('1')]);
    expect(counting([old, newest])).toEqual(['bought 1 on 1']);
    expect(counting([old, newest, line('9', 3)])).toEqual(['bought 1 on 1']);
  });

  test('what is told one by one after the newest replaces them', () => {
    const told = [line('9', 4), fact('cancelled', 2, { reference: 'deleted x' })];
    expect(counting([stated(3, [line('1')]), ...told])).toEqual([
      'bought 9 on 4',
      'cancelled deleted x on 2',
    ]);
  });
});

describe('a deletion', () => {
  const deleted = fact('cancelled', 5, { reference: 'deleted x' });
  test.each<[string, PurchaseFact[], boolean]>([
    ['counts beside what was stated before', [stated(4, [line('1')])], true],
    ['counts beside a statement that is late', [stated(4, [line('1')], { read: 6 })], true],
    ['counts where the clock of the shop is ahead', [stated(6, [line('1')], { read: 4 })], true],
    ['counts beside a statement of its instant', [stated(5, [line('1')], { read: 6 })], true],
    ['counts beside a statement read at its instant', [stated(6, [line('1')], { read: 5 })], true],
    ['is over where the order is told and read later', [stated(6, [line('1')])], false],
    [
      'is over where the order came back',
      [stated(4, [line('1')], { read: 6, isRestored: true })],
      false,
    ],
    [
      'is over where the order came back once, whatever was told then',
      [stated(3, [line('1')], { read: 6, isRestored: true }), stated(4, [line('1')])],
      false,
    ],
    [
      'counts where the order had come back before',
      [stated(4, [line('1')], { read: 5, isRestored: true })],
      true,
    ],
  ])('%s', (_, statements, counts) => {
    expect(counting([...statements, deleted])).toEqual([
      'bought 1 on 1',
      ...(counts ? ['cancelled deleted x on 5'] : []),
    ]);
  });

  test('is only a cancellation that says so: another is replaced by what is stated then', () => {
    const others = [
      fact('cancelled', 3, { reference: 'trash' }),
      fact('refunded', 3, { reference: 'deleted x' }),
    ];
    expect(counting([stated(3, [line('1')]), ...others])).toEqual(['bought 1 on 1']);
  });
});

describe('the end of an order', () => {
  const end = (kind: FactKind, at: number, more: More = {}) =>
    stated(at, [fact(kind, at, { reference: 'state', ...more })]);
  test.each<[string, PurchaseFact[], string]>([
    [
      'is the first of the statements without a gap that say so',
      [
        end('cancelled', 1),
        stated(2, [line('1')]),
        end('cancelled', 3),
        end('cancelled', 4),
        end('cancelled', 5),
      ],
      'cancelled state on 3',
    ],
    [
      'is not that of another kind',
      [end('cancelled', 1), end('refunded', 2)],
      'refunded state on 2',
    ],
    ['is that of a refund of all', [end('refunded', 1), end('refunded', 2)], 'refunded state on 1'],
    [
      'is not that of a line',
      [end('refunded', 1, { lineId: '1' }), end('refunded', 2)],
      'refunded state on 2',
    ],
    [
      'is not that of units',
      [end('refunded', 1, { units: 0 }), end('refunded', 2)],
      'refunded state on 2',
    ],
    [
      'is not that of an amount',
      [end('refunded', 1, { amount: { part: 1, whole: 0 } }), end('refunded', 2)],
      'refunded state on 2',
    ],
    [
      'is not that of another fact of the order',
      [end('disputed', 1), end('disputed', 2)],
      'disputed state on 2',
    ],
  ])('%s', (_, facts, expected) => {
    expect(counting(facts)).toEqual([expected]);
  });
});

describe('a refund of which the newest statement knows only the amount', () => {
  const refund = (at: number, reference = 're_1', more: More = {}) =>
    fact('refunded', at, { reference, units: 0, ...more });
  const known = (at: number, facts: PurchaseFact[]) => stated(at, facts, { knowsRefunds: true });
  const lines = [
    refund(2, 're_1', { lineId: '1', quantity: 1 }),
    refund(2, 're_1', { lineId: '2', quantity: 2 }),
  ];
  test.each<[string, PurchaseFact[], string[]]>([
    [
      'took what an older statement says that knows it',
      [known(2, [...lines, refund(2, 're_2')]), stated(3, [refund(3)])],
      ['refunded 1 re_1 on 2', 'refunded 2 re_1 on 2'],
    ],
    [
      'took what the newest of those says',
      [known(1, [refund(1, 're_1', { lineId: '9' })]), known(2, lines), stated(3, [refund(3)])],
      ['refunded 1 re_1 on 2', 'refunded 2 re_1 on 2'],
    ],
    [
      'is as it is known where the newest knows it',
      [known(2, lines), known(3, [refund(3)])],
      ['refunded re_1 on 3'],
    ],
    [
      'counts since it was first told where none knows it',
      [
        known(1, [fact('bought', 1, { reference: 're_1' }), refund(1, 're_2')]),
        stated(2, [refund(2)]),
        stated(3, [refund(3)]),
        stated(4, [refund(4)]),
      ],
      ['refunded re_1 on 2'],
    ],
    [
      'and no other fact is taken from older statements',
      [known(1, [line('1', 1), refund(1, '')]), stated(2, [line('1', 2)])],
      ['bought 1 on 2'],
    ],
  ])('%s', (_, facts, expected) => {
    expect(counting(facts)).toEqual(expected);
  });
});

describe('a statement with lines that could not be read', () => {
  const incomplete = (at: number, facts: PurchaseFact[]) =>
    stated(at, facts, { isIncomplete: true });
  test.each<[string, PurchaseFact[], string[]]>([
    [
      'leaves the other lines as the statement before has them',
      [
        stated(1, [line('1', 1), line('2', 1)]),
        stated(2, [line('1', 2), line('3', 2), fact('cancelled', 2)]),
        incomplete(3, [line('1', 3)]),
      ],
      ['bought 1 on 3', 'bought 3 on 2'],
    ],
    [
      'looks further back where that could not be read either',
      [stated(1, [line('1', 1)]), incomplete(2, [line('2', 2)]), incomplete(3, [])],
      ['bought 1 on 1', 'bought 2 on 2'],
    ],
    ['is all there is where it is the first', [incomplete(3, [line('1', 3)])], ['bought 1 on 3']],
    [
      'and one that was read completely leaves none',
      [stated(1, [line('1', 1)]), stated(2, [line('2', 2)])],
      ['bought 2 on 2'],
    ],
  ])('%s', (_, facts, expected) => {
    expect(counting(facts)).toEqual(expected);
  });
});

test('what was to be charged later is told once, by the payment of that line and kind', () => {
  const pending = fact('renewed', 1, { lineId: '1', reference: 'in_1 soon', pending: 'in_2' });
  const charge = (more: More) => fact('renewed', 2, { lineId: '1', reference: 'in_2', ...more });
  expect(counting([pending])).toEqual(['renewed 1 in_1 soon on 1']);
  expect(counting([pending, charge({})])).toEqual(['renewed 1 in_2 on 2']);
  for (const other of [
    charge({ lineId: '2' }),
    charge({ kind: 'credited' }),
    charge({ reference: 'in_3' }),
  ]) {
    expect(counting([pending, other])).toContain('renewed 1 in_1 soon on 1');
  }
});

describe('a payment that is told of two ids of an order', () => {
  const own = line('1', 1, { reference: 'pi_1' });
  const again = line('1', 1, { reference: 'in_1', toldAs: 'in_1' });
  const about = (facts: PurchaseFact[]) =>
    factsThatCount(facts).map(each => [each.kind, each.about]);
  const refund = (of: string | undefined, more: More = {}) =>
    fact('refunded', 2, { about: of, reference: 're_1', ...more });

  test('counts once, and what is about either is about the order', () => {
    expect(counting([own, again])).toEqual(['bought 1 pi_1 on 1']);
    expect(about([own, again, refund('in_1')])).toContainEqual(['refunded', undefined]);
    expect(about([own, again, refund(undefined)])).toContainEqual(['refunded', undefined]);
  });
  test('counts where it is told of the other id alone', () => {
    expect(about([again, refund('in_1')])).toEqual([
      ['bought', undefined],
      ['refunded', 'in_1'],
    ]);
  });
  test('leaves what is about the own payment with it', () => {
    expect(about([own, again, refund('pi_1')])).toContainEqual(['refunded', 'pi_1']);
    const told = refund('pi_1', { toldAs: 'pi_1' });
    expect(about([own, again, told])).toContainEqual(['refunded', 'pi_1']);
  });
  test('is the own one where a refund names the other id, and only the own was told', () => {
    expect(about([own, refund('in_1', { toldAs: 'in_1' })])).toContainEqual([
      'refunded',
      undefined,
    ]);
    expect(about([own, refund('in_1')])).toContainEqual(['refunded', 'in_1']);
  });
  test('leaves refunds alone, which are told of either', () => {
    const refunds = [refund(undefined), refund(undefined, { toldAs: 'in_1' })];
    expect(about([own, ...refunds])).toHaveLength(3);
  });
});

describe('a subscription that was changed', () => {
  const time = (from: number, until: number) => ({ startsAt: day(from), endsAt: day(until) });
  const paid = (lineId: string, from: number, until: number, more: More = {}) =>
    line(lineId, from, {
      kind: 'renewed',
      reference: `in_${lineId} ${from}`,
      paidTime: time(from, until),
      ...more,
    });
  const change = (at: number, ...items: Array<[lineId: string, quantity: number]>) =>
    fact('changed', at, {
      reference: `${at}`,
      items: items.map(([lineId, quantity]) => ({ lineId, quantity, products: [`id:${lineId}`] })),
    });
  /** What the changes give: `a 2 from 5 until 20 of in_a 1`, and `replaced on 9`. */
  const given = (...facts: PurchaseFact[]) => {
    const all = factsThatCount(facts.reverse());
    const times = all.filter(({ isTimeOnly }) => isTimeOnly);
    expect(all.length - times.length).toBe(facts.filter(({ kind }) => kind !== 'changed').length);
    return times.map(each =>
      [
        `${each.lineId} ${each.quantity} from ${each.paidTime?.startsAt.getUTCDate()}`,
        `until ${each.paidTime?.endsAt.getUTCDate()} of ${each.payment}`,
        ...(each.replacedAt ? [`replaced on ${each.replacedAt.getUTCDate()}`] : []),
      ].join(' '),
    );
  };

  test.each<[string, PurchaseFact[], string[]]>([
    [
      'is for the new thing until the time that is paid for ends',
      [paid('a', 1, 20), change(5, ['b', 2])],
      ['b 2 from 5 until 20 of in_a 1'],
    ],
    [
      'counts in the time whose payment was for the same line, else in that which began last',
      [paid('a', 1, 20), paid('b', 2, 25), paid('c', 3, 28), change(5, ['b', 1], ['d', 1])],
      ['b 1 from 5 until 25 of in_b 2', 'd 1 from 5 until 28 of in_c 3'],
    ],
    [
      'counts in the time that began last, whatever its payment is called',
      [paid('c', 2, 25), paid('b', 3, 28), change(5, ['d', 1])],
      ['d 1 from 5 until 28 of in_b 3'],
    ],
    [
      'counts in the newest time of its line',
      [paid('b', 1, 25), paid('b', 2, 20), paid('c', 3, 28), change(5, ['b', 1])],
      ['b 1 from 5 until 20 of in_b 2'],
    ],
    [
      'counts at the instant a time begins, and not at the instant it ends',
      [paid('a', 1, 5), paid('b', 5, 20), change(5, ['c', 1]), change(20, ['d', 1])],
      ['c 1 from 5 until 20 of in_b 5 replaced on 20'],
    ],
    ['counts for nothing outside of what is paid for', [paid('a', 6, 20), change(5, ['b', 1])], []],
    [
      'counts in no time that was credited or never told',
      [
        paid('a', 1, 20, { kind: 'credited' }),
        line('a', 1, { reference: 'in_9' }),
        change(5, ['b', 1]),
      ],
      [],
    ],
    [
      'is replaced by the first later change that has less of it',
      [
        paid('a', 1, 20),
        change(5, ['a', 2], ['b', 1]),
        change(7, ['a', 3], ['b', 1]),
        change(9, ['a', 1], ['b', 1]),
        change(11, ['b', 1]),
      ],
      [
        'a 2 from 5 until 20 of in_a 1 replaced on 9',
        'b 1 from 5 until 20 of in_a 1',
        'a 3 from 7 until 20 of in_a 1 replaced on 9',
        'b 1 from 7 until 20 of in_a 1',
        'a 1 from 9 until 20 of in_a 1 replaced on 11',
        'b 1 from 9 until 20 of in_a 1',
        'b 1 from 11 until 20 of in_a 1',
      ],
    ],
    [
      'is for nothing where the change names nothing',
      [paid('a', 1, 20), change(5, ['a', 1]), fact('changed', 7, { reference: '7' })],
      ['a 1 from 5 until 20 of in_a 1 replaced on 7'],
    ],
  ])('%s', (_, facts, expected) => {
    expect(given(...facts)).toEqual(expected);
  });

  test('has times that are facts of their own, and the change itself is none', () => {
    const facts = factsThatCount([paid('a', 1, 20), change(5, ['b', 2])]);
    expect(facts).toHaveLength(2);
    expect(facts[1]).toEqual({
      shop: 'stripe',
      orderId: '1',
      lineId: 'b',
      kind: 'renewed',
      reference: 'changed 5',
      occurredAt: day(5),
      products: ['id:b'],
      quantity: 2,
      paidTime: time(5, 20),
      payment: 'in_a 1',
      isTimeOnly: true,
    });
  });
});
