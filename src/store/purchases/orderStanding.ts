// How an order stands after a delivery, and what becomes of the delivery's event for that.

import { factsThatCount } from '../../domain/orderState.js';
import { type Buyer, factKey, isOwnName, type PurchaseFact } from '../../domain/purchase.js';
import type { UnderstoodOrder } from './facts.js';
import { type EventResult, UNKNOWN_ORDER } from './inbox.js';
import type { OrderRow } from './orders.js';

export interface OrderStanding {
  /** What comes by itself, and what needs a person. */
  waitsFor: string[];
  needsPerson: string[];
  /** Whether what needs a person may heal with the order, once it is corrected. */
  heals: boolean;
  unknownProducts: string[];
  /** Whether any of its lines sells something of ours. */
  isOurs: boolean;
  isPaid: boolean;
  /** Whether a refund or dispute is known of it. */
  takesMoney: boolean;
  /** Whether this delivery changed what counts of the order, or gave the order a license. */
  isNews: boolean;
  /** Whether it told something new that a person may have to see to. */
  isNewCause: boolean;
  hasBuyer: boolean;
  /** Whose a subscription is, another of its events tells. */
  isSubscription: boolean;
}

/** The outcome for an order that stands so. */
export function resultOf(
  standing: OrderStanding,
  { customerId }: Buyer,
): Omit<EventResult, 'orderId'> {
  const { waitsFor, needsPerson, unknownProducts, isOurs, isPaid, isNews, hasBuyer } = standing;
  const ofOrder = { isOfOrder: true, unknownProducts };
  const named = unknownProducts.filter(isOwnName);
  const unknown = unknownProducts.map(name => `the product ${name} is not in the catalogue`);
  if (!isOurs && named.length === 0 && isPaid) {
    const reason = ['no line of it is ours', ...unknown].join('; ');
    return { outcome: 'ignored', reason, unknownProducts };
  }
  if (!isPaid && !standing.takesMoney) {
    // It counts as soon as the order is paid; until then there is nothing to wait for.
    return hasBuyer
      ? { outcome: 'waiting', reason: NOTHING_PAID, ...ofOrder }
      : { outcome: 'ignored', reason: 'nothing of this order was ever paid', unknownProducts };
  }
  if (!isPaid) return { outcome: 'waiting', reason: UNKNOWN_ORDER, ...ofOrder };
  if (!hasBuyer && customerId !== undefined && standing.isSubscription) {
    const reason = `the shop has not told yet who its customer ${customerId} is`;
    return { outcome: 'waiting', reason, ...ofOrder };
  }
  if (!hasBuyer) return { outcome: 'failed', reason: NAMES_NOBODY, ...ofOrder };
  if (needsPerson.length > 0) {
    const reason = needsPerson.join('; ');
    return { outcome: 'failed', reason, isOfOrder: standing.heals, unknownProducts };
  }
  const awaited = [
    ...waitsFor,
    ...named.map(name => `the product ${name} is not in the catalogue`),
  ];
  if (awaited.length > 0) return { outcome: 'waiting', reason: awaited.join('; '), ...ofOrder };
  return { outcome: isNews ? 'applied' : 'duplicate', reason: unknown.join('; '), unknownProducts };
}

const NOTHING_PAID = 'the shop has not told yet that anything of it is paid';
const NAMES_NOBODY =
  'it is paid and names nobody: it has no e-mail address that can be read; correct it in the shop, or assign it';

const UNKNOWN_SHARE =
  'an amount of it went back, and what was paid was never told: decide by hand which share that is';

/** What the order is by itself, before it is bound. */
export function orderStanding(
  order: OrderRow,
  { lines, facts, counting, unknownProducts, hadBefore, isUndecided }: UnderstoodOrder,
  inserted: PurchaseFact[],
): OrderStanding {
  const now = new Set(inserted.map(factKey));
  const before = factsThatCount(facts.filter(fact => !now.has(factKey(fact))));
  const isNews = inWords(counting) !== inWords(before);
  const hasUnknownShare = isOfUnknownShare(counting);
  return {
    waitsFor: [],
    needsPerson: [
      ...hadBefore.map(id => `the buyer had the product ${id} before`),
      ...(hasUnknownShare && isNews ? [UNKNOWN_SHARE] : []),
    ],
    heals: hadBefore.length === 0 && !hasUnknownShare,
    unknownProducts,
    isOurs: lines.length > 0 || hadBefore.length > 0 || isUndecided,
    isPaid: paymentsIn(counting).length > 0,
    takesMoney: counting.some(({ kind }) => kind === 'refunded' || kind.startsWith('dispute')),
    isNews,
    isNewCause:
      inWords(paymentsIn(counting)) !== inWords(paymentsIn(before)) || (hasUnknownShare && isNews),
    hasBuyer: order.accountId !== null,
    isSubscription: counting.some(({ paidTime }) => paidTime !== undefined),
  };
}

/** A `restored` of the order's own state is no news: a good order reports it every time. */
function inWords(facts: PurchaseFact[]): string {
  return JSON.stringify(facts.filter(fact => fact.kind !== 'restored' || fact.about !== undefined));
}

/** A part of the money was refunded, but it is not known for which pieces. */
function isOfUnknownShare(facts: PurchaseFact[]): boolean {
  const isCounted = ({ quantity, units }: PurchaseFact) =>
    quantity !== undefined || units !== undefined;
  const isPart = (fact: PurchaseFact) =>
    fact.kind === 'refunded' && fact.amount?.whole === 0 && !isCounted(fact);
  const payments = paymentsIn(facts);
  return facts.some(isPart) && payments.length > 0 && payments.every(fact => !fact.amount);
}

function paymentsIn(facts: PurchaseFact[]): PurchaseFact[] {
  return facts.filter(fact => fact.products !== undefined);
}
