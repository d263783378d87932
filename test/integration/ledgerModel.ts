// What the ledger should do, act by act, in plain TypeScript: no database, no concurrency.

import { planCovers } from '../../src/domain/catalog.js';
import { type Provider, perProvider } from '../../src/domain/provider.js';
import { balanceOf, type Usage } from '../../src/domain/quota.js';
import type { HoldResult, SettleResult } from '../../src/store/ledger/index.js';
import { catalog, LEASE_MS } from './ledgerFixture.js';

interface ModelPeriod {
  planLimit: number;
  addonLimit: number;
  used: number;
  held: number;
  grantsUsed: number;
}

interface ModelGrant {
  id: string;
  provider: Provider;
  entitled: number;
  used: number;
  held: number;
  lasts: 'until-used' | 'month' | 'subscription';
  period: string | null;
  minimumPlan: string;
  state: 'active' | 'waiting' | 'revoked';
  createdAt: number;
}

interface ModelHold {
  id: string;
  provider: Provider;
  period: string;
  grantId: string | null;
  units: number;
  state: 'pending' | 'posted' | 'voided' | 'expired';
  leaseEndsAt: number;
}

/** Plain data, so that it can be cloned. */
export interface Model {
  now: number;
  plan: string;
  version: number;
  /** By period and provider: `2026-11 openai`. */
  periods: Record<string, ModelPeriod>;
  grants: ModelGrant[];
  holds: ModelHold[];
}

export function thisPeriod(model: Model): string {
  return new Date(model.now).toISOString().slice(0, 7);
}

/** A new month's row, from the license's current entitlements. */
function entitled(model: Model, period: string, provider: Provider): ModelPeriod {
  const counted = model.grants.filter(
    grant =>
      grant.state === 'active' &&
      grant.provider === provider &&
      (grant.lasts === 'subscription' || grant.period === period),
  );
  return {
    planLimit: catalog.plans.get(model.plan)?.allowances[provider] ?? 0,
    addonLimit: counted.reduce((sum, grant) => sum + grant.entitled, 0),
    used: 0,
    held: 0,
    grantsUsed: 0,
  };
}

/**
 * To be called after any change of plan or grants: updates what counts, and the current month if it is open.
 */
export function refresh(model: Model): void {
  for (const grant of model.grants) {
    if (grant.state === 'revoked') continue;
    grant.state = planCovers(catalog, model.plan, grant.minimumPlan) ? 'active' : 'waiting';
  }
  perProvider(provider => {
    const row = model.periods[`${thisPeriod(model)} ${provider}`];
    if (!row) return;
    const { planLimit, addonLimit } = entitled(model, thisPeriod(model), provider);
    Object.assign(row, { planLimit, addonLimit });
  });
}

export function usage(model: Model, period = thisPeriod(model)): Usage {
  const [year, month] = period.split('-').map(Number) as [number, number];
  return {
    plan: model.plan,
    period,
    resetsAt: new Date(Date.UTC(year, month)),
    quotas: perProvider(provider => {
      const row = model.periods[`${period} ${provider}`] ?? entitled(model, period, provider);
      const packs = model.grants.filter(
        grant => grant.provider === provider && grant.lasts === 'until-used',
      );
      const unspent = packs
        .filter(({ state }) => state === 'active')
        .reduce((sum, pack) => sum + Math.max(0, pack.entitled - pack.used), 0);
      const held = packs.reduce((sum, pack) => sum + pack.held, row.held);
      return { ...row, held, grantsUnspent: unspent };
    }),
  };
}

export function hold(
  model: Model,
  want: { id: string; provider: Provider; units: number; version: number },
): HoldResult {
  const { id, provider, units, version } = want;
  if (version !== model.version) return { kind: 'stale' };
  const period = thisPeriod(model);
  perProvider(each => {
    model.periods[`${period} ${each}`] ??= entitled(model, period, each);
  });
  const own = model.periods[`${period} ${provider}`] as ModelPeriod;
  const buckets = [
    { grantId: null, limit: own.planLimit + own.addonLimit, row: own },
    ...model.grants
      .filter(grant => grant.provider === provider)
      .filter(grant => grant.lasts === 'until-used' && grant.state === 'active')
      .toSorted((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
      .map(grant => ({ grantId: grant.id, limit: grant.entitled, row: grant })),
  ];
  const bucket = buckets.find(({ row, limit }) => row.used + row.held + units <= limit);
  if (!bucket) {
    const reserved = buckets.some(({ row, limit }) => row.used + units <= limit);
    return { kind: 'full', reserved, usage: usage(model) };
  }
  bucket.row.held += units;
  const { grantId } = bucket;
  const leaseEndsAt = model.now + LEASE_MS;
  model.holds.push({ id, provider, period, grantId, units, state: 'pending', leaseEndsAt });
  const { quotas, resetsAt } = usage(model, period);
  return { kind: 'held', balance: balanceOf(quotas[provider]), resetsAt };
}

function end(
  model: Model,
  ended: ModelHold,
  state: 'posted' | 'voided' | 'expired',
  charge = ended.units,
): void {
  const own = model.periods[`${ended.period} ${ended.provider}`] as ModelPeriod;
  const grant = model.grants.find(({ id }) => id === ended.grantId);
  const bucket = grant ?? own;
  bucket.held -= ended.units;
  if (state === 'posted') {
    ended.units = charge;
    bucket.used += charge;
    if (grant) own.grantsUsed += charge;
  }
  ended.state = state;
}

export function settle(
  model: Model,
  { id, outcome, units }: { id: string; outcome: 'posted' | 'voided'; units?: number },
): SettleResult {
  const found = model.holds.find(each => each.id === id);
  if (!found) return { kind: 'refused', state: 'unknown' };
  if (found.state !== 'pending') return { kind: 'refused', state: found.state };
  end(model, found, outcome, Math.min(found.units, units ?? found.units));
  return { kind: 'ended', usage: usage(model, found.period) };
}

export function dueHolds(model: Model): ModelHold[] {
  return model.holds.filter(
    ({ state, leaseEndsAt }) => state === 'pending' && leaseEndsAt <= model.now,
  );
}

/** `passesBy`: whether another act is working on the hold at that moment. */
export function expire(model: Model, passesBy: (holdId: string) => boolean): number {
  const taken = dueHolds(model).filter(({ id }) => !passesBy(id));
  for (const each of taken) end(model, each, 'expired');
  return taken.length;
}
