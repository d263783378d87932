// One-time payments of Stripe: each counts once and is taken back once, whatever objects report it.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { held, inbox, type Selling, startSelling } from './sellingFixture.js';

let selling: Selling;
let withoutKey: Selling;
beforeAll(async () => {
  selling = await startSelling();
  withoutKey = await startSelling({ STRIPE_SECRET_KEY: '' });
});
afterAll(async () => {
  await selling.close();
  await withoutKey.close();
});

let last = 0;
const newBuyer = () => `payments-${++last}@example.com`;
const now = Math.floor(Date.now() / 1000);

async function send(where: Selling, type: string, object: object): Promise<void> {
  const event = where.stripe.event(type, object as Record<string, unknown>);
  expect((await where.stripe.deliver(event)).status).toBe(200);
}
const limit = async (where: Selling, email: string) =>
  (await held(where.service, email))?.openrouter.limit;

function session(id: string, email: string, more: object = {}) {
  return {
    id: `cs_test_${id}`,
    object: 'checkout.session',
    mode: 'payment',
    payment_status: 'paid',
    payment_intent: `pi_${id}`,
    invoice: null,
    subscription: null,
    customer: `cus_${email}`,
    customer_details: { email },
    amount_total: 1000,
    currency: 'eur',
    metadata: { product_id: '405', quantity: '1' },
    ...more,
  };
}

async function basicOf(where: Selling): Promise<string> {
  const email = newBuyer();
  const metadata = { product_id: 'basic-month', quantity: '1' };
  const bought = session(`plan_${last}`, email, { metadata });
  await send(where, 'checkout.session.completed', bought);
  return email;
}

const price405 = { id: 'price_405', lookup_key: 'addon_openrouter_250', metadata: {} };

/** The invoice of a one-time payment, as versions before and since 2025-03-31 write it. */
function invoice(id: string, email: string, isOld: boolean) {
  const line = {
    id: 'il_1',
    amount: 1000,
    quantity: 1,
    period: { start: now, end: now },
    metadata: {},
  };
  return {
    id: `in_${id}`,
    object: 'invoice',
    billing_reason: 'manual',
    customer: `cus_${email}`,
    customer_email: email,
    amount_paid: 1000,
    currency: 'eur',
    created: now,
    status_transitions: { paid_at: now },
    metadata: {},
    ...(isOld ? { subscription: null, payment_intent: `pi_${id}` } : { parent: null }),
    lines: {
      has_more: false,
      data: [
        isOld
          ? { ...line, type: 'invoiceitem', proration: false, price: price405 }
          : { ...line, pricing: { price_details: { price: 'price_405', product: 'prod_405' } } },
      ],
    },
  };
}

const refunded = (id: string, amount: number, isOld: boolean) => ({
  id: `ch_${id}`,
  object: 'charge',
  amount: 1000,
  amount_refunded: amount,
  currency: 'eur',
  payment_intent: `pi_${id}`,
  ...(isOld && { invoice: `in_${id}` }),
});

const WAYS = [true, false].flatMap(hasKey =>
  ['2024-06-20', '2026-10-28'].flatMap(version =>
    ['session, invoice', 'invoice, session', 'refund, invoice, session', 'session, refund'].map(
      order => ({ hasKey, version, order }),
    ),
  ),
);

describe('a one-time payment with an invoice is one order', () => {
  test.each(WAYS)(
    '$order; version $version; API key: $hasKey',
    async ({ hasKey, version, order }) => {
      const where = hasKey ? selling : withoutKey;
      const isOld = version < '2025';
      const email = await basicOf(where);
      const id = `one_${++last}`;
      const its = invoice(id, email, isOld);
      where.stripe.prices.set('price_405', price405);
      where.stripe.invoices.set(`pi_${id}`, invoice(id, email, false));
      const tell: Record<string, () => Promise<void>> = {
        session: () =>
          send(where, 'checkout.session.completed', session(id, email, { invoice: its.id })),
        invoice: () => send(where, 'invoice.paid', its),
        refund: () => send(where, 'charge.refunded', refunded(id, 500, isOld)),
      };
      const isRefunded = order.includes('refund');
      for (const what of order.split(', ')) await tell[what]?.();
      expect(await limit(where, email)).toBe(150 + (isRefunded ? 125 : 250));
      // Once more, and then all of it goes back.
      for (const what of order.split(', ').reverse()) await tell[what]?.();
      expect(await limit(where, email)).toBe(150 + (isRefunded ? 125 : 250));
      await send(where, 'charge.refunded', refunded(id, 1000, isOld));
      expect(await limit(where, email)).toBe(150);
    },
  );
});

describe('a session', () => {
  test('sells all of its items, not only the one in its metadata', async () => {
    const email = await basicOf(selling);
    const id = `many_${++last}`;
    const item = (name: string, lookup_key: string | null, metadata: object = {}) => ({
      id: `li_${name}`,
      quantity: 2,
      price: { id: `price_${name}`, lookup_key, metadata, product: 'prod' },
    });
    selling.stripe.lineItems.set(`cs_test_${id}`, [
      item('own', null),
      item('other', 'addon_openrouter_50'),
    ]);
    const bought = session(id, email, { metadata: { product_id: '405' } });
    await send(selling, 'checkout.session.completed', bought);
    expect(await limit(selling, email)).toBe(150 + 2 * 250 + 2 * 50);
  });

  test('that is disputed and lost is taken back once, also after a partial refund', async () => {
    const email = await basicOf(selling);
    const id = `lost_${++last}`;
    await send(selling, 'checkout.session.completed', session(id, email));
    await send(selling, 'charge.refunded', refunded(id, 200, false));
    const dispute = {
      id: `dp_${id}`,
      amount: 800,
      currency: 'eur',
      payment_intent: `pi_${id}`,
      created: now,
    };
    await send(selling, 'charge.dispute.created', { ...dispute, status: 'needs_response' });
    await send(selling, 'charge.dispute.closed', { ...dispute, status: 'lost' });
    expect(await limit(selling, email)).toBe(150);
    await send(selling, 'charge.dispute.closed', { ...dispute, status: 'won' });
    expect(await limit(selling, email)).toBe(150 + 200);
  });
});

test('an event that lacks its object says which setting to change', async () => {
  const thin = {
    id: 'evt_test_thin',
    object: 'v2.core.event',
    type: 'v1.invoice.paid',
    livemode: false,
    created: '2026-11-29T00:00:00.000Z',
    related_object: { id: 'in_1', type: 'invoice', url: '/v1/invoices/in_1' },
  };
  await selling.stripe.deliver(JSON.stringify(thin));
  expect((await inbox(selling.service))[0]).toEqual([
    'failed',
    expect.stringContaining('Snapshot'),
  ]);
});
