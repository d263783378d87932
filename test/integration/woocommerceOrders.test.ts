// A WooCommerce order gives exactly what its last state says.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SYSTEM } from '../../src/store/admin/audit.js';
import { gmt, type WooOrder } from '../fakes/woocommerceShop.js';
import { held, inbox, type Selling, startSelling } from './sellingFixture.js';

let selling: Selling;
let withoutRest: Selling;
beforeAll(async () => {
  selling = await startSelling();
  withoutRest = await startSelling({ WOOCOMMERCE_URL: '' });
});
afterAll(async () => {
  await selling.close();
  await withoutRest.close();
});

let buyers = 0;
const newBuyer = () => `orders-${++buyers}@example.com`;
const has = (email: string, where = selling) => held(where.service, email);
const limit = async (email: string, where = selling) => (await has(email, where))?.openrouter.limit;
const newest = async (where = selling) => (await inbox(where.service))[0];

/** A buyer with BASIC, and an order with these lines. */
async function buys(
  lines: Array<[product: number, quantity: number]>,
  more: object = {},
  where = selling,
): Promise<{ email: string; order: WooOrder }> {
  const email = newBuyer();
  await where.woo.deliver(where.woo.order(email, [[401, 1]]));
  const order = where.woo.order(email, lines, more);
  await where.woo.deliver(order);
  return { email, order };
}

const change = (order: WooOrder, changes: Partial<WooOrder>) => selling.woo.change(order, changes);
const lineOf = (order: WooOrder, index = 0) => order.line_items[index] as WooOrder['line_items'][0];

/** The order with this refund, told and in the API. */
function refunded(
  order: WooOrder,
  id: number,
  items: Array<[line: number, quantity: number]>,
  where = selling,
): WooOrder {
  where.woo.refunds.set(order.id, [
    ...(where.woo.refunds.get(order.id) ?? []),
    {
      id,
      date_created_gmt: gmt(new Date()),
      amount: '10.00',
      line_items: items.map(([line, quantity]) => ({
        id: line + 1,
        product_id: 404,
        variation_id: 0,
        quantity: -quantity,
        total: '-10.00',
        meta_data: [{ id: 1, key: '_refunded_item_id', value: String(line) }],
      })),
    },
  ]);
  const refunds = [...order.refunds, { id, reason: '', total: '-10.00' }];
  return where.woo.change(order, { refunds });
}

describe('a deleted order', () => {
  test.each([
    ['with the REST API', () => selling],
    ['without it', () => withoutRest],
  ])('ends its plan and its add-on: %s', async (_name, which) => {
    const where = which();
    const email = newBuyer();
    const order = where.woo.order(email, [
      [402, 1],
      [404, 1],
    ]);
    await where.woo.deliver(order);
    expect(await has(email, where)).toMatchObject({ plan: 'pro', status: 'active' });
    where.woo.orders.delete(order.id);
    await where.woo.deliver({ id: order.id }, 'order.deleted');
    expect(await has(email, where)).toMatchObject({
      status: 'expired',
      grants: [{ status: 'revoked' }],
    });
  });

  test('is not meant by a product, customer or coupon of the same number', async () => {
    const email = newBuyer();
    const order = withoutRest.woo.order(email, [[402, 1]]);
    await withoutRest.woo.deliver(order);
    for (const thing of ['product', 'customer', 'coupon']) {
      const told = { id: order.id };
      expect(await withoutRest.woo.deliver(told, `${thing}.deleted`)).toBe(200);
      expect(await newest(withoutRest)).toEqual(['ignored', expect.stringContaining(thing)]);
    }
    expect(await has(email, withoutRest)).toMatchObject({ plan: 'pro', status: 'active' });
  });

  test('is not restored by a late report of its return, after it was deleted for good', async () => {
    const { email, order } = await buys([[404, 1]]);
    expect(await limit(email)).toBe(200);
    const returned = change(order, { status: 'processing' });
    selling.woo.orders.delete(order.id);
    await selling.woo.deliver({ id: order.id }, 'order.deleted');
    await selling.woo.deliver(returned, 'order.restored');
    expect(await limit(email)).toBe(150);
  });

  test('ends only its own month, of two', async () => {
    const email = newBuyer();
    const [first, second] = [1, 2].map(() => selling.woo.order(email, [[402, 1]]));
    await selling.woo.deliver(first as WooOrder);
    const oneMonth = (await has(email))?.expires_at;
    await selling.woo.deliver(second as WooOrder);
    expect((await has(email))?.expires_at).not.toBe(oneMonth);
    selling.woo.orders.delete((second as WooOrder).id);
    await selling.woo.deliver({ id: second?.id }, 'order.deleted');
    expect(await has(email)).toMatchObject({ status: 'active', expires_at: oneMonth });
  });

  test('that is deleted long after its term ended is void too', async () => {
    const email = newBuyer();
    const longAgo = gmt(new Date(Date.now() - 90 * 86_400_000));
    const order = selling.woo.order(email, [[402, 1]], {
      date_paid_gmt: longAgo,
      date_modified_gmt: longAgo,
    });
    await selling.woo.deliver(order);
    await selling.woo.deliver(selling.woo.order(email, [[401, 1]]));
    selling.woo.orders.delete(order.id);
    await selling.woo.deliver({ id: order.id }, 'order.deleted');
    expect(await has(email)).toMatchObject({ plan: 'basic', status: 'active' });
  });
});

