// Stripe's events as facts. An order is what its money hangs on, because refunds and disputes name only
// that: the payment intent of a one-time payment, the subscription of a renewing one.

import type { z } from 'zod';
import {
  type Amount,
  type Buyer,
  type PurchaseFact,
  type PurchaseReport,
  WHOLE_ORDER,
} from '../../domain/purchase.js';
import type {
  chargeShape,
  disputeShape,
  Invoice,
  LineItems,
  Price,
  refundShape,
  Session,
  subscriptionShape,
} from './shapes.js';

/** The names of what a price sells, best first. */
export function namesOfPrice(price: Price | null | undefined): string[] {
  if (!price) return [];
  const product = typeof price.product === 'object' ? price.product : null;
  const ids = [price.metadata.product_id, product?.metadata.product_id];
  return [
    ...ids.flatMap(id => (id ? [`id:${id}`] : [])),
    ...(price.lookup_key ? [`stripe:${price.lookup_key}`] : []),
  ];
}

/** Null where the session names its product itself and line items are not needed. */
export function needsLineItems(session: Session): boolean {
  const { product_id, quantity } = session.metadata;
  return session.line_items == null && (product_id === undefined || quantity === undefined);
}

export function sessionOrderId(session: Session): string {
  return session.subscription ?? session.payment_intent ?? session.id;
}

export function sessionReport(
  session: Session,
  items: LineItems | null,
  paidAt: Date,
): PurchaseReport {
  const orderId = sessionOrderId(session);
  const { metadata } = session;
  const total = session.amount_total ?? 0;
  const common = {
    shop: 'stripe',
    orderId,
    kind: 'bought',
    reference: '',
    occurredAt: paidAt,
    amount: { part: total, whole: total },
    ...inCurrency(session),
  } as const;
  const facts: PurchaseFact[] = metadata.product_id
    ? [
        {
          ...common,
          // One line, however it was learnt.
          lineId: '1',
          products: [`id:${metadata.product_id}`],
          quantity:
            quantityOf(metadata.quantity) ?? (items?.length === 1 ? items[0]?.quantity : 1) ?? 1,
        },
      ]
    : (items ?? []).map(item => ({
        ...common,
        lineId: item.id,
        products: orUnknown(namesOfPrice(item.price), item.price?.id ?? item.id),
        quantity: item.quantity ?? 1,
      }));
  return { shop: 'stripe', orderId, buyer: buyerOf(session), facts };
}

/** A subscription is paid for by its invoices; the session says whose it is. */
export function subscribedReport(session: Session): PurchaseReport {
  return { shop: 'stripe', orderId: sessionOrderId(session), buyer: buyerOf(session), facts: [] };
}

function inCurrency({ currency }: { currency: string | undefined }): { currency?: string } {
  return currency === undefined ? {} : { currency };
}

function quantityOf(text: string | undefined): number | undefined {
  const quantity = Number(text);
  return Number.isInteger(quantity) && quantity > 0 ? quantity : undefined;
}

function orUnknown(names: string[], id: string): string[] {
  return names.length > 0 ? names : [`stripe:${id}`];
}

function buyerOf(session: Session): Buyer {
  const email = session.customer_details?.email ?? session.customer_email;
  return buyer(email, session.customer, session.metadata, session.client_reference_id);
}

function buyer(
  email: string | null | undefined,
  customerId: string | undefined,
  metadata: { license_id?: string | undefined; claim?: string | undefined },
  clientReference?: string | null,
): Buyer {
  // Shops put ids of their own there too: ours is a UUID.
  const ours =
    clientReference && /^[0-9a-f-]{36}$/.test(clientReference) ? clientReference : undefined;
  const licenseId = metadata.license_id ?? ours;
  return {
    ...(email && { email }),
    ...(customerId && { customerId }),
    ...(licenseId && { licenseId }),
    ...(metadata.claim && { claimId: metadata.claim }),
  };
}

export function invoiceOrderId(invoice: Invoice): string {
  return invoice.parent?.subscription_details?.subscription ?? invoice.id;
}

/** The price ids of an invoice that have to be known. */
export function pricesOf(invoice: Invoice): string[] {
  const ids = paidLines(invoice).flatMap(line => line.pricing?.price_details?.price ?? []);
  return [...new Set(ids)];
}

/** Credits for what was not used are no purchase. */
function paidLines(invoice: Invoice): Invoice['lines']['data'] {
  return invoice.lines.data.filter(line => line.amount >= 0);
}

