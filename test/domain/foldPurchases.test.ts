import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type AddonEntitlement,
  type FoldRules,
  foldPurchases,
  nothingStands,
  paysForPlan,
  standingLines,
} from '../../src/domain/foldPurchases.js';
import {
  ENDED,
  type FactKind,
  type PurchaseFact,
  type PurchaseLine,
  type Terms,
} from '../../src/domain/purchase.js';

const RANKS: Record<string, number> = { basic: 1, pro: 2, vip: 3 };
const PLAN = (plan: string, term = 'P1M'): Terms => ({
  kind: 'plan',
  id: `${plan}-${term}`,
  plan,
  term,
});
const PACK: Terms = {
  kind: 'addon',
  id: '404',
  provider: 'openrouter',
  units: 50,
  lasts: 'until-used',
  minimumPlan: 'basic',
};

function rules(now: string, more: Partial<FoldRules> = {}): FoldRules {
  return {
    rankOf: plan => RANKS[plan] ?? 0,
    given: null,
    graceDays: 0,
    subscriptionGraceDays: 3,
    now: new Date(now),
    ...more,
  };
}

function line(orderId: string, terms: Terms): PurchaseLine {
  return { shop: 'signed', orderId, lineId: '1', terms };
}

function fact(
  orderId: string,
  kind: FactKind,
  at: string,
  more: Partial<PurchaseFact> = {},
): PurchaseFact {
  const reference = kind === 'bought' ? '' : at;
  return {
    shop: 'signed',
    orderId,
    lineId: '1',
    kind,
    reference,
    occurredAt: new Date(at),
    ...more,
  };
}

const planOf = (lines: PurchaseLine[], facts: PurchaseFact[], now: string, more = {}) => {
  const { plan, endsAt } = foldPurchases(lines, facts, rules(now, more));
  return [plan, endsAt?.toISOString().slice(0, 10)];
};
const unitsOf = (facts: PurchaseFact[]) =>
  foldPurchases([line('1', PACK)], facts, rules('2026-12-01')).addons[0]?.entitled;

