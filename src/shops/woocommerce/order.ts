// A WooCommerce order as facts. The order is read by its state and not by the event's name: deliveries
// come late, merged, doubled and out of turn, and the name is not signed.

import { z } from 'zod';
import { INSTANT_EXPECTED } from '../../domain/instant.js';
import { amountOf, currencyOf } from '../../domain/money.js';
import {
  DELETED,
  type PurchaseFact,
  type PurchaseReport,
  WHOLE_ORDER,
} from '../../domain/purchase.js';
import { faultOf, instant, isShopText, quantity, text } from '../fields.js';

/** The field in which an order or a line names a license. */
const LICENSE_FIELD = 'sahm_license_id';

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
  quantity: count.pipe(z.int().positive()),
  sku: text.nullish(),
  meta_data: metaData,
});

export const orderSchema = z.looseObject({
  id,
  status: z.string().transform(status => status.replace(/^wc-/, '')),
  customer_id: optionalId,
  date_modified_gmt: gmt,
  date_paid_gmt: gmt.nullish(),
  currency: z.unknown().optional().transform(currencyOf),
  total: z.unknown().optional(),
  billing: z.looseObject({ email: z.string().nullish() }).nullish(),
  line_items: z.array(z.unknown()),
  refunds: z.array(z.looseObject({ id })).nullish(),
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

const CANCELLED = ['cancelled', 'failed', 'trash'];

export interface OrderReading {
  report: PurchaseReport | null;
  /** What is in the order and was not understood. */
  problem: string | null;
  isPaid: boolean;
}

/** `granting`: the statuses in which a paid order counts. */
export function readOrder(
  order: WooCommerceOrder,
  granting: string[],
  topic: string,
): OrderReading {
  const paidAt = order.date_paid_gmt;
  const isGranting = granting.includes(order.status);
  const isTakenBack = order.status === 'refunded' || CANCELLED.includes(order.status);
  if (!paidAt || !(isGranting || isTakenBack))
    return { report: null, problem: null, isPaid: false };
  const lines = order.line_items.map(item => lineItem.safeParse(item));
  const facts = [
    ...lines.flatMap(({ data }) => (data ? [boughtFact(order, data, paidAt)] : [])),
    stateFact(order, paidAt, isGranting, topic),
  ];
  const unread = lines.flatMap(({ error }, index) =>
    error ? [`line_items[${index}].${faultOf(error)}`] : [],
  );
  return {
    report: { shop: 'woocommerce', orderId: order.id, buyer: buyerOf(order), facts },
    problem:
      unread.length > 0 ? `${unread.length} of its lines cannot be read: ${unread[0]}` : null,
    isPaid: true,
  };
}

function boughtFact(
  order: WooCommerceOrder,
  item: z.infer<typeof lineItem>,
  paidAt: Date,
): PurchaseFact {
  const names = [item.variation_id, item.product_id, item.sku || undefined];
  return {
    shop: 'woocommerce',
    orderId: order.id,
    lineId: item.id,
    kind: 'bought',
    reference: '',
    occurredAt: paidAt,
    products: names.flatMap(name => (name ? [`woocommerce:${name}`] : [])),
    quantity: item.quantity,
    ...moneyOf(order, order.total, true),
  };
}

/** An amount as the shop writes it; nothing where it cannot be told exactly. */
function moneyOf(
  { currency }: WooCommerceOrder,
  text: unknown,
  isWhole: boolean,
): Pick<PurchaseFact, 'amount' | 'currency'> {
  const part = currency === undefined ? null : amountOf(text, currency);
  if (part === null || currency === undefined) return {};
  return { amount: { part, whole: isWhole ? part : 0 }, currency };
}

/** What the order's state says of all of it, with the state's own time. */
function stateFact(
  order: WooCommerceOrder,
  paidAt: Date,
  isGranting: boolean,
  topic: string,
): PurchaseFact {
  const common = { shop: 'woocommerce', orderId: order.id, lineId: WHOLE_ORDER } as const;
  const occurredAt = order.date_modified_gmt < paidAt ? paidAt : order.date_modified_gmt;
  const reference = occurredAt.toISOString();
  if (order.status === 'refunded') {
    const { currency } = order;
    const refunded = { ...common, kind: 'refunded', reference: 'order', occurredAt } as const;
    return currency === undefined ? refunded : { ...refunded, currency };
  }
  if (!isGranting) return { ...common, kind: 'cancelled', reference, occurredAt };
  if (topic !== 'order.restored') return { ...common, kind: 'restored', reference, occurredAt };
  const restored = { reference: `restored ${reference}`, about: DELETED };
  return { ...common, kind: 'restored', occurredAt, ...restored };
}

function buyerOf(order: WooCommerceOrder): PurchaseReport['buyer'] {
  const email = z.email().max(254).safeParse(order.billing?.email?.trim()).data;
  const licenseId = licenseIn([
    order.meta_data,
    ...readableLines(order).map(line => line.meta_data),
  ]);
  return {
    ...(email && { email }),
    ...(order.customer_id && { customerId: order.customer_id }),
    ...(licenseId && { licenseId }),
  };
}

/** The license that an order or a line names. */
function licenseIn(fields: unknown[]): string | undefined {
  const all = fields.flatMap(field => metaEntries.parse(field));
  const found = all.find(({ key }) => key.replace(/^_/, '') === LICENSE_FIELD)?.value;
  return typeof found === 'string' ? found : undefined;
}

/** `{"id": 123}` is all that a deletion says. */
export function deletedReport(orderId: string, now: Date): PurchaseReport {
  const fact: PurchaseFact = {
    shop: 'woocommerce',
    orderId,
    lineId: WHOLE_ORDER,
    kind: 'cancelled',
    reference: DELETED,
    occurredAt: now,
  };
  return { shop: 'woocommerce', orderId, buyer: {}, facts: [fact] };
}

/**
 * The lines that partial refunds name. One that names an amount only is noted, so that it is told once,
 * and takes nothing: a person has to say what it was for.
 */
export function refundFacts(
  order: WooCommerceOrder,
  refunds: unknown[],
): { facts: PurchaseFact[]; amountOnly: PurchaseFact[]; unread: string[] } {
  const facts: PurchaseFact[] = [];
  const amountOnly: PurchaseFact[] = [];
  const unread: string[] = [];
  for (const raw of refunds) {
    const { data: refund, error } = refundSchema.safeParse(raw);
    if (error) unread.push(faultOf(error));
    if (!refund) continue;
    const common = {
      shop: 'woocommerce',
      orderId: order.id,
      kind: 'refunded',
      reference: refund.id,
      occurredAt: refund.date_created_gmt,
      ...moneyOf(order, refund.amount, false),
    } as const;
    const named = refund.line_items.flatMap(item => {
      const lineId = refundedLine(order, item);
      // Negative in practice.
      const count = Math.abs(item.quantity);
      return lineId && count > 0 ? [{ ...common, lineId, quantity: count }] : [];
    });
    facts.push(...named);
    if (named.length === 0) amountOnly.push({ ...common, lineId: WHOLE_ORDER, units: 0 });
  }
  return { facts, amountOnly, unread };
}

function refundedLine(
  order: WooCommerceOrder,
  item: { product_id?: string | undefined; variation_id?: string | undefined; meta_data?: unknown },
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
