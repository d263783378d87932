// A WooCommerce order as facts. The order is read by its state and not by the event's name: deliveries
// come late, merged, doubled and out of turn, and the name is not signed.

import { z } from 'zod';
import { amountOf, currencyOf } from '../domain/money.js';
import {
  DELETED,
  type PurchaseFact,
  type PurchaseReport,
  WHOLE_ORDER,
} from '../domain/purchase.js';

/** GMT without a Z, as WordPress writes it. */
const gmt = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/)
  .transform(text => new Date(`${text}Z`))
  .refine(date => !Number.isNaN(date.getTime()));

const id = z.union([z.int().nonnegative(), z.string().regex(/^\d+$/)]).transform(String);
const optionalId = id.nullish().transform(value => (value && value !== '0' ? value : undefined));
const quantity = z.coerce.number().int();

const lineItem = z.looseObject({
  id,
  product_id: optionalId,
  variation_id: optionalId,
  quantity: quantity.positive(),
  sku: z.string().nullish(),
  meta_data: z.unknown().optional(),
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
  meta_data: z.unknown().optional(),
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
        quantity,
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
  const unread = lines.filter(line => !line.success).length;
  return {
    report: { shop: 'woocommerce', orderId: order.id, buyer: buyerOf(order), facts },
    problem: unread > 0 ? `${unread} of its lines cannot be read` : null,
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
  const licenseId = licenseIn([order.meta_data, ...order.line_items.map(metaOf)]);
  return {
    ...(email && { email }),
    ...(order.customer_id && { customerId: order.customer_id }),
    ...(licenseId && { licenseId }),
  };
}

function metaOf(item: unknown): unknown {
  return (item as { meta_data?: unknown } | null)?.meta_data;
}

const metaData = z.array(z.looseObject({ key: z.string(), value: z.unknown() })).catch([]);

/** The license that an order or a line names, in the field `sahm_license_id`. */
function licenseIn(fields: unknown[]): string | undefined {
  const all = fields.flatMap(field => metaData.parse(field));
  const found = all.find(({ key }) => key.replace(/^_/, '') === 'sahm_license_id')?.value;
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
): { facts: PurchaseFact[]; amountOnly: PurchaseFact[] } {
  const facts: PurchaseFact[] = [];
  const amountOnly: PurchaseFact[] = [];
  for (const raw of refunds) {
    const refund = refundSchema.safeParse(raw).data;
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
  return { facts, amountOnly };
}

function refundedLine(
  order: WooCommerceOrder,
  item: { product_id?: string | undefined; variation_id?: string | undefined; meta_data?: unknown },
): string | undefined {
  const named = metaData.parse(item.meta_data).find(({ key }) => key === '_refunded_item_id');
  if (named) return String(named.value);
  const lines = order.line_items.flatMap(line => lineItem.safeParse(line).data ?? []);
  return lines.find(line =>
    item.variation_id
      ? line.variation_id === item.variation_id
      : line.product_id === item.product_id,
  )?.id;
}