describe('terms', () => {
  test('months are counted from the original day', () => {
    const facts = [fact('1', 'bought', '2026-01-31')];
    expect(planOf([line('1', PLAN('pro'))], facts, '2026-02-01')).toEqual(['pro', '2026-02-28']);
    facts.push(fact('1', 'renewed', '2026-02-20'));
    expect(planOf([line('1', PLAN('pro'))], facts, '2026-02-21')).toEqual(['pro', '2026-03-31']);
  });

  test('a renewal in time begins at the old end, a late one when it is paid', () => {
    const lines = [line('1', PLAN('pro')), line('2', PLAN('pro'))];
    const first = fact('1', 'bought', '2026-01-10');
    expect(planOf(lines, [first, fact('2', 'bought', '2026-02-01')], '2026-02-02')).toEqual([
      'pro',
      '2026-03-10',
    ]);
    expect(planOf(lines, [first, fact('2', 'bought', '2026-02-15')], '2026-02-16')).toEqual([
      'pro',
      '2026-03-15',
    ]);
  });

  test('within the days of grace it goes on, and a renewal still begins at the old end', () => {
    const lines = [line('1', PLAN('pro')), line('2', PLAN('pro'))];
    const first = fact('1', 'bought', '2026-01-10');
    const grace = { graceDays: 3 };
    expect(planOf(lines, [first], '2026-02-12', grace)).toEqual(['pro', '2026-02-13']);
    expect(planOf(lines, [first], '2026-02-14', grace)).toEqual([null, '2026-02-13']);
    const late = fact('2', 'bought', '2026-02-12');
    expect(planOf(lines, [first, late], '2026-02-12', grace)).toEqual(['pro', '2026-03-13']);
  });

  test('a term begins and ends at its very instants, and so do its days of grace; each is told as the next change', () => {
    const facts = [fact('1', 'bought', '2026-01-10')];
    const at = (now: string) => {
      const { plan, changesAt } = foldPurchases(
        [line('1', PLAN('pro'))],
        facts,
        rules(now, { graceDays: 3 }),
      );
      return [plan, changesAt?.toISOString().slice(0, 10)];
    };
    // The shop's clock may be ahead: what was paid counts at once.
    expect(at('2026-01-09')).toEqual(['pro', '2026-01-10']);
    expect(at('2026-01-10')).toEqual(['pro', '2026-02-10']);
    expect(at('2026-02-10')).toEqual(['pro', '2026-02-13']);
    expect(at('2026-02-13')).toEqual([null, undefined]);
    expect(planOf([line('1', PLAN('pro'))], facts, '2026-02-10')).toEqual([null, '2026-02-10']);
  });

  test('what is paid at the end of the days of grace still begins at the old end', () => {
    const lines = [line('1', PLAN('pro')), line('2', PLAN('pro'))];
    const facts = [fact('1', 'bought', '2026-01-10'), fact('2', 'bought', '2026-02-13')];
    expect(planOf(lines, facts, '2026-02-14', { graceDays: 3 })).toEqual(['pro', '2026-03-13']);
  });

  test('what was taken back has no days of grace: what is paid after it begins when paid', () => {
    const lines = [line('1', PLAN('pro')), line('2', PLAN('pro'))];
    const facts = [
      fact('1', 'bought', '2026-01-01'),
      fact('1', 'cancelled', '2026-01-10'),
      fact('2', 'bought', '2026-01-12'),
    ];
    expect(planOf(lines, facts, '2026-01-13', { graceDays: 3 })).toEqual(['pro', '2026-02-15']);
  });

  test('an upgrade counts at once, and the lower plan goes on after it', () => {
    const lines = [line('1', PLAN('pro', 'P1Y')), line('2', PLAN('vip'))];
    const facts = [fact('1', 'bought', '2026-01-01'), fact('2', 'bought', '2026-01-10')];
    expect(planOf(lines, facts, '2026-01-11')).toEqual(['vip', '2027-01-01']);
    expect(planOf(lines, facts, '2026-02-11')).toEqual(['pro', '2027-01-01']);
  });

  test('a downgrade counts at the end of the term', () => {
    const lines = [line('1', PLAN('vip')), line('2', PLAN('pro'))];
    const facts = [fact('1', 'bought', '2026-01-01'), fact('2', 'bought', '2026-01-20')];
    expect(planOf(lines, facts, '2026-01-21')).toEqual(['vip', '2026-03-01']);
    expect(planOf(lines, facts, '2026-02-02')).toEqual(['pro', '2026-03-01']);
    const { planEndsAt } = foldPurchases(lines, facts, rules('2026-01-21'));
    expect(planEndsAt).toEqual(new Date('2026-02-01'));
  });

  test('of two plans that were paid for together the higher counts first, whatever their lines are called', () => {
    for (const [higher, lower] of [
      ['1', '2'],
      ['2', '1'],
    ] as const) {
      const lines = [line(higher, PLAN('vip')), line(lower, PLAN('basic'))];
      const facts = lines.map(({ orderId }) => fact(orderId, 'bought', '2026-01-01'));
      expect(planOf(lines, facts, '2026-01-02')).toEqual(['vip', '2026-03-01']);
      expect(planOf(lines, facts, '2026-02-02')).toEqual(['basic', '2026-03-01']);
    }
  });

  test('a month that was paid for together with a subscription comes after its time', () => {
    const paidTime = { startsAt: new Date('2026-01-01'), endsAt: new Date('2026-02-01') };
    for (const [month, subscription] of [
      ['1', '2'],
      ['2', '1'],
    ] as const) {
      const lines = [line(month, PLAN('pro')), line(subscription, PLAN('pro'))];
      const facts = [
        fact(month, 'bought', '2026-01-01'),
        fact(subscription, 'bought', '2026-01-01', { paidTime }),
      ];
      expect(planOf(lines, facts, '2026-01-02')).toEqual(['pro', '2026-03-01']);
    }
  });

  test('a change of a subscription counts from the change, also for what is paid before it is charged', () => {
    const ends = new Date('2026-02-01');
    const lines = [line('1', PLAN('basic')), line('2', PLAN('basic'))];
    const facts = [
      fact('2', 'bought', '2026-01-12'),
      fact('1', 'renewed', '2026-02-01', {
        reference: 'of the change',
        payment: 'the next invoice',
        paidTime: { startsAt: new Date('2026-01-10'), endsAt: ends },
      }),
    ];
    expect(planOf(lines, facts, '2026-01-13')).toEqual(['basic', '2026-03-01']);
  });

  test('what is credited from a later instant on counts until then, and what was paid instead follows', () => {
    const ends = new Date('2026-02-01');
    const from = new Date('2026-01-15');
    const lines = [line('1', PLAN('basic')), { ...line('1', PLAN('vip')), lineId: '2' }];
    const facts = [
      fact('1', 'bought', '2026-01-01', {
        paidTime: { startsAt: new Date('2026-01-01'), endsAt: ends },
      }),
      fact('1', 'credited', '2026-01-10', { paidTime: { startsAt: from, endsAt: ends } }),
      fact('1', 'renewed', '2026-01-10', {
        lineId: '2',
        paidTime: { startsAt: from, endsAt: ends },
      }),
    ];
    expect(planOf(lines, facts, '2026-01-12')).toEqual(['basic', '2026-02-04']);
    expect(planOf(lines, facts, '2026-01-16')).toEqual(['vip', '2026-02-04']);
    const [bought, credited] = facts as [PurchaseFact, PurchaseFact];
    expect(planOf(lines, [bought, credited], '2026-01-16')).toEqual([null, '2026-01-15']);
    const refunded = fact('1', 'refunded', '2026-01-11');
    expect(planOf(lines, [...facts, refunded], '2026-01-12')[0]).not.toBe('basic');
  });

  test('a refunded plan leaves what other facts pay for, or nothing', () => {
    const lines = [line('1', PLAN('pro')), line('2', PLAN('vip'))];
    const facts = [
      fact('1', 'bought', '2026-01-01'),
      fact('2', 'bought', '2026-01-10'),
      fact('2', 'refunded', '2026-01-15'),
    ];
    expect(planOf(lines, facts, '2026-01-16')).toEqual(['pro', '2026-02-01']);
    expect(planOf(lines.slice(1), facts.slice(1), '2026-01-16')).toEqual([null, '2026-01-15']);
  });

  test('a dispute that is lost takes from its beginning, and not from when it was lost', () => {
    const lines = [line('1', PLAN('pro')), line('2', PLAN('pro'))];
    const facts = [
      fact('1', 'bought', '2026-01-01'),
      fact('1', 'dispute_lost', '2026-01-25', { reference: 'd' }),
      fact('1', 'disputed', '2026-01-05', { reference: 'd' }),
      fact('2', 'bought', '2026-01-10'),
    ];
    expect(planOf(lines, facts, '2026-01-26')).toEqual(['pro', '2026-02-10']);
  });

  test('refunding one of two renewals keeps the other', () => {
    const facts = [
      fact('1', 'bought', '2026-01-01'),
      fact('1', 'renewed', '2026-01-20', { reference: 'a' }),
      fact('1', 'renewed', '2026-01-20', { reference: 'b' }),
      fact('1', 'refunded', '2026-01-21', { about: 'b' }),
    ];
    expect(planOf([line('1', PLAN('pro'))], facts, '2026-01-22')).toEqual(['pro', '2026-03-01']);
  });

  test('a plan that an administrator gave stays below what is bought', () => {
    const given = { plan: 'basic', rank: 1, startsAt: 0, endsAt: Number.POSITIVE_INFINITY };
    const facts = [fact('1', 'bought', '2026-01-01')];
    expect(planOf([line('1', PLAN('pro'))], facts, '2026-01-02', { given })[0]).toBe('pro');
    expect(planOf([line('1', PLAN('pro'))], facts, '2026-02-02', { given })).toEqual([
      'basic',
      undefined,
    ]);
  });
});

