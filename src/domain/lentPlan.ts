// A plan that an administrator gives for a time. It lies over the license's own plan and expiry, and what is
// written to those two meanwhile counts when the time is over. While it lasts the license does not expire.

import { type Refusal, refuseField } from './refusal.js';

export interface PlanTerms {
  /** The plan that counts now, and when the license expires; null for never. */
  plan: string;
  expiresAt: Date | null;
  /** Null where the plan is the license's own. */
  lent: Lent | null;
}

export interface Lent {
  until: Date;
  /** What the license goes back to. */
  planAfter: string;
  expiresAfter: Date | null;
}

export interface AskedTerms {
  plan?: string | undefined;
  /** Null: what was given for a time ends now. */
  planUntil?: Date | null | undefined;
  /** Null: never. */
  expiresAt?: Date | null | undefined;
}

/** The license's own plan and expiry, whatever lies over them. */
export function ownOf({ plan, expiresAt, lent }: PlanTerms): Pick<PlanTerms, 'plan' | 'expiresAt'> {
  return lent ? { plan: lent.planAfter, expiresAt: lent.expiresAfter } : { plan, expiresAt };
}

/** A plan without a time is the license's own from now on. An expiry also ends what was given for longer. */
export function changedTerms(before: PlanTerms, asked: AskedTerms, now: Date): PlanTerms | Refusal {
  const { planUntil, expiresAt } = asked;
  const fault = faultOf(before, asked, now);
  if (fault) return refuseField('plan_until', fault);
  let own = ownOf(before);
  let lent = before.lent && { plan: before.plan, until: before.lent.until };
  if (planUntil) lent = { plan: asked.plan ?? before.plan, until: planUntil };
  else if (asked.plan !== undefined || planUntil === null) lent = null;
  if (asked.plan !== undefined && !planUntil) own = { ...own, plan: asked.plan };
  if (expiresAt !== undefined) {
    own = { ...own, expiresAt };
    if (lent && expiresAt && expiresAt < lent.until) lent = { ...lent, until: expiresAt };
  }
  if (!lent) return { ...own, lent: null };
  const { until } = lent;
  return {
    plan: lent.plan,
    expiresAt: own.expiresAt && own.expiresAt < until ? until : own.expiresAt,
    lent: { until, planAfter: own.plan, expiresAfter: own.expiresAt },
  };
}

/** What is expected of `plan_until` instead; null where it can be done. */
function faultOf(
  { lent }: PlanTerms,
  { plan, planUntil, expiresAt }: AskedTerms,
  now: Date,
): string | null {
  if (!planUntil) return null;
  if (plan === undefined && !lent) return 'a plan beside it: none is given for a time now';
  if (planUntil <= now) return 'an instant in the future';
  if (expiresAt && expiresAt < planUntil) return 'an instant that is not after expires_at';
  return null;
}
