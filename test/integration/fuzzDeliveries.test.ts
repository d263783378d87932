// Signed deliveries with anything in any field. DELIVERIES=5000 makes a long run, SEED repeats one.

import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { signStripe } from '../fakes/stripeShop.js';
import { gmt, WOO_SECRET } from '../fakes/woocommerceShop.js';
import { createOddValues, seedOf } from '../harness/oddValues.js';
import { createRandom } from '../harness/random.js';
import { type Selling, SIGNED_SECRET, startSelling } from './sellingFixture.js';

const COUNT = Number(process.env.DELIVERIES ?? 20);
const SEED = seedOf(process.env);
const LONG_MS = 60_000 + COUNT * 1_000;

let selling: Selling;
beforeAll(async () => {
  selling = await startSelling();
  selling.stripe.prices.set('price_pro', {
    id: 'price_pro',
    object: 'price',
    lookup_key: 'plan_pro_month',
    metadata: {},
    product: 'prod_1',
  });
});
afterAll(() => selling.close());

type Json = Record<string, unknown>;
let last = 0;

/** What the shop sends normally, each time for another order. The first one of each shop buys a plan. */
const SHOPS: Record<string, Array<(number: number) => Json>> = {
  purchases: [
    number => signedFact(number, { fact: 'bought', product: 'pro-month' }),
    number => signedFact(number, { fact: 'bought', product: '404', quantity: 2 }),
    number => signedFact(number, { fact: 'renewed', product: 'pro-month', customer_id: 'c1' }),
    number => signedFact(number, { fact: 'refunded', units: 3, license_id: 'none' }),
    number => signedFact(number, { fact: 'cancelled' }),
  ],
  woocommerce: [
    number => wooOrder(number, {}),
    number =>
      wooOrder(number, {
        meta_data: [{ id: 1, key: 'sahm_license_id', value: 'none' }],
        line_items: [
          { id: number, product_id: 404, variation_id: 0, quantity: 3, sku: 's', meta_data: [] },
        ],
      }),
    number => wooOrder(number, { status: 'refunded', refunds: [{ id: 1, total: '-1' }] }),
    number => ({ id: number }),
  ],
  stripe: [
    number =>
      stripeEvent(number, 'checkout.session.completed', {
        mode: 'payment',
        payment_status: 'paid',
        payment_intent: `pi_${number}`,
        customer: `cus_${number}`,
        customer_details: { email: `stripe-${number}@example.com` },
        amount_total: 1990,
        currency: 'eur',
        metadata: { product_id: 'pro-month', quantity: '1' },
        line_items: { data: [{ id: 'li_1', quantity: 1, price: null }] },
      }),
    number =>
      stripeEvent(number, 'invoice.paid', {
        customer: `cus_${number}`,
        customer_email: `stripe-${number}@example.com`,
        billing_reason: 'subscription_create',
        amount_paid: 1990,
        currency: 'eur',
        created: unixNow(),
        metadata: {},
        parent: { subscription_details: { subscription: `sub_${number}`, metadata: {} } },
        lines: {
          data: [
            {
              amount: 1990,
              quantity: 1,
              period: { start: unixNow(), end: unixNow() + 2_592_000 },
              metadata: {},
              pricing: { price_details: { price: 'price_pro' } },
            },
          ],
        },
      }),
    number =>
      stripeEvent(number, 'charge.refunded', {
        amount: 1990,
        amount_refunded: 990,
        currency: 'eur',
        payment_intent: `pi_${number}`,
      }),
    number =>
      stripeEvent(number, 'charge.dispute.created', {
        amount: 1990,
        currency: 'eur',
        charge: `ch_${number}`,
        status: 'needs_response',
        created: unixNow(),
      }),
    number =>
      stripeEvent(number, 'customer.subscription.deleted', {
        customer: `cus_${number}`,
        status: 'canceled',
        ended_at: unixNow(),
        metadata: {},
      }),
  ],
};

function unixNow(): number {
  return Math.floor(Date.now() / 1000);
}

function signedFact(number: number, more: Json): Json {
  const email = `signed-${number}@example.com`;
  const occurred_at = new Date().toISOString();
  return { order_id: `o${number}`, line_id: '1', quantity: 1, email, occurred_at, ...more };
}