describe('add-ons', () => {
  const bought = fact('1', 'bought', '2026-01-01', {
    quantity: 4,
    amount: { part: 1000, whole: 1000 },
  });

  test('give their units times the quantity', () => expect(unitsOf([bought])).toBe(200));

  test('a refund takes back all, a quantity, units, or a share rounded in the favour of the buyer', () => {
    const refund = (more: object) => unitsOf([bought, fact('1', 'refunded', '2026-01-02', more)]);
    expect(refund({})).toBe(0);
    expect(refund({ quantity: 1 })).toBe(150);
    expect(refund({ units: 30 })).toBe(170);
    // The money beside it is the same refund once more.
    expect(refund({ units: 30, amount: { part: 500, whole: 0 } })).toBe(170);
    expect(refund({ quantity: 1, amount: { part: 1000, whole: 0 } })).toBe(150);
    expect(refund({ amount: { part: 333, whole: 0 } })).toBe(200 - 66);
    expect(refund({ amount: { part: 1000, whole: 1000 } })).toBe(0);
  });

  test('single refunds and the total of them are not added up', () => {
    const at = '2026-01-02';
    const one = fact('1', 'refunded', at, { reference: 're_1', amount: { part: 250, whole: 0 } });
    const two = fact('1', 'refunded', at, { reference: 're_2', amount: { part: 250, whole: 0 } });
    const total = { part: 500, whole: 1000, isTotal: true };
    const all = fact('1', 'refunded', at, { reference: 'ch:500', amount: total });
    expect(unitsOf([bought, one, two, all])).toBe(100);
    expect(unitsOf([bought, all])).toBe(100);
    const failed = { reference: 're_2', about: 're_2', amount: { part: 250, whole: 0 } };
    expect(unitsOf([bought, one, two, all, fact('1', 'restored', at, failed)])).toBe(150);
  });

  test('a dispute takes all until it is won, and then all is back', () => {
    const dispute = { reference: 'dp_1' };
    const open = fact('1', 'disputed', '2026-01-02', dispute);
    expect(unitsOf([bought, open])).toBe(0);
    expect(unitsOf([bought, open, fact('1', 'dispute_won', '2026-02-02', dispute)])).toBe(200);
    expect(unitsOf([bought, open, fact('1', 'dispute_lost', '2026-02-02', dispute)])).toBe(0);
  });

  test('the end of a subscription takes none of them', () => {
    expect(unitsOf([bought, fact('1', 'cancelled', '2026-01-02', { reference: ENDED })])).toBe(200);
  });

  test('a cancelled order that is restored gives again', () => {
    const cancelled = fact('1', 'cancelled', '2026-01-02');
    expect(unitsOf([bought, cancelled])).toBe(0);
    expect(unitsOf([bought, cancelled, fact('1', 'restored', '2026-01-03')])).toBe(200);
    expect(unitsOf([bought, cancelled, fact('1', 'restored', '2026-01-01')])).toBe(0);
  });
});

