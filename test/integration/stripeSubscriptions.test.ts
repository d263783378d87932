// Subscriptions of Stripe give exactly what is paid for, from each change on, and no day twice.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { held, type Selling, startSelling } from './sellingFixture.js';

let selling: Selling;
beforeAll(async () => {
  selling = await startSelling();
  const { products } = selling.service.deps.chat.catalog();
  const pack = products.get('404');
  if (pack?.kind !== 'addon') throw new Error('404 is an add-on');
  const shops = { stripe: 'boost' };
  products.set('boost', { ...pack, id: 'boost', units: 100, lasts: 'subscription', shops });
  for (const [id, lookup_key] of Object.entries(KEYS)) {
    selling.stripe.prices.set(id, {
      id,
      lookup_key,
      metadata: {},
      product: { id: 'p', metadata: {} },
    });
  }
});
afterAll(() => selling.close());

const KEYS = {
  basic: 'plan_basic_month',
  vip: 'plan_vip_month',
  pack: 'addon_openrouter_50',
  boost: 'boost',
};
type Key = keyof typeof KEYS;

const DAY = 86_400;
const now = Math.floor(Date.now() / 1000);
const START = now - 10 * DAY;
const END = START + 30 * DAY;
/** The changes: some days ago, minutes apart. */
const CHANGE = now - 2 * DAY;

let last = 0;
const newBuyer = () => `subscriptions-${++last}@example.com`;
const has = (email: string) => held(selling.service, email);

async function send(type: string, object: object, at = now, more: object = {}): Promise<void> {
  const { stripe } = selling;
  const event = stripe.event(type, object as Record<string, unknown>, { created: at });
  const data = { object, ...more };
  expect((await stripe.deliver({ ...event, data })).status).toBe(200);
}

interface Line {
  price: Key;
  quantity?: number;
  amount: number;
  from?: number;
  until?: number;
  isProration?: boolean;
}

let items = 0;
function lineJson({ price, quantity = 1, amount, from = START, until = END, isProration }: Line) {
  return {
    id: `il_${++items}`,
    amount,
    quantity,
    metadata: {},
    period: { start: from, end: until },
    pricing: { price_details: { price, product: 'p' } },
    parent: {
      type: 'subscription_item_details',
      subscription_item_details: {
        proration: isProration === true,
        invoice_item: isProration ? `ii_${items}` : null,
        subscription_item: `si_${price}`,
      },
    },
  };
}

function invoice(email: string, name: string, lines: Line[], more: object = {}) {
  const amount = Math.max(
    0,
    lines.reduce((sum, line) => sum + line.amount, 0),
  );
  return {
    id: `in_${name}_${email}`,
    object: 'invoice',
    customer: `cus_${email}`,
    customer_email: email,
    billing_reason: name === 'first' ? 'subscription_create' : 'subscription_update',
    amount_paid: amount,
    currency: 'eur',
    created: CHANGE,
    status_transitions: { paid_at: name === 'first' ? START : CHANGE },
    parent: {
      type: 'subscription_details',
      subscription_details: { subscription: `sub_${email}`, metadata: {} },
    },
    lines: { has_more: false, data: lines.map(lineJson) },
    ...more,
  };
}

async function subscribes(lines: Line[]): Promise<string> {
  const email = newBuyer();
  await send('invoice.paid', invoice(email, 'first', lines));
  return email;
}

function subscription(email: string, quantities: Partial<Record<Key, number>>, more: object = {}) {
  return {
    id: `sub_${email}`,
    object: 'subscription',
    customer: `cus_${email}`,
    status: 'active',
    metadata: {},
    items: {
      data: Object.entries(quantities).map(([id, quantity]) => ({
        id: `si_${id}`,
        quantity,
        price: { id, lookup_key: KEYS[id as Key], metadata: {}, product: 'p' },
      })),
    },
    ...more,
  };
}
const updated = (email: string, quantities: Partial<Record<Key, number>>, at = CHANGE) =>
  send('customer.subscription.updated', subscription(email, quantities), at, {
    previous_attributes: { items: {} },
  });

/** A line that a change charges, or credits where the amount is below 0. */
const change = (price: Key, amount: number, from = CHANGE, quantity = 1): Line => ({
  price,
  quantity,
  amount,
  from,
  isProration: true,
});

async function refunded(
  email: string,
  name: string,
  refund: number,
  lines: Line[],
  amount = refund,
): Promise<void> {
  const payment = `pi_${name}_${email}`;
  selling.stripe.invoices.set(payment, invoice(email, name, lines));
  const charge = { id: `ch_${payment}`, amount, amount_refunded: refund, currency: 'eur' };
  await send('charge.refunded', { ...charge, payment_intent: payment });
}

