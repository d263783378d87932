import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { phpJson } from '../fakes/phpJson.js';
import { gmt, post10, WOO_SECRET } from '../fakes/woocommerceShop.js';
import { held, inbox, runJob, type Selling, startSelling } from './sellingFixture.js';

let selling: Selling;
beforeAll(async () => {
  selling = await startSelling();
});
afterAll(() => selling.close());

let buyers = 0;
const newBuyer = () => `woo-${++buyers}@example.com`;

/** Creates a buyer with a plan; returns the address. */
async function buyerOf(plan: number): Promise<string> {
  const email = newBuyer();
  expect(await selling.woo.deliver(selling.woo.order(email, [[plan, 1]]))).toBe(200);
  return email;
}
const has = (email: string) => held(selling.service, email);

describe('orders', () => {
  test.each([
    [404, 50, 'openrouter'],
    [405, 250, 'openrouter'],
    [406, 1000, 'openrouter'],
    [516, 50, 'openai'],
    [517, 250, 'openai'],
    [518, 1000, 'openai'],
  ] as const)(
    'product %i adds exactly %i requests to %s, times the quantity',
    async (product, units, provider) => {
      const email = await buyerOf(403);
      const before = await has(email);
      await selling.woo.deliver(selling.woo.order(email, [[product, 3]]));
      const after = await has(email);
      const limits = {
        openrouter: before?.openrouter.limit ?? 0,
        openai: before?.openai.limit ?? 0,
      };
      limits[provider] += 3 * units;
      expect([after?.openrouter.limit, after?.openai.limit]).toEqual([
        limits.openrouter,
        limits.openai,
      ]);
    },
  );

  test('a plan issues a license for its term; its one key is sent only by mail', async () => {
    const email = await buyerOf(402);
    expect(await has(email)).toMatchObject({
      plan: 'pro',
      status: 'active',
      openrouter: { limit: 750 },
    });
  });

  test('a GPT add-on for PRO waits, and counts the moment that VIP arrives', async () => {
    const email = await buyerOf(402);
    await selling.woo.deliver(selling.woo.order(email, [[516, 1]]));
    expect((await has(email))?.openai.limit).toBe(0);
    expect((await has(email))?.grants).toMatchObject([{ status: 'waiting' }]);
    expect((await inbox(selling.service))[0]).toEqual([
      'waiting',
      'the license needs the plan vip',
    ]);
    await selling.woo.deliver(selling.woo.order(email, [[403, 1]]));
    expect(await has(email)).toMatchObject({ plan: 'vip', openai: { limit: 80 + 50 } });
    expect((await inbox(selling.service)).slice(0, 2).map(([outcome]) => outcome)).toEqual([
      'applied',
      'applied',
    ]);
  });

  test('an add-on for an account without a license waits for one', async () => {
    const email = newBuyer();
    await selling.woo.deliver(selling.woo.order(email, [[404, 1]]));
    expect(await has(email)).toBeNull();
    await selling.woo.deliver(selling.woo.order(email, [[401, 1]]));
    expect((await has(email))?.openrouter.limit).toBe(150 + 50);
  });

  test('counts on processing or completed, and only when paid', async () => {
    const email = await buyerOf(401);
    const unpaid = selling.woo.order(email, [[404, 1]], { status: 'on-hold', date_paid_gmt: null });
    await selling.woo.deliver(unpaid);
    expect((await has(email))?.openrouter.limit).toBe(150);
    await selling.woo.deliver(
      selling.woo.change(unpaid, { status: 'completed', date_paid_gmt: gmt(new Date()) }),
    );
    expect((await has(email))?.openrouter.limit).toBe(200);
  });

  test('is found by variation, then product, then sku', async () => {
    const email = await buyerOf(401);
    const line = { id: 77, product_id: 99999, variation_id: 405, quantity: 1, sku: 'x' };
    await selling.woo.deliver(selling.woo.order(email, [], { line_items: [line] }));
    expect((await has(email))?.openrouter.limit).toBe(150 + 250);
    const bySku = { ...line, id: 78, variation_id: 0, sku: '404' };
    await selling.woo.deliver(selling.woo.order(email, [], { line_items: [bySku] }));
    expect((await has(email))?.openrouter.limit).toBe(150 + 250 + 50);
  });

  test('two orders under one delivery id both count, one order under many names once', async () => {
    const email = await buyerOf(401);
    const order = selling.woo.order(email, [[404, 1]]);
    await Promise.all([
      selling.woo.deliver(order, 'order.created'),
      selling.woo.deliver(order, 'order.updated'),
      selling.woo.deliver(selling.woo.order(email, [[404, 1]])),
      selling.woo.deliver(order, 'order.updated'),
    ]);
    await selling.woo.deliver(selling.woo.change(order, { status: 'completed' }));
    expect((await has(email))?.openrouter.limit).toBe(150 + 100);
  });

  test('an unknown product waits until the catalogue has it', async () => {
    const email = await buyerOf(401);
    await selling.woo.deliver(selling.woo.order(email, [[777, 2]]));
    expect((await inbox(selling.service))[0]?.[1]).toMatch(
      /woocommerce:777 is not in the catalogue/,
    );
    const pack = selling.service.deps.chat.catalog().products.get('404');
    const products = selling.service.deps.chat.catalog().products;
    products.set('777', {
      ...(pack as NonNullable<typeof pack>),
      id: '777',
      shops: { woocommerce: 777 },
    });
    await selling.service.database.prisma
      .$executeRaw`UPDATE purchase_event SET retry_at = sahm_now()`;
    await runJob(selling.service, 'apply-waiting-purchases');
    products.delete('777');
    expect((await has(email))?.openrouter.limit).toBe(150 + 100);
    expect((await inbox(selling.service))[0]?.[0]).toBe('applied');
  });
});

