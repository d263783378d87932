// The lines of a balance: what each says, when, and what was left then.
// Random histories against the ledger are in test/integration/balanceHistories.test.ts.

import { describe, expect, test } from '@jest/globals';
import type { BalanceHistory, KeptGrant } from '../../src/domain/balance/history.js';
import { balanceLines } from '../../src/domain/balance/lines.js';
import {
  allowanceOf,
  BEGINS,
  charges,
  ENDS,
  grant,
  grantChange,
  historyOf,
  limitChange,
  linesOf,
  OPENED,
  PLAN,
  planChange,
  quota,
  SECOND,
} from './balanceFixture.js';

describe('a month begins with', () => {
  test.each<[string, Partial<BalanceHistory>, string[]]>([
    ['its plan', {}, [PLAN]],
    [
      'its plan, from when the license was made',
      { license: { plan: 'basic', createdAt: 150 * SECOND } },
      ['plan 150 10 10'],
    ],
    [
      'its plan, where nothing was asked of it yet',
      { quotas: [quota(10, { hasRow: false, openedAt: null })] },
      [PLAN],
    ],
    ['a limit of its own', { quotas: [quota(7)] }, ['limit 100 7 7']],
    [
      'a limit of a plan that is not sold any more',
      { license: { plan: 'gone', createdAt: 0 } },
      ['limit 100 10 10'],
    ],
    [
      'the plan that it had when it was opened, since it had it',
      {
        license: { plan: 'vip', createdAt: 0 },
        quotas: [quota(20)],
        changes: [planChange(120, 'basic', 'pro'), planChange(300, 'pro', 'vip')],
      },
      ['plan 120 20 20'],
    ],
    [
      'the plan that it had when its first limit changed, if it was opened for that',
      {
        license: { plan: 'pro', createdAt: 0 },
        quotas: [quota(20, { openedAt: 300 * SECOND })],
        changes: [planChange(250, 'basic', 'pro'), limitChange(250, 10, 20)],
      },
      [PLAN, 'plan_changed 250 10 20'],
    ],
    [
      'the plan that it had, whatever changed before that did',
      {
        license: { plan: 'pro', createdAt: 0 },
        quotas: [quota(20)],
        changes: [
          limitChange(250, 10, 12),
          planChange(300, 'basic', 'pro'),
          limitChange(300, 12, 20),
        ],
      },
      [PLAN, 'limit_changed 250 2 12', 'plan_changed 300 8 20'],
    ],
    [
      'the plan of its own opening, not of another provider’s',
      {
        license: { plan: 'pro', createdAt: 0 },
        quotas: [quota(20, { openedAt: 300 * SECOND }), quota(3, { provider: 'openai' })],
        changes: [limitChange(250, 0, 3, 'openai'), planChange(260, 'basic', 'pro')],
      },
      ['plan 100 0 0', 'limit_changed 250 3 3', 'plan 260 20 23'],
    ],
    [
      'a plan that changed in the instant in which it was opened, as it was before',
      {
        license: { plan: 'pro', createdAt: 0 },
        quotas: [quota(20)],
        changes: [planChange(OPENED, 'basic', 'pro'), limitChange(OPENED, 10, 20)],
      },
      [PLAN, 'plan_changed 200 10 20'],
    ],
    [
      'a plan that gives the same of a provider from the beginning on',
      {
        license: { plan: 'pro', createdAt: 0 },
        quotas: [quota(0, { provider: 'openai' })],
        changes: [planChange(120, 'basic', 'pro')],
      },
      ['plan 100 0 0'],
    ],
    [
      'what is not kept one by one any more',
      { quotas: [quota(10, { used: 5 })], charges: [charges(3, 400)] },
      [PLAN, 'charges_removed 100 -2 8', 'charges 400 -3 5'],
    ],
    [
      'the plan of each provider',
      {
        license: { plan: 'vip', createdAt: 0 },
        quotas: [quota(30), quota(5, { provider: 'openai' })],
      },
      ['plan 100 30 30', 'plan 100 5 35'],
    ],
  ])('%s', (_name, history, lines) => {
    expect(linesOf(history)).toEqual(lines);
  });
});

