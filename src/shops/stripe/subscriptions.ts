// Reads Stripe's invoices and subscriptions as facts. An invoice pays for times. When a subscription changes, the old
// time ends at the instant from which it is credited, even if the invoice with the credit comes later.

import { earlierOf, laterOf } from '../../domain/instant.js';
import {
  ENDED,
  type PurchaseFact,
  type PurchaseReport,
  WHOLE_ORDER,
} from '../../domain/purchase.js';
import { digestOf } from '../digest.js';
import { buyer, inCurrency, namesOfPrice, orUnknown } from './reading.js';
import type { Invoice, InvoiceItem, InvoiceLine, Price, Subscription } from './shapes.js';

/** The ids of prices that the event does not contain, so that they must be asked for. */
export function pricesOf(lines: Array<Pick<InvoiceLine, 'price' | 'priceId'>>): string[] {
  const unknown = lines.filter(line => namesOfPrice(line.price).length === 0);
  return [...new Set(unknown.flatMap(({ priceId }) => priceId ?? []))];
}

/** `prices` has those that could be read, by id. */
export function invoiceReport(invoice: Invoice, prices: Map<string, Price>): PurchaseReport {
  const {
    subscription,
    subscriptionMetadata: metadata,
    paymentIntent,
    amount_paid: paid,
  } = invoice;
  const orderId = subscription ?? invoice.id;
  const paidAt = invoice.status_transitions?.paid_at ?? invoice.created;
  const payment = {
    amount: { part: paid, whole: paid },
    ...inCurrency(invoice),
    ...(invoice.taxAmount != null && { tax: invoice.taxAmount }),
  };
  const lines = merged(withoutCancelledOut(invoice.lines.data));
  const named = lineNamedBySubscription(lines, prices);
  const facts = lines.map((line): PurchaseFact => {
    const names = namesOf(line, prices);
    const ofSubscription = line === named ? metadata.product_id : undefined;
    const fact = factOf(line, {
      orderId,
      occurredAt: paidAt,
      reference: line.isProration ? (line.invoiceItem ?? referenceOf(invoice, line)) : invoice.id,
      names: names.length > 0 ? names : ofSubscription ? [`id:${ofSubscription}`] : [],
    });
    if (fact.kind === 'credited') return { ...fact, payment: invoice.id, ...payment };
    const isFirst = invoice.billing_reason === 'subscription_create';
    return {
      ...fact,
      kind: isFirst || subscription === undefined ? 'bought' : 'renewed',
      ...(fact.reference !== invoice.id && { payment: invoice.id }),
      ...payment,
    };
  });
  const isPartOf = subscription === undefined && paymentIntent !== undefined;
  return {
    shop: 'stripe',
    orderId,
    buyer: buyer(invoice.customer_email, invoice.customer, { ...invoice.metadata, ...metadata }),
    facts,
    // In older API versions, refunds name the invoice, not its subscription.
    ...(subscription !== undefined && { sameAs: [invoice.id] }),
    ...(isPartOf && { partOf: paymentIntent }),
  };
}

/** The line that the product in the subscription's metadata names: the first, unless a line has its own name. */
function lineNamedBySubscription(
  lines: InvoiceLine[],
  prices: Map<string, Price>,
): InvoiceLine | undefined {
  const charges = lines.filter(line => !line.isCredit);
  const ofSubscription = charges.filter(line => line.isOfSubscription);
  const timed = charges.filter(({ period }) => period.end > period.start);
  const [some = []] = [ofSubscription, timed, charges].filter(list => list.length > 0);
  return some.some(line => namesOf(line, prices).length > 0) ? undefined : some[0];
}

function referenceOf(invoice: Invoice, { period, isCredit }: InvoiceLine): string {
  return `${invoice.id} ${period.start.toISOString()} ${isCredit ? 'credit' : 'charge'}`;
}

function namesOf(line: InvoiceLine, prices: Map<string, Price>): string[] {
  const own = line.productId === undefined ? [] : [`id:${line.productId}`];
  const known = namesOfPrice(line.price);
  return [...own, ...(known.length > 0 ? known : namesOfPrice(prices.get(line.priceId ?? '')))];
}

interface FactOptions {
  orderId: string;
  occurredAt: Date;
  reference: string;
  names: string[];
}

function factOf(
  {
    priceId,
    period,
    quantity,
    isCredit,
  }: Pick<InvoiceLine, 'priceId' | 'period' | 'quantity' | 'isCredit'>,
  { names, ...common }: FactOptions,
): PurchaseFact {
  const lineId = priceId ?? '1';
  const { start: startsAt, end: endsAt } = period;
  return {
    ...common,
    shop: 'stripe',
    lineId,
    kind: isCredit ? 'credited' : 'renewed',
    quantity,
    ...(!isCredit && { products: orUnknown(names, lineId) }),
    ...((isCredit || endsAt > startsAt) && { paidTime: { startsAt, endsAt } }),
  };
}