describe('units that are given each month, as long as they are paid for', () => {
  const MONTHLY: Terms = { ...PACK, lasts: 'subscription' };
  const times = (from: string, until: string) => ({
    paidTime: { startsAt: new Date(from), endsAt: new Date(until) },
  });
  /** The units, whether they are paid for, and the next change. */
  const at = (now: string, facts: PurchaseFact[], more = {}) => {
    const { addons, changesAt } = foldPurchases([line('1', MONTHLY)], facts, rules(now, more));
    expect(addons).toHaveLength(1);
    const { units, entitled, isPaid, boughtAt } = addons[0] as AddonEntitlement;
    expect([entitled, boughtAt]).toEqual([units, facts[0]?.occurredAt]);
    return [units, isPaid, changesAt?.toISOString().slice(0, 10) ?? null];
  };

  test('are those of one payment for a month, whatever is paid meanwhile', () => {
    const facts = [fact('1', 'bought', '2026-01-10', { quantity: 3 })];
    expect(at('2026-01-11', facts)).toEqual([150, true, '2026-02-10']);
    expect(at('2026-02-10', facts)).toEqual([150, false, null]);
    expect(at('2026-02-11', facts, { graceDays: 2 })).toEqual([150, true, '2026-02-12']);
    facts.push(fact('1', 'renewed', '2026-01-20', { quantity: 2 }));
    expect(at('2026-02-11', facts)).toEqual([100, true, '2026-03-10']);
  });

  test('are, where the shop states the times, the most of those that run, with days of grace', () => {
    const facts = [
      fact('1', 'bought', '2026-01-01', { quantity: 3, ...times('2026-01-01', '2026-01-20') }),
      fact('1', 'renewed', '2026-01-10', { quantity: 1, ...times('2026-01-10', '2026-02-10') }),
    ];
    expect(at('2026-01-11', facts)).toEqual([150, true, '2026-01-20']);
    expect(at('2026-01-21', facts)).toEqual([50, true, '2026-01-23']);
    expect(at('2026-02-12', facts)).toEqual([50, true, '2026-02-13']);
    expect(at('2026-02-13', facts)).toEqual([50, false, null]);
    expect(at('2026-02-14', facts, { graceDays: 9 })).toEqual([50, true, '2026-02-19']);
  });

  test('are not paid for any more where that was taken back', () => {
    const facts = [fact('1', 'bought', '2026-01-10'), fact('1', 'refunded', '2026-01-12')];
    expect(at('2026-01-13', facts)).toEqual([50, false, null]);
    const replaced = fact('1', 'bought', '2026-01-10', { isTimeOnly: true });
    expect(at('2026-01-13', [replaced])).toEqual([50, true, '2026-02-10']);
  });

  test('change when the plan beside them or they themselves do, whichever is first', () => {
    const lines = [line('1', MONTHLY), line('2', PLAN('pro')), line('3', PACK)];
    const facts = [
      fact('1', 'bought', '2026-01-10'),
      fact('2', 'bought', '2026-01-05'),
      fact('3', 'bought', '2026-01-07'),
    ];
    const next = (now: string) => foldPurchases(lines, facts, rules(now)).changesAt;
    expect(next('2026-01-11')).toEqual(new Date('2026-02-05'));
    expect(next('2026-02-06')).toEqual(new Date('2026-02-10'));
    expect(next('2026-02-11')).toBeNull();
  });
});

