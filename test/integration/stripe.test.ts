import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { signStripe } from '../fakes/stripeShop.js';
import { held, inbox, type Selling, startSelling } from './sellingFixture.js';

let selling: Selling;
beforeAll(async () => {
  selling = await startSelling();
});
afterAll(() => selling.close());

let last = 0;
const newBuyer = () => `stripe-${++last}@example.com`;
const has = (email: string) => held(selling.service, email);
const newest = async () => (await inbox(selling.service))[0];

async function send(type: string, object: object, more: object = {}): Promise<void> {
  const { stripe } = selling;
  const event = stripe.event(
    type,
    object as Record<string, unknown>,
    more as Record<string, unknown>,
  );
  const response = await stripe.deliver(event);
  expect(response.status).toBe(200);
}

function session(email: string, product: string, more: object = {}) {
  const id = ++last;
  return {
    id: `cs_test_${id}`,
    object: 'checkout.session',
    mode: 'payment',
    payment_status: 'paid',
    payment_intent: `pi_${id}`,
    subscription: null,
    customer: `cus_${email}`,
    customer_details: { email },
    amount_total: 1000,
    metadata: { product_id: product, quantity: '1' },
    ...more,
  };
}

/** What was told of renewals that were not paid. */
async function failedPaymentsOf(email: string) {
  const { prisma } = selling.service.database;
  const told = await prisma.licenseNotice.findMany({
    where: { kind: 'payment_failed', license: { account: { email } } },
  });
  return told.map(({ details }) => details);
}

async function buyerOf(product: string): Promise<string> {
  const email = newBuyer();
  await send('checkout.session.completed', session(email, product));
  return email;
}

describe('one-time payments', () => {
  test('count once, whatever event reports them as paid', async () => {
    const email = await buyerOf('vip-month');
    const bought = session(email, '516', { payment_status: 'unpaid' });
    await send('checkout.session.completed', bought);
    expect(await newest()).toEqual(['ignored', 'it is not paid yet']);
    const paid = { ...bought, payment_status: 'paid' };
    await send('checkout.session.async_payment_succeeded', paid);
    await send('checkout.session.completed', paid);
    expect((await newest())?.[0]).toBe('duplicate');
    expect((await has(email))?.openai.limit).toBe(80 + 50);
    await send('checkout.session.async_payment_failed', session(email, '516'));
    await send('checkout.session.expired', session(email, '516'));
    expect((await has(email))?.openai.limit).toBe(80 + 50);
  });

  test('line items are fetched when the event lacks them, with quantity, lookup key and metadata', async () => {
    const email = await buyerOf('basic-month');
    const bought = session(email, '', { metadata: {} });
    selling.stripe.lineItems.set(bought.id, [
      {
        id: 'li_1',
        quantity: 3,
        price: {
          id: 'price_1',
          lookup_key: 'addon_openrouter_50',
          metadata: {},
          product: 'prod_1',
        },
      },
      {
        id: 'li_2',
        quantity: 1,
        price: {
          id: 'price_2',
          lookup_key: null,
          metadata: {},
          product: { id: 'prod_2', metadata: { product_id: '405' } },
        },
      },
    ]);
    await send('checkout.session.completed', bought);
    expect((await has(email))?.openrouter.limit).toBe(150 + 150 + 250);
  });

  test('while Stripe does not answer, the event waits; the job reads it again', async () => {
    const email = await buyerOf('basic-month');
    const bought = session(email, '', { metadata: {} });
    const price = { id: 'price_1', lookup_key: 'addon_openrouter_50', metadata: {} };
    selling.stripe.lineItems.set(bought.id, [{ id: 'li_9', quantity: 2, price }]);
    selling.stripe.isUp = false;
    await send('checkout.session.completed', bought);
    expect((await newest())?.[0]).toBe('waiting');
    selling.stripe.isUp = true;
    await selling.service.database.prisma
      .$executeRaw`UPDATE purchase_event SET retry_at = sahm_now() WHERE outcome = 'waiting'`;
    await selling.service.deps.admin.runJob('apply-waiting-purchases');
    expect((await has(email))?.openrouter.limit).toBe(150 + 100);
  });

  test('a partial refund takes its share, reported by the refund and by the charge, in any order', async () => {
    const email = await buyerOf('basic-month');
    const bought = session(email, '405');
    const refund = (id: string, amount: number, status = 'succeeded') => ({
      id,
      object: 'refund',
      amount,
      charge: 'ch_1',
      payment_intent: bought.payment_intent,
      status,
      created: 1_790_000_000,
    });
    const charge = {
      id: 'ch_1',
      amount: 1000,
      amount_refunded: 333,
      payment_intent: bought.payment_intent,
    };
    await send('refund.created', refund('re_1', 333));
    await send('checkout.session.completed', bought);
    await send('charge.refunded', charge);
    expect((await has(email))?.openrouter.limit).toBe(150 + 250 - 83);
    await send('refund.created', refund('re_2', 100, 'pending'));
    expect((await has(email))?.openrouter.limit).toBe(150 + 250 - 83);
    await send('refund.updated', refund('re_2', 667));
    expect((await has(email))?.openrouter.limit).toBe(150);
    await send('refund.failed', refund('re_2', 667, 'failed'));
    expect((await has(email))?.openrouter.limit).toBe(150 + 250 - 83);
  });

  test('a dispute takes all, and a won one gives it back in requests', async () => {
    const email = await buyerOf('basic-month');
    const bought = session(email, '406');
    await send('checkout.session.completed', bought);
    const dispute = (status: string) => ({
      id: 'dp_1',
      amount: 1000,
      charge: 'ch_9',
      payment_intent: bought.payment_intent,
      status,
      created: 1_790_000_000,
    });
    await send('charge.dispute.created', dispute('needs_response'));
    expect((await has(email))?.openrouter.limit).toBe(150);
    await send('charge.dispute.closed', dispute('won'));
    expect((await has(email))?.openrouter.limit).toBe(150 + 1000);
    await send('charge.dispute.created', dispute('warning_needs_response'));
    expect((await newest())?.[0]).toBe('ignored');
  });
});