describe('an order that is edited after it was paid', () => {
  test('gives its new quantity, more or less', async () => {
    const { email, order } = await buys([[404, 1]]);
    const more = change(order, { line_items: [{ ...lineOf(order), quantity: 3 }] });
    await selling.woo.deliver(more);
    expect(await newest()).toEqual(['applied', '']);
    expect(await limit(email)).toBe(150 + 150);
    const less = change(more, { line_items: [{ ...lineOf(order), quantity: 2 }] });
    await selling.woo.deliver(less);
    await selling.woo.deliver(more);
    await selling.woo.deliver(order);
    expect(await limit(email)).toBe(150 + 100);
  });

  test('gives the product that a line has now: a plan', async () => {
    const email = newBuyer();
    const order = selling.woo.order(email, [[401, 1]]);
    await selling.woo.deliver(order);
    const edited = change(order, { line_items: [{ ...lineOf(order), product_id: 403 }] });
    await selling.woo.deliver(edited);
    expect(await has(email)).toMatchObject({ plan: 'vip', openai: { limit: 80 } });
    await selling.woo.deliver(change(edited, { line_items: order.line_items }));
    expect(await has(email)).toMatchObject({ plan: 'basic', openai: { limit: 0 } });
  });

  test('gives the product that a line has now: an add-on, and back again', async () => {
    const { email, order } = await buys([[404, 1]]);
    const edited = change(order, { line_items: [{ ...lineOf(order), product_id: 405 }] });
    await selling.woo.deliver(edited);
    expect(await limit(email)).toBe(150 + 250);
    await selling.woo.deliver(change(edited, { line_items: order.line_items }));
    expect(await limit(email)).toBe(150 + 50);
  });

  test('gives the line that replaced another, not both', async () => {
    const { email, order } = await buys([[404, 1]]);
    const line = { ...lineOf(order), id: lineOf(order).id + 100_000, product_id: 405 };
    await selling.woo.deliver(change(order, { line_items: [line] }));
    expect(await limit(email)).toBe(150 + 250);
  });

  test('gives nothing for a removed line, and the same product twice for two lines', async () => {
    const { email, order } = await buys([
      [404, 1],
      [404, 2],
    ]);
    expect(await limit(email)).toBe(150 + 150);
    await selling.woo.deliver(change(order, { line_items: [lineOf(order, 1)] }));
    expect(await limit(email)).toBe(150 + 100);
  });
});

describe('a partial refund', () => {
  test('that the shop deletes again is undone, in requests and in the books', async () => {
    const { email, order } = await buys([[404, 4]], { currency: 'EUR', total: '40.00' });
    const part = refunded(order, 8001, [[lineOf(order).id, 1]]);
    await selling.woo.deliver(part);
    expect(await limit(email)).toBe(150 + 150);
    expect(await soldIn(email, 'EUR')).toMatchObject({ paid: 4000, refunded: 1000 });
    selling.woo.refunds.set(order.id, []);
    await selling.woo.deliver(change(part, { refunds: [] }));
    expect(await limit(email)).toBe(150 + 200);
    expect(await soldIn(email, 'EUR')).toMatchObject({ paid: 4000, refunded: 0 });
    await selling.woo.deliver(part);
    expect(await limit(email)).toBe(150 + 200);
  });

  test('without the REST API is failed, names its order, takes nothing and is in the books', async () => {
    const { email, order } = await buys(
      [[404, 4]],
      { currency: 'EUR', total: '40.00' },
      withoutRest,
    );
    await withoutRest.woo.deliver(refunded(order, 8002, [[lineOf(order).id, 1]], withoutRest));
    expect(await newest(withoutRest)).toEqual(['failed', expect.stringContaining('REST API')]);
    const { rows } = await withoutRest.service.deps.selling.purchases.list({ limit: 1 });
    expect(rows[0]).toMatchObject({ orderId: String(order.id) });
    expect(await limit(email, withoutRest)).toBe(150 + 200);
    expect(await soldIn(email, 'EUR', withoutRest)).toMatchObject({ paid: 4000, refunded: 1000 });
  });
});

