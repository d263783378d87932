// Reads a WooCommerce order as one statement: all that was true of it when it was last modified. The order's state
// counts, not the event's name: deliveries come late, merged, twice or in the wrong order, and the name is not signed.

import type { Reading } from '../../domain/delivery.js';
import { laterOf } from '../../domain/instant.js';
import { amountIn } from '../../domain/money.js';
import {
  type Buyer,
  DELETED,
  type PurchaseFact,
  type PurchaseReport,
  WHOLE_ORDER,
} from '../../domain/purchase.js';
import { digestOf } from '../digest.js';
import { faultOf, languageIn, mailAddressIn } from '../fields.js';
import { refundFacts } from './refunds.js';
import {
  licenseIn,
  lineItem,
  metaEntries,
  readableLines,
  type WooCommerceLine,
  type WooCommerceOrder,
} from './shapes.js';

/** Fields of plug-ins with the language in which the buyer ordered, best first. */
const LANGUAGE_FIELDS = ['_wc_locale', 'wpml_language', '_billing_locale', 'trp_language'];

/** The topic of a delivery about an order that came back from the trash. */
export const RESTORED = 'order.restored';
const CANCELLED = ['cancelled', 'failed', 'trash'];

export interface ReadOptions {
  /** The statuses in which a paid order counts. */
  granting: string[];
  topic: string;
  /** The same if the shop repeats a delivery; empty if the delivery has none. */
  deliveryId: string;
  /** By our clock. */
  now: Date;
  /** Whether we asked the shop for the order, so that it is up to date. */
  isAsked: boolean;
  /** The order's refunds from the REST API; null if it was not asked. */
  refunds: unknown[] | null;
}

export interface OrderReading {
  report: PurchaseReport;
  problem: Reading['problem'] | undefined;
}

/** Whether an order has an effect: it was paid, and its state gives or takes something. */
export function isSettledOrder(
  { date_paid_gmt, status }: WooCommerceOrder,
  granting: string[],
): boolean {
  return Boolean(date_paid_gmt) && (granting.includes(status) || isTakenBack(status));
}

function isTakenBack(status: string): boolean {
  return status === 'refunded' || CANCELLED.includes(status);
}

/** Reads an order, for which `isSettledOrder` is true, as one statement. */
export function readOrder(order: WooCommerceOrder, options: ReadOptions): OrderReading {
  const { topic, now, isAsked } = options;
  const paidAt = order.date_paid_gmt ?? order.date_modified_gmt;
  const occurredAt = laterOf(order.date_modified_gmt, paidAt);
  const lines = order.line_items.map(item => lineItem.safeParse(item));
  const refunded = refundFacts(order, options.refunds);
  const facts = [
    ...lines.flatMap(({ data }) =>
      data && data.quantity > 0 ? [boughtFact(order, data, paidAt)] : [],
    ),
    ...stateFacts(order, occurredAt, options.granting),
    ...refunded.facts,
  ];
  const licenseId = licenseOf(order);
  const statement = {
    readAt: now,
    isAsked,
    isRestored: topic === RESTORED,
    ...(options.refunds !== null && { knowsRefunds: true as const }),
    ...(lines.some(({ error }) => error) && { isIncomplete: true as const }),
    ...(licenseId && { licenseId }),
    facts,
  };
  const stated: PurchaseFact = {
    shop: 'woocommerce',
    orderId: order.id,
    lineId: WHOLE_ORDER,
    kind: 'stated',
    reference: `${occurredAt.toISOString()} ${weightOf(order, options)} ${digestOf([facts, licenseId])}${returnOf(options)}`,
    occurredAt,
    statement,
  };
  const unread = lines.flatMap(({ error }, index) =>
    error ? [`line_items[${index}].${faultOf(error)}`] : [],
  );
  return {
    report: { shop: 'woocommerce', orderId: order.id, buyer: buyerOf(order), facts: [stated] },
    problem: problemOf(unread, refunded.problem),
  };
}

