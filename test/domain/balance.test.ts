// The lines of a balance: what each says, when, and what was left then.
// Random histories against the ledger are in test/integration/balanceHistories.test.ts.

import { describe, expect, test } from '@jest/globals';
import type {
  BalanceHistory,
  Charges,
  GrantChange,
  KeptGrant,
  KeptQuota,
  LimitChange,
  PlanChange,
} from '../../src/domain/balance/history.js';
import { balanceLines } from '../../src/domain/balance/lines.js';

const ALLOWANCES: Record<string, Record<string, number>> = {
  basic: { openrouter: 10, openai: 0 },
  pro: { openrouter: 20, openai: 0 },
  vip: { openrouter: 30, openai: 5 },
};
const allowanceOf = (plan: string, provider: string) => ALLOWANCES[plan]?.[provider];

// Instants in seconds here, in microseconds there.
const SECOND = 1_000_000;
const [CREATED, BEGINS, OPENED, ENDS] = [10, 100, 200, 900];

const quota = (planLimit: number, more: Partial<KeptQuota> = {}): KeptQuota => ({
  provider: 'openrouter',
  planLimit,
  addonLimit: 0,
  used: 0,
  hasRow: true,
  openedAt: OPENED * SECOND,
  ...more,
});

const grant = (id: string, givenAt: number | null, more: Partial<KeptGrant> = {}): KeptGrant => ({
  id,
  provider: 'openrouter',
  lasts: 'until-used',
  period: null,
  product: null,
  order: null,
  createdAt: (givenAt ?? CREATED) * SECOND,
  givenAt: givenAt === null ? null : givenAt * SECOND,
  units: 5,
  state: 'active',
  used: 0,
  ...more,
});

const charges = (units: number, to: number, more: Partial<Charges> = {}): Charges => ({
  provider: 'openrouter',
  grantId: null,
  requests: units,
  units,
  from: to * SECOND,
  to: to * SECOND,
  ...more,
});

const planChange = (at: number, before: string, after: string): PlanChange => ({
  at: at * SECOND,
  kind: 'plan',
  before: { plan: before },
  after: { plan: after },
});
const limitChange = (
  at: number,
  before: number,
  after: number,
  provider: LimitChange['provider'] = 'openrouter',
): LimitChange => ({
  at: at * SECOND,
  kind: 'limit',
  provider,
  before: { units: before },
  after: { units: after },
});
type Then = [units: number, state: KeptGrant['state'], reason?: string];
const grantChange = (at: number, grantId: string, before: Then, after: Then): GrantChange => ({
  at: at * SECOND,
  kind: 'grant',
  grantId,
  before: { units: before[0], state: before[1] },
  after: { units: after[0], state: after[1], reason: after[2] ?? '' },
});

const historyOf = (more: Partial<BalanceHistory>): BalanceHistory => ({
  period: '2026-11',
  beginsAt: BEGINS * SECOND,
  endsAt: null,
  license: { plan: 'basic', createdAt: CREATED * SECOND },
  notedSince: null,
  quotas: [quota(10)],
  grants: [],
  changes: [],
  charges: [],
  ...more,
});

/** Of each line its code, its second, by how much it changed the sum, and the sum. */
const linesOf = (more: Partial<BalanceHistory>) =>
  balanceLines(historyOf(more), allowanceOf).lines.map(({ told, units, sum }) =>
    [told.code, told.at / SECOND, units, sum].join(' '),
  );

const PLAN = 'plan 100 10 10';

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
    ['unpaid', [5, 'active'], [5, 'expired']],
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