async function soldIn(email: string, currency: string, where = selling): Promise<unknown> {
  const token = await where.service.signInAs('viewer');
  const found = await where.service.call('GET', `/admin/api/licenses?email=${email}`, { token });
  const [license] = found.body.licenses as Array<{ id: string }>;
  const sales = await where.service.call('GET', '/admin/api/usage/sales?group=license', { token });
  const rows = sales.body.rows as Array<{ key: string; sold: Array<{ currency: string }> }>;
  const row = rows.find(({ key }) => key === license?.id);
  return row?.sold.find(each => each.currency === currency);
}

describe('facts that a statement lacks', () => {
  test('a refund with known lines keeps them while the shop cannot be asked', async () => {
    const { email, order } = await buys([[404, 3]]);
    const back = refunded(order, 9_100, [[lineOf(order).id, 1]]);
    await selling.woo.deliver(back);
    expect(await limit(email)).toBe(150 + 100);
    selling.woo.isUp = false;
    await selling.woo.deliver(change(back, { status: 'completed' }));
    selling.woo.isUp = true;
    expect(await limit(email)).toBe(150 + 100);
  });

  test('a refund with only an amount is counted once, and on its day', async () => {
    const { order } = await buys([[404, 3]], {}, withoutRest);
    const refunds = [{ id: 9_200, reason: '', total: '-10.00' }];
    const told = withoutRest.woo.change(order, { refunds } as Partial<WooOrder>);
    await withoutRest.woo.deliver(told);
    expect((await newest(withoutRest))?.[0]).toBe('failed');
    const { prisma } = withoutRest.service.database;
    const where = { orderId: String(order.id), kind: 'refunded' };
    const before = await prisma.purchaseMovement.findMany({ where });
    await withoutRest.woo.deliver(withoutRest.woo.change(told, { status: 'completed' }));
    expect((await newest(withoutRest))?.[0]).toBe('duplicate');
    expect(await prisma.purchaseMovement.findMany({ where })).toEqual(before);
    expect(before).toHaveLength(1);
  });

  test('a line that cannot be read this time goes on', async () => {
    const { email, order } = await buys([
      [404, 1],
      [405, 1],
    ]);
    expect(await limit(email)).toBe(150 + 50 + 250);
    const line_items = [lineOf(order), { ...lineOf(order, 1), sku: 'x'.repeat(300) }];
    await selling.woo.deliver(change(order, { line_items } as Partial<WooOrder>));
    expect((await newest())?.[0]).toBe('failed');
    expect(await limit(email)).toBe(150 + 50 + 250);
  });
});

describe('details', () => {
  test('an order that failed and was paid within one second is paid, in either order of arrival', async () => {
    const { email, order } = await buys([[404, 1]], { status: 'pending', date_paid_gmt: null });
    const modified = gmt(new Date());
    const paid = { ...order, status: 'processing', date_paid_gmt: modified };
    const failed = { ...order, status: 'failed', date_paid_gmt: modified };
    const moments = [paid, failed].map(each => ({ ...each, date_modified_gmt: modified }));
    for (const each of moments) await selling.woo.deliver(each);
    expect(await limit(email)).toBe(150 + 50);
    for (const each of moments.reverse()) await selling.woo.deliver(each);
    expect(await limit(email)).toBe(150 + 50);
  });

  test('of two licenses of one buyer the usable one gets the add-on, not the older expired one', async () => {
    const email = newBuyer();
    const { licenses } = selling.service.deps.admin;
    const expired = await licenses.issue({ plan: 'basic', email }, SYSTEM);
    if (expired.kind === 'refusal') throw new Error(expired.code);
    await selling.service.database.prisma.license.update({
      where: { id: expired.license.id },
      data: { state: 'expired', expiresAt: new Date(Date.now() - 1_000) },
    });
    const running = await licenses.issue({ plan: 'basic', email }, SYSTEM);
    if (running.kind === 'refusal') throw new Error(running.code);
    await selling.woo.deliver(selling.woo.order(email, [[404, 1]]));
    const [pack] = await selling.service.database.prisma.grant.findMany({
      where: { license: { account: { email } } },
    });
    expect(pack?.licenseId).toBe(running.license.id);
  });
});