/** `prices` by id, as far as they could be learnt. */
export function invoiceReport(invoice: Invoice, prices: Map<string, Price>): PurchaseReport {
  const orderId = invoiceOrderId(invoice);
  const metadata = invoice.parent?.subscription_details?.metadata ?? {};
  const isFirst = invoice.billing_reason === 'subscription_create';
  const byLine = new Map<string, PurchaseFact>();
  for (const line of paidLines(invoice)) {
    const priceId = line.pricing?.price_details?.price;
    const lineId = priceId ?? '1';
    const named = line.metadata.product_id ?? metadata.product_id;
    const names = namesOfPrice(priceId ? prices.get(priceId) : null);
    const products = names.length > 0 ? names : named ? [`id:${named}`] : [`stripe:${lineId}`];
    const known = byLine.get(lineId)?.paidTime;
    const { start, end } = line.period;
    byLine.set(lineId, {
      shop: 'stripe',
      orderId,
      lineId,
      kind: isFirst ? 'bought' : 'renewed',
      reference: invoice.id,
      occurredAt: invoice.status_transitions?.paid_at ?? invoice.created,
      products,
      quantity: Math.max(1, line.quantity ?? 1),
      amount: { part: invoice.amount_paid, whole: invoice.amount_paid },
      ...inCurrency(invoice),
      ...(end > start && {
        paidTime: {
          startsAt: known && known.startsAt < start ? known.startsAt : start,
          endsAt: known && known.endsAt > end ? known.endsAt : end,
        },
      }),
    });
  }
  const whose = buyer(invoice.customer_email, invoice.customer, metadata);
  return { shop: 'stripe', orderId, buyer: whose, facts: [...byLine.values()] };
}

/** The payment that a refund or dispute is about. */
export interface Paid {
  orderId: string;
  /** The invoice, of a subscription's payments. */
  about?: string;
}

function factAbout(
  { orderId, about }: Paid,
  kind: PurchaseFact['kind'],
  reference: string,
  occurredAt: Date,
  money: { amount: Amount; currency?: string },
): PurchaseReport {
  const fact: PurchaseFact = {
    shop: 'stripe',
    orderId,
    lineId: WHOLE_ORDER,
    kind,
    reference,
    occurredAt,
    ...money,
    ...(about !== undefined && { about }),
  };
  return { shop: 'stripe', orderId, buyer: {}, facts: [fact] };
}

export function refundedCharge(
  charge: z.infer<typeof chargeShape>,
  paid: Paid,
  at: Date,
): PurchaseReport {
  const { id, amount_refunded: part, amount: whole } = charge;
  return factAbout(paid, 'refunded', `${id}:${part}`, at, {
    amount: { part, whole, isTotal: true },
    ...inCurrency(charge),
  });
}

/** Null while it is not known whether the money goes back. */
export function refundReport(
  refund: z.infer<typeof refundShape>,
  paid: Paid,
): PurchaseReport | null {
  const { id, amount: part, created, status } = refund;
  const money = { amount: { part, whole: 0 }, ...inCurrency(refund) };
  if (status === 'succeeded') return factAbout(paid, 'refunded', id, created, money);
  if (status !== 'failed' && status !== 'canceled') return null;
  return factAbout({ orderId: paid.orderId, about: id }, 'restored', id, created, money);
}

/** Null for an inquiry, which takes no money yet. */
export function disputeReport(
  dispute: z.infer<typeof disputeShape>,
  paid: Paid,
  at: Date,
): PurchaseReport | null {
  const { id, amount, status } = dispute;
  const isOver = ['won', 'warning_closed', 'prevented'].includes(status);
  if (status.startsWith('warning_') && !isOver) return null;
  const kind = isOver ? 'dispute_won' : status === 'lost' ? 'dispute_lost' : 'disputed';
  return factAbout(paid, kind, id, at, {
    amount: { part: amount, whole: 0 },
    ...inCurrency(dispute),
  });
}

export function endedReport(
  subscription: z.infer<typeof subscriptionShape>,
  at: Date,
): PurchaseReport {
  const { id: orderId, ended_at, canceled_at, customer, metadata } = subscription;
  const fact: PurchaseFact = {
    shop: 'stripe',
    orderId,
    lineId: WHOLE_ORDER,
    kind: 'cancelled',
    reference: 'ended',
    occurredAt: ended_at ?? canceled_at ?? at,
  };
  return { shop: 'stripe', orderId, buyer: buyer(null, customer, metadata), facts: [fact] };
}
