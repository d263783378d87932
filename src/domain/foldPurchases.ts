// Computes what a license is entitled to from what was bought for it: a pure function of the set of facts.

import { type Duration, parseDuration, timesDuration } from './duration.js';
import { cutInstant } from './instant.js';
import { factsThatCount } from './orderState.js';
import {
  isOfProduct,
  lineKey,
  type PurchaseFact,
  type PurchaseLine,
  type Terms,
  WHOLE_ORDER,
} from './purchase.js';
import { type Payment, paymentsStanding, type Standing, standingOf, unitsOf } from './standing.js';
import type { Sells } from './takings.js';
import {
  coverageAt,
  endOfPlan,
  type GivenTerm,
  givenTerm,
  layTerms,
  type PaidTerm,
} from './terms.js';

export interface FoldRules {
  /** The rank of a plan, or 0 for one that the catalogue no longer has. */
  rankOf(plan: string): number;
  /** What the license had before anything was bought for it. */
  given: GivenTerm | null;
  /** Days that a term goes on after its end, so that a late payment can still extend it. */
  graceDays: number;
  /** The same for a subscription, which the shop renews by itself. */
  subscriptionGraceDays: number;
  now: Date;
}

export interface AddonEntitlement {
  line: PurchaseLine;
  /** Units that were given at first; `entitled` is what is left of them after refunds and the like. */
  units: number;
  entitled: number;
  /** False while a subscription add-on is not paid for. */
  isPaid: boolean;
  boughtAt: Date;
}

export interface Entitlements {
  /** The plan that is paid for now, or null. */
  plan: string | null;
  /** When the last plan ends that follows without a gap; null for never, and where none was ever paid for. */
  endsAt: Date | null;
  /** When the plan ends that is paid for now, whatever follows; null for never, and where there is none. */
  planEndsAt: Date | null;
  /** When the last term of each plan ends that was paid for, whichever plan counts now; null for never. */
  endsOfPlans: Map<string, Date | null>;
  addons: AddonEntitlement[];
  /** When the same facts would give another result; null for never. */
  changesAt: Date | null;
}

const ADDON_MONTH: Duration = { months: 1, days: 0 };

/**
 * Facts may come in any order and more than once. Facts about lines that are not among `lines` are ignored.
 */
export function foldPurchases(
  lines: PurchaseLine[],
  facts: PurchaseFact[],
  rules: FoldRules,
): Entitlements {
  const standings = standingsOf(lines, facts);
  const paid = lines.flatMap(line => planPayments(line, standings.get(lineKey(line)), rules));
  const given = rules.given ? [givenTerm(rules.given)] : [];
  const terms = layTerms(paid, given);
  const plan = coverageAt(terms, rules.now.getTime());
  const addons = lines.flatMap(line => addonOf(line, standings.get(lineKey(line)), rules));
  const changes = [plan.changesAt, ...addons.map(addon => addon.changesAt)];
  const next = Math.min(...changes.map(change => change ?? Number.POSITIVE_INFINITY));
  return {
    plan: plan.current?.plan ?? null,
    endsAt: dateOf(plan.endsAt),
    planEndsAt: dateOf(plan.planEndsAt),
    endsOfPlans: new Map(paid.map(({ plan }) => [plan, dateOf(endOfPlan(plan, terms))])),
    addons: addons.map(addon => addon.entitlement),
    changesAt: dateOf(next),
  };
}

/** Null for an instant that is not finite, which means never. */
function dateOf(instant: number): Date | null {
  return Number.isFinite(instant) ? new Date(cutInstant(instant)) : null;
}

function standingsOf(lines: PurchaseLine[], facts: PurchaseFact[]): Map<string, Standing> {
  const byOrder = grouped(facts, orderKey);
  const byPlace = new Map(
    [...byOrder.values()].flatMap(ofOrder => [...grouped(factsThatCount(ofOrder), placeKey)]),
  );
  return new Map(
    lines.map(line => {
      const ofOrder = byPlace.get(placeKey({ ...line, lineId: WHOLE_ORDER })) ?? [];
      const own = byPlace.get(placeKey(line)) ?? [];
      const facts = [...own.filter(fact => isOfProduct(fact, line)), ...ofOrder];
      const standing = standingOf(facts, sellsOf(line.terms));
      return [lineKey(line), line.terms.oncePerBuyer ? onlyOnce(standing) : standing];
    }),
  );
}