describe('of add-ons from before the month', () => {
  const carried = (more: Partial<KeptGrant>) => ({ grants: [grant('g', 50, more)] });
  test.each<[string, Partial<BalanceHistory>, string[]]>([
    ['what is left is carried', carried({ used: 2 }), [PLAN, 'carried 100 3 13']],
    ['one that is used up has no line', carried({ used: 5 }), [PLAN]],
    [
      'one that gives something each month adds to it',
      { ...carried({ lasts: 'subscription' }), quotas: [quota(10, { addonLimit: 5 })] },
      [PLAN, 'monthly_addon 100 5 15'],
    ],
    [
      'one of this month adds to it',
      { ...carried({ lasts: 'month', period: '2026-11' }), quotas: [quota(10, { addonLimit: 5 })] },
      [PLAN, 'monthly_addon 100 5 15'],
    ],
    ['one of another month does not', carried({ lasts: 'month', period: '2026-10' }), [PLAN]],
    [
      'one that waits for a plan is told',
      carried({ state: 'waiting' }),
      [PLAN, 'waiting 100 0 10'],
    ],
    ['one that waits, and is used up, is not', carried({ state: 'waiting', used: 5 }), [PLAN]],
    ['one that was taken back has no line', carried({ state: 'revoked' }), [PLAN]],
    [
      'one from before all notes is carried, too',
      { grants: [grant('g', null)] },
      [PLAN, 'carried 100 5 15'],
    ],
    [
      'what was charged to it since is told by itself',
      { ...carried({ used: 3 }), charges: [charges(2, 300, { grantId: 'g' })] },
      [PLAN, 'carried 100 4 14', 'charges 300 -2 12'],
    ],
    [
      'what was charged to another has nothing to do with it',
      {
        grants: [grant('g', 50, { used: 3 }), grant('h', 50, { used: 1 })],
        charges: [charges(1, 300, { grantId: 'h' })],
      },
      [PLAN, 'carried 100 2 12', 'carried 100 5 17', 'charges 300 -1 16'],
    ],
    [
      'what it was then counts, and what it became is told',
      { ...carried({ units: 2 }), changes: [grantChange(300, 'g', [5, 'active'], [2, 'active'])] },
      [PLAN, 'carried 100 5 15', 'refunded 300 -3 12'],
    ],
    [
      'what it became before the month is no matter',
      { ...carried({ units: 2 }), changes: [grantChange(60, 'g', [5, 'active'], [2, 'active'])] },
      [PLAN, 'carried 100 2 12'],
    ],
    [
      'of one that was used beyond what is left of it nothing is carried',
      carried({ units: 2, used: 3 }),
      [PLAN],
    ],
    [
      'a change of another is none of it',
      {
        grants: [grant('g', 50), grant('h', 50, { units: 2 })],
        changes: [grantChange(300, 'h', [9, 'active'], [2, 'active'])],
      },
      [PLAN, 'carried 100 5 15', 'carried 100 9 24', 'refunded 300 -7 17'],
    ],
    [
      'what it becomes in the first instant is told',
      {
        ...carried({ units: 2 }),
        changes: [grantChange(BEGINS, 'g', [5, 'active'], [2, 'active'])],
      },
      [PLAN, 'carried 100 5 15', 'refunded 100 -3 12'],
    ],
  ])('%s', (_name, history, lines) => {
    expect(linesOf(history)).toEqual(lines);
  });
});

test('in one instant a month begins, then is carried, then given, then changed, then charged', () => {
  const lines = linesOf({
    quotas: [
      quota(12, { used: 4, openedAt: BEGINS * SECOND }),
      quota(5, { provider: 'openai', used: 1 }),
    ],
    grants: [grant('given', BEGINS), grant('carried', 50, { used: 1 })],
    changes: [limitChange(BEGINS, 10, 11), limitChange(BEGINS, 11, 12)],
    charges: [charges(2, BEGINS), charges(1, BEGINS, { grantId: 'carried' })],
  });
  expect(lines).toEqual([
    'plan 100 10 10',
    'limit 100 5 15',
    'charges_removed 100 -2 13',
    'charges_removed 100 -1 12',
    'carried 100 5 17',
    'given 100 5 22',
    'limit_changed 100 1 23',
    'limit_changed 100 1 24',
    'charges 100 -2 22',
    'charges 100 -1 21',
  ]);
});

describe('a month that is over', () => {
  const over = (more: Partial<BalanceHistory>) => ({ endsAt: ENDS * SECOND, ...more });
  test.each<[string, Partial<BalanceHistory>, string[]]>([
    ['has nothing that was given at its end', over({ grants: [grant('g', ENDS)] }), [PLAN]],
    ['has what was given before it', over({ grants: [grant('g', 899)] }), [PLAN, 'given 899 5 15']],
    [
      'has no change of a grant at its end',
      over({
        grants: [grant('g', 50, { state: 'active' })],
        changes: [grantChange(ENDS, 'g', [5, 'active'], [2, 'active'])],
      }),
      [PLAN, 'carried 100 5 15'],
    ],
    [
      'has the charges of its grants until its end',
      over({
        grants: [grant('g', 50, { used: 3 })],
        charges: [charges(1, 899, { grantId: 'g' }), charges(2, ENDS, { grantId: 'g' })],
      }),
      [PLAN, 'carried 100 5 15', 'charges 899 -1 14'],
    ],
    [
      'has all charges of its own',
      over({ quotas: [quota(10, { used: 3 })], charges: [charges(3, 950)] }),
      [PLAN, 'charges 950 -3 7'],
    ],
    [
      'that was never opened has nothing that adds to it',
      over({ quotas: [], grants: [grant('g', 50, { lasts: 'subscription' }), grant('h', 50)] }),
      ['carried 100 5 5'],
    ],
  ])('%s', (_name, history, lines) => {
    expect(linesOf(history)).toEqual(lines);
  });
});

