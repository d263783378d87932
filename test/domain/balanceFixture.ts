// Histories of a balance, for tests of its lines.

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
export const allowanceOf = (plan: string, provider: string) => ALLOWANCES[plan]?.[provider];

// Instants in seconds here, in microseconds there.
export const SECOND = 1_000_000;
export const [CREATED, BEGINS, OPENED, ENDS] = [10, 100, 200, 900];

export const quota = (planLimit: number, more: Partial<KeptQuota> = {}): KeptQuota => ({
  provider: 'openrouter',
  planLimit,
  addonLimit: 0,
  used: 0,
  hasRow: true,
  openedAt: OPENED * SECOND,
  ...more,
});

export const grant = (
  id: string,
  givenAt: number | null,
  more: Partial<KeptGrant> = {},
): KeptGrant => ({
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

export const charges = (units: number, to: number, more: Partial<Charges> = {}): Charges => ({
  provider: 'openrouter',
  grantId: null,
  requests: units,
  units,
  from: to * SECOND,
  to: to * SECOND,
  ...more,
});

export const planChange = (at: number, before: string, after: string): PlanChange => ({
  at: at * SECOND,
  kind: 'plan',
  before: { plan: before },
  after: { plan: after },
});
export const limitChange = (
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
export type Then = [units: number, state: KeptGrant['state'], reason?: string];
export const grantChange = (
  at: number,
  grantId: string,
  before: Then,
  after: Then,
): GrantChange => ({
  at: at * SECOND,
  kind: 'grant',
  grantId,
  before: { units: before[0], state: before[1] },
  after: { units: after[0], state: after[1], reason: after[2] ?? '' },
});

export const historyOf = (more: Partial<BalanceHistory>): BalanceHistory => ({
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
export const linesOf = (more: Partial<BalanceHistory>) =>
  balanceLines(historyOf(more), allowanceOf).lines.map(({ told, units, sum }) =>
    [told.code, told.at / SECOND, units, sum].join(' '),
  );

export const PLAN = 'plan 100 10 10';