describe('lines', () => {
  const PRO = line('1', PLAN('pro'));
  const bought = fact('1', 'bought', '2026-01-01', { quantity: 2 });

  test('have only what was told of them and their orders', () => {
    const strangers = [
      fact('1', 'refunded', '2026-01-02', { lineId: '2' }),
      fact('2', 'refunded', '2026-01-02', { lineId: '' }),
      fact('1', 'refunded', '2026-01-02', { shop: 'codes', lineId: '' }),
    ];
    expect(planOf([PRO], [bought, ...strangers], '2026-01-03')).toEqual(['pro', '2026-03-01']);
    // What is the whole truth of another order is none of this one.
    const statement = {
      readAt: new Date('2026-01-02'),
      isAsked: true,
      isRestored: false,
      facts: [],
    };
    const stated = fact('2', 'stated', '2026-01-02', { lineId: '', statement });
    expect(planOf([PRO], [bought, stated], '2026-01-03')).toEqual(['pro', '2026-03-01']);
    const ofOrder = fact('1', 'refunded', '2026-01-02', { lineId: '' });
    expect(planOf([PRO], [bought, ofOrder], '2026-01-03')).toEqual([null, '2026-01-02']);
  });

  test('that no payment is told of give nothing', () => {
    expect(planOf([PRO], [], '2026-01-03')).toEqual([null, undefined]);
    const { addons } = foldPurchases([line('1', PACK)], [], rules('2026-01-03'));
    expect(addons).toEqual([
      {
        line: line('1', PACK),
        units: 0,
        entitled: 0,
        isPaid: true,
        boughtAt: new Date('2026-01-03'),
      },
    ]);
  });

  test('of a product that its shop may change have what was sold as theirs', () => {
    const products = ['id:1'];
    const lines = [
      { ...PRO, soldAs: 'a' },
      { ...line('1', PACK), soldAs: 'b' },
    ];
    const at = (soldAs: string) => {
      const { plan, addons } = foldPurchases(
        lines,
        [{ ...bought, products, soldAs }],
        rules('2026-01-03'),
      );
      return [plan, addons[0]?.units];
    };
    expect([at('a'), at('b')]).toEqual([
      ['pro', 0],
      [null, 100],
    ]);
  });

  test('of packs were bought with their first payment, and of a cancelled one all is gone', () => {
    const facts = [fact('1', 'renewed', '2026-01-05'), fact('1', 'bought', '2026-01-02')];
    const [pack] = foldPurchases([line('1', PACK)], facts, rules('2026-01-06')).addons;
    expect(pack).toEqual({
      line: line('1', PACK),
      units: 100,
      entitled: 100,
      isPaid: true,
      boughtAt: new Date('2026-01-02'),
    });
  });

  test('of plans end each with its own last term', () => {
    const lines = [PRO, line('2', PLAN('vip')), line('3', PACK)];
    const facts = [
      fact('1', 'bought', '2026-01-01', { quantity: 2 }),
      fact('2', 'bought', '2026-01-10'),
      fact('3', 'bought', '2026-01-10'),
    ];
    const given = { plan: 'basic', rank: 1, startsAt: 0, endsAt: Number.POSITIVE_INFINITY };
    const { endsOfPlans } = foldPurchases(lines, facts, rules('2026-01-11', { given }));
    expect([...endsOfPlans]).toEqual([
      ['pro', new Date('2026-03-01')],
      ['vip', new Date('2026-02-10')],
    ]);
  });

  test('stand until all that was bought with them went back', () => {
    const pack = line('2', PACK);
    const facts = [bought, fact('2', 'bought', '2026-01-01', { quantity: 2 })];
    const stand = (...more: PurchaseFact[]) => {
      const all = [...facts, ...more];
      const standing = standingLines([PRO, pack], all);
      expect(nothingStands([PRO, pack], all)).toBe(standing.length === 0);
      expect(paysForPlan([PRO, pack], all)).toBe(standing.includes(PRO));
      return standing.map(({ orderId }) => orderId).join();
    };
    const back = (orderId: string, quantity?: number) =>
      fact(orderId, 'refunded', '2026-01-02', quantity === undefined ? {} : { quantity });
    expect(stand()).toBe('1,2');
    expect(stand(back('1'))).toBe('2');
    expect(stand(back('1', 1), back('2', 2))).toBe('1');
    expect(stand(back('1'), back('2', 2))).toBe('');
    expect(standingLines([PRO], [])).toEqual([]);
  });
});