const BASIC: Line = { price: 'basic', amount: 500 };
const UP = [change('basic', -466), change('vip', 1857)];

describe('a change that is invoiced at once', () => {
  test('to a higher plan and minutes later back leaves the lower one', async () => {
    const email = await subscribes([BASIC]);
    await send('invoice.paid', invoice(email, 'up', UP));
    expect(await has(email)).toMatchObject({ plan: 'vip', openai: { limit: 80 } });
    const back = [change('vip', -1857, CHANGE + 120), change('basic', 466, CHANGE + 120)];
    const paid = { status_transitions: { paid_at: CHANGE + 120 } };
    await send('invoice.paid', invoice(email, 'down', back, paid));
    expect(await has(email)).toMatchObject({ plan: 'basic', status: 'active' });
  });

  test('has the same effect in every order of its invoices and of the subscription’s events', async () => {
    const email = newBuyer();
    const back = [change('vip', -1857, CHANGE + 120), change('basic', 466, CHANGE + 120)];
    const paid = { status_transitions: { paid_at: CHANGE + 120 } };
    await updated(email, { basic: 1 }, CHANGE + 120);
    await send('invoice.paid', invoice(email, 'down', back, paid));
    await updated(email, { vip: 1 });
    await send('invoice.paid', invoice(email, 'up', UP));
    await send('invoice.paid', invoice(email, 'first', [BASIC]));
    expect(await has(email)).toMatchObject({ plan: 'basic', status: 'active' });
  });

  test('of the number of packs gives the new number, not both', async () => {
    const email = await subscribes([BASIC, { price: 'pack', quantity: 3, amount: 900 }]);
    expect((await has(email))?.openrouter.limit).toBe(150 + 150);
    const more = [change('pack', -840, CHANGE, 3), change('pack', 1400, CHANGE, 5)];
    await send('invoice.paid', invoice(email, 'more', more));
    expect((await has(email))?.openrouter.limit).toBe(150 + 250);
    const less = [change('pack', -1400, CHANGE + 60, 5), change('pack', 560, CHANGE + 60, 2)];
    await send('invoice.paid', invoice(email, 'less', less));
    expect((await has(email))?.openrouter.limit).toBe(150 + 100);
  });

  test('ends with its refund, and what it had credited goes on', async () => {
    const email = await subscribes([BASIC]);
    await send('invoice.paid', invoice(email, 'up', UP));
    await updated(email, { vip: 1 }, CHANGE + 1);
    expect(await has(email)).toMatchObject({ plan: 'vip' });
    await refunded(email, 'up', 1391, UP);
    expect(await has(email)).toMatchObject({ plan: 'basic', status: 'active' });
  });

  test('of packs is refunded by its share of the added packs', async () => {
    const email = await subscribes([BASIC, { price: 'pack', quantity: 3, amount: 900 }]);
    const more = [change('pack', -840, CHANGE, 3), change('pack', 1400, CHANGE, 5)];
    await send('invoice.paid', invoice(email, 'more', more));
    await refunded(email, 'more', 280, more, 560);
    expect((await has(email))?.openrouter.limit).toBe(150 + 200);
    await refunded(email, 'more', 560, more);
    expect((await has(email))?.openrouter.limit).toBe(150 + 150);
  });

  test('that removes an add-on ends it then, without grace days', async () => {
    const email = await subscribes([BASIC, { price: 'boost', amount: 250 }]);
    await updated(email, { basic: 1, boost: 1, pack: 1 }, CHANGE - 60);
    const out = [change('boost', -230)];
    await send('invoice.paid', invoice(email, 'out', out));
    await updated(email, { basic: 1 });
    expect(await has(email)).toMatchObject({ openrouter: { limit: 150 } });
  });
});

