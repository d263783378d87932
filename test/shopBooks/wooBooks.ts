// A WooCommerce shop with its own books: what its people and buyers do there, and what it then says.

import {
  ShopUnreachableError,
  type WooCommerceClient,
} from '../../src/shops/woocommerce/client.js';
import { addUnits, type Money, type PaidSpan } from './expectation.js';
import { GOODS, type Good } from './goods.js';
import { oneOf, type World } from './world.js';

export interface WooLine {
  id: number;
  good: Good;
  quantity: number;
  /** In the currency's smallest unit, for one. */
  price: number;
}

interface WooRefund {
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

export interface WooBooks {
  orders: WooOrder[];
  /** What can happen, by name; each gives false where there is nothing that it could happen to. */
  acts: Record<string, () => boolean>;
  client: WooCommerceClient;
}

const gmt = (instant: number) => new Date(instant).toISOString().slice(0, 19);
const TAKEN_BACK = ['cancelled', 'refunded', 'trash', 'failed'];

export const totalOf = ({ lines }: WooOrder): number =>
  lines.reduce((sum, { price, quantity }) => sum + price * quantity, 0);
const refundedOf = ({ refunds }: WooOrder) => refunds.reduce((sum, { amount }) => sum + amount, 0);

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

function refundJson({ currency }: WooOrder, { id, at, amount, lines, namesLine }: WooRefund) {
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

/** `deletesAtOnce`: a shop that cannot be asked; its deletions are told when they happen. */
export function openWooBooks(world: World, email: string, deletesAtOnce: boolean): WooBooks {
  const orders: WooOrder[] = [];
  let last = 1_000;

  function tell(order: WooOrder, what: string, topic = 'order.updated'): true {
    world.say(`order ${order.id}: ${what}${told(order)}`);
    const isDeletion = topic === 'order.deleted';
    const body = () => (isDeletion ? { id: order.id } : wooJson(order, email));
    world.emit({
      shop: 'woocommerce',
      topic,
      body: body(),
      bodyWhenSent: body,
      isSure: deletesAtOnce || order.isGone,
      isPrompt: (isDeletion && order.isGone) || (deletesAtOnce && topic !== 'order.updated'),
    });
    return true;
  }

  function told({ status, lines, isGone }: WooOrder): string {
    const items = lines.map(({ id, good, quantity }) => `${quantity} * ${good.id} (line ${id})`);
    return isGone ? '' : `; it is ${status} and has ${items.join(', ')}`;
  }

  function change(order: WooOrder, what: string, changes: Partial<WooOrder>, topic?: string): true {
    Object.assign(order, changes, { modifiedAt: world.now });
    return tell(order, what, topic);
  }

  function newLine(): WooLine {
    const { random } = world;
    const good = oneOf(random, GOODS);
    const price = random.below(8) === 0 ? 0 : good.price;
    return { id: ++last, good, quantity: 1 + random.below(3), price };
  }

  /** An order for which this can happen. */
  function some(can: (order: WooOrder) => boolean): WooOrder | undefined {
    return world.random.pick(orders.filter(order => !order.isGone && can(order)));
  }
  const runs = ({ status, paidAt }: WooOrder) =>
    paidAt !== null && ['processing', 'completed'].includes(status);
  const hasPlan = ({ lines }: WooOrder) => lines.some(({ good }) => good.plan);
  const act = (can: (order: WooOrder) => boolean, does: (order: WooOrder) => boolean) => () => {
    const order = some(can);
    return order !== undefined && does(order);
  };
  const line = ({ lines }: WooOrder) => oneOf(world.random, lines);

  const acts: Record<string, () => boolean> = {
    order() {
      const { random, now } = world;
      const isPaid = random.below(6) > 0;
      const order: WooOrder = {
        id: ++last,
        status: isPaid ? 'processing' : 'pending',
        statusBeforeTrash: '',
        paidAt: isPaid ? now : null,
        modifiedAt: now,
        endedAt: null,
        isGone: false,
        currency: random.below(4) === 0 ? 'IRT' : 'EUR',
        lines: Array.from({ length: 1 + random.below(3) }, newLine),
        refunds: [],
      };
      const [first] = order.lines;
      // The same product twice.
      if (first && random.below(5) === 0) order.lines.push({ ...first, id: ++last });
      orders.push(order);
      return tell(order, 'is new', 'order.created');
    },
    pay: act(
      ({ paidAt }) => paidAt === null,
      order => change(order, 'is paid', { status: 'processing', paidAt: world.now }),
    ),
    complete: act(
      order => order.status === 'processing',
      order => change(order, 'is done', { status: 'completed' }),
    ),
    editQuantity: act(runs, order => {
      line(order).quantity = 1 + world.random.below(4);
      return change(order, 'has another quantity', {});
    }),
    editProduct: act(runs, order => {
      const { good, price } = newLine();
      Object.assign(line(order), { good, price });
      return change(order, 'has another product on a line', {});
    }),
    replaceLine: act(runs, order => {
      const gone = line(order);
      const lines = [...order.lines.filter(each => each !== gone), newLine()];
      return change(order, 'has a new line in the place of an old one', { lines });
    }),
    addLine: act(runs, order =>
      change(order, 'has a line more', { lines: [...order.lines, newLine()] }),
    ),
    removeLine: act(
      order => runs(order) && order.lines.length > 1,
      order => {
        const gone = line(order);
        return change(order, 'has a line less', {
          lines: order.lines.filter(each => each !== gone),
        });
      },
    ),
    refundLine: act(runs, order => {
      const its = line(order);
      const taken = takenOf(order, its.id).length;
      if (taken >= its.quantity) return false;
      const quantity = 1 + world.random.below(its.quantity - taken);
      const isOnly = order.lines.filter(({ good }) => good === its.good).length === 1;
      const amount = Math.min(its.price * quantity, totalOf(order) - refundedOf(order));
      if (amount < 0) return false;
      const refund: WooRefund = {
        id: ++last,
        at: world.now,
        amount,
        lines: [{ id: its.id, good: its.good, quantity }],
        namesLine: !isOnly || world.random.below(3) > 0,
      };
      const what = `refund ${refund.id}: ${quantity} of line ${its.id}`;
      return change(order, what, { refunds: [...order.refunds, refund] });
    }),
    refundAmount: act(
      order => runs(order) && totalOf(order) - refundedOf(order) > 1,
      order => {
        const amount = 1 + world.random.below(totalOf(order) - refundedOf(order) - 1);
        const refund = { id: ++last, at: world.now, amount, lines: [], namesLine: true };
        const what = `refund ${refund.id}: ${amount} cents and no line`;
        return change(order, what, { refunds: [...order.refunds, refund] });
      },
    ),
    deleteRefund: act(
      order => runs(order) && order.refunds.length > 0,
      order => {
        const gone = oneOf(world.random, order.refunds);
        return change(order, `refund ${gone.id} is deleted`, {
          refunds: order.refunds.filter(each => each !== gone),
        });
      },
    ),
    cancel: act(runs, order =>
      change(order, 'is cancelled', { status: 'cancelled', endedAt: world.now }),
    ),
    refundAll: act(runs, order => {
      // The shop writes a refund of what is left, without lines.
      const amount = Math.max(0, totalOf(order) - refundedOf(order));
      const rest = { id: ++last, at: world.now, amount, lines: [], namesLine: true };
      const refunds = amount > 0 ? [...order.refunds, rest] : order.refunds;
      return change(order, 'is refunded', { status: 'refunded', endedAt: world.now, refunds });
    }),
    reactivate: act(
      ({ status, paidAt }) => paidAt !== null && ['cancelled', 'refunded'].includes(status),
      order => change(order, 'counts again', { status: 'processing', endedAt: null }),
    ),
    // The time of an end is in no order: only what is not ended yet is moved to the trash where time counts.
    trash: act(
      order => order.status !== 'trash' && (runs(order) || !hasPlan(order)),
      order => {
        const changes = {
          status: 'trash',
          statusBeforeTrash: order.status,
          endedAt: order.endedAt ?? world.now,
        };
        return change(order, 'goes into the trash', changes, 'order.deleted');
      },
    ),
    restore: act(
      ({ status }) => status === 'trash',
      order => {
        const status = order.statusBeforeTrash;
        const endedAt = TAKEN_BACK.includes(status) ? order.endedAt : null;
        return change(order, 'comes back from the trash', { status, endedAt }, 'order.restored');
      },
    ),
    // A deletion says no time either: one that cannot be asked about at once is of no use here.
    deleteForGood: act(
      order => (order.status === 'trash' && !hasPlan(order)) || (runs(order) && world.isUp),
      order => {
        Object.assign(order, { isGone: true, endedAt: order.endedAt ?? world.now });
        return tell(order, 'is deleted for good', 'order.deleted');
      },
    ),
  };

  const ask = async <Answer>(answer: () => Answer): Promise<Answer> => {
    if (!world.isUp) throw new ShopUnreachableError('WooCommerce does not answer');
    return JSON.parse(JSON.stringify(answer()));
  };
  const byId = (id: string) => orders.find(order => !order.isGone && String(order.id) === id);
  const client: WooCommerceClient = {
    order: id =>
      ask(() => {
        const order = byId(id);
        return order ? wooJson(order, email) : null;
      }),
    refunds: id =>
      ask(() => {
        const order = byId(id);
        return order ? order.refunds.map(refund => refundJson(order, refund)) : [];
      }),
    modifiedOrders: (after, page) =>
      ask(() => {
        const found = orders.filter(order => !order.isGone && order.modifiedAt > after.getTime());
        const inOrder = found.sort((one, other) => one.modifiedAt - other.modifiedAt);
        return {
          orders: page > 1 ? [] : inOrder.map(order => wooJson(order, email)),
          isLast: true,
        };
      }),
    webhooks: async () => [],
    addNote: async () => {},
  };
  return { orders, acts, client };
}

/** Older refunds say only a product: the first line that has it now. */
function refundedLine({ lines }: WooOrder, refund: WooRefund, named: WooRefund['lines'][number]) {
  return refund.namesLine ? named.id : lines.find(({ good }) => good === named.good)?.id;
}

/** When each piece of a line was refunded, in that order. */
function takenOf(order: WooOrder, lineId: number): number[] {
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