describe('a month of which not all was noted', () => {
  const old = { hasRow: true, openedAt: null };
  const since = (notedSince: number | null, more: Partial<BalanceHistory> = {}) => ({
    notedSince: notedSince === null ? null : notedSince * SECOND,
    quotas: [quota(10, { ...old, used: 4 })],
    ...more,
  });
  test.each<[string, Partial<BalanceHistory>, string[]]>([
    ['begins with what was left when notes began', since(300), ['opening 300 6 6']],
    ['begins when it begins, if all was noted by then', since(50), ['opening 100 6 6']],
    ['begins when it begins, if it is not known since when', since(null), ['opening 100 6 6']],
    [
      'has its charges since then',
      since(300, { charges: [charges(1, 299), charges(1, 300)] }),
      ['opening 300 7 7', 'charges 300 -1 6'],
    ],
    [
      'has its limit as it was then',
      since(300, { changes: [limitChange(250, 9, 15), limitChange(400, 15, 10)] }),
      ['opening 300 11 11', 'limit_changed 400 -5 6'],
    ],
    [
      'has a change of that very instant',
      since(300, { changes: [limitChange(300, 15, 10)] }),
      ['opening 300 11 11', 'limit_changed 300 -5 6'],
    ],
    [
      'has the grants that there were then',
      since(300, { grants: [grant('g', null, { used: 1 }), grant('h', 400)] }),
      ['opening 300 10 10', 'given 400 5 15'],
    ],
    [
      'has no change of a grant from before',
      since(300, {
        grants: [grant('g', 50, { units: 2 })],
        changes: [grantChange(250, 'g', [5, 'active'], [2, 'active'])],
      }),
      ['opening 300 8 8'],
    ],
    [
      'has charges of grants since then',
      since(300, {
        grants: [grant('g', 50, { used: 2 })],
        charges: [charges(1, 250, { grantId: 'g' }), charges(1, 350, { grantId: 'g' })],
      }),
      ['opening 300 10 10', 'charges 350 -1 9'],
    ],
    [
      'is one with a grant of which it is not known when it was given',
      { notedSince: 300 * SECOND, grants: [grant('g', null, { createdAt: 150 * SECOND })] },
      ['opening 300 15 15'],
    ],
    [
      'is one with such a grant from its first instant',
      { notedSince: 300 * SECOND, grants: [grant('g', null, { createdAt: BEGINS * SECOND })] },
      ['opening 300 15 15'],
    ],
    [
      'is none with a grant from after its end',
      {
        notedSince: 300 * SECOND,
        endsAt: ENDS * SECOND,
        quotas: [quota(10)],
        grants: [grant('g', null, { createdAt: ENDS * SECOND })],
      },
      [PLAN, 'carried 100 5 15'],
    ],
    [
      'has an opening for all providers',
      since(300, {
        quotas: [quota(10, old), quota(5, { provider: 'openai', used: 1 })],
        charges: [charges(1, 400, { provider: 'openai' })],
      }),
      ['opening 300 15 15', 'charges 400 -1 14'],
    ],
    [
      'has nothing of add-ons of other months',
      since(300, { grants: [grant('g', null, { lasts: 'month', period: '2026-10' })] }),
      ['opening 300 6 6'],
    ],
    [
      'has nothing of a grant that is not known any more',
      since(300, { charges: [charges(1, 400, { grantId: 'gone' })] }),
      ['opening 300 6 6', 'charges 400 0 6'],
    ],
  ])('%s', (_name, history, lines) => {
    expect(linesOf(history)).toEqual(lines);
  });
});

describe('what no note explains', () => {
  test('has a line of its own at the end, and the ledger’s number counts', () => {
    const explained = balanceLines(
      historyOf({ quotas: [quota(10, { addonLimit: 4 })], charges: [], changes: [] }),
      allowanceOf,
    );
    expect(explained.balance).toBe(14);
    expect(explained.lines.at(-1)).toEqual({
      told: { code: 'difference', at: 100 * SECOND, provider: null },
      units: 4,
      sum: 14,
    });
  });

  test('comes after everything else', () => {
    const history = { quotas: [quota(9)], changes: [limitChange(300, 10, 8)] };
    expect(linesOf(history)).toEqual([PLAN, 'limit_changed 300 -2 8', 'difference 300 1 9']);
  });
});
