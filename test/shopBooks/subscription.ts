// A subscription as Stripe's books have it: its periods, what they were for, and what was charged for them.

import type { Random } from '../harness/random.js';
import { BOOST, type Good, PLANS } from './goods.js';
import type { InvoiceLine } from './stripeInvoices.js';
import type { Charge } from './stripeMoney.js';
import { oneOf } from './world.js';

export interface Items {
  plan: Good;
  /** How many of the add-on of every month; and of a pack. */
  boosts: number;
  packs: number;
}

export interface Period {
  startsAt: number;
  endsAt: number;
  /** Null until it is paid. */
  paidAt: number | null;
  charge: Charge;
  /** What it was for, from when on: the first from its beginning. */
  uses: Array<{ from: number; items: Items; charge?: Charge }>;
  /** Nothing of it may be given back any more: what that would mean, no rule says. */
  isFixed: boolean;
}

export interface Subscription {
  id: string;
  anchor: number;
  status: 'active' | 'trialing' | 'past_due' | 'canceled';
  items: Items;
  /** The one pack that it sells. */
  pack: Good;
  periods: Period[];
  isTrial: boolean;
  endsWithPeriod: boolean;
  endedAt: number | null;
  /** What the next invoice will have on it for changes. */
  pending: InvoiceLine[];
  /** Changes of packs: how many more, and what was charged for that at once. */
  packChanges: Array<{ more: number; charge?: Charge }>;
  /** Money of changes that were paid at once. */
  changePayments: Charge[];
}

/** All that was charged for a period. */
export function chargesOf({ charge, uses }: Period): Charge[] {
  return [charge, ...uses.flatMap(use => use.charge ?? [])];
}
export const isUntouched = ({ refunds, dispute }: Charge) =>
  refunds.length === 0 && dispute === null;

/** What may be given back: the last that was charged for a period, and nothing that a later change rests on. */
export function refundable({ periods }: Subscription): Charge[] {
  return periods.flatMap(({ paidAt, isFixed, charge, uses }) => {
    if (paidAt === null) return [];
    const last = uses.at(-1)?.charge;
    if (last) return last.amount > 0 ? [last] : [];
    return !isFixed && charge.amount > 0 ? [charge] : [];
  });
}

export function itemsOf({ plan, boosts, packs }: Items, pack: Good): Array<[Good, number]> {
  const all: Array<[Good, number]> = [
    [plan, 1],
    [BOOST, boosts],
    [pack, packs],
  ];
  return all.filter(([, quantity]) => quantity > 0);
}

export function said({ plan, boosts, packs }: Items, pack: Good): string {
  return `${plan.id}, ${boosts} * boost, ${packs} * ${pack.id}`;
}

/** What it could be changed to; undefined where that would be the same. */
export function otherItems(items: Items, random: Random): Items | undefined {
  const kind = random.below(4);
  if (kind < 2) {
    const others = PLANS.filter(each => each !== items.plan);
    return { ...items, plan: oneOf(random, others) };
  }
  const count = random.below(6);
  const next = kind === 2 ? { ...items, boosts: count } : { ...items, packs: count };
  const isSame = next.boosts === items.boosts && next.packs === items.packs;
  return isSame ? undefined : next;
}

export function cycleLines(
  subscription: Subscription,
  startsAt: number,
  endsAt: number,
  isFree = false,
) {
  return itemsOf(subscription.items, subscription.pack).map(
    ([good, quantity]): InvoiceLine => ({
      good,
      quantity,
      amount: isFree ? 0 : good.price * quantity,
      startsAt,
      endsAt,
      proration: null,
    }),
  );
}

/** A credit of what is left of the old, a charge of what is left of the new. */
export function prorations(
  old: Array<[Good, number]>,
  next: Array<[Good, number]>,
  { startsAt, endsAt }: Period,
  now: number,
  nextNumber: () => number,
): InvoiceLine[] {
  const left = (endsAt - now) / (endsAt - startsAt);
  const isIn = (list: Array<[Good, number]>, [good, quantity]: [Good, number]) =>
    list.some(([other, count]) => other === good && count === quantity);
  const lineOf = ([good, quantity]: [Good, number], sign: number): InvoiceLine => ({
    good,
    quantity,
    amount: sign * Math.round(good.price * quantity * left),
    startsAt: now,
    endsAt,
    proration: { invoiceItem: `ii_sub_${nextNumber()}`, isCredit: sign < 0 },
  });
  return [
    ...old.filter(each => !isIn(next, each)).map(each => lineOf(each, -1)),
    ...next.filter(each => !isIn(old, each)).map(each => lineOf(each, 1)),
  ];
}