function wooOrder(number: number, more: Json): Json {
  const now = gmt(new Date());
  return {
    id: number,
    status: 'processing',
    currency: 'EUR',
    total: '19.90',
    customer_id: number,
    date_paid_gmt: now,
    date_modified_gmt: now,
    billing: { email: `woo-${number}@example.com`, first_name: 'سارا' },
    line_items: [
      { id: number, product_id: 402, variation_id: 0, quantity: 1, sku: 'pro', meta_data: [] },
    ],
    refunds: [],
    meta_data: [{ id: 2, key: 'note', value: { deep: ['x'] } }],
    ...more,
  };
}

function stripeEvent(number: number, type: string, object: Json): Json {
  const id = `evt_${number}`;
  const data = { object: { id: `obj_${number}`, ...object } };
  return { id, object: 'event', type, created: unixNow(), livemode: false, data };
}

async function send(shop: string, body: Buffer): Promise<{ status: number; outcome: string }> {
  const hmac = (before: string, secret: string) =>
    createHmac('sha256', secret).update(before).update(body);
  const time = unixNow();
  const headers: Record<string, Record<string, string>> = {
    purchases: {
      'X-Signature': `t=${time},v1=${hmac(`${time}.`, SIGNED_SECRET).digest('hex')}`,
    },
    woocommerce: {
      'X-WC-Webhook-Signature': hmac('', WOO_SECRET).digest('base64'),
      'X-WC-Webhook-Topic': 'order.updated',
    },
    // Stripe's library only signs text. Bytes that are no text are signed in the same form by hand.
    stripe: {
      'Stripe-Signature': `t=${time},v1=${hmac(`${time}.`, 'whsec_old').digest('hex')}`,
    },
  };
  const answer = await fetch(`${selling.service.url}/webhooks/${shop}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers[shop] },
    body,
  });
  const { outcome = '' } = (await answer.json()) as { outcome?: string };
  return { status: answer.status, outcome };
}

test('signs as Stripe does', async () => {
  const good = JSON.stringify(SHOPS.stripe?.[0]?.(++last));
  const headers = { 'Stripe-Signature': signStripe(good, 'whsec_old') };
  expect((await selling.service.post('/webhooks/stripe', good, headers)).status).toBe(200);
});

test.each(Object.keys(SHOPS))(
  `%s: any signed delivery is stored, and the good one behind it is applied (SEED=${SEED})`,
  async shop => {
    const random = createRandom(SEED);
    const odd = createOddValues(random);
    const { prisma } = selling.service.database;
    const made = SHOPS[shop] as Array<(number: number) => Json>;
    const kept = () => prisma.purchaseEvent.count();
    const before = await kept();
    const wrong: string[] = [];
    for (let index = 0; index < COUNT; index++) {
      const base = made[random.below(made.length)] as (number: number) => Json;
      const text = odd.json(odd.changed(base(5_000_000 + ++last)));
      const bytes = Buffer.from(text);
      // Sometimes bytes that are no text at all.
      if (random.below(20) === 0) bytes.fill(random.below(256), random.below(bytes.length + 1));
      const bad = await send(shop, bytes);
      if (bad.status !== 200) wrong.push(`${bad.status}: ${text.slice(0, 2_000)}`);
      const good = await send(shop, Buffer.from(JSON.stringify(made[0]?.(5_000_000 + ++last))));
      if (good.outcome !== 'applied') wrong.push(`${good.outcome} behind: ${text.slice(0, 2_000)}`);
    }
    expect(wrong).toEqual([]);
    expect((await kept()) - before).toBe(2 * COUNT);
    // Where a value is too much or refers to nothing, the reason names the field; it is no fault of ours.
    const nameless = await prisma.purchaseEvent.findMany({
      where: {
        OR: [
          { reason: { startsWith: 'a fault of ours' } },
          { reason: { startsWith: 'it says something' } },
        ],
      },
      select: { reason: true, body: true },
    });
    expect(nameless.map(({ reason, body }) => `${reason}: ${Buffer.from(body)}`)).toEqual([]);
    expect(await selling.service.deps.findProblems()).toEqual([]);
  },
  LONG_MS,
);
