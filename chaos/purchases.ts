// A shop that reports each purchase several times and out of order, to any replica that listens. It repeats each report
// until it is acknowledged.

import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom, type Random } from '../test/harness/random.js';
import type { Ground } from './ground.js';

/** The add-on that is sold, and the units of one piece. */
export const ADDON = { product: '404', units: 50 };
export const PLAN = { product: 'pro-month', code: 'pro' };

export interface Order {
  id: string;
  email: string;
  /** The pieces of the add-on; null if the plan is sold. */
  pieces: number | null;
  refundedUnits: number;
  isCancelled: boolean;
}

export interface Shop {
  /** The orders of which every fact was acknowledged. */
  orders: Order[];
  deliveries: number;
  stop(): Promise<void>;
  /** Reports everything once more. */
  repeatAll(): Promise<void>;
}

interface Fact {
  order_id: string;
  line_id: string;
  fact: string;
  product: string;
  quantity: number;
  email: string;
  occurred_at: string;
  units?: number;
}

const SENDERS = 3;
const ANSWERS_WITHIN_MS = 30_000;

export function startShop(ground: Ground, seed: number): Shop {
  const abort = new AbortController();
  const facts: Fact[] = [];
  let buyers = 0;

  async function deliver(random: Random, fact: Fact): Promise<void> {
    for (;;) {
      const url = random.pick(ground.replicas)?.url;
      if (url && (await report(url, fact, ground.purchaseSecret)) === 200) break;
      await sleep(50);
    }
    shop.deliveries += 1;
  }

  /** Several senders work at once, so that reports of one order overtake each other. */
  async function deliverAll(random: Random, deliveries: Fact[]): Promise<void> {
    const left = [...deliveries];
    async function send(): Promise<void> {
      for (let fact = left.shift(); fact; fact = left.shift()) await deliver(random, fact);
    }
    await Promise.all(Array.from({ length: SENDERS }, send));
  }

  async function sellToOne(random: Random): Promise<void> {
    const email = `buyer-${seed}-${++buyers}@example.com`;
    const orders = ordersOf(email, buyers, random);
    const told = orders.flatMap(order => factsOf(order));
    const deliveries = shuffled(
      told.flatMap(fact => Array.from({ length: 1 + random.below(3) }, () => fact)),
      random,
    );
    await deliverAll(random, deliveries);
    facts.push(...told);
    shop.orders.push(...orders);
  }

  async function work(): Promise<void> {
    const random = createRandom(seed);
    while (!abort.signal.aborted) {
      await sellToOne(random);
      await sleep(100 + random.below(300));
    }
  }
  const shop: Shop = {
    orders: [],
    deliveries: 0,
    async stop() {
      abort.abort();
      await working;
    },
    async repeatAll() {
      const random = createRandom(seed);
      await deliverAll(random, facts);
    },
  };
  const working = work();
  return shop;
}

/** A buyer's orders: the plan, and add-ons, some of which are partly refunded or cancelled. */
function ordersOf(email: string, buyer: number, random: Random): Order[] {
  const plan = {
    id: `plan of ${email}`,
    email,
    pieces: null,
    refundedUnits: 0,
    isCancelled: false,
  };
  const addons = Array.from({ length: 1 + random.below(2) }, (_, number): Order => {
    const pieces = 1 + random.below(3);
    const fate = (buyer + number) % 3;
    return {
      id: `add-on ${number} of ${email}`,
      email,
      pieces,
      refundedUnits: fate === 1 ? 1 + random.below(pieces * ADDON.units - 1) : 0,
      isCancelled: fate === 2,
    };
  });
  return [plan, ...addons];
}

function factsOf({ id, email, pieces, refundedUnits, isCancelled }: Order): Fact[] {
  const at = (minutesAgo: number) => new Date(startedAtMs - minutesAgo * 60_000).toISOString();
  const product = pieces === null ? PLAN.product : ADDON.product;
  const line = { order_id: id, line_id: '1', product, quantity: pieces ?? 1, email };
  return [
    { ...line, fact: 'bought', occurred_at: at(60) },
    ...(refundedUnits > 0
      ? [{ ...line, fact: 'refunded', occurred_at: at(30), units: refundedUnits }]
      : []),
    ...(isCancelled ? [{ ...line, fact: 'cancelled', occurred_at: at(20) }] : []),
  ];
}

/** A fixed time, because every report of a fact must have the same. */
const startedAtMs = Date.now();

async function report(url: string, fact: Fact, secret: string): Promise<number> {
  const body = JSON.stringify(fact);
  const time = Math.floor(Date.now() / 1000);
  const v1 = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex');
  try {
    const response = await fetch(`${url}/webhooks/purchases`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Signature': `t=${time},v1=${v1}` },
      body,
      signal: AbortSignal.timeout(ANSWERS_WITHIN_MS),
    });
    await response.text();
    return response.status;
  } catch {
    return 0;
  }
}

function shuffled<Item>(items: Item[], random: Random): Item[] {
  const left = [...items];
  return items.map(() => left.splice(random.below(left.length), 1)[0] as Item);
}