describe('taking back', () => {
  test('a refund before the purchase grants nothing, and a refunded plan leaves nothing', async () => {
    const email = await buyerOf(401);
    const order = selling.woo.order(email, [[404, 1]]);
    await selling.woo.deliver(selling.woo.change(order, { status: 'refunded' }));
    await selling.woo.deliver(order);
    expect((await has(email))?.openrouter.limit).toBe(150);

    const other = newBuyer();
    const plan = selling.woo.order(other, [[402, 1]]);
    await selling.woo.deliver(plan);
    await selling.woo.deliver(selling.woo.change(plan, { status: 'refunded' }));
    expect(await has(other)).toMatchObject({ status: 'expired' });
  });

  test('a partial refund takes its lines, once; an amount alone goes to a person', async () => {
    const email = await buyerOf(401);
    const order = selling.woo.order(email, [[404, 4]]);
    const [line] = order.line_items;
    await selling.woo.deliver(order);
    selling.woo.refunds.set(order.id, [
      {
        id: 9001,
        date_created_gmt: gmt(new Date()),
        amount: '100.00',
        line_items: [
          {
            id: 1,
            product_id: 404,
            variation_id: 0,
            quantity: -1,
            total: '-100.00',
            meta_data: [{ id: 1, key: '_refunded_item_id', value: String(line?.id) }],
          },
        ],
      },
    ]);
    const refunded = selling.woo.change(order, {
      refunds: [{ id: 9001, reason: '', total: '-100.00' }],
    });
    await selling.woo.deliver(refunded);
    await selling.woo.deliver(selling.woo.change(refunded, {}));
    expect((await has(email))?.openrouter.limit).toBe(150 + 150);

    const amountOnly = {
      id: 9002,
      date_created_gmt: gmt(new Date()),
      amount: '5.00',
      line_items: [],
    };
    selling.woo.refunds.get(order.id)?.push(amountOnly);
    await selling.woo.deliver(
      selling.woo.change(refunded, {
        refunds: [...refunded.refunds, { id: 9002, reason: '', total: '-5.00' }],
      }),
    );
    expect((await inbox(selling.service))[0]).toEqual(['failed', expect.stringContaining('9002')]);
    expect((await has(email))?.openrouter.limit).toBe(300);
  });

  test('a deleted order takes back, a restored one gives again, and old deliveries change nothing', async () => {
    const email = await buyerOf(401);
    const order = selling.woo.order(email, [[404, 1]]);
    await selling.woo.deliver(order);
    const trashed = selling.woo.change(order, { status: 'trash' });
    await selling.woo.deliver({ id: order.id }, 'order.deleted');
    expect((await has(email))?.openrouter.limit).toBe(150);
    const restored = selling.woo.change(trashed, { status: 'processing' });
    await selling.woo.deliver(restored, 'order.restored');
    expect((await has(email))?.openrouter.limit).toBe(200);
    await selling.woo.deliver(trashed);
    await selling.woo.deliver(order);
    expect((await has(email))?.openrouter.limit).toBe(200);
    // It comes back as it was, with the time of its last change.
    const later = { 'X-WC-Webhook-Delivery-ID': 'of a later second' };
    selling.woo.orders.delete(order.id);
    await selling.woo.deliver({ id: order.id }, 'order.deleted', undefined, later);
    expect((await has(email))?.openrouter.limit).toBe(150);
    selling.woo.orders.set(order.id, restored);
    await selling.woo.deliver(restored, 'order.restored', undefined, later);
    expect((await has(email))?.openrouter.limit).toBe(200);
  });

  test('after half is used: used units stay, nothing remains, and a second refund changes nothing', async () => {
    const email = await buyerOf(401);
    const order = selling.woo.order(email, [[404, 1]]);
    await selling.woo.deliver(order);
    const { prisma } = selling.service.database;
    const where = { license: { account: { email } } };
    await prisma.grant.updateMany({ where, data: { used: 25, archived: 25 } });
    const refunded = selling.woo.change(order, { status: 'refunded' });
    await selling.woo.deliver(refunded);
    await selling.woo.deliver(selling.woo.change(refunded, {}));
    const [grant] = await prisma.grant.findMany({ where });
    expect(grant).toMatchObject({ used: 25n, entitled: 0n });
    expect((await has(email))?.grants).toMatchObject([{ remaining: 0 }]);
    expect((await has(email))?.openrouter).toMatchObject({ used: 0, limit: 150 });
  });
});

