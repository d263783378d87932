// Plays a history: what happens in the shops, how their events arrive, and their effect here.

import type { Delivery, Reading } from '../../src/domain/delivery.js';
import { createStripe } from '../../src/shops/stripe/webhook.js';
import { createWooCommerceOrders } from '../../src/shops/woocommerce/orders.js';
import { createWooCommerce } from '../../src/shops/woocommerce/webhook.js';
import { createRandom, type Random } from '../harness/random.js';
import type { Books } from './expectation.js';
import { openStripeAccount } from './stripeAccount.js';
import { isBefore2025, sessionResult, VERSIONS } from './stripeBooks.js';
import { boostsAt, subscriptionResult } from './subscriptionResult.js';
import { openWooBooks } from './wooBooks.js';
import { wooResult } from './wooOrder.js';
import { DAY_MS, HOUR_MS, oneOf, type ShopEvent, type World } from './world.js';

export interface Step {
  hours: number;
  act: string;
  /** Of all that chance decides in this step. */
  seed: number;
}

export interface History {
  seed: number;
  steps: Step[];
}

/** Stores readings, in memory or in the database. */
export interface Keeper {
  now?(instant: number): Promise<void>;
  /** `eventId`: of an event that was kept, and is read again. */
  keep(delivery: Delivery, reading: Reading, eventId?: string): Promise<string | undefined>;
}

export interface Played {
  now: number;
  books: Books;
  boostsAt(instant: number): Map<string, number>;
  /** What happened, in words. */
  words: string[];
}

const BEGIN = Date.UTC(2026, 0, 1, 12);
const OTHER_ACTS = ['reconcile', 'outage', 'nothing'];
const WOO = [
  ...['order', 'order', 'order', 'pay', 'complete', 'editQuantity', 'editProduct', 'replaceLine'],
  ...['addLine', 'removeLine', 'refundLine', 'refundLine', 'refundAmount'],
  ...['deleteRefund', 'deleteRefund', 'cancel', 'refundAll', 'reactivate', 'reactivate'],
  ...['trash', 'restore', 'restore', 'deleteForGood'],
];
const STRIPE = [
  ...['buy', 'buy', 'subscribe', 'subscribe', 'changeAtOnce', 'changeAtOnce'],
  ...['changeWithNextInvoice', 'changeWithNextInvoice', 'cancelWithPeriod', 'cancelAtOnce'],
  ...['refund', 'refundAll', 'refundFails', 'dispute', 'disputeEnds', 'disputeEnds'],
];

const PAYING = ['order', 'pay', ...STRIPE];

/** A year of one buyer, in a shop or in both. */
export function makeHistory(seed: number): History {
  const random = createRandom(seed);
  const acts = oneOf(random, [WOO, STRIPE, [...WOO, ...STRIPE]]);
  const count = 3 + random.below(28);
  const steps: Step[] = [];
  for (let hours = 0; steps.length < count && hours < 365 * 24; hours += steps.at(-1)?.hours ?? 0) {
    const act = random.below(8) === 0 ? oneOf(random, OTHER_ACTS) : oneOf(random, acts);
    const wait = [0, 1 + random.below(48), random.below(24 * 40)];
    steps.push({ hours: oneOf(random, wait), act, seed: random.below(2 ** 31) });
  }
  return { seed, steps };
}

interface Due {
  at: number;
  event: ShopEvent;
  number: number;
  isAsBefore: boolean;
  /** It is in the inbox, because the shop could not be asked. */
  eventId?: string | undefined;
}

