// What subscriptions give, according to their own books.

import { addUnits, type Money, type PaidSpan } from './expectation.js';
import { BOOST } from './goods.js';
import { type Charge, takenOf } from './stripeMoney.js';
import type { Items, Period, Subscription } from './subscription.js';
import { DAY_MS } from './world.js';

interface Use {
  from: number;
  until: number;
  items: Items;
  /** Something else took its place. */
  isReplaced: boolean;
}

/** A change whose payment went back whole is no change: what it credited goes on. */
function standingUses({ uses }: Period): Period['uses'] {
  return uses.filter(({ charge }) => !charge || takenOf(charge).wholeAt === null);
}

/** What was given before its payment went back. */
function undoneUses({
  uses,
  endsAt,
}: Period): Array<{ from: number; items: Items; endsAt: number }> {
  return uses.flatMap(({ from, items, charge }) => {
    const wholeAt = charge ? takenOf(charge).wholeAt : null;
    return wholeAt === null ? [] : [{ from, items, endsAt: Math.min(wholeAt, endsAt) }];
  });
}

/** Parts of a paid period in which `same` says that nothing changed. */
function usesOf(period: Period, same: (one: Items, other: Items) => boolean): Use[] {
  const { endsAt } = period;
  const parts: Use[] = [];
  for (const { from, items } of standingUses(period)) {
    const before = parts.at(-1);
    if (before && same(before.items, items)) continue;
    if (before) Object.assign(before, { until: from, isReplaced: true });
    parts.push({ from, until: endsAt, items, isReplaced: false });
  }
  return parts;
}

function endOf({ endedAt }: Subscription, { charge }: Period): number | null {
  const ends = [endedAt, takenOf(charge).wholeAt].filter(at => at !== null);
  return ends.length > 0 ? Math.min(...ends) : null;
}

/** Units that are left after the same share of them as of their money went back. */
function leftOf(units: number, charge: Charge | undefined): number {
  if (!charge || charge.amount === 0) return units;
  return units - Math.trunc((units * takenOf(charge).amount) / charge.amount);
}

export function subscriptionResult(
  subscriptions: Subscription[],
  units: Map<string, number>,
): { spans: PaidSpan[]; money: Money[] } {
  const spans: PaidSpan[] = [];
  const money: Money[] = [];
  for (const subscription of subscriptions) {
    const { id, pack, periods, packChanges, changePayments } = subscription;
    let packs = 0;
    for (const { more, charge } of packChanges) {
      packs += leftOf(more * (pack.units ?? 0), charge);
    }
    for (const charge of changePayments) {
      money.push({ currency: 'EUR', paid: charge.amount, refunded: takenOf(charge).amount });
    }
    for (const period of periods) {
      const { charge, paidAt, startsAt } = period;
      if (paidAt === null) continue;
      const taken = takenOf(charge);
      money.push({ currency: 'EUR', paid: charge.amount, refunded: taken.amount });
      const all = (period.uses[0]?.items.packs ?? 0) * (pack.units ?? 0);
      packs += leftOf(all, charge);
      const cut = endOf(subscription, period);
      for (const { from, items, endsAt } of undoneUses(period)) {
        if (!items.plan.plan || items.plan === standingUses(period).at(-1)?.items.plan) continue;
        const { code: plan, rank } = items.plan.plan;
        const length = { startsAt: from, endsAt: period.endsAt };
        spans.push({ plan, rank, paidAt: from, length, endedAt: Math.min(endsAt, cut ?? endsAt) });
      }
      for (const use of usesOf(period, (one, other) => one.plan === other.plan)) {
        if (!use.items.plan.plan) continue;
        const { code: plan, rank } = use.items.plan.plan;
        const ends = [use.isReplaced ? use.until : null, cut].filter(at => at !== null);
        spans.push({
          plan,
          rank,
          paidAt: use.from === startsAt ? paidAt : use.from,
          length: { startsAt: use.from, endsAt: period.endsAt },
          endedAt: ends.length > 0 ? Math.min(...ends) : null,
        });
      }
    }
    addUnits(units, `${id} ${pack.id}`, Math.max(0, packs));
  }
  return { spans, money };
}

/** The units of every month that are paid for at an instant, by order and product. */
export function boostsAt(subscriptions: Subscription[], instant: number): Map<string, number> {
  const found = new Map<string, number>();
  for (const subscription of subscriptions) {
    const all = subscription.periods.flatMap(period => {
      if (period.paidAt === null) return [];
      const cut = endOf(subscription, period);
      return usesOf(period, (one, other) => one.boosts === other.boosts).map(use => ({
        boosts: use.items.boosts,
        from: use.from,
        until: Math.min(use.until, cut ?? use.until),
        grace: use.isReplaced || cut !== null ? 0 : 3 * DAY_MS,
      }));
    });
    const given = all.filter(({ boosts, from }) => boosts > 0 && from <= instant);
    const running = given.find(({ until }) => instant < until);
    const inGrace = given.findLast(({ until, grace }) => instant < until + grace);
    const boosts = (running ?? inGrace)?.boosts ?? 0;
    if (boosts > 0) found.set(`${subscription.id} boost`, boosts * (BOOST.units ?? 0));
  }
  return found;
}