/** Leaves out pairs of lines that cancel each other out exactly: a change that was taken back on the same invoice. */
function withoutCancelledOut(lines: InvoiceLine[]): InvoiceLine[] {
  return [...groupsOf(lines).values()].flatMap(group => {
    const credits = group.filter(line => line.isCredit);
    const charges = group.filter(line => !line.isCredit);
    const sum = group.reduce((all, { amount }) => all + amount, 0);
    const isBalanced =
      sum === 0 && credits.length === charges.length && countIn(credits) === countIn(charges);
    return isBalanced ? [] : group;
  });
}

function groupsOf(lines: InvoiceLine[]): Map<string, InvoiceLine[]> {
  const groups = new Map<string, InvoiceLine[]>();
  for (const line of lines) {
    const { start, end } = line.period;
    const key = line.isProration ? `${line.priceId} ${+start} ${+end}` : `${groups.size}`;
    groups.set(key, [...(groups.get(key) ?? []), line]);
  }
  return groups;
}

function countIn(lines: InvoiceLine[]): number {
  return lines.reduce((sum, { quantity }) => sum + quantity, 0);
}

/** Merges lines of one price that are paid together. Their quantities add up. */
function merged(lines: InvoiceLine[]): InvoiceLine[] {
  const byKey = new Map<string, InvoiceLine>();
  for (const line of lines) {
    const { start } = line.period;
    const own = line.isProration ? `${line.invoiceItem} ${+start} ${line.isCredit}` : 'paid';
    const key = JSON.stringify([line.priceId, own]);
    const known = byKey.get(key);
    byKey.set(key, known ? together(known, line) : line);
  }
  return [...byKey.values()];
}

function together(one: InvoiceLine, other: InvoiceLine): InvoiceLine {
  const isSameTime = +one.period.start === +other.period.start;
  return {
    ...one,
    amount: one.amount + other.amount,
    // Two consecutive periods are one longer period of the same quantity.
    quantity: isSameTime ? one.quantity + other.quantity : Math.max(one.quantity, other.quantity),
    period: {
      start: earlierOf(one.period.start, other.period.start),
      end: laterOf(one.period.end, other.period.end),
    },
  };
}

/**
 * What a subscription contains now. `pending` has what its next invoice will charge and credit for the change.
 */
export function changedReport(
  subscription: Subscription,
  at: Date,
  prices: Map<string, Price>,
  pending: InvoiceItem[],
): PurchaseReport {
  const { id: orderId, status, items, customer, metadata } = subscription;
  const isRunning = status === 'active' || status === 'trialing';
  const subscribed = (items?.data ?? []).flatMap(({ price, plan, quantity }) => {
    const own = price ?? plan;
    const names =
      namesOfPrice(own).length > 0 ? namesOfPrice(own) : namesOfPrice(prices.get(own?.id ?? ''));
    return own
      ? [{ lineId: own.id, products: orUnknown(names, own.id), quantity: quantity ?? 1 }]
      : [];
  });
  const changed: PurchaseFact = {
    shop: 'stripe',
    orderId,
    lineId: WHOLE_ORDER,
    kind: 'changed',
    reference: `${at.toISOString()} ${digestOf([status, subscribed])}`,
    occurredAt: at,
    // If the subscription does not run, it gives nothing beyond what was paid.
    items: isRunning ? subscribed : [],
  };
  const prorations = pending
    .filter(item => item.isProration && item.subscription === orderId)
    .map(item => ({
      ...factOf(
        { ...item, isCredit: item.amount < 0 },
        {
          orderId,
          occurredAt: item.date,
          reference: `pending ${item.id}`,
          names: namesOfPrice(item.price ?? prices.get(item.priceId ?? '')),
        },
      ),
      // A change credits the old and charges the new in one payment.
      payment: `pending ${item.date.toISOString()}`,
      pending: item.id,
    }));
  const whose = buyer(null, customer, metadata);
  return { shop: 'stripe', orderId, buyer: whose, facts: [changed, ...prorations] };
}

export function endedReport(subscription: Subscription, at: Date): PurchaseReport {
  const { id: orderId, ended_at, canceled_at, customer, metadata } = subscription;
  const fact: PurchaseFact = {
    shop: 'stripe',
    orderId,
    lineId: WHOLE_ORDER,
    kind: 'cancelled',
    reference: ENDED,
    occurredAt: ended_at ?? canceled_at ?? at,
  };
  return { shop: 'stripe', orderId, buyer: buyer(null, customer, metadata), facts: [fact] };
}