export async function play({ seed, steps }: History, keeper: Keeper): Promise<Played> {
  const email = `books-${seed}@example.com`;
  const setting = createRandom(seed);
  const knowsRest = setting.below(5) > 0;
  const version = oneOf(setting, VERSIONS);
  const hasKey = !isBefore2025(version) || setting.below(4) > 0;
  const words: string[] = [
    `Stripe ${version} ${hasKey ? 'with' : 'without'} key, WooCommerce ${knowsRest ? 'with' : 'without'} REST`,
  ];
  let due: Due[] = [];
  let events = 0;
  let downUntil = 0;
  const world: World = {
    now: BEGIN,
    random: setting,
    isUp: true,
    say: text => words.push(`${new Date(world.now).toISOString().slice(0, 19)}  ${text}`),
    emit(event) {
      const times = timesOf(event, world.random);
      const number = ++events;
      if (!knowsRest && event.topic.startsWith('order.')) withoutRest(event, number);
      for (const hours of times) {
        const at = world.now + hours * HOUR_MS;
        due.push({ at, event, number, isAsBefore: world.random.below(2) === 0 });
      }
      const said = times.map(hours => (hours === 0 ? 'at once' : `after ${hours} h`));
      words.push(`    ${event.topic} is told ${said.length} times: ${said.join(', ')}`);
    },
  };
  /** What could not be asked later on is told as it was, and the last of an order comes. */
  const lastOfOrder = new Map<string, Due>();
  function withoutRest(event: ShopEvent, number: number): void {
    const { id } = Object(event.body);
    if (!event.isPrompt) lastOfOrder.set(String(id), { at: 0, event, number, isAsBefore: true });
  }

  const woo = openWooBooks(world, email, !knowsRest);
  const stripe = openStripeAccount(world, email, version, hasKey);
  const rest = knowsRest ? woo.client : null;
  const adapters = {
    woocommerce: createWooCommerce({ secret: 's', client: rest }),
    stripe: createStripe({
      webhookSecrets: ['s'],
      api: hasKey ? stripe.api : null,
      livemode: false,
    }),
  };
  const orders = createWooCommerceOrders(woo.client, {
    path: '/webhooks/woocommerce',
    url: null,
  });
  const acts = { ...woo.acts, ...stripe.acts };
  let readUntil = BEGIN - DAY_MS;

  async function read(
    delivery: Delivery,
    again: (at: number, eventId: string | undefined) => void,
    eventId?: string,
  ): Promise<void> {
    const { shop } = delivery;
    const adapter = adapters[shop as keyof typeof adapters];
    const now = new Date(world.now);
    const reading = await adapter.read(delivery, { timeoutMs: 1_000, now });
    const kept = await keeper.keep(delivery, reading, eventId);
    if (reading.problem?.kind === 'unread') again(Math.max(downUntil, world.now) + HOUR_MS, kept);
  }

  async function deliver({ event, number, isAsBefore, eventId }: Due): Promise<void> {
    const body = isAsBefore ? event.body : (event.bodyWhenSent?.() ?? event.body);
    const delivery: Delivery = {
      shop: event.shop,
      body: new TextEncoder().encode(JSON.stringify(body)),
      headers: {
        'x-wc-webhook-topic': event.topic,
        'x-wc-webhook-delivery-id': `delivery ${number}`,
      },
    };
    const again = { event: { ...event, body }, number, isAsBefore: true };
    await read(delivery, (at, kept) => due.push({ ...again, at, eventId: kept }), eventId);
  }

  async function reconcile(): Promise<void> {
    if (!knowsRest || !world.isUp) return;
    const started = world.now;
    const { orders: found } = await orders.modified(
      { after: new Date(readUntil - 600_000), without: [], page: 1 },
      1_000,
    );
    for (const { delivery } of found) await read(delivery, () => {});
    readUntil = started;
  }

  /** Lets time pass: what the shops do by themselves, and what comes meanwhile. */
  async function until(instant: number): Promise<void> {
    for (;;) {
      due.sort((one, other) => one.at - other.at || one.number - other.number);
      const next = Math.min(due[0]?.at ?? Number.POSITIVE_INFINITY, stripe.nextAt());
      if (next > instant) break;
      world.now = Math.max(world.now, next);
      world.isUp = world.now >= downUntil;
      const first = due[0] && due[0].at <= world.now ? due.shift() : undefined;
      await keeper.now?.(world.now);
      if (first) await deliver(first);
      else stripe.tick();
    }
    world.now = instant;
    world.isUp = world.now >= downUntil;
    await keeper.now?.(instant);
  }

  for (const { hours, act, seed: ofStep } of steps) {
    // Which of two states of one second is the newest, only the shop itself can say; which of two payments of
    // one second came first, nobody can.
    const isSameSecond = knowsRest && ofStep % 8 === 0 && !PAYING.includes(act);
    const apart = hours === 0 && !isSameSecond ? 1_000 : 0;
    await until(world.now + hours * HOUR_MS + apart);
    world.random = createRandom(ofStep);
    if (act === 'reconcile') await reconcile();
    else if (act === 'outage') {
      downUntil = world.now + (1 + world.random.below(72)) * HOUR_MS;
      world.say(`the APIs are away until ${new Date(downUntil).toISOString().slice(0, 19)}`);
    } else {
      // What was never told before it is gone, nobody can know.
      if (act === 'deleteForGood') await reconcile();
      acts[act]?.();
    }
  }
  const end = Math.max(world.now + HOUR_MS, downUntil + 2 * HOUR_MS);
  await until(end);
  // What is still on its way comes now.
  for (const each of [...due].sort((one, other) => ((one.at * 7) % 13) - ((other.at * 7) % 13))) {
    due = due.filter(other => other !== each);
    await deliver(each);
  }
  for (const each of lastOfOrder.values()) await deliver(each);
  await reconcile();
  world.say('the end');

  const units = new Map<string, number>();
  const ofWoo = wooResult(woo.orders, { knowsRefunds: knowsRest }, units);
  const ofSessions = sessionResult(stripe.sessions, units);
  const ofSubscriptions = subscriptionResult(stripe.subscriptions, units);
  const books: Books = {
    units,
    spans: [...ofWoo.spans, ...ofSessions.spans, ...ofSubscriptions.spans],
    money: [...ofWoo.money, ...ofSessions.money, ...ofSubscriptions.money],
    needPerson: ofWoo.needPerson,
  };
  const { now } = world;
  return { now, books, boostsAt: instant => boostsAt(stripe.subscriptions, instant), words };
}

/** After how many hours an event comes, each time that it does. */
function timesOf({ isSure, isPrompt }: ShopEvent, random: Random): number[] {
  const times = Array.from({ length: random.below(4) }, () =>
    oneOf(random, [0, 0, random.below(12), random.below(24 * 20)]),
  );
  if (isPrompt) return [0, ...times];
  return isSure && times.length === 0 ? [random.below(48)] : times;
}
