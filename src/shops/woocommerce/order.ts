// A WooCommerce order as one statement: all that is true of it when it was last modified. Its state counts and
// not the event's name: deliveries come late, merged, doubled and out of turn, and the name is not signed.

import { z } from 'zod';
import type { Reading } from '../../domain/delivery.js';
import { INSTANT_EXPECTED, laterOf } from '../../domain/instant.js';
import { amountIn } from '../../domain/money.js';
import {
  type Buyer,
  DELETED,
  type PurchaseFact,
  type PurchaseReport,
  WHOLE_ORDER,
} from '../../domain/purchase.js';
import { digestOf } from '../digest.js';
import {
  faultOf,
  instant,
  isShopText,
  languageIn,
  mailAddressIn,
  quantity,
  text,
} from '../fields.js';

/** The field in which an order or a line names a license. */
const LICENSE_FIELD = 'sahm_license_id';
/** Fields of plug-ins that say in which language the buyer ordered, best first. */
const LANGUAGE_FIELDS = ['_wc_locale', 'wpml_language', '_billing_locale', 'trp_language'];

/** GMT without a Z, as WordPress writes it. */
const gmt = z.iso
  .datetime({ local: true, error: INSTANT_EXPECTED })
  .transform(text => new Date(`${text.replace(/Z$/, '')}Z`))
  .pipe(instant);

const id = z.union([z.int().nonnegative(), z.string().regex(/^\d{1,20}$/)]).transform(String);
const optionalId = id.nullish().transform(value => (value && value !== '0' ? value : undefined));
const count = z.coerce.number().pipe(quantity);

const metaEntries = z.array(z.looseObject({ key: z.string(), value: z.unknown() })).catch([]);
/** What others keep there may be anything; the license that is named has to be readable. */
const metaData = z
  .unknown()
  .optional()
  .refine(field => isShopText(licenseIn([field]) ?? ''), {
    error: `${LICENSE_FIELD}: a license id`,
  });

const lineItem = z.looseObject({
  id,
  product_id: optionalId,
  variation_id: optionalId,
  quantity: count.pipe(z.int().nonnegative()),
  sku: text.nullish(),
  meta_data: metaData,
});

export const orderSchema = z.looseObject({
  id,
  status: z.string().transform(status => status.replace(/^wc-/, '')),
  customer_id: optionalId,
  date_modified_gmt: gmt,
  date_paid_gmt: gmt.nullish(),
  currency: z.string().max(20).optional().catch(undefined),
  total: z.unknown().optional(),
  total_tax: z.unknown().optional(),
  billing: z.looseObject({ email: z.string().nullish() }).nullish().catch(null),
  line_items: z.array(z.unknown()),
  refunds: z.array(z.looseObject({ id, total: z.unknown().optional() })).nullish(),
  meta_data: metaData,
});
export type WooCommerceOrder = z.infer<typeof orderSchema>;

const refundSchema = z.looseObject({
  id,
  date_created_gmt: gmt,
  amount: z.unknown().optional(),
  line_items: z
    .array(
      z.looseObject({
        product_id: optionalId,
        variation_id: optionalId,
        quantity: count,
        meta_data: z.unknown().optional(),
      }),
    )
    .catch([]),
});
export type WooCommerceRefund = z.infer<typeof refundSchema>;

const CANCELLED = ['cancelled', 'failed', 'trash'];

export interface ReadOptions {
  /** The statuses in which a paid order counts. */
  granting: string[];
  topic: string;
  /** By our clock. */
  now: Date;
  /** We asked for the order: it is as it is now. */
  isAsked: boolean;
  /** What the REST API says of the order's refunds; null where it was not asked. */
  refunds: unknown[] | null;
}

export interface OrderReading {
  report: PurchaseReport;
  problem: Reading['problem'] | undefined;
}

/** Whether an order says anything that counts: it was paid, and is in a state that gives or takes. */
export function isSettledOrder(
  { date_paid_gmt, status }: WooCommerceOrder,
  granting: string[],
): boolean {
  return Boolean(date_paid_gmt) && (granting.includes(status) || isTakenBack(status));
}

function isTakenBack(status: string): boolean {
  return status === 'refunded' || CANCELLED.includes(status);
}

/** The order, which `isSettledOrder`, as one statement. */
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
    isRestored: topic === 'order.restored',
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
    reference: `${occurredAt.toISOString()} ${weightOf(order, options)} ${digestOf([facts, licenseId])}`,
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

/** What was not understood, or needs a person: a refund does only where the order is ours. */
function problemOf(unread: string[], ofRefunds: string | null): OrderReading['problem'] {
  if (unread.length > 0) {
    const reason = `${unread.length} of its lines cannot be read: ${unread[0]}`;
    return { kind: 'failed', reason };
  }
  return ofRefunds === null ? undefined : { kind: 'failed', reason: ofRefunds, isOfOurs: true };
}

/**
 * Of two states within one second the later one weighs more: what failed may be paid a moment later, what is
 * paid may be given back, and no refund comes before its payment.
 */