/** Makes the return of a deleted order news, even if the order is the same as before it was deleted. */
function returnOf({ topic, deliveryId }: ReadOptions): string {
  return topic === RESTORED ? ` ${RESTORED} ${deliveryId}` : '';
}

/** What was not understood, or needs a person. A refund needs a person only if the order is ours. */
function problemOf(unread: string[], ofRefunds: string | null): OrderReading['problem'] {
  if (unread.length > 0) {
    const reason = `${unread.length} of its lines cannot be read: ${unread[0]}`;
    return { kind: 'failed', reason };
  }
  return ofRefunds === null ? undefined : { kind: 'failed', reason: ofRefunds, isOfOurs: true };
}

/**
 * Orders two states with the same second, so that the later one weighs more: a failed payment can succeed, a paid order
 * can be refunded, and a refund never comes before its payment.
 */
function weightOf(order: WooCommerceOrder, { refunds, isAsked }: ReadOptions): string {
  const { status } = order;
  const state = status === 'refunded' ? 2 : CANCELLED.includes(status) ? 0 : 1;
  const refunded = String(order.refunds?.length ?? 0).padStart(3, '0');
  // A reading with the lines of the refunds weighs more.
  return `${state}.${refunded}.${refunds === null ? 0 : isAsked ? 2 : 1}`;
}

function boughtFact(order: WooCommerceOrder, item: WooCommerceLine, paidAt: Date): PurchaseFact {
  const names = [item.variation_id, item.product_id, item.sku || undefined];
  const products = names.flatMap(name => (name ? [`woocommerce:${name}`] : []));
  const total = amountIn(order.total, order.currency);
  const tax = amountIn(order.total_tax, order.currency);
  return {
    shop: 'woocommerce',
    orderId: order.id,
    lineId: item.id,
    soldAs: products[0] ?? '',
    kind: 'bought',
    reference: '',
    occurredAt: paidAt,
    products,
    quantity: item.quantity,
    ...('units' in total
      ? { amount: { part: total.units, whole: total.units }, currency: total.currency }
      : { uncounted: total.uncounted }),
    ...('units' in tax && { tax: tax.units }),
  };
}

/** The facts that the order's state means for the whole order. */
function stateFacts(order: WooCommerceOrder, occurredAt: Date, granting: string[]): PurchaseFact[] {
  const common = { shop: 'woocommerce', orderId: order.id, lineId: WHOLE_ORDER } as const;
  if (order.status === 'refunded') {
    return [{ ...common, kind: 'refunded', reference: 'order', occurredAt }];
  }
  if (granting.includes(order.status)) return [];
  return [{ ...common, kind: 'cancelled', reference: order.status, occurredAt }];
}

function buyerOf(order: WooCommerceOrder): Buyer {
  const email = mailAddressIn(order.billing?.email);
  const licenseId = licenseOf(order);
  const language = languageOf(order);
  return {
    ...(email && { email }),
    ...(order.customer_id && { customerId: order.customer_id }),
    ...(licenseId && { licenseId }),
    ...(language && { language }),
  };
}

function languageOf({ meta_data }: WooCommerceOrder): Buyer['language'] {
  const entries = metaEntries.parse(meta_data);
  const told = LANGUAGE_FIELDS.map(field =>
    languageIn(entries.find(({ key }) => key === field)?.value),
  );
  return told.find(language => language !== undefined);
}

function licenseOf(order: WooCommerceOrder): string | undefined {
  return licenseIn([order.meta_data, ...readableLines(order).map(line => line.meta_data)]);
}

/** A deletion only contains `{"id": 123}`. `deliveryId` makes a repeated delivery the same fact. */
export function deletedReport(orderId: string, deliveryId: string, now: Date): PurchaseReport {
  const fact: PurchaseFact = {
    shop: 'woocommerce',
    orderId,
    lineId: WHOLE_ORDER,
    kind: 'cancelled',
    reference: `${DELETED}${deliveryId && ` ${deliveryId}`}`,
    occurredAt: now,
  };
  return { shop: 'woocommerce', orderId, buyer: {}, facts: [fact] };
}
