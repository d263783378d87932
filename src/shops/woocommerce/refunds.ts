// Reads what partial refunds of a WooCommerce order take. The order itself has only their amounts, so the shop is asked
// for their lines.

import { z } from 'zod';
import { amountIn } from '../../domain/money.js';
import { type PurchaseFact, WHOLE_ORDER } from '../../domain/purchase.js';
import { faultOf } from '../fields.js';
import {
  count,
  gmt,
  id,
  metaEntries,
  optionalId,
  readableLines,
  type WooCommerceOrder,
} from './shapes.js';

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
type WooCommerceRefund = z.infer<typeof refundSchema>;

/**
 * Partial refunds take the lines that they name. A refund with only an amount counts in the books and takes nothing
 * else: a person has to say what it was for.
 */
export function refundFacts(
  order: WooCommerceOrder,
  asked: unknown[] | null,
): { facts: PurchaseFact[]; problem: string | null } {
  // If everything was refunded, the order's state says so, and the refunds say when.
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

/** The refunds as the order itself has them: only their amounts. */
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

/** Shops write amounts of refunds as positive or negative numbers. */
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
    // Shops write it as a negative number.
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