describe('the wire', () => {
  const send = (body: string, headers: Record<string, string>) =>
    post10(new URL('/webhooks/woocommerce', selling.service.url), body, {
      'Content-Type': 'application/json',
      ...headers,
    });
  const sign = (body: string | Buffer, secret = WOO_SECRET) =>
    createHmac('sha256', secret).update(body).digest('base64');
  const count = () => selling.service.database.prisma.purchaseEvent.count();

  test('the unsigned ping gets exactly 200 and changes nothing', async () => {
    const before = await count();
    const type = { 'Content-Type': 'application/x-www-form-urlencoded' };
    expect(await send('webhook_id=3', type)).toBe(200);
    expect(await send('webhook_id=3&x=1', type)).toBe(401);
    expect(await count()).toBe(before);
  });

  test('forged, altered, re-encoded and unsigned bodies: 401, and nothing is stored', async () => {
    const before = await count();
    const order = selling.woo.order(newBuyer(), [[404, 1]]);
    const body = phpJson(order);
    const signature = { 'X-WC-Webhook-Signature': sign(body) };
    expect(await send(body, {})).toBe(401);
    expect(await send(`${body} `, signature)).toBe(401);
    expect(await send(JSON.stringify(order), signature)).toBe(401);
    expect(await send(body, { 'X-WC-Webhook-Signature': sign(body, 'other') })).toBe(401);
    expect(await send(body, { 'X-WC-Webhook-Signature': '' })).toBe(401);
    expect(await count()).toBe(before);
    expect(await send(body, signature)).toBe(200);
  });

  test('signed nonsense is stored in the inbox', async () => {
    const nonsense = [
      'not JSON',
      '[]',
      '{"id":"x"}',
      phpJson({ code: 'woocommerce_rest_cannot_view', message: 'no', data: { status: 403 } }),
      phpJson({ action: 'woocommerce_x', arg: 1 }),
      phpJson({ ...selling.woo.order(newBuyer(), []), line_items: [{ id: 1 }] }),
    ];
    for (const body of nonsense) {
      expect(await send(body, { 'X-WC-Webhook-Signature': sign(body) })).toBe(200);
      expect((await inbox(selling.service))[0]?.[0]).toBe('failed');
    }
    const notUtf8 = Buffer.from([0x7b, 0xff, 0xfe, 0x7d]);
    const response = await fetch(`${selling.service.url}/webhooks/woocommerce`, {
      method: 'POST',
      headers: { 'X-WC-Webhook-Signature': sign(notUtf8), 'Content-Type': 'application/json' },
      body: notUtf8,
    });
    expect(response.status).toBe(200);
    expect((await inbox(selling.service))[0]).toEqual(['failed', 'the body is not UTF-8']);
  });
});

