// The money of one order as its shop's books have it: what was paid, and what went back, each when it moved.

import { earlierOf } from './instant.js';
import { factsThatCount } from './orderState.js';
import type { PurchaseFact } from './purchase.js';

export const MOVEMENT_KINDS = ['paid', 'refunded', 'disputed'] as const;
export type MovementKind = (typeof MOVEMENT_KINDS)[number];

export interface Movement {
  kind: MovementKind;
  /** The shop's reference of the payment, refund or dispute. */
  reference: string;
  at: Date;
  /** Of a payment: what was paid for, by the shop's names, with quantities; else empty. */
  items: string;
  /** Of a payment: how many pieces in all. */
  quantity: number | null;
  /** In the currency's smallest unit; null where it cannot be counted, and `uncounted` says why. */
  amount: number | null;
  currency: string | null;
  tax: number | null;
  uncounted: string;
}

/** `facts` are all that the shop told of the order. */
export function movementsOf(facts: PurchaseFact[]): Movement[] {
  const counting = factsThatCount(facts);
  const paid = paymentsIn(counting);
  return [...paid, ...takingsIn(counting, paid)];
}

function paymentsIn(facts: PurchaseFact[]): Movement[] {
  const payments = new Map<string, Movement>();
  for (const fact of facts) {
    if (fact.kind !== 'bought' && fact.kind !== 'renewed') continue;
    // Their money is told by another payment.
    if (fact.isTimeOnly || fact.pending !== undefined) continue;
    const reference = fact.payment ?? fact.reference;
    // Every line of an order repeats the whole amount of its payment.
    const known = payments.get(reference);
    const { amount, currency, occurredAt } = fact;
    const isCounted = amount !== undefined && currency !== undefined;
    const isLess = known && (known.amount ?? -1) >= (isCounted ? amount.whole : -1);
    payments.set(reference, {
      kind: 'paid',
      reference,
      at: earlierOf(known?.at ?? occurredAt, occurredAt),
      quantity: (known?.quantity ?? 0) + (fact.quantity ?? 1),
      items: [known?.items, itemOf(fact)].filter(Boolean).join(', '),
      amount: isLess ? known.amount : isCounted ? amount.whole : null,
      currency: isLess ? known.currency : isCounted ? currency : null,
      tax: known?.tax ?? fact.tax ?? null,
      uncounted: isLess
        ? known.uncounted
        : isCounted
          ? ''
          : (fact.uncounted ?? 'no amount was told'),
    });
  }
  return [...payments.values()];
}

function itemOf({ products, quantity = 1 }: PurchaseFact): string {
  return `${products?.[0] ?? '?'} * ${quantity}`;
}

interface Taking {
  kind: 'refunded' | 'disputed';
  about: string | undefined;
  reference: string;
  at: Date;
  part: number | undefined;
  whole: number;
  isTotal: boolean;
  currency: string | undefined;
}

/** What each refund or dispute took beyond the earlier ones of the same payments; never more than was paid. */
function takingsIn(facts: PurchaseFact[], paid: Movement[]): Movement[] {
  const failed = facts
    .filter(({ kind }) => kind === 'restored')
    .reduce((sum, { amount }) => sum + (amount?.part ?? 0), 0);
  const byPayment = new Map<string | undefined, Taking[]>();
  for (const taking of singleTakings(facts)) {
    byPayment.set(taking.about, [...(byPayment.get(taking.about) ?? []), taking]);
  }
  return [...byPayment].flatMap(([about, takings]) => {
    const theirs = paid.filter(({ reference }) => about === undefined || reference === about);
    return increments(takings, theirs, failed);
  });
}

function singleTakings(facts: PurchaseFact[]): Taking[] {
  const takings = new Map<string, Taking>();
  for (const fact of facts) {
    const kind = takingKind(fact);
    if (!kind || isUndone(fact, facts)) continue;
    const { about, reference, occurredAt, amount, currency } = fact;
    // Every line that a refund names repeats the refund's whole amount.
    const key = JSON.stringify([kind, about, reference]);
    const known = takings.get(key);
    takings.set(key, {
      kind,
      about,
      reference,
      at: earlierOf(known?.at ?? occurredAt, occurredAt),
      part: amount === undefined ? known?.part : Math.max(known?.part ?? 0, amount.part),
      whole: Math.max(known?.whole ?? 0, amount?.whole ?? 0),
      isTotal: known?.isTotal || amount?.isTotal === true,
      currency: known?.currency ?? currency,
    });
  }
  return [...takings.values()].sort(
    (one, other) =>
      one.at.getTime() - other.at.getTime() || (one.reference < other.reference ? -1 : 1),
  );
}

function takingKind({ kind }: PurchaseFact): Taking['kind'] | null {
  if (kind === 'refunded') return 'refunded';
  return kind === 'disputed' || kind === 'dispute_lost' ? 'disputed' : null;
}

function isUndone({ kind, reference }: PurchaseFact, facts: PurchaseFact[]): boolean {
  return facts.some(fact =>
    kind === 'refunded'
      ? fact.kind === 'restored' && fact.about === reference
      : fact.kind === 'dispute_won' && fact.reference === reference,
  );
}

function increments(takings: Taking[], paid: Movement[], failed: number): Movement[] {
  const sum = paid.reduce((all, { amount }) => all + (amount ?? 0), 0);
  const currency = paid.find(movement => movement.currency !== null)?.currency ?? null;
  const whole = Math.max(0, ...takings.map(taking => taking.whole)) || sum;
  let [single, total, disputed, taken] = [0, 0, 0, 0];
  return takings.flatMap(taking => {
    // Where no amount is told, or one of another currency, everything went back.
    const isOther =
      taking.currency !== undefined && currency !== null && taking.currency !== currency;
    const part = taking.part === undefined || isOther ? sum : taking.part;
    if (taking.kind === 'disputed') disputed += part;
    else if (taking.isTotal) total = Math.max(total, part - failed);
    else if (taking.part === undefined) total = Math.max(total, part);
    else single += part;
    const until = Math.min(Math.max(single, total) + disputed, whole);
    const more = until - taken;
    taken = until;
    const known = currency ?? taking.currency ?? null;
    if (more <= 0 || known === null) return [];
    const { kind, reference, at } = taking;
    return [
      {
        kind,
        reference,
        at,
        items: '',
        quantity: null,
        amount: more,
        currency: known,
        tax: null,
        uncounted: '',
      },
    ];
  });
}
