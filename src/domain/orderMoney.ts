// The money of one order as in its shop's books: what was paid and what was refunded, each with its time.

import { earlierOf } from './instant.js';
import { factsThatCount } from './orderState.js';
import { groupOf, isPayment, type PurchaseFact } from './purchase.js';
import { failedMoney } from './takings.js';

export const MOVEMENT_KINDS = ['paid', 'refunded', 'disputed'] as const;
export type MovementKind = (typeof MOVEMENT_KINDS)[number];

export interface Movement {
  kind: MovementKind;
  /** The shop's reference of the payment, refund or dispute. */
  reference: string;
  at: Date;
  /** For a payment, the products with quantities, by the shop's names; else empty. */
  items: string;
  /** For a payment, the number of all pieces. */
  quantity: number | null;
  /** In the currency's smallest unit; null if the amount cannot be read. Then `uncounted` says why. */
  amount: number | null;
  currency: string | null;
  tax: number | null;
  uncounted: string;
}

/** `facts` are all facts of the order. */
export function movementsOf(facts: PurchaseFact[]): Movement[] {
  const counting = factsThatCount(facts);
  const paid = paymentsIn(counting);
  return onePerReference([...paid, ...takingsIn(counting, paid)]);
}

/** A shop may report one refund for several payments. */
function onePerReference(movements: Movement[]): Movement[] {
  const byReference = new Map<string, Movement>();
  for (const movement of movements) {
    const key = JSON.stringify([movement.kind, movement.reference]);
    const known = byReference.get(key);
    const amount = (known?.amount ?? 0) + (movement.amount ?? 0);
    byReference.set(key, known?.currency ? { ...known, amount } : movement);
  }
  return [...byReference.values()];
}

function paymentsIn(facts: PurchaseFact[]): Movement[] {
  const payments = new Map<string, Movement>();
  for (const fact of facts) {
    // Another payment has their money.
    const isToldElsewhere = fact.isTimeOnly || fact.pending !== undefined;
    if (!isPayment(fact) || isToldElsewhere) continue;
    const reference = groupOf(fact);
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
  /** The line to which it belongs, if lines are paid one by one. */
  line: string | undefined;
  reference: string;
  at: Date;
  part: number | undefined;
  whole: number;
  isTotal: boolean;
  /** Whether it names neither pieces nor units. */
  isOfAll: boolean;
  currency: string | undefined;
}

/** What each refund or dispute took beyond the earlier ones of the same payments; never more than was paid. */
function takingsIn(facts: PurchaseFact[], paid: Movement[]): Movement[] {
  const ofLines = paymentsOfLines(facts);
  const byPayment = new Map<string, Taking[]>();
  for (const taking of singleTakings(facts, ofLines)) {
    const key = JSON.stringify([taking.about ?? null, taking.line ?? null]);
    byPayment.set(key, [...(byPayment.get(key) ?? []), taking]);
  }
  return [...byPayment.values()].flatMap(takings => {
    const [{ about, line }] = takings as [Taking, ...Taking[]];
    const theirs = paid.filter(({ reference }) =>
      about === undefined
        ? line === undefined || ofLines.get(line)?.has(reference)
        : reference === about,
    );
    return increments(takings, theirs, failedMoney(facts, about));
  });
}

/**
 * The payments of each line, if lines are paid one by one; empty if one payment is for all of them. Of a line whose
 * money was not told there are none.
 */
function paymentsOfLines(facts: PurchaseFact[]): Map<string, Set<string>> {
  const ofLines = new Map<string, Set<string>>();
  for (const fact of facts.filter(isPayment)) {
    const payments = ofLines.get(fact.lineId) ?? new Set();
    ofLines.set(fact.lineId, payments);
    if (fact.amount) payments.add(groupOf(fact));
  }
  const all = [...ofLines.values()].flatMap(payments => [...payments]);
  const isOneByOne = all.length > 0 && new Set(all).size === all.length;
  return isOneByOne && ofLines.size > 1 ? ofLines : new Map();
}

function singleTakings(facts: PurchaseFact[], ofLines: Map<string, Set<string>>): Taking[] {
  const takings = new Map<string, Taking>();
  for (const fact of facts) {
    const kind = takingKind(fact);
    if (!kind || isUndone(fact, facts)) continue;
    const { about, occurredAt, amount, currency, lineId, quantity, units } = fact;
    const line = ofLines.has(lineId) ? lineId : undefined;
    const reference = line === undefined ? fact.reference : `line ${line} ${fact.reference}`;
    // Every line that a refund names repeats the refund's whole amount.
    const key = JSON.stringify([kind, about, reference]);
    const known = takings.get(key);
    takings.set(key, {
      kind,
      about,
      line,
      reference,
      at: earlierOf(known?.at ?? occurredAt, occurredAt),
      part: amount === undefined ? known?.part : Math.max(known?.part ?? 0, amount.part),
      whole: Math.max(known?.whole ?? 0, amount?.whole ?? 0),
      isTotal: known?.isTotal || amount?.isTotal === true,
      isOfAll: quantity === undefined && units === undefined,
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
  return takings.flatMap((taking): Movement[] => {
    const { kind, reference, at } = taking;
    const common = { kind, reference, at, items: '', quantity: null, tax: null };
    if (taking.part === undefined && !taking.isOfAll) {
      return [{ ...common, amount: null, currency: null, uncounted: 'no amount was told' }];
    }
    // Without an amount, or with one in another currency, everything was refunded.
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
    return [{ ...common, amount: more, currency: known, uncounted: '' }];
  });
}
