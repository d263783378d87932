// Reads Stripe's sessions, refunds and disputes as facts. The order's id is the payment intent of a one-time payment,
// or the subscription of a renewing one: only these can be found for refunds and disputes.

import type { z } from 'zod';
import {
  type Buyer,
  type PurchaseFact,
  type PurchaseReport,
  WHOLE_ORDER,
} from '../../domain/purchase.js';
import { languageIn } from '../fields.js';
import type {
  chargeShape,
  disputeShape,
  LineItems,
  Price,
  refundShape,
  Session,
} from './shapes.js';

/** The names of the product that a price sells, best first. */
export function namesOfPrice(price: Price | null | undefined): string[] {
  if (!price) return [];
  const product = typeof price.product === 'object' ? price.product : null;
  const ids = [price.metadata.product_id, product?.metadata.product_id];
  return [
    ...ids.flatMap(id => (id ? [`id:${id}`] : [])),
    ...(price.lookup_key ? [`stripe:${price.lookup_key}`] : []),
  ];
}

/** False if the session itself names its product, so that line items are not needed. */
export function needsLineItems(session: Session): boolean {
  const { product_id, quantity } = session.metadata;
  if (session.line_items != null) return session.line_items.has_more === true;
  return product_id === undefined || quantity === undefined;
}

export function sessionOrderId(session: Session): string {
  return session.subscription ?? session.payment_intent ?? session.id;
}

/** A payment may have an invoice beside its session. Both are the same order. */
export function sessionReport(
  session: Session,
  items: LineItems | null,
  paidAt: Date,
): PurchaseReport {
  const orderId = sessionOrderId(session);
  const total = session.amount_total ?? 0;
  const tax = session.total_details?.amount_tax;
  const common = {
    shop: 'stripe',
    orderId,
    kind: 'bought',
    reference: '',
    occurredAt: paidAt,
    amount: { part: total, whole: total },
    ...inCurrency(session),
    ...(tax != null && { tax }),
  } as const;
  const facts = soldItems(session, items).map((item): PurchaseFact => ({ ...common, ...item }));
  const sameAs = session.invoice === undefined ? [] : [session.invoice];
  return { shop: 'stripe', orderId, buyer: buyerOf(session), facts, sameAs };
}

type SoldItem = Pick<PurchaseFact, 'lineId' | 'products' | 'quantity'>;

/** The session's `product_id` names one of its items. The others are named by their prices. */
function soldItems({ metadata }: Session, items: LineItems | null): SoldItem[] {
  const { product_id: productId } = metadata;
  const all = items ?? [];
  const named = productId === undefined ? undefined : itemNamed(productId, all);
  const first = {
    // The id is the same with and without line items.
    lineId: '1',
    products: [`id:${productId}`],
    quantity: quantityOf(metadata.quantity) ?? named?.quantity ?? 1,
  };
  const others = all
    .filter(item => item !== named)
    .map(item => ({
      lineId: item.id,
      products: orUnknown(namesOfPrice(item.price), item.price?.id ?? item.id),
      quantity: item.quantity ?? 1,
    }));
  return productId === undefined ? others : [first, ...others];
}

/** The item whose price names this product, else the first whose price has no name, else the first. */
function itemNamed(productId: string, items: LineItems): LineItems[number] | undefined {
  const namesOf = ({ price }: LineItems[number]) => namesOfPrice(price);
  return (
    items.find(item => namesOf(item).includes(`id:${productId}`)) ??
    items.find(item => namesOf(item).length === 0) ??
    items[0]
  );
}

/** Subscriptions are paid by invoices. The session only tells whose subscription it is. */
export function subscribedReport(session: Session): PurchaseReport {
  return { shop: 'stripe', orderId: sessionOrderId(session), buyer: buyerOf(session), facts: [] };
}

export function inCurrency({ currency }: { currency: string | undefined }): { currency?: string } {
  return currency === undefined ? {} : { currency };
}

function quantityOf(text: string | undefined): number | undefined {
  const quantity = Number(text);
  return Number.isInteger(quantity) && quantity > 0 ? quantity : undefined;
}

export function orUnknown(names: string[], id: string): string[] {
  return names.length > 0 ? names : [`stripe:${id}`];
}

function buyerOf(session: Session): Buyer {
  const email = session.customer_details?.email ?? session.customer_email;
  const who = buyer(email, session.customer, session.metadata, session.client_reference_id);
  // The language of the page where the checkout began, else of the checkout itself, which has fewer languages.
  const language = languageIn(session.metadata.language) ?? languageIn(session.locale);
  return { ...who, ...(language && { language }) };
}

export function buyer(
  email: string | null | undefined,
  customerId: string | undefined,
  metadata: { license_id?: string | undefined; claim?: string | undefined },
  clientReference?: string | null,
): Buyer {
  // Shops put their own ids there too. Ours is a UUID.
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

/** The payment to which a refund or dispute belongs. */
export interface Paid {
  orderId: string;
  /** The invoice, if it was a payment of a subscription. */
  about?: string;
  /** Another id of the order, if it is an invoice without a subscription. */
  sameAs?: string[];
}

function factAbout(
  { orderId, about, sameAs = [] }: Paid,
  kind: PurchaseFact['kind'],
  reference: string,
  occurredAt: Date,
  more: Pick<PurchaseFact, 'amount' | 'currency' | 'payment'>,
): PurchaseReport {
  const fact: PurchaseFact = {
    shop: 'stripe',
    orderId,
    lineId: WHOLE_ORDER,
    kind,
    reference,
    occurredAt,
    ...more,
    ...(about !== undefined && { about }),
  };
  return { shop: 'stripe', orderId, buyer: {}, facts: [fact], sameAs };
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

/** Null while it is open whether the money goes back. */
export function refundReport(
  refund: z.infer<typeof refundShape>,
  paid: Paid,
): PurchaseReport | null {
  const { id, amount: part, created, status } = refund;
  const money = { amount: { part, whole: 0 }, ...inCurrency(refund) };
  if (status === 'succeeded') return factAbout(paid, 'refunded', id, created, money);
  if (status !== 'failed' && status !== 'canceled') return null;
  const { orderId, about: payment } = paid;
  return factAbout({ orderId, about: id }, 'restored', id, created, {
    ...money,
    ...(payment !== undefined && { payment }),
  });
}

/** Null for an inquiry, because it takes no money yet. */
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
