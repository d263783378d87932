// What buyers paid beside what the upstreams cost: money of every shop, over HTTP.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { gmt, type WooOrder } from '../fakes/woocommerceShop.js';
import { report, type Selling, startSelling } from './sellingFixture.js';

let selling: Selling;
let token: string;
beforeAll(async () => {
  selling = await startSelling({ QUOTA_TIME_ZONE: 'Asia/Tehran' });
  token = await selling.service.signInAs('viewer');
});
afterAll(() => selling.close());

interface Row {
  key: string;
  cost_microusd: number;
  sold: Array<{ currency: string; payments: number; paid: number; refunded: number }>;
}

const ask = (query: string) =>
  selling.service.call('GET', `/admin/api/usage/sales${query}`, { token });

async function rows(query: string): Promise<Row[]> {
  const { status, body } = await ask(query);
  expect(status).toBe(200);
  return body.rows as Row[];
}

/** Sales to the only license of this address. */
async function soldTo(email: string, query = ''): Promise<Row['sold']> {
  const page = await selling.service.call('GET', `/admin/api/licenses?email=${email}`, { token });
  const [license] = page.body.licenses as Array<{ id: string }>;
  const all = await rows(`?group=license${query}`);
  return all.find(({ key }) => key === license?.id)?.sold ?? [];
}

let last = 0;
const newBuyer = () => `sold-${++last}@example.com`;
const seconds = (instant: string) => Math.floor(Date.parse(instant) / 1000);

async function send(type: string, object: Record<string, unknown>, at?: string): Promise<void> {
  const more = at === undefined ? {} : { created: seconds(at) };
  const { status } = await selling.stripe.deliver(selling.stripe.event(type, object, more));
  expect(status).toBe(200);
}

function session(email: string, more: object = {}) {
  const id = `sold_${++last}`;
  return {
    id: `cs_${id}`,
    mode: 'payment',
    payment_status: 'paid',
    payment_intent: `pi_${id}`,
    customer_details: { email },
    amount_total: 1000,
    currency: 'eur',
    metadata: { product_id: 'pro-month', quantity: '1' },
    ...more,
  };
}

const taken = (payment: { payment_intent: string }, amount: number, more: object = {}) => ({
  id: `re_${++last}`,
  amount,
  currency: 'eur',
  charge: 'ch_1',
  payment_intent: payment.payment_intent,
  status: 'succeeded',
  created: Math.floor(Date.now() / 1000),
  ...more,
});
const total = (payment: { payment_intent: string }, refunded: number) => ({
  id: `ch_${payment.payment_intent}`,
  amount: 1000,
  amount_refunded: refunded,
  currency: 'eur',
  payment_intent: payment.payment_intent,
});

const eur = (paid: number, refunded = 0, payments = 1) => [
  { currency: 'EUR', payments, paid, refunded },
];

describe('payments', () => {
  test('an order of several lines is one payment, however often and by whatever event it is reported', async () => {
    const email = newBuyer();
    const order = selling.woo.order(
      email,
      [
        [402, 1],
        [404, 2],
      ],
      { currency: 'EUR', total: '59.90' },
    );
    await selling.woo.deliver(order, 'order.created');
    await selling.woo.deliver(order);
    await selling.woo.deliver(selling.woo.change(order, { status: 'completed' }));
    expect(await soldTo(email)).toEqual(eur(5990));
    const bought = session(email, { metadata: { product_id: '404', quantity: '3' } });
    await send('checkout.session.completed', bought);
    await send('checkout.session.async_payment_succeeded', bought);
    expect(await soldTo(email)).toEqual(eur(5990 + 1000, 0, 2));
  });

  test('currencies are never added up', async () => {
    const email = newBuyer();
    await selling.woo.deliver(selling.woo.order(email, [[402, 1]]));
    await selling.woo.deliver(selling.woo.order(email, [[404, 1]], { currency: 'irt' }));
    await selling.woo.deliver(selling.woo.order(email, [[404, 1]], { currency: 'IRR' }));
    expect(await soldTo(email)).toEqual([
      { currency: 'IRR', payments: 1, paid: 250_000, refunded: 0 },
      { currency: 'IRT', payments: 2, paid: 500_000, refunded: 0 },
    ]);
  });

  test('each invoice of a subscription is one', async () => {
    const email = newBuyer();
    const invoice = (id: string, reason: string, amount: number) => ({
      id: `${id}_${email}`,
      customer: `cus_${email}`,
      customer_email: email,
      billing_reason: reason,
      amount_paid: amount,
      currency: 'eur',
      created: Math.floor(Date.now() / 1000),
      parent: {
        subscription_details: {
          subscription: `sub_${email}`,
          metadata: { product_id: 'pro-month' },
        },
      },
      lines: {
        data: ['price_a', 'price_b'].map(price => ({
          amount: 500,
          quantity: 1,
          period: { start: seconds('2026-01-01'), end: seconds('2026-02-01') },
          metadata: {},
          pricing: { price_details: { price } },
        })),
      },
    });
    await send('invoice.paid', invoice('in_1', 'subscription_create', 900));
    await send('invoice.paid', invoice('in_1', 'subscription_create', 900));
    await send('invoice.paid', invoice('in_2', 'subscription_cycle', 700));
    expect(await soldTo(email)).toEqual(eur(1600, 0, 2));
  });

  test('reports without money count for none: the signed shop, and amounts that cannot be read', async () => {
    const email = newBuyer();
    const fact = { order_id: `o-${email}`, line_id: '1', fact: 'bought', product: 'pro-month' };
    const now = new Date().toISOString();
    await report(selling.service, { ...fact, quantity: 1, email, occurred_at: now });
    for (const more of [
      { currency: 'IRHX' },
      { total: '49.999', currency: 'EUR' },
      { total: '1.00.0' },
      { currency: null },
      { total: 7 },
    ])
      await selling.woo.deliver(selling.woo.order(email, [[404, 1]], more));
    expect(await soldTo(email)).toEqual([]);
  });
});

