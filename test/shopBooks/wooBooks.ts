// A WooCommerce shop with its own books: the acts of its people and buyers, and the events that it sends.

import {
  ShopUnreachableError,
  type WooCommerceClient,
} from '../../src/shops/woocommerce/client.js';
import { GOODS } from './goods.js';
import {
  refundedOf,
  refundJson,
  TAKEN_BACK,
  takenOf,
  totalOf,
  type WooLine,
  type WooOrder,
  type WooRefund,
  wooJson,
} from './wooOrder.js';
import { oneOf, type World } from './world.js';

export interface WooBooks {
  orders: WooOrder[];
  /** What can happen, by name; each gives false where there is nothing that it could happen to. */
  acts: Record<string, () => boolean>;
  client: WooCommerceClient;
}

/** `deletesAtOnce`: a shop that cannot be asked; its deletions are told when they happen. */
export function openWooBooks(world: World, email: string, deletesAtOnce: boolean): WooBooks {
  const orders: WooOrder[] = [];
  let last = 1_000;

  /** `isOnlyToldNow`: no later state of the order says it. */
  function tell(
    order: WooOrder,
    what: string,
    topic = 'order.updated',
    isOnlyToldNow = false,
  ): true {
    world.say(`order ${order.id}: ${what}${told(order)}`);
    const isDeletion = topic === 'order.deleted';
    const body = () => (isDeletion ? { id: order.id } : wooJson(order, email));
    world.emit({
      shop: 'woocommerce',
      topic,
      body: body(),
      bodyWhenSent: body,
      isSure: deletesAtOnce || order.isGone || isOnlyToldNow,
      isPrompt:
        (isDeletion && order.isGone) ||
        (deletesAtOnce && topic !== 'order.updated') ||
        isOnlyToldNow,
    });
    return true;
  }

  function told({ status, lines, isGone }: WooOrder): string {
    const items = lines.map(({ id, good, quantity }) => `${quantity} * ${good.id} (line ${id})`);
    return isGone ? '' : `; it is ${status} and has ${items.join(', ')}`;
  }

  function change(order: WooOrder, what: string, changes: Partial<WooOrder>, topic?: string): true {
    const countsAgain = TAKEN_BACK.includes(order.status);
    Object.assign(order, changes, { modifiedAt: world.now });
    return tell(order, what, topic, countsAgain && !TAKEN_BACK.includes(order.status));
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
    modifiedOrders: ({ after, page }) =>
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
    hasProduct: async () => true,
    tryWriting: async () => {},
  };
  return { orders, acts, client };
}