describe('subscriptions', () => {
  const DAY = 86_400;
  const now = Math.floor(Date.now() / 1000);
  const invoice = (email: string, n: number, more: object = {}) => ({
    id: `in_${email}_${n}`,
    object: 'invoice',
    customer: `cus_${email}`,
    customer_email: email,
    billing_reason: n === 0 ? 'subscription_create' : 'subscription_cycle',
    amount_paid: 900,
    created: now,
    status_transitions: { paid_at: now },
    parent: {
      type: 'subscription_details',
      subscription_details: { subscription: `sub_${email}`, metadata: {} },
    },
    lines: {
      data: [
        {
          id: `il_${n}`,
          amount: 900,
          quantity: 1,
          metadata: {},
          period: { start: now + n * 30 * DAY, end: now + (n + 1) * 30 * DAY },
          pricing: { price_details: { price: 'price_vip', product: 'prod_vip' } },
        },
      ],
    },
    ...more,
  });
  const endOf = async (email: string) =>
    Math.round((Date.parse((await has(email))?.expires_at ?? '') / 1000 - now) / DAY);

  beforeAll(() => {
    const price = {
      id: 'price_vip',
      lookup_key: 'plan_vip_month',
      metadata: {},
      product: { id: 'prod_vip', metadata: {} },
    };
    selling.stripe.prices.set('price_vip', price);
  });

  test('invoices begin and renew the plan; a failed payment leaves the days of grace; deletion ends it at once', async () => {
    const email = newBuyer();
    await send('invoice.paid', invoice(email, 1));
    await send('invoice.paid', invoice(email, 0));
    await send('invoice.paid', invoice(email, 0));
    await send(
      'checkout.session.completed',
      session(email, '', { mode: 'subscription', subscription: `sub_${email}`, metadata: {} }),
    );
    expect(await has(email)).toMatchObject({
      plan: 'vip',
      status: 'active',
      openai: { limit: 80 },
    });
    expect(await endOf(email)).toBe(60 + 3);
    const unpaid = invoice(email, 2);
    await send('invoice.payment_failed', unpaid);
    await send('invoice.payment_failed', unpaid);
    expect(await failedPaymentsOf(email)).toEqual([
      { plan: 'vip', shop: 'stripe', order: `sub_${email}` },
    ]);
    const subscription = {
      id: `sub_${email}`,
      customer: `cus_${email}`,
      status: 'past_due',
      metadata: {},
    };
    await send('customer.subscription.updated', subscription);
    expect(await endOf(email)).toBe(60 + 3);
    await send('customer.subscription.deleted', {
      ...subscription,
      status: 'canceled',
      ended_at: now + 1,
    });
    expect((await has(email))?.status).toBe('expired');
  });

  test('refunding one renewal takes that one, also where a refund of another fails', async () => {
    const email = newBuyer();
    await send('invoice.paid', invoice(email, 0));
    await send('invoice.paid', invoice(email, 1));
    selling.stripe.invoices.set(`pi_${email}`, invoice(email, 1));
    await send('charge.refunded', {
      id: 'ch_s',
      amount: 900,
      amount_refunded: 900,
      payment_intent: `pi_${email}`,
    });
    expect(await has(email)).toMatchObject({ plan: 'vip', status: 'active' });
    expect(await endOf(email)).toBe(30 + 3);
    selling.stripe.invoices.set(`pi_${email}_first`, invoice(email, 0));
    await send('refund.failed', {
      id: `re_${email}`,
      object: 'refund',
      amount: 900,
      charge: 'ch_f',
      payment_intent: `pi_${email}_first`,
      status: 'failed',
      created: now,
    });
    expect(await endOf(email)).toBe(30 + 3);
  });
});

