// The lines for what a month began with.

import type { QuotaKey } from '../provider.js';
import { type Counters, type GrantThen, quotaOf, type Step, TURNS, worthOf } from './counters.js';
import {
  type BalanceHistory,
  changesOf,
  isCutOff,
  isGivenSince,
  isOfMonth,
  type KeptGrant,
  type KeptQuota,
  type LimitChange,
  type Microseconds,
  type PlanChange,
  startOf,
  toldCharges,
  unitsOf,
} from './history.js';

/** A plan's allowance; undefined if the plan is not sold any more. */
export type AllowanceOf = (plan: string, provider: QuotaKey) => number | undefined;

/** One line for all that happened before changes were noted. */
export function openingStep(history: BalanceHistory): Step {
  const at = startOf(history);
  return {
    at,
    turn: TURNS.opening,
    told: { code: 'opening', at, provider: null },
    apply(counters) {
      for (const quota of history.quotas) {
        const used = usedAtStart(history, quota);
        counters.quotas.set(quota.provider, { limit: limitAtStart(history, quota), used });
      }
      for (const grant of history.grants) {
        if (!isGivenSince(grant, at)) counters.grants.set(grant.id, grantAt(history, grant, at));
      }
    },
  };
}

export function planSteps(history: BalanceHistory, allowanceOf: AllowanceOf): Step[] {
  return history.quotas.flatMap(quota => {
    const { provider } = quota;
    const { plan, since: at } = planAtOpening(
      history,
      quota,
      ({ before, after }) =>
        allowanceOf(before.plan, provider) !== allowanceOf(after.plan, provider),
    );
    const limit = limitAtStart(history, quota);
    const code = allowanceOf(plan, provider) === limit ? 'plan' : 'limit';
    const removed = usedAtStart(history, quota);
    const planned: Step = {
      at,
      turn: TURNS.plan,
      told: { code, at, provider, plan, units: limit },
      apply: ({ quotas }) => void quotas.set(provider, { ...quotaOf(quotas, provider), limit }),
    };
    const pruned: Step = {
      at,
      turn: TURNS.removed,
      told: { code: 'charges_removed', at, provider, units: removed },
      apply({ quotas }) {
        const { limit, used } = quotaOf(quotas, provider);
        quotas.set(provider, { limit, used: used + removed });
      },
    };
    return removed === 0 ? [planned] : [planned, pruned];
  });
}

/** Grants that the license had when the month began. */
export function carriedSteps(history: BalanceHistory): Step[] {
  const { beginsAt: at, period } = history;
  return history.grants
    .filter(grant => !isGivenSince(grant, at) && isOfMonth(grant, history))
    .map(grant => {
      const then = grantAt(history, grant, at);
      const worth = worthOf(then, period);
      const { provider, lasts } = grant;
      const isWaiting = then.state === 'waiting' && then.units > then.used;
      const code = isWaiting ? 'waiting' : lasts === 'until-used' ? 'carried' : 'monthly_addon';
      const told = { code, at, provider, grant, units: worth } as const;
      return {
        at,
        turn: TURNS.carried,
        told: worth > 0 || isWaiting ? told : null,
        apply: ({ grants }: Counters) => void grants.set(grant.id, then),
      };
    });
}

/** The plan when the month was opened, and since when: since the last change before it that `matters`. */
export function planAtOpening(
  { license, beginsAt, changes }: BalanceHistory,
  { provider, openedAt }: KeptQuota,
  matters: (change: PlanChange) => boolean = () => true,
): { plan: string; since: Microseconds } {
  const plans = changes.filter((change): change is PlanChange => change.kind === 'plan');
  const firstLimit = changes.find(
    change => change.kind === 'limit' && change.provider === provider,
  );
  const opened = Math.min(openedAt ?? Infinity, firstLimit?.at ?? Infinity);
  const before = plans.filter(change => change.at < opened && matters(change)).at(-1);
  const after = plans.find(({ at }) => at >= opened);
  return {
    plan: after?.before.plan ?? license.plan,
    since: Math.min(opened, Math.max(beginsAt, license.createdAt, before?.at ?? 0)),
  };
}

export function grantAt(history: BalanceHistory, grant: KeptGrant, at: Microseconds): GrantThen {
  const first = changesOf(history, grant).find(change => change.at >= at);
  const { units, state } = first?.before ?? grant;
  const since = history.charges.filter(
    charges => charges.grantId === grant.id && charges.from >= startOf(history),
  );
  return { grant, units, state, used: grant.used - unitsOf(since) };
}

function limitAtStart(history: BalanceHistory, quota: KeptQuota): number {
  const first = history.changes.find(
    (change): change is LimitChange =>
      change.kind === 'limit' &&
      change.provider === quota.provider &&
      (!isCutOff(history) || change.at >= startOf(history)),
  );
  return first ? first.before.units : quota.planLimit;
}

/** What was used of the month's own bucket before the charges that have lines. */
function usedAtStart(history: BalanceHistory, { provider, used }: KeptQuota): number {
  const told = toldCharges(history).filter(
    charges => charges.grantId === null && charges.provider === provider,
  );
  return used - unitsOf(told);
}
