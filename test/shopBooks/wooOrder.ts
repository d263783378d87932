// An order in a WooCommerce shop's own database, how the shop reports it, and what it gives.

import { addUnits, type Money, type PaidSpan } from './expectation.js';
import type { Good } from './goods.js';

export interface WooLine {
  id: number;
  good: Good;
  quantity: number;
  /** In the currency's smallest unit, for one. */
  price: number;
}

export interface WooRefund {
  id: number;
  at: number;
  amount: number;
  lines: Array<{ id: number; good: Good; quantity: number }>;
  /** Newer shops say which line; older ones only its product. */
  namesLine: boolean;
}

export interface WooOrder {
  id: number;
  status: string;
  statusBeforeTrash: string;
  paidAt: number | null;
  modifiedAt: number;
  /** When it was cancelled, refunded, trashed or deleted. */
  endedAt: number | null;
  isGone: boolean;
  currency: string;
  lines: WooLine[];
  refunds: WooRefund[];
}

const gmt = (instant: number) => new Date(instant).toISOString().slice(0, 19);
export const TAKEN_BACK = ['cancelled', 'refunded', 'trash', 'failed'];

export const totalOf = ({ lines }: WooOrder): number =>
  lines.reduce((sum, { price, quantity }) => sum + price * quantity, 0);
export const refundedOf = ({ refunds }: WooOrder) =>
  refunds.reduce((sum, { amount }) => sum + amount, 0);

function text(amount: number, currency: string): string {
  return currency === 'IRT' ? String(amount) : (amount / 100).toFixed(2);
}

export function wooJson(order: WooOrder, email: string): object {
  const { id, status, currency, paidAt, modifiedAt, lines, refunds } = order;
  return {
    id,
    status,
    currency,
    total: text(totalOf(order), currency),
    total_tax: '0.00',
    customer_id: 0,
    date_paid_gmt: paidAt === null ? null : gmt(paidAt),
    date_modified_gmt: gmt(modifiedAt),
    billing: { email, first_name: 'سارا' },
    line_items: lines.map(({ id, good, quantity, price }) => ({
      id,
      name: good.id,
      product_id: good.woo,
      variation_id: 0,
      quantity,
      total: text(price * quantity, currency),
      sku: '',
      meta_data: [],
    })),
    refunds: refunds.map(({ id, amount }) => ({
      id,
      reason: '',
      total: `-${text(amount, currency)}`,
    })),
    meta_data: [],
  };
}

export function refundJson(
  { currency }: WooOrder,
  { id, at, amount, lines, namesLine }: WooRefund,
) {
  return {
    id,
    date_created_gmt: gmt(at),
    amount: text(amount, currency),
    reason: '',
    line_items: lines.map(line => ({
      id: id * 10 + line.id,
      product_id: line.good.woo,
      variation_id: 0,
      quantity: -line.quantity,
      total: `-${text(amount, currency)}`,
      meta_data: namesLine ? [{ id: 1, key: '_refunded_item_id', value: String(line.id) }] : [],
    })),
  };
}

/** Older refunds say only a product: the first line that has it now. */
function refundedLine({ lines }: WooOrder, refund: WooRefund, named: WooRefund['lines'][number]) {
  return refund.namesLine ? named.id : lines.find(({ good }) => good === named.good)?.id;
}

/** When each piece of a line was refunded, in that order. */
export function takenOf(order: WooOrder, lineId: number): number[] {
  return order.refunds.flatMap(refund =>
    refund.lines.flatMap(named =>
      refundedLine(order, refund, named) === lineId
        ? Array<number>(named.quantity).fill(refund.at)
        : [],
    ),
  );
}

export interface WooRead {
  /** Which lines a refund names can be asked. */
  knowsRefunds: boolean;
}

/** What the orders as they are now give, and the money that moved. */
export function wooResult(
  orders: WooOrder[],
  { knowsRefunds }: WooRead,
  units: Map<string, number>,
): { spans: PaidSpan[]; money: Money[]; needPerson: string[] } {
  const spans: PaidSpan[] = [];
  const money: Money[] = [];
  const needPerson: string[] = [];
  for (const order of orders) {
    const { id, status, paidAt, endedAt, lines, refunds, currency } = order;
    if (paidAt === null) continue;
    const isOver = order.isGone || TAKEN_BACK.includes(status);
    for (const { id: lineId, good, quantity } of lines) {
      const taken = knowsRefunds ? takenOf(order, lineId).slice(0, quantity) : [];
      if (good.units && !isOver) {
        addUnits(units, `${id} ${good.id}`, (quantity - taken.length) * good.units);
      }
      if (!good.plan) continue;
      const { code: plan, rank } = good.plan;
      // Months that were refunded are months that were not bought; a line that is refunded whole ends then.
      const left = quantity - taken.length;
      const last = taken.at(-1) ?? null;
      const ends = [left === 0 ? last : null, isOver ? endedAt : null].filter(at => at !== null);
      const ended = ends.length > 0 ? Math.min(...ends) : null;
      spans.push({ plan, rank, paidAt, length: { months: left || quantity }, endedAt: ended });
    }
    const paid = totalOf(order);
    money.push({ currency, paid, refunded: Math.min(paid, refundedOf(order)) });
    const isUndecided = refunds.some(
      refund =>
        !knowsRefunds ||
        refund.lines.every(named => refundedLine(order, refund, named) === undefined),
    );
    if (isUndecided && !isOver) needPerson.push(String(id));
  }
  return { spans, money, needPerson };
}