describe('a change that is on the next invoice', () => {
  const pending = (price: Key, amount: number, quantity = 1) => ({
    id: `ii_pending_${++items}`,
    object: 'invoiceitem',
    amount,
    date: CHANGE,
    period: { start: CHANGE, end: END },
    proration: true,
    quantity,
    pricing: { price_details: { price, product: 'p' } },
  });
  const wait = (email: string, all: Array<ReturnType<typeof pending>>) => {
    const details = { subscription: `sub_${email}`, metadata: {} };
    const parent = { type: 'subscription_details', subscription_details: details };
    selling.stripe.pendingItems.set(
      `cus_${email}`,
      all.map(item => ({ ...item, parent })),
    );
  };

  test('to a higher plan counts from the change', async () => {
    const email = await subscribes([BASIC]);
    wait(email, [pending('basic', -466), pending('vip', 1857)]);
    await updated(email, { vip: 1 });
    expect(await has(email)).toMatchObject({ plan: 'vip', openai: { limit: 80 } });
  });

  test('counts without an API too, for what is paid already', async () => {
    const email = await subscribes([BASIC]);
    await updated(email, { vip: 1 });
    expect(await has(email)).toMatchObject({ plan: 'vip', status: 'active' });
  });

  test.each([
    [5, 500],
    [1, 100],
  ])('of an add-on to %i counts from the change', async (quantity, units) => {
    const email = await subscribes([BASIC, { price: 'boost', quantity: 3, amount: 750 }]);
    expect((await has(email))?.openrouter.limit).toBe(150 + 300);
    wait(email, [pending('boost', -700, 3), pending('boost', 230 * quantity, quantity)]);
    await updated(email, { basic: 1, boost: quantity });
    expect((await has(email))?.openrouter.limit).toBe(150 + units);
  });

  test('of packs counts once, when it was made and when it is charged', async () => {
    const email = await subscribes([BASIC, { price: 'pack', quantity: 3, amount: 900 }]);
    const [less, more] = [pending('pack', -840, 3), pending('pack', 1400, 5)];
    wait(email, [less, more]);
    await updated(email, { basic: 1, pack: 5 });
    expect((await has(email))?.openrouter.limit).toBe(150 + 250);
    const lines = [change('pack', -840, CHANGE, 3), change('pack', 1400, CHANGE, 5)].map(lineJson);
    const charged = [less, more].map(({ id }, index) => {
      const { parent, ...line } = lines[index] as ReturnType<typeof lineJson>;
      const details = { ...parent.subscription_item_details, invoice_item: id };
      return { ...line, parent: { ...parent, subscription_item_details: details } };
    });
    const next = { ...invoice(email, 'next', []), amount_paid: 560 };
    await send('invoice.paid', { ...next, lines: { has_more: false, data: charged } });
    expect((await has(email))?.openrouter.limit).toBe(150 + 250);
  });
});

describe('the end and the beginning', () => {
  test('the end of a subscription ends its plan, and no paid pack', async () => {
    const email = await subscribes([BASIC, { price: 'pack', quantity: 2, amount: 600 }]);
    const ended = { status: 'canceled', ended_at: now - 60, canceled_at: now - 60 };
    await send('customer.subscription.deleted', subscription(email, {}, ended));
    expect(await has(email)).toMatchObject({
      status: 'expired',
      grants: [{ status: 'active', remaining: 100 }],
    });
  });

  test('a refunded renewal ends, although Stripe’s event still lists the subscription’s products', async () => {
    const email = await subscribes([{ ...BASIC, from: START - 30 * DAY, until: START }]);
    const renewal = [BASIC];
    await updated(email, { basic: 1 }, START + 3_600);
    await send('invoice.paid', invoice(email, 'renewal', renewal));
    expect(await has(email)).toMatchObject({ status: 'active' });
    await refunded(email, 'renewal', 500, renewal);
    expect(await has(email)).toMatchObject({ status: 'expired' });
  });

  test('a fee on the first invoice is no second month of the plan', async () => {
    const email = newBuyer();
    const first = invoice(email, 'first', [BASIC]);
    const fee = {
      id: 'il_fee',
      amount: 900,
      quantity: 1,
      metadata: {},
      period: { start: START, end: START },
      pricing: { price_details: { price: 'fee', product: 'p_fee' } },
      parent: {
        type: 'invoice_item_details',
        invoice_item_details: { invoice_item: 'ii_fee', proration: false },
      },
    };
    const details = { subscription: `sub_${email}`, metadata: { product_id: 'basic-month' } };
    const parent = { type: 'subscription_details', subscription_details: details };
    const data = [fee, ...first.lines.data];
    await send('invoice.paid', { ...first, parent, lines: { has_more: false, data } });
    const days = (Date.parse((await has(email))?.expires_at ?? '') / 1000 - START) / DAY;
    expect(Math.round(days)).toBe(30 + 3);
  });

  test('lines after the tenth are asked for', async () => {
    const email = newBuyer();
    const lines = Array.from({ length: 10 }, (_, index) => ({
      ...lineJson({ price: 'pack', amount: 0 }),
      pricing: { price_details: { price: `other_${index}`, product: 'p' } },
    }));
    const all = [...lines, lineJson(BASIC)];
    const first = invoice(email, 'first', [BASIC]);
    selling.stripe.invoiceLines.set(first.id.replace('@', '-').replaceAll('.', '-'), all);
    const id = first.id.replace('@', '-').replaceAll('.', '-');
    await send('invoice.paid', { ...first, id, lines: { has_more: true, data: lines } });
    expect(await has(email)).toMatchObject({ plan: 'basic', status: 'active' });
  });
});
