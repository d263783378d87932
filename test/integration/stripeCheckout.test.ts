// Buying through Stripe: one customer for one buyer, one subscription of a plan, and no fault while Stripe is away.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { held, type Selling, startSelling } from './sellingFixture.js';

let selling: Selling;
beforeAll(async () => {
  selling = await startSelling();
  const price = (id: string, lookup_key: string, type: string) =>
    selling.stripe.prices.set(id, { id, lookup_key, type, active: true, metadata: {} });
  price('price_pro', 'plan_pro_month', 'recurring');
  price('price_pack', 'addon_openrouter_50', 'one_time');
});
afterAll(() => selling?.close());

const now = Math.floor(Date.now() / 1000);
let last = 0;

async function send(type: string, object: object): Promise<void> {
  const event = selling.stripe.event(type, object as Record<string, unknown>);
  expect((await selling.stripe.deliver(event)).status).toBe(200);
}

/** A buyer with a subscription of PRO under one customer, who bought a pack under another one later. */
async function subscriber() {
  const id = ++last;
  const email = `checkout-${id}@example.com`;
  const subscription = `sub_${id}`;
  await send('checkout.session.completed', {
    id: `cs_${id}`,
    mode: 'subscription',
    payment_status: 'paid',
    subscription,
    customer: `cus_of_the_subscription_${id}`,
    customer_details: { email },
    metadata: {},
  });
  const period = { start: now - 86_400, end: now + 29 * 86_400 };
  await send('invoice.paid', {
    id: `in_${id}`,
    customer: `cus_of_the_subscription_${id}`,
    customer_email: email,
    billing_reason: 'subscription_create',
    amount_paid: 900,
    currency: 'eur',
    created: now - 86_400,
    parent: { subscription_details: { subscription, metadata: {} } },
    lines: {
      data: [
        {
          amount: 900,
          quantity: 1,
          period,
          metadata: {},
          pricing: { price_details: { price: 'price_pro' } },
        },
      ],
    },
  });
  await send('checkout.session.completed', {
    id: `cs_pack_${id}`,
    mode: 'payment',
    payment_status: 'paid',
    payment_intent: `pi_${id}`,
    customer: `cus_of_the_pack_${id}`,
    customer_details: { email },
    amount_total: 500,
    currency: 'eur',
    metadata: { product_id: '404', quantity: '1' },
  });
  expect(await held(selling.service, email)).toMatchObject({ plan: 'pro', status: 'active' });
  const token = await selling.service.signInAs('owner');
  const { body } = await selling.service.call('GET', `/admin/api/licenses?email=${email}`, {
    token,
  });
  const [license] = body.licenses as Array<{ id: string }>;
  const path = `/admin/api/licenses/${license?.id}/reveal`;
  const { key } = (await selling.service.call('POST', path, { token })).body;
  return { id, key: key as string };
}

const call = (path: string, key: string, body: object = {}) =>
  selling.service.call('POST', path, { token: key, body });

test('the billing portal opens for the customer whose subscription runs', async () => {
  const { id, key } = await subscriber();
  const opened = await call('/api/license/billing-portal', key);
  expect(opened).toMatchObject({
    status: 200,
    body: { url: expect.stringContaining(`customer=cus_of_the_subscription_${id}`) },
  });
});

test('a holder buys as the customer that Stripe knows, and no second subscription of a plan', async () => {
  const { id, key } = await subscriber();
  expect((await call('/api/checkout', key, { product: '404' })).status).toBe(201);
  const wanted = selling.stripe.created.at(-1);
  expect(wanted?.get('customer')).toBe(`cus_of_the_subscription_${id}`);
  expect(wanted?.get('customer_email')).toBeNull();
  expect(wanted?.get('customer_creation')).toBeNull();
  const second = await call('/api/checkout', key, { product: 'pro-month' });
  expect(second).toMatchObject({ status: 409, body: { error: { code: 'conflict' } } });
  expect(JSON.stringify(second.body)).toContain('billing portal');
});

test('while Stripe does not answer, a checkout is refused for now, and is no fault', async () => {
  const { key } = await subscriber();
  selling.stripe.isUp = false;
  const answers = [
    await call('/api/checkout', key, { product: '404' }),
    await call('/api/license/billing-portal', key),
  ];
  selling.stripe.isUp = true;
  for (const answer of answers) {
    expect(answer).toMatchObject({ status: 503, body: { error: { code: 'service_unavailable' } } });
  }
});