describe('the wire', () => {
  const count = () => selling.service.database.prisma.purchaseEvent.count();
  const now = () => Math.floor(Date.now() / 1000);

  test('forged, altered, stale and future-dated: 401, and nothing is stored', async () => {
    const before = await count();
    const payload = JSON.stringify(selling.stripe.event('invoice.paid', {}));
    const headers = [
      '',
      't=1,v1=00',
      signStripe(payload, 'whsec_other'),
      signStripe(`${payload} `),
      signStripe(payload, undefined, now() - 400),
      signStripe(payload, undefined, now() + 400),
    ];
    for (const header of headers) {
      expect((await selling.stripe.deliver(payload, header)).status).toBe(401);
    }
    expect(await count()).toBe(before);
  });

  test('each of several secrets is accepted', async () => {
    const payload = JSON.stringify(selling.stripe.event('unknown.event', {}));
    expect((await selling.stripe.deliver(payload, signStripe(payload, 'whsec_old'))).status).toBe(
      200,
    );
    expect((await newest())?.[0]).toBe('ignored');
  });

  test('another mode, another account and signed nonsense change nothing, and are stored', async () => {
    const email = newBuyer();
    await send('checkout.session.completed', session(email, 'vip-month'), { livemode: true });
    expect(await newest()).toEqual(['ignored', 'it is of the live mode']);
    await send('checkout.session.completed', session(email, 'vip-month'), {
      account: 'acct_other',
    });
    await send('checkout.session.completed', { id: 7 });
    expect((await newest())?.[0]).toBe('failed');
    expect((await selling.stripe.deliver('nonsense')).status).toBe(200);
    expect(await newest()).toEqual(['failed', 'the body is not JSON']);
    expect(await has(email)).toBeNull();
  });
});

describe('checkout', () => {
  test('creates a session that carries our ids, and the claim link gives the key once, after the payment', async () => {
    selling.stripe.prices.set('price_pro', {
      id: 'price_pro',
      type: 'one_time',
      lookup_key: 'plan_pro_month',
      metadata: {},
    });
    const email = newBuyer();
    const started = await selling.service.post('/api/checkout', { product: 'pro-month', email });
    expect(started).toMatchObject({
      status: 201,
      body: { session_id: expect.stringMatching(/^cs_test_/) },
    });
    const form = selling.stripe.created.at(-1) as URLSearchParams;
    expect(form.get('metadata[product_id]')).toBe('pro-month');
    expect(form.get('payment_intent_data[metadata][product_id]')).toBe('pro-month');
    const claimPath = new URL(form.get('success_url') ?? '').pathname;
    expect(await selling.service.post(claimPath, '')).toMatchObject({ status: 409 });
    const metadata = { product_id: 'pro-month', quantity: '1', claim: form.get('metadata[claim]') };
    await send('checkout.session.completed', session(email, '', { metadata }));
    const claimed = await selling.service.post(claimPath, '');
    expect(claimed).toMatchObject({ status: 200, body: { license: { plan: 'pro', email } } });
    expect(claimed.body.key).toMatch(/^sahm_live_/);
    expect(await selling.service.post(claimPath, '')).toMatchObject({ status: 404 });

    const bearer = { Authorization: `Bearer ${claimed.body.key}` };
    const portal = await selling.service.post('/api/license/billing-portal', '', bearer);
    expect(portal).toMatchObject({
      status: 200,
      body: { url: expect.stringContaining('billing') },
    });

    selling.stripe.prices.set('price_404', {
      id: 'price_404',
      type: 'one_time',
      lookup_key: 'addon_openrouter_50',
      metadata: {},
    });
    const addon = await selling.service.post('/api/checkout', { product: '404' }, bearer);
    expect(addon.status).toBe(201);
    const license_id = selling.stripe.created.at(-1)?.get('metadata[license_id]');
    const forMine = session('somebody-else@example.com', '', {
      metadata: { product_id: '404', quantity: '1', license_id },
    });
    await send('checkout.session.completed', forMine);
    expect((await has(email))?.openrouter.limit).toBe(750 + 50);
  });

  test('paying with another person’s address does not give that person’s key', async () => {
    const victim = await buyerOf('vip-month');
    await selling.service.post('/api/checkout', { product: 'pro-month', email: victim });
    const form = selling.stripe.created.at(-1) as URLSearchParams;
    const metadata = { product_id: 'pro-month', quantity: '1', claim: form.get('metadata[claim]') };
    await send('checkout.session.completed', session(victim, '', { metadata }));
    const claimed = await selling.service.post(new URL(form.get('success_url') ?? '').pathname, '');
    expect(claimed).toMatchObject({ status: 409, body: { error: { code: 'conflict' } } });
  });

  test('refuses an unknown product, an unknown key, and a shop that is off', async () => {
    expect(await selling.service.post('/api/checkout', { product: 'nothing' })).toMatchObject({
      status: 400,
    });
    expect(await selling.service.post('/api/checkout', { product: '405' })).toMatchObject({
      status: 409,
    });
    expect(
      await selling.service.post('/api/checkout', { product: '404' }, { 'X-API-Key': 'x' }),
    ).toMatchObject({ status: 401 });
  });
});