function weightOf(order: WooCommerceOrder, { refunds, isAsked }: ReadOptions): string {
  const { status } = order;
  const state = status === 'refunded' ? 2 : CANCELLED.includes(status) ? 0 : 1;
  const refunded = String(order.refunds?.length ?? 0).padStart(3, '0');
  // Who knows the refunds' lines knows more.
  return `${state}.${refunded}.${refunds === null ? 0 : isAsked ? 2 : 1}`;
}

function boughtFact(
  order: WooCommerceOrder,
  item: z.infer<typeof lineItem>,
  paidAt: Date,
): PurchaseFact {
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

/** What the order's state says of all of it. */
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

/** The license that an order or a line names. */
function licenseIn(fields: unknown[]): string | undefined {
  const all = fields.flatMap(field => metaEntries.parse(field));
  const found = all.find(({ key }) => key.replace(/^_/, '') === LICENSE_FIELD)?.value;
  return typeof found === 'string' && found.trim() !== '' ? found.trim() : undefined;
}

/** `{"id": 123}` is all that a deletion says. `deliveryId`: one that is delivered again is no second one. */
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

/**
 * What partial refunds take: the lines that they name. One that names an amount only counts in the books and
 * takes nothing else: a person has to say what it was for.
 */
function refundFacts(
  order: WooCommerceOrder,
  asked: unknown[] | null,
): { facts: PurchaseFact[]; problem: string | null } {
  // Of an order that went back completely, its refunds say when, and its state that it was all.
  if (order.status === 'refunded') return { facts: toldRefunds(order), problem: null };
  if ((order.refunds ?? []).length === 0) return { facts: [], problem: null };
  if (!asked) return { facts: toldRefunds(order), problem: REFUND_UNTOLD };
  const parsed = asked.map(raw => refundSchema.safeParse(raw));
  const unread = parsed.flatMap(({ error }) => (error ? [faultOf(error)] : []));
  const refunds = parsed.flatMap(({ data }) => (data ? [data] : []));
  const amountOnly = refunds.filter(refund => namedLines(order, refund).length === 0);
  const facts = refunds.flatMap(refund => factsOfRefund(order, refund));
  if (unread.length > 0) {
    return { facts, problem: `${unread.length} of its refunds cannot be read: ${unread[0]}` };
  }
  const names = amountOnly.map(refund => refund.id).join(', ');
  const problem = `refund ${names} names an amount and no lines: decide by hand what it takes back`;
  return { facts, problem: amountOnly.length > 0 ? problem : null };
}

const REFUND_UNTOLD =
  'it is refunded in part; which lines, only the REST API of the shop can say: set it up, or decide by hand';

/** The order itself tells of each refund only how much it was. */
function toldRefunds(order: WooCommerceOrder): PurchaseFact[] {
  return (order.refunds ?? []).map(refund => ({
    ...wholeRefund(order, refund.id, order.date_modified_gmt),
    ...refundedMoney(order, refund.total),
  }));
}

function factsOfRefund(order: WooCommerceOrder, refund: WooCommerceRefund): PurchaseFact[] {
  const { units: _, ...common } = {
    ...wholeRefund(order, refund.id, refund.date_created_gmt),
    ...refundedMoney(order, refund.amount),
  };
  const named = namedLines(order, refund);
  return named.length === 0
    ? [{ ...common, units: 0 }]
    : named.map(({ lineId, quantity }) => ({ ...common, lineId, quantity }));
}

function wholeRefund(order: WooCommerceOrder, reference: string, occurredAt: Date): PurchaseFact {
  return {
    shop: 'woocommerce',
    orderId: order.id,
    lineId: WHOLE_ORDER,
    kind: 'refunded',
    reference,
    occurredAt,
    units: 0,
  };
}

/** The shop writes refunds as positive or negative amounts. */
function refundedMoney(
  { currency }: WooCommerceOrder,
  amount: unknown,
): Pick<PurchaseFact, 'amount' | 'currency'> {
  const text = typeof amount === 'string' ? amount.replace(/^-/, '') : amount;
  const money = amountIn(text, currency);
  return 'units' in money
    ? { amount: { part: money.units, whole: 0 }, currency: money.currency }
    : {};
}

function namedLines(
  order: WooCommerceOrder,
  { line_items }: WooCommerceRefund,
): Array<{ lineId: string; quantity: number }> {
  return line_items.flatMap(item => {
    const lineId = refundedLine(order, item);
    // Negative in practice.
    const quantity = Math.abs(item.quantity);
    return lineId && quantity > 0 ? [{ lineId, quantity }] : [];
  });
}

function refundedLine(
  order: WooCommerceOrder,
  item: WooCommerceRefund['line_items'][number],
): string | undefined {
  const named = metaEntries.parse(item.meta_data).find(({ key }) => key === '_refunded_item_id');
  if (named) return id.safeParse(named.value).data;
  return readableLines(order).find(line =>
    item.variation_id
      ? line.variation_id === item.variation_id
      : line.product_id === item.product_id,
  )?.id;
}

function readableLines(order: WooCommerceOrder): Array<z.infer<typeof lineItem>> {
  return order.line_items.flatMap(line => lineItem.safeParse(line).data ?? []);
}
