// What changed a balance since the month began: grants, limits and requests.

import { TAKEN_BACK } from '../grant.js';
import type { QuotaKey } from '../provider.js';
import { type AllowanceOf, grantAt, planAtOpening } from './beginning.js';
import { type Counters, type LineCode, quotaOf, type Step, TURNS } from './counters.js';
import {
  type BalanceHistory,
  changesOf,
  type GrantChange,
  isCutOff,
  isGivenSince,
  isOfMonth,
  isWithin,
  type KeptGrant,
  type LimitChange,
  type PlanChange,
  startOf,
  toldCharges,
} from './history.js';

/** A grant that counts at once is written as waiting first. The same act makes it active within this time. */
const ONE_ACT_US = 1_000_000;

export function givenSteps(history: BalanceHistory): Step[] {
  const start = startOf(history);
  return history.grants.flatMap(grant => {
    if (grant.givenAt === null || grant.givenAt < start || !isWithin(history, grant.givenAt))
      return [];
    if (!isOfMonth(grant, history)) return [];
    const [first] = changesOf(history, grant);
    const at = Math.min(grant.givenAt, first?.at ?? grant.givenAt);
    const then = grantAt(history, grant, at);
    if (isSameAct(grant, first)) Object.assign(then, first.after);
    const code = then.state === 'waiting' ? 'waiting' : grant.order === null ? 'given' : 'addon';
    const told = { code, at, provider: grant.provider, grant, units: then.units } as const;
    return [
      {
        at,
        turn: TURNS.given,
        told,
        apply: ({ grants }: Counters) => void grants.set(grant.id, then),
      },
    ];
  });
}

export function changeSteps(history: BalanceHistory, allowanceOf: AllowanceOf): Step[] {
  const start = startOf(history);
  const grants = new Map(history.grants.map(grant => [grant.id, grant]));
  /** For each quota, the plan for which its limit was last told. */
  const planOf = new Map<QuotaKey, string>();
  for (const quota of history.quotas) {
    planOf.set(quota.provider, planAtOpening(history, quota).plan);
  }
  const firstPlan = history.changes.find((change): change is PlanChange => change.kind === 'plan');
  let plan = firstPlan?.before.plan ?? history.license.plan;
  let formerPlan = plan;
  return history.changes.flatMap(change => {
    if (change.kind === 'plan') {
      plan = change.after.plan;
      formerPlan = change.before.plan;
      return [];
    }
    if (change.kind === 'limit') {
      const { at, provider, after } = change;
      const isNew = (planOf.get(provider) ?? plan) !== plan;
      planOf.set(provider, plan);
      if (isCutOff(history) && at < start) return [];
      const isPlans = isNew && allowanceOf(plan, provider) === after.units;
      return [limitStep(change, plan, isPlans ? formerPlan : plan)];
    }
    const grant = grants.get(change.grantId);
    if (!grant || change.at < start || !isWithin(history, change.at)) return [];
    const [first] = changesOf(history, grant);
    const isTold = first === change && isGivenSince(grant, start) && isSameAct(grant, first);
    return isTold || !isOfMonth(grant, history) ? [] : [grantStep(change, grant)];
  });
}

export function chargeSteps(history: BalanceHistory): Step[] {
  return toldCharges(history).map(charges => {
    const { provider, grantId, units, to: at } = charges;
    const grant = history.grants.find(each => each.id === grantId);
    return {
      at,
      turn: TURNS.charged,
      told: { code: 'charges', at, provider, charges, ...(grant && { grant }) } as const,
      apply({ quotas, grants }: Counters) {
        const bucket = grantId === null ? quotaOf(quotas, provider) : grants.get(grantId);
        if (bucket) bucket.used += units;
      },
    };
  });
}

function isSameAct(grant: KeptGrant, first: GrantChange | undefined): first is GrantChange {
  return (
    first !== undefined &&
    grant.givenAt !== null &&
    first.before.state === 'waiting' &&
    first.after.state === 'active' &&
    first.before.units === first.after.units &&
    first.at - grant.givenAt < ONE_ACT_US
  );
}

function limitStep(change: LimitChange, plan: string, formerPlan: string): Step {
  const { at, provider, after } = change;
  const code = plan === formerPlan ? 'limit_changed' : 'plan_changed';
  return {
    at,
    turn: TURNS.changed,
    told: { code, at, provider, plan, formerPlan, units: after.units },
    apply({ quotas }) {
      quotas.set(provider, { ...quotaOf(quotas, provider), limit: after.units });
    },
  };
}

function grantStep(change: GrantChange, grant: KeptGrant): Step {
  const { at, after } = change;
  const { provider } = grant;
  return {
    at,
    turn: TURNS.changed,
    told: { code: codeOf(change, grant), at, provider, grant, units: after.units },
    apply({ grants }) {
      const { used = 0 } = grants.get(grant.id) ?? {};
      grants.set(grant.id, { grant, units: after.units, state: after.state, used });
    },
  };
}

function codeOf({ before, after }: GrantChange, { order }: KeptGrant): LineCode {
  if (after.state === 'revoked') return after.reason === TAKEN_BACK ? 'refunded' : 'withdrawn';
  if (after.state === 'expired') return order === null ? 'ended' : 'unpaid';
  if (after.units < before.units) return 'refunded';
  if (after.units > before.units) return 'restored';
  if (after.state === 'waiting') return 'waiting';
  return before.state === 'waiting' ? 'activated' : 'restored';
}
