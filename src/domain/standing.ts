// What is left of a line after refunds, disputes and cancellations: its payments, and which of them are void.

import { earlierOf } from './instant.js';
import { groupOf, isPayment, type PurchaseFact } from './purchase.js';
import { creditOf, type Sells, type Taking, takingsIn } from './takings.js';

export interface Payment {
  reference: string;
  /** Milliseconds since 1970, as all instants here. */
  paidAt: number;
  quantity: number;
  /** The reference of the money that paid it: an invoice pays for several times and things. */
  group: string;
  /** What was paid for the whole order, or 0 where that is not known. */
  money: number;
  currency: string | undefined;
  paidTime: { startsAt: number; endsAt: number } | null;
  /** When it was refunded in full, cancelled, disputed or replaced; null while it stands. */
  endedAt: number | null;
  /** The shop stated the time up to `endedAt`: until then it counts. Otherwise it counts no more, as soon as that is told. */
  isEndStated: boolean;
}

export interface Standing {
  /** In order of payment. */
  payments: Payment[];
  takings: Taking[];
}

/** `facts` are those of the line and of its whole order that count, without duplicates. */
export function standingOf(facts: PurchaseFact[], sells: Sells): Standing {
  const payments = facts
    .filter(fact => isPayment(fact) && (sells === 'time' || !fact.isTimeOnly))
    .map(paymentOf)
    .sort((one, other) => one.paidAt - other.paidAt || compare(one.reference, other.reference));
  const takings = takingsIn(facts, sells);
  voidPayments(payments, takings);
  if (sells === 'time') endCredited(payments, facts, takings);
  return { payments, takings };
}

/**
 * A credit ends the times that were paid before it, from its beginning on; unless the payment that it is a part
 * of was taken back.
 */
