// The lines of what changes a balance in its month.

import { describe, expect, test } from '@jest/globals';
import type { BalanceHistory, GrantChange, KeptGrant } from '../../src/domain/balance/history.js';
import { balanceLines } from '../../src/domain/balance/lines.js';
import {
  allowanceOf,
  BEGINS,
  charges,
  grant,
  grantChange,
  historyOf,
  limitChange,
  linesOf,
  PLAN,
  planChange,
  quota,
  SECOND,
  type Then,
} from './balanceFixture.js';

describe('an add-on of this month', () => {
  const given = (more: Partial<KeptGrant>, changes: GrantChange[] = []) => ({
    grants: [grant('g', 300, more)],
    changes,
  });
  const activated = (at: number, units = 5) =>
    grantChange(at, 'g', [5, 'waiting'], [units, 'active']);
  test.each<[string, Partial<BalanceHistory>, string[]]>([
    ['is given', given({}), [PLAN, 'given 300 5 15']],
    ['is bought', given({ order: '900' }), [PLAN, 'addon 300 5 15']],
    ['waits for a plan', given({ state: 'waiting' }), [PLAN, 'waiting 300 0 10']],
    [
      'is given from the first instant on',
      { grants: [grant('g', BEGINS)] },
      [PLAN, 'given 100 5 15'],
    ],
    [
      'is one act with what makes it count',
      given({}, [activated(300.999)]),
      [PLAN, 'given 300 5 15'],
    ],
    [
      'is two acts a second later',
      given({}, [activated(301)]),
      [PLAN, 'waiting 300 0 10', 'activated 301 5 15'],
    ],
    [
      'is two acts, if its number changes',
      given({ units: 4 }, [activated(300, 4)]),
      [PLAN, 'waiting 300 0 10', 'refunded 300 4 14'],
    ],
    [
      'is two acts, if it stops counting',
      given({ state: 'waiting' }, [grantChange(300, 'g', [5, 'active'], [5, 'waiting'])]),
      [PLAN, 'given 300 5 15', 'waiting 300 -5 10'],
    ],
    [
      'is two acts, if it is taken back',
      given({ state: 'revoked' }, [grantChange(300, 'g', [5, 'waiting'], [5, 'revoked'])]),
      [PLAN, 'waiting 300 0 10', 'withdrawn 300 0 10'],
    ],
    ['was given no later than it changed', given({}, [activated(299)]), [PLAN, 'given 299 5 15']],
    [
      'of another month adds nothing',
      given({ lasts: 'month', period: '2026-10' }, [activated(300)]),
      [PLAN],
    ],
    [
      'of another month that changes adds nothing',
      given({ lasts: 'month', period: '2026-10' }, [activated(400)]),
      [PLAN],
    ],
    [
      'of this month adds to it',
      { ...given({ lasts: 'month', period: '2026-11' }), quotas: [quota(10, { addonLimit: 5 })] },
      [PLAN, 'given 300 5 15'],
    ],
    [
      'is charged like any other',
      { ...given({ used: 2 }), charges: [charges(2, 400, { grantId: 'g' })] },
      [PLAN, 'given 300 5 15', 'charges 400 -2 13'],
    ],
    [
      'keeps what was charged when it changes',
      {
        ...given({ used: 2, units: 4 }, [grantChange(500, 'g', [5, 'active'], [4, 'active'])]),
        charges: [charges(2, 400, { grantId: 'g' })],
      },
      [PLAN, 'given 300 5 15', 'charges 400 -2 13', 'refunded 500 -1 12'],
    ],
    [
      'is two acts, if it did not wait',
      given({}, [grantChange(300.5, 'g', [5, 'expired'], [5, 'active'])]),
      [PLAN, 'given 300 0 10', 'restored 300.5 5 15'],
    ],
    [
      'is told when it changes once more',
      given({ units: 3 }, [activated(300), grantChange(400, 'g', [5, 'active'], [3, 'active'])]),
      [PLAN, 'given 300 5 15', 'refunded 400 -2 13'],
    ],
  ])('%s', (_name, history, lines) => {
    expect(linesOf(history)).toEqual(lines);
  });

  test.each<[string, Then, Then]>([
    ['refunded', [5, 'active'], [5, 'revoked', 'taken back']],
    ['withdrawn', [5, 'active'], [5, 'revoked', 'a mistake']],
    ['ended', [5, 'active'], [5, 'expired']],
    ['refunded', [5, 'active'], [4, 'active']],
    ['restored', [5, 'active'], [6, 'active']],
    ['restored', [5, 'waiting'], [6, 'waiting']],
    ['waiting', [5, 'active'], [5, 'waiting']],
    ['activated', [5, 'waiting'], [5, 'active']],
    ['restored', [5, 'expired'], [5, 'active']],
  ])('is %s when it goes from %p to %p', (code, before, after) => {
    const [units, state] = after;
    const grants = [grant('g', 50, { units, state })];
    const changes = [grantChange(400, 'g', before, after)];
    expect(linesOf({ grants, changes }).at(-1)?.split(' ').slice(0, 2)).toEqual([code, '400']);
  });

  test('of an order is no longer paid when it ends', () => {
    const grants = [grant('g', 50, { state: 'expired', order: 'stripe:900' })];
    const changes = [grantChange(400, 'g', [5, 'active'], [5, 'expired'])];
    expect(linesOf({ grants, changes }).at(-1)).toMatch(/^unpaid 400 /);
  });
});