describe('a signed shop', () => {
  test('pays and refunds line by line; an amount that cannot be read is a fault, and takes nothing', async () => {
    const email = newBuyer();
    const at = (second: number) => new Date(Date.now() - 60_000 + second * 1_000).toISOString();
    const order = { order_id: `lines-${email}`, email, currency: 'EUR' };
    const line = (line_id: string, product: string, amount: string) =>
      report(selling.service, {
        ...order,
        line_id,
        product,
        amount,
        fact: 'bought',
        occurred_at: at(0),
      });
    await line('1', '404', '10.00');
    await line('2', 'pro-month', '90.00');
    expect(await soldTo(email)).toEqual(eur(10_000, 0, 2));
    const back = { order_id: order.order_id, fact: 'refunded', occurred_at: at(1) };
    for (const wrong of [{ amount: '5.00' }, { amount: '49.999', currency: 'USD' }]) {
      expect(await report(selling.service, { ...back, line_id: '2', ...wrong })).toBe('failed');
    }
    const some = { ...back, currency: 'EUR' };
    await report(selling.service, { ...some, line_id: '1', amount: '4.00' });
    await report(selling.service, { ...some, line_id: '2', amount: '20.00' });
    expect(await soldTo(email)).toEqual(eur(10_000, 2_400, 2));
    await report(selling.service, { ...back, line_id: '1', occurred_at: at(2) });
    expect(await soldTo(email)).toEqual(eur(10_000, 3_000, 2));
  });
});

