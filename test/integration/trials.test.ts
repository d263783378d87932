// Trials: products that each buyer gets once, from any shop or code.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '../harness/load.js';
import { addProducts, held, inbox, report, type Selling, startSelling } from './sellingFixture.js';

let selling: Selling;
let token: string;
beforeAll(async () => {
  selling = await startSelling();
  token = await selling.service.signInAs('owner');
  const once = { once_per_buyer: true, shops: {} };
  await addProducts(selling.service, [
    { id: 'trial', kind: 'plan', plan: 'pro', term: 'P7D', ...once },
    {
      id: 'taste',
      kind: 'addon',
      provider: 'openrouter',
      units: 20,
      minimum_plan: 'basic',
      ...once,
    },
  ]);
});
afterAll(() => selling.close());

const DAY_MS = 86_400_000;
let last = 0;
const newBuyer = () => `trials-${++last}@example.com`;

function bought(email: string, product: string, more: object = {}) {
  const order = {
    order_id: `trial-${++last}`,
    line_id: '1',
    occurred_at: new Date().toISOString(),
  };
  return { ...order, fact: 'bought', product, quantity: 1, email, ...more };
}
const buy = (...parameters: Parameters<typeof bought>) =>
  report(selling.service, bought(...parameters));

async function makeCode(product: string): Promise<string> {
  const body = { product, count: 1 };
  const made = await selling.service.call('POST', '/admin/api/codes', { token, body });
  return (made.body.codes as string[])[0] as string;
}
const redeem = (body: object, key?: string) =>
  selling.service.call('POST', '/api/redeem', { token: key, body });

/** Whole days that are left. */
async function daysOf(email: string): Promise<number> {
  const ends = (await held(selling.service, email))?.expires_at as string;
  return Math.round((Date.parse(ends) - Date.now()) / DAY_MS);
}

test('a second order of a trial gives nothing, and is failed with the reason', async () => {
  const email = newBuyer();
  expect(await buy(email, 'trial', { quantity: 3 })).toBe('applied');
  expect(await daysOf(email)).toBe(7);
  const second = bought(email, 'trial');
  expect(await report(selling.service, second)).toBe('failed');
  expect((await inbox(selling.service))[0]).toEqual([
    'failed',
    'the buyer had the product trial before',
  ]);
  expect(await daysOf(email)).toBe(7);
  expect(await report(selling.service, second)).toBe('duplicate');
  expect(await report(selling.service, { ...second, fact: 'refunded' })).toBe('duplicate');
  expect(await daysOf(email)).toBe(7);
});

test('also if the first was taken back, and if it is a line of a larger order', async () => {
  const email = newBuyer();
  const first = bought(email, 'trial');
  await report(selling.service, first);
  await report(selling.service, { ...first, fact: 'refunded' });
  expect(await held(selling.service, email)).toMatchObject({ status: 'expired' });
  const order_id = 'two-lines';
  expect(await buy(email, 'basic-month', { order_id })).toBe('applied');
  expect(await buy(email, 'trial', { order_id, line_id: '2' })).toBe('failed');
  expect(await held(selling.service, email)).toMatchObject({ plan: 'basic', status: 'active' });
});

/** How many lines of the account count, and how many of its orders were failed. */
async function linesOf(email: string): Promise<{ lines: number; failed: number }> {
  const { prisma } = selling.service.database;
  const orders = await prisma.purchaseOrder.findMany({
    where: { account: { email } },
    include: { lines: true },
  });
  const orderId = { in: orders.map(each => each.orderId) };
  const failed = await prisma.purchaseEvent.count({ where: { orderId, outcome: 'failed' } });
  return { lines: orders.flatMap(({ lines }) => lines).length, failed };
}

test('of many orders at once one counts, and others of the buyer are not held up', async () => {
  const email = newBuyer();
  await Promise.all(Array.from({ length: 5 }, () => buy(email, 'trial')));
  // Deliveries that waited too long for a turn are stored, and applied right after.
  await until(async () => (await linesOf(email)).failed === 4);
  expect(await linesOf(email)).toEqual({ lines: 1, failed: 4 });
  expect(await daysOf(email)).toBe(7);
  expect(await buy(email, '404')).toBe('applied');
  expect(await buy(email, 'taste', { quantity: 2 })).toBe('applied');
  expect(await buy(email, 'taste')).toBe('failed');
  const { grants } = (await held(selling.service, email)) ?? {};
  expect(grants?.map(({ product, remaining }) => [product, remaining]).sort()).toEqual([
    ['404', 50],
    ['taste', 20],
  ]);
});

test('one that an order reports again, with another id of the line, is the same trial', async () => {
  const email = newBuyer();
  const catalog = selling.service.deps.chat.catalog();
  const trial = catalog.products.get('trial');
  if (!trial) throw new Error('there is a trial');
  catalog.products.set('trial', { ...trial, shops: { woocommerce: 909 } });
  const order = selling.woo.order(email, [[909, 1]]);
  await selling.woo.deliver(order);
  const [item] = order.line_items;
  const line_items = [{ ...item, id: 1 + (item?.id ?? 0) }] as typeof order.line_items;
  await selling.woo.deliver(selling.woo.change(order, { line_items }));
  expect((await inbox(selling.service))[0]?.[0]).not.toBe('failed');
  expect(await daysOf(email)).toBe(7);
  // A second order that names nobody at first gives nothing either, once it is said whose it is.
  const nobody = selling.woo.order('', [[909, 1]], { billing: { email: '' } });
  await selling.woo.deliver(nobody);
  await selling.woo.deliver(selling.woo.change(nobody, { billing: { email, first_name: '' } }));
  expect((await inbox(selling.service))[0]).toEqual([
    'failed',
    'the buyer had the product trial before',
  ]);
  expect(await daysOf(email)).toBe(7);
});

test('a second code of a trial stays open, for somebody else', async () => {
  const email = newBuyer();
  const { key } = (await redeem({ code: await makeCode('trial'), email })).body as { key: string };
  const second = await makeCode('trial');
  for (const refused of [
    await redeem({ code: second, email }),
    await redeem({ code: second }, key),
  ]) {
    expect(refused).toMatchObject({ status: 409, body: { error: { code: 'code_not_usable' } } });
  }
  expect(await buy(email, 'trial')).toBe('failed');
  expect(await daysOf(email)).toBe(7);
  expect((await redeem({ code: second, email: newBuyer() })).status).toBe(200);
});