function endCredited(payments: Payment[], facts: PurchaseFact[], takings: Taking[]): void {
  for (const credit of facts.filter(fact => fact.kind === 'credited')) {
    const { part, whole } = moneyTaken(payments, [...takings, creditOf(credit)], groupOf(credit));
    if (whole > 0n && part === whole) continue;
    const at = (credit.paidTime?.startsAt ?? credit.occurredAt).getTime();
    for (const payment of payments) {
      const { paidTime } = payment;
      if (!paidTime || paidTime.endsAt <= at || payment.paidAt > credit.occurredAt.getTime())
        continue;
      // What begins with the credit, and was paid with it, takes the place of what is credited.
      const isSuccessor = paidTime.startsAt === at && payment.group === groupOf(credit);
      if (paidTime.startsAt <= at && !isSuccessor) endPayment(payment, at, true);
    }
  }
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function paymentOf(fact: PurchaseFact): Payment {
  const { paidTime } = fact;
  return {
    reference: fact.reference,
    paidAt: countsFrom(fact).getTime(),
    quantity: fact.quantity ?? 1,
    group: groupOf(fact),
    currency: fact.currency,
    money: fact.amount?.whole ?? 0,
    paidTime: paidTime
      ? { startsAt: paidTime.startsAt.getTime(), endsAt: paidTime.endsAt.getTime() }
      : null,
    endedAt: fact.replacedAt?.getTime() ?? null,
    isEndStated: false,
  };
}

/** A part of a payment that charges for a change of before counts from that change. */
function countsFrom({ occurredAt, paidTime, payment }: PurchaseFact): Date {
  return payment !== undefined && paidTime ? earlierOf(occurredAt, paidTime.startsAt) : occurredAt;
}

/** Marks the payments that were taken back completely. */
function voidPayments(payments: Payment[], takings: Taking[]): void {
  for (const taking of takings) {
    if (taking.amount || taking.quantity !== undefined || taking.units !== undefined) continue;
    for (const payment of payments) {
      // A payment after a cancellation is a new beginning.
      if (taking.kind === 'cancellation' && payment.paidAt > taking.at) continue;
      if (isAbout(payment, taking.about)) endPayment(payment, taking.at);
    }
  }
  for (const about of new Set(takings.map(taking => taking.about))) {
    const { part, whole, at } = moneyTaken(payments, takings, about);
    if (whole === 0n || part < whole) continue;
    for (const payment of payments) if (isAbout(payment, about)) endPayment(payment, at);
  }
}

/**
 * The money taken back of the payments that `about` names, the sum it was taken from, and when it last was.
 */
function moneyTaken(
  payments: Payment[],
  takings: Taking[],
  about: string | null,
): { part: bigint; whole: bigint; at: number } {
  const some = takings.filter(taking => taking.amount && taking.about === about);
  const theirs = payments.filter(payment => isAbout(payment, about));
  const paid = moneyIn(theirs) || creditMoney(takings, about);
  const currency = theirs.find(payment => payment.currency !== undefined)?.currency;
  const whole = Math.max(0, ...some.map(({ amount }) => amount?.whole ?? 0)) || paid;
  let single = 0;
  let total = 0;
  let disputed = 0;
  for (const taking of some) {
    const part = taking.amount?.part ?? 0;
    // In another currency the amount says nothing about the share: a dispute is about the payment.
    if (taking.kind === 'dispute') disputed += isIn(currency, taking) ? part : whole;
    else if (taking.amount?.isTotal) total = Math.max(total, part);
    else single += part;
  }
  // The shop tells single refunds and totals, in any order, and perhaps only one of the two.
  const part = Math.max(single, total) + disputed;
  const at = Math.max(0, ...some.map(taking => taking.at));
  return { part: BigInt(Math.min(part, whole)), whole: BigInt(whole), at };
}

/** Whatever is paid for with a payment repeats the whole amount of it. */
function moneyIn(payments: Payment[]): number {
  const byGroup = new Map<string, number>();
  for (const { group, money } of payments) {
    byGroup.set(group, Math.max(byGroup.get(group) ?? 0, money));
  }
  return [...byGroup.values()].reduce((sum, money) => sum + money, 0);
}

function creditMoney(takings: Taking[], about: string | null): number {
  return takings.find(({ credit }) => credit && credit.group === about)?.credit?.money ?? 0;
}

function isIn(currency: string | undefined, taking: Taking): boolean {
  return currency === undefined || taking.currency === undefined || taking.currency === currency;
}

function isAbout(payment: Payment, about: string | null): boolean {
  return about === null || about === payment.group;
}

function endPayment(payment: Payment, at: number, isStated = false): void {
  if (payment.endedAt !== null && payment.endedAt <= at) return;
  payment.endedAt = at;
  payment.isEndStated = isStated;
}

/** The payments for time that still stand. A refund with a quantity takes the newest first. */
export function paymentsStanding({ payments, takings }: Standing): Payment[] {
  const left = payments.map(payment => ({ ...payment }));
  const refunds = takings.filter(taking => taking.quantity !== undefined);
  let quantity = refunds.reduce((sum, taking) => sum + (taking.quantity ?? 0), 0);
  const at = Math.max(0, ...refunds.map(taking => taking.at));
  for (const payment of left.reverse()) {
    const taken = Math.min(quantity, payment.quantity);
    quantity -= taken;
    if (taken === 0) break;
    if (taken === payment.quantity) endPayment(payment, at);
    else payment.quantity -= taken;
  }
  return left.reverse();
}

/** The units that payments of `unitsEach` gave at first, and the units that still stand. */
export function unitsOf(
  { payments, takings }: Standing,
  unitsEach: number,
): { given: number; standing: number } {
  const unitsIn = (some: Payment[]) =>
    some.reduce((sum, { quantity }) => sum + quantity * unitsEach, 0);
  const given = unitsIn(payments);
  let standing = unitsIn(payments.filter(({ endedAt }) => endedAt === null));
  for (const about of new Set(takings.map(taking => taking.about))) {
    const some = payments.filter(payment => isAbout(payment, about));
    const credited = takings
      .filter(({ credit }) => credit && credit.group === about)
      .reduce((sum, { quantity = 0 }) => sum + quantity * unitsEach, 0);
    // A payment that is void already is not taken a second time, and has credited nothing.
    if (about !== null && some.some(({ endedAt }) => endedAt !== null)) {
      standing += credited;
      continue;
    }
    const { part, whole } = moneyTaken(payments, takings, about);
    // A share of the money takes the same share of the units, rounded in the buyer's favour.
    if (whole > 0n) standing -= Number((BigInt(unitsIn(some) - credited) * part) / whole);
    for (const { about: its, units, quantity } of takings) {
      if (its === about) standing -= units ?? (quantity ?? 0) * unitsEach;
    }
  }
  return { given, standing: Math.max(0, standing) };
}
