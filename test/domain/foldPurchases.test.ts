import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type FoldRules, foldPurchases } from '../../src/domain/foldPurchases.js';
import type { FactKind, PurchaseFact, PurchaseLine, Terms } from '../../src/domain/purchase.js';

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

  test('a cancelled order that is restored gives again', () => {
    const cancelled = fact('1', 'cancelled', '2026-01-02');
    expect(unitsOf([bought, cancelled])).toBe(0);
    expect(unitsOf([bought, cancelled, fact('1', 'restored', '2026-01-03')])).toBe(200);
    expect(unitsOf([bought, cancelled, fact('1', 'restored', '2026-01-01')])).toBe(0);
  });
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