test('of two plans of one rank that were paid for together the same counts first, however they are listed', () => {
  const lines = [line('1', PLAN('old')), line('2', PLAN('older', 'P14D'))];
  const facts = lines.map(({ orderId }) => fact(orderId, 'bought', '2026-01-01'));
  for (const some of [lines, [...lines].reverse()]) {
    expect(planOf(some, facts, '2026-01-02')).toEqual(['old', '2026-02-15']);
  }
});

test('a plan that was taken back by a clock that is behind ends when it was paid, and not before', () => {
  const lines = [line('1', PLAN('pro')), line('2', PLAN('pro'))];
  const facts = [
    fact('1', 'bought', '2026-01-10'),
    fact('1', 'refunded', '2026-01-09'),
    fact('2', 'bought', '2026-01-10'),
  ];
  expect(planOf(lines, facts, '2026-01-11')).toEqual(['pro', '2026-02-10']);
  expect(planOf(lines.slice(0, 1), facts, '2026-01-11')).toEqual([null, '2026-01-10']);
});

test('a subscription has the longer of both days of grace, and other plans their own', () => {
  const stated = { paidTime: { startsAt: new Date('2026-01-01'), endsAt: new Date('2026-02-01') } };
  const end = (more: object, grace: object) =>
    planOf(
      [line('1', PLAN('pro'))],
      [fact('1', 'bought', '2026-01-01', more)],
      '2026-01-02',
      grace,
    );
  expect(end(stated, { graceDays: 1 })[1]).toBe('2026-02-04');
  expect(end(stated, { graceDays: 9 })[1]).toBe('2026-02-10');
  expect(end({}, { graceDays: 1 })[1]).toBe('2026-02-02');
});

const instant = fc
  .integer({ min: 0, max: 90 })
  .map(day => new Date(Date.UTC(2026, 0, 1) + day * 86_400_000));
const anyFact = fc.record({
  orderId: fc.constantFrom('1', '2', '3'),
  lineId: fc.constantFrom('1', ''),
  kind: fc.constantFrom<FactKind>(
    'bought',
    'renewed',
    'cancelled',
    'restored',
    'refunded',
    'disputed',
    'dispute_won',
    'dispute_lost',
  ),
  reference: fc.constantFrom('a', 'b'),
  occurredAt: instant,
  quantity: fc.integer({ min: 1, max: 3 }),
});
const LINES = [line('1', PLAN('pro')), line('2', PACK), line('3', PLAN('vip', 'P14D'))];

test('the order of facts and their repetition never matter', () => {
  fc.assert(
    fc.property(
      fc
        .uniqueArray(anyFact, {
          maxLength: 9,
          selector: ({ orderId, lineId, kind, reference }) =>
            JSON.stringify([orderId, lineId, kind, reference]),
        })
        .chain(facts =>
          fc.tuple(
            fc.constant(facts),
            fc.shuffledSubarray([...facts, ...facts, ...facts], { minLength: facts.length * 3 }),
          ),
        ),
      instant,
      (tuple, now) => {
        const [once, shuffled] = tuple.map(facts =>
          facts.map((each): PurchaseFact => ({ ...each, shop: 'signed' })),
        ) as [PurchaseFact[], PurchaseFact[]];
        const at = rules(now.toISOString());
        expect(foldPurchases(LINES, shuffled, at)).toEqual(foldPurchases(LINES, once, at));
      },
    ),
    { numRuns: 500 },
  );
});

test('a refund never gives, and no more than was bought stands', () => {
  fc.assert(
    fc.property(fc.array(anyFact, { maxLength: 8 }), instant, (some, now) => {
      const facts = some.map((each): PurchaseFact => ({ ...each, shop: 'signed' }));
      const [pack] = foldPurchases(LINES, facts, rules(now.toISOString())).addons;
      if (!pack) return;
      expect(pack.entitled).toBeGreaterThanOrEqual(0);
      expect(pack.entitled).toBeLessThanOrEqual(pack.units);
    }),
  );
});