describe('a change', () => {
  const toPro = [planChange(300, 'basic', 'pro'), limitChange(300, 10, 20)];
  const pro = { license: { plan: 'pro', createdAt: 0 }, quotas: [quota(20)] };
  test.each<[string, Partial<BalanceHistory>, string[]]>([
    [
      'of the plan is told once for its new limit',
      { ...pro, changes: toPro },
      [PLAN, 'plan_changed 300 10 20'],
    ],
    [
      'of a limit alone is one of the limit',
      { quotas: [quota(3)], changes: [limitChange(300, 10, 3)] },
      [PLAN, 'limit_changed 300 -7 3'],
    ],
    [
      'after one of the plan, too',
      { ...pro, quotas: [quota(25)], changes: [...toPro, limitChange(400, 20, 25)] },
      [PLAN, 'plan_changed 300 10 20', 'limit_changed 400 5 25'],
    ],
    [
      'of the plan that leaves a limit of its own is one of the limit',
      {
        ...pro,
        quotas: [quota(15)],
        changes: [planChange(300, 'basic', 'pro'), limitChange(300, 10, 15)],
      },
      [PLAN, 'limit_changed 300 5 15'],
    ],
    [
      'back to a plan is one of the plan',
      { changes: [...toPro, planChange(400, 'pro', 'basic'), limitChange(400, 20, 10)] },
      [PLAN, 'plan_changed 300 10 20', 'plan_changed 400 -10 10'],
    ],
    [
      'to less than was used leaves nothing, and not less',
      {
        quotas: [quota(3, { used: 8 })],
        changes: [limitChange(300, 10, 3)],
        charges: [charges(8, 250)],
      },
      [PLAN, 'charges 250 -8 2', 'limit_changed 300 -2 0'],
    ],
    [
      'from less than was used adds what there is then',
      {
        quotas: [quota(10, { used: 8 })],
        changes: [limitChange(300, 10, 3), limitChange(400, 3, 10)],
        charges: [charges(8, 250)],
      },
      [PLAN, 'charges 250 -8 2', 'limit_changed 300 -2 0', 'limit_changed 400 2 2'],
    ],
    [
      'of a clock that was set back is told in its order',
      { quotas: [quota(3)], changes: [limitChange(300, 10, 5), limitChange(290, 5, 3)] },
      [PLAN, 'limit_changed 300 -5 5', 'limit_changed 300 -2 3'],
    ],
    [
      'of a grant that is not known any more is not told',
      { changes: [grantChange(300, 'gone', [5, 'active'], [2, 'active'])] },
      [PLAN],
    ],
    [
      'back to the limit of the same plan is one of the limit',
      { ...pro, changes: [...toPro, limitChange(400, 20, 25), limitChange(500, 25, 20)] },
      [PLAN, 'plan_changed 300 10 20', 'limit_changed 400 5 25', 'limit_changed 500 -5 20'],
    ],
  ])('%s', (_name, history, lines) => {
    expect(linesOf(history)).toEqual(lines);
  });

  test('of the plan is told for each provider with the plans before and after', () => {
    const { lines } = balanceLines(
      historyOf({
        license: { plan: 'vip', createdAt: 0 },
        quotas: [quota(30), quota(5, { provider: 'openai' })],
        changes: [
          planChange(300, 'basic', 'vip'),
          limitChange(300, 10, 30),
          limitChange(300, 0, 5, 'openai'),
        ],
      }),
      allowanceOf,
    );
    expect(lines.map(({ told }) => told)).toEqual([
      { code: 'plan', at: 100 * SECOND, provider: 'openrouter', plan: 'basic', units: 10 },
      { code: 'plan', at: 100 * SECOND, provider: 'openai', plan: 'basic', units: 0 },
      ...[
        { provider: 'openrouter', units: 30 },
        { provider: 'openai', units: 5 },
      ].map(each => ({
        code: 'plan_changed',
        at: 300 * SECOND,
        plan: 'vip',
        formerPlan: 'basic',
        ...each,
      })),
    ]);
  });

  test('of a limit names the plan of that time', () => {
    const changes = [limitChange(250, 10, 20), planChange(300, 'basic', 'pro')];
    const { lines } = balanceLines(historyOf({ ...pro, changes }), allowanceOf);
    expect(lines.at(-1)?.told).toMatchObject({ code: 'limit_changed', plan: 'basic' });
  });

  test('names the grant that it is of, and its requests', () => {
    const grants = [grant('g', 50, { units: 4, used: 1 })];
    const ofGrant = charges(1, 500, { grantId: 'g' });
    const { lines } = balanceLines(
      historyOf({
        grants,
        changes: [grantChange(400, 'g', [5, 'active'], [4, 'active'])],
        charges: [charges(1, 450), ofGrant],
        quotas: [quota(10, { used: 1 })],
      }),
      allowanceOf,
    );
    const told = lines.slice(1).map(line => line.told);
    const common = { provider: 'openrouter', grant: grants[0] };
    expect(told).toEqual([
      { ...common, code: 'carried', at: 100 * SECOND, units: 5 },
      { ...common, code: 'refunded', at: 400 * SECOND, units: 4 },
      { code: 'charges', at: 450 * SECOND, provider: 'openrouter', charges: charges(1, 450) },
      { ...common, code: 'charges', at: 500 * SECOND, charges: ofGrant },
    ]);
  });
});