describe('reconcile', () => {
  test('finds orders whose webhook never came, once, and says that the webhook is off', async () => {
    const email = await buyerOf(401);
    for (let order = 0; order < 60; order++) selling.woo.order(email, [[404, 1]]);
    selling.woo.webhook.status = 'disabled';
    const events = await selling.service.database.prisma.purchaseEvent.count();
    const first = await runJob(selling.service, 'reconcile-woocommerce');
    expect(first).toMatchObject({
      applied: expect.any(Number),
      disabled_webhooks: ['3 Sahm (disabled)'],
    });
    expect((first as { applied: number }).applied).toBeGreaterThanOrEqual(60);
    const metrics = await fetch(`${selling.service.url}/metrics`);
    expect(await metrics.text()).toMatch(/^sahm_shop_webhook_disabled 1$/m);
    expect((await has(email))?.openrouter.limit).toBe(150 + 60 * 50);
    const after = await selling.service.database.prisma.purchaseEvent.count();
    expect(await runJob(selling.service, 'reconcile-woocommerce')).toMatchObject({ applied: 0 });
    expect(await selling.service.database.prisma.purchaseEvent.count()).toBe(after);
    expect(after).toBeGreaterThan(events);
    selling.woo.webhook.status = 'active';
  });

  test('a delivery whose shop could not be asked is read again when it can', async () => {
    const email = await buyerOf(401);
    const order = selling.woo.order(email, [[404, 2]]);
    const [line] = order.line_items;
    const item = { product_id: 404, variation_id: 0, quantity: -1, meta_data: [] };
    selling.woo.refunds.set(order.id, [
      { id: 9100, date_created_gmt: gmt(new Date()), line_items: [item] },
    ]);
    selling.woo.isUp = false;
    const refunded = selling.woo.change(order, {
      refunds: [{ id: 9100, reason: '', total: '-1' }],
    });
    expect(line).toBeDefined();
    expect(await selling.woo.deliver(refunded)).toBe(200);
    expect((await inbox(selling.service))[0]?.[0]).toBe('waiting');
    expect((await has(email))?.openrouter.limit).toBe(150 + 100);
    selling.woo.isUp = true;
    await selling.service.database.prisma
      .$executeRaw`UPDATE purchase_event SET retry_at = sahm_now() WHERE outcome = 'waiting'`;
    await runJob(selling.service, 'apply-waiting-purchases');
    expect((await has(email))?.openrouter.limit).toBe(150 + 50);
  });
});