function grouped(
  facts: PurchaseFact[],
  keyOf: (fact: PurchaseFact) => string,
): Map<string, PurchaseFact[]> {
  const groups = new Map<string, PurchaseFact[]>();
  for (const fact of facts) {
    const key = keyOf(fact);
    const group = groups.get(key);
    if (group) group.push(fact);
    else groups.set(key, [fact]);
  }
  return groups;
}

function orderKey({ shop, orderId }: PurchaseFact): string {
  return JSON.stringify([shop, orderId]);
}

function placeKey({ shop, orderId, lineId }: Omit<PurchaseLine, 'terms'>): string {
  return JSON.stringify([shop, orderId, lineId]);
}

/** A product that each buyer gets once counts once, however many were paid for, and however often. */
function onlyOnce({ payments, takings }: Standing): Standing {
  return { payments: payments.slice(0, 1).map(first => ({ ...first, quantity: 1 })), takings };
}

function sellsOf(terms: Terms): Sells {
  return terms.kind === 'plan' || terms.lasts === 'subscription' ? 'time' : 'units';
}

function planPayments(
  line: PurchaseLine,
  standing: Standing | undefined,
  rules: FoldRules,
): PaidTerm[] {
  const { terms } = line;
  if (!standing || terms.kind !== 'plan') return [];
  const duration = parseDuration(terms.term);
  const rank = rules.rankOf(terms.plan);
  return paymentsStanding(standing).map(payment =>
    paidTerm(payment, { plan: terms.plan, rank, duration, key: lineKey(line) }, rules),
  );
}

function paidTerm(
  payment: Payment,
  { duration, key, ...what }: { plan: string; rank: number; duration: Duration; key: string },
  { graceDays, subscriptionGraceDays }: FoldRules,
): PaidTerm {
  const { paidAt, paidTime, endedAt, isEndStated, quantity, reference } = payment;
  return {
    ...what,
    paidAt,
    paidTime,
    // The shop's clock may say that it was taken back before it was paid. A difference of clocks is no
    // negative term.
    endedAt: endedAt === null ? null : Math.max(endedAt, paidAt),
    isEndStated,
    duration: timesDuration(duration, quantity),
    graceDays: paidTime ? Math.max(graceDays, subscriptionGraceDays) : graceDays,
    key: `${key}${reference}`,
  };
}

function addonOf(
  line: PurchaseLine,
  standing: Standing | undefined,
  rules: FoldRules,
): Array<{ entitlement: AddonEntitlement; changesAt: number | null }> {
  const { terms } = line;
  if (!standing || terms.kind !== 'addon') return [];
  const last = standing.payments.at(-1);
  // The order does not have the line any more.
  if (!last) {
    const entitlement = { line, units: 0, entitled: 0, isPaid: true, boughtAt: rules.now };
    return [{ entitlement, changesAt: null }];
  }
  const boughtAt = new Date(standing.payments[0]?.paidAt ?? last.paidAt);
  if (terms.lasts !== 'subscription') {
    const { given: units, standing: entitled } = unitsOf(standing, terms.units);
    return [{ entitlement: { line, units, entitled, isPaid: true, boughtAt }, changesAt: null }];
  }
  // Every month gives the same units again, as long as it is paid for. Where the shop states the times,
  // the highest quantity of those that run counts: a rank does just that.
  const months = paymentsStanding(standing).map(payment => {
    const what = {
      plan: '',
      rank: payment.paidTime ? payment.quantity : 0,
      duration: ADDON_MONTH,
      key: lineKey(line),
    };
    return paidTerm({ ...payment, quantity: 1 }, what, rules);
  });
  const { current, changesAt } = coverageAt(layTerms(months, []), rules.now.getTime());
  const units = (current?.rank || last.quantity) * terms.units;
  const isPaid = current !== null;
  return [{ entitlement: { line, units, entitled: units, isPaid, boughtAt }, changesAt }];
}

/** Whether any of these lines pays for a plan and was not completely taken back. */
export function paysForPlan(lines: PurchaseLine[], facts: PurchaseFact[]): boolean {
  return standingLines(lines, facts).some(({ terms }) => terms.kind === 'plan');
}

/** Whether all that was bought was completely taken back. */
export function nothingStands(lines: PurchaseLine[], facts: PurchaseFact[]): boolean {
  return standingLines(lines, facts).length === 0;
}

/** The lines of which something was bought and not taken back. */
export function standingLines<Line extends PurchaseLine>(
  lines: Line[],
  facts: PurchaseFact[],
): Line[] {
  const standings = standingsOf(lines, facts);
  return lines.filter(line => {
    const standing = standings.get(lineKey(line));
    return standing && paymentsStanding(standing).some(payment => payment.endedAt === null);
  });
}