describe('refunds', () => {
  test('single refunds and their total count once, in any order and repeated', async () => {
    const email = newBuyer();
    const bought = session(email);
    const first = taken(bought, 300);
    await send('refund.created', first);
    await send('charge.refunded', total(bought, 300));
    await send('checkout.session.completed', bought);
    expect(await soldTo(email)).toEqual(eur(1000, 300));
    await send('charge.refunded', total(bought, 500));
    expect(await soldTo(email)).toEqual(eur(1000, 500));
    const second = taken(bought, 200);
    await send('refund.created', second);
    await send('refund.updated', second);
    await send('refund.created', first);
    expect(await soldTo(email)).toEqual(eur(1000, 500));
    await send('refund.failed', { ...second, status: 'failed' });
    expect(await soldTo(email)).toEqual(eur(1000, 300));
  });

  test('are never more than was paid, and a dispute counts until it is won', async () => {
    const email = newBuyer();
    const bought = session(email);
    await send('checkout.session.completed', bought);
    await send('refund.created', taken(bought, 400));
    const dispute = { ...taken(bought, 1000), id: `dp_${email}`, status: 'needs_response' };
    await send('charge.dispute.created', dispute);
    await send('charge.dispute.closed', { ...dispute, status: 'lost' });
    expect(await soldTo(email)).toEqual(eur(1000, 1000));
    await send('charge.dispute.closed', { ...dispute, status: 'won' });
    expect(await soldTo(email)).toEqual(eur(1000, 400));
  });

  test('count on their day, and a total only counts beyond the earlier total', async () => {
    const email = newBuyer();
    const bought = session(email);
    // Tehran's midnight is 20:30 UTC.
    await send('checkout.session.completed', bought, '2026-03-01T20:29:59Z');
    await send('charge.refunded', total(bought, 300), '2026-03-02T20:29:59Z');
    await send('charge.refunded', total(bought, 1000), '2026-03-02T20:30:00Z');
    const days = await rows('?from=2026-03-01&to=2026-03-03');
    expect(days.map(({ key, sold }) => [key, sold])).toEqual([
      ['2026-03-01', eur(1000)],
      ['2026-03-02', eur(0, 300, 0)],
      ['2026-03-03', eur(0, 700, 0)],
    ]);
    expect(await rows('?from=2026-03-03&to=2026-03-03')).toMatchObject([{ sold: eur(0, 700, 0) }]);
    expect(await rows('?from=2026-03-04&to=2026-03-05')).toEqual([]);
  });

  test('of a WooCommerce order: partial ones, with and without lines, and then the rest', async () => {
    const email = newBuyer();
    await selling.woo.deliver(selling.woo.order(email, [[402, 1]], { currency: null }));
    const order = selling.woo.order(email, [[404, 4]], { currency: 'EUR', total: '40.00' });
    const lines = (order.line_items as Array<{ id: number }>).map(({ id }) => ({
      product_id: 404,
      quantity: -1,
      meta_data: [{ key: '_refunded_item_id', value: String(id) }],
    }));
    const refund = (id: number, amount: string, line_items: object[]) => ({
      id,
      date_created_gmt: gmt(new Date()),
      amount,
      line_items,
    });
    const tell = async (refunds: Array<{ id: number }>, changed: WooOrder) => {
      selling.woo.refunds.set(order.id, refunds);
      const listed = refunds.map(({ id }) => ({ id, reason: '', total: '-1' }));
      await selling.woo.deliver(selling.woo.change(changed, { refunds: listed }));
    };
    const some = [refund(7001, '10.00', lines), refund(7002, '0.50', [])];
    await selling.woo.deliver(order);
    await tell(some, order);
    await tell(some, selling.woo.change(order, {}));
    expect(await soldTo(email)).toEqual(eur(4000, 1050));
    const later = new Date(Date.now() + 60_000);
    const all = { ...order, status: 'refunded', date_modified_gmt: gmt(later) };
    await selling.woo.deliver(all);
    expect(await soldTo(email)).toEqual(eur(4000, 4000));
  });
});

describe('groups', () => {
  test('cost and money stand in one row: by day, plan and license; without a license under no name', async () => {
    const all = async (group: string) => {
      const found = await rows(`?group=${group}&from=2026-01-01`);
      const cost = found.reduce((sum, row) => sum + row.cost_microusd, 0);
      const money = found.flatMap(row => row.sold).filter(({ currency }) => currency === 'EUR');
      return [cost, money.reduce((sum, { paid }) => sum + paid, 0)];
    };
    const { id, key } = await selling.service.issue('basic');
    await selling.service.post('/api/chat_v3', {
      api_key: key,
      model: 'qwen/qwen-2.5-7b-instruct',
      prompt: 'x',
    });
    const order = {
      currency: 'EUR',
      total: '5.00',
      meta_data: [{ key: 'sahm_license_id', value: id }],
    };
    await selling.woo.deliver(selling.woo.order(newBuyer(), [[404, 1]], order));
    await selling.woo.deliver(
      selling.woo.order(newBuyer(), [[404, 1]], { currency: 'EUR', total: '3.00' }),
    );
    const byLicense = await rows('?group=license');
    expect(byLicense[0]).toEqual({ key: id, cost_microusd: expect.any(Number), sold: eur(500) });
    expect(byLicense[0]?.cost_microusd).toBeGreaterThan(0);
    expect(byLicense.find(row => row.key === '')?.sold).toEqual(eur(300));
    const byPlan = await rows('?group=plan');
    expect(byPlan[0]).toMatchObject({ key: 'basic', sold: eur(500) });
    expect(byPlan.map(row => row.key)).toEqual(expect.arrayContaining(['', 'pro']));
    const usage = await selling.service.call('GET', '/admin/api/usage?group=plan', { token });
    expect(usage.body.rows).toMatchObject([
      { key: 'basic', cost_microusd: byPlan[0]?.cost_microusd },
    ]);
    expect(await all('day')).toEqual(await all('license'));
    expect(await all('plan')).toEqual(await all('license'));
    expect(await rows('?group=license&limit=1')).toEqual([byLicense[0]]);
    expect((await ask('?group=plan')).body).toMatchObject({
      group: 'plan',
      to: expect.any(String),
    });
  });

  test.each([
    '?group=model',
    '?from=yesterday',
    '?to=2026-02-30',
    '?limit=0',
    '?limit=10001',
    '?x=1',
  ])('%s is refused', async query => {
    expect(await ask(query)).toMatchObject({
      status: 400,
      body: { error: { code: 'invalid_request' } },
    });
  });
});
