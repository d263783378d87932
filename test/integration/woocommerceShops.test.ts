// Two WooCommerce shops side by side, with equal numbers of orders, customers and products.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { gmt, startWooShop, type WooOrder, type WooShop } from '../fakes/woocommerceShop.js';
import { copyCatalog } from '../harness/faultCatalog.js';
import { startService } from '../harness/service.js';
import { held, inbox, runJob, type Selling, startSelling } from './sellingFixture.js';

/** By the shop without a name 404 are 50 requests of OpenRouter, and by the second one 50 of OpenAI. */
const PRODUCTS: Record<string, unknown> = {
  404: [404, 'second/777'],
  516: ['516', 'second/404'],
  405: [405, 'second/sku-405'],
  'vip-month': [403, 'second/403'],
};
const SECRET = 'a secret of the second shop';

let selling: Selling;
let second: WooShop;
let owner: string;
let catalogDir: string;
let listed: Record<string, unknown>;
beforeAll(async () => {
  catalogDir = await mkdtemp(join(tmpdir(), 'sahm-catalog-'));
  await copyCatalog(catalogDir, []);
  const file = join(catalogDir, 'products.json');
  const { products } = JSON.parse(await readFile(file, 'utf8'));
  for (const product of products) {
    product.shops.woocommerce = PRODUCTS[product.id] ?? product.shops.woocommerce;
  }
  await writeFile(file, JSON.stringify({ products }));
  second = await startWooShop(() => selling.service.url, SECRET, '/webhooks/woocommerce/second');
  second.statuses.push('shipped');
  listed = {
    name: 'second',
    url: second.url,
    consumer_key: 'ck_test',
    consumer_secret: 'cs_test',
    webhook_secret: SECRET,
    paid_statuses: 'processing,completed,shipped',
    key_note: true,
  };
  selling = await startSelling({
    CATALOG_DIR: catalogDir,
    PUBLIC_URL: 'https://sahm.example',
    WOOCOMMERCE_MORE_SHOPS: JSON.stringify([listed]),
  });
  owner = await selling.service.signInAs('owner');
});
afterAll(async () => {
  await selling.close();
  await second.close();
  await rm(catalogDir, { recursive: true });
});
afterEach(() => {
  second.isUp = true;
  second.webhook.status = 'active';
});

let buyers = 0;
const newBuyer = () => `shops-${++buyers}@example.com`;
let lastId = 900;

/** The same ids in both shops, of the order, its customer and its lines; each with a buyer of its own. */
function alike(lines: Array<[product: number, quantity: number]>, more: object = {}) {
  const id = ++lastId;
  const make = (shop: WooShop): WooOrder => {
    const order = shop.order(newBuyer(), lines, { id, customer_id: id, ...more });
    order.line_items.forEach((line, index) => {
      line.id = index + 1;
    });
    return order;
  };
  return { id, first: make(selling.woo), other: make(second) };
}

async function limits({ billing: { email } }: WooOrder) {
  const has = await held(selling.service, email);
  return has && [has.openrouter.limit, has.openai.limit];
}

async function call(method: string, path: string, body?: object) {
  const answer = await selling.service.call(method, `/admin/api${path}`, { token: owner, body });
  return answer.body as Record<string, never>;
}

/** Both shops sell the plan as 403. */
const VIP: [number, number] = [403, 1];

describe('ids of two shops are never mixed up', () => {
  test('orders, customers and products with equal numbers', async () => {
    const plans = alike([VIP]);
    expect(await selling.woo.deliver(plans.first)).toBe(200);
    const [openrouter = 0, openai = 0] = (await limits(plans.first)) ?? [];
    expect(await limits(plans.other)).toBeNull();
    expect(await second.deliver(plans.other)).toBe(200);
    expect(await limits(plans.other)).toEqual([openrouter, openai]);

    // Of a buyer whom only the customer's number names.
    const packs = alike([[404, 1]], { billing: { email: '' }, customer_id: plans.id });
    await selling.woo.deliver(packs.first);
    await second.deliver(packs.other);
    expect(await limits(plans.first)).toEqual([openrouter + 50, openai]);
    expect(await limits(plans.other)).toEqual([openrouter, openai + 50]);
    for (const order of [`${packs.id}`, `second/${packs.id}`]) {
      const { purchases } = await call('GET', `/purchases?order=${order}`);
      expect(purchases).toMatchObject([{ shop: 'woocommerce', order }]);
    }
  });

  test('a product without an id for the shop is unknown in that shop', async () => {
    const { first, other } = alike([VIP, [405, 1]]);
    await selling.woo.deliver(first);
    await second.deliver(other);
    const [[openrouter = 0] = [], [withoutPack = 0] = []] = [
      (await limits(first)) ?? [],
      (await limits(other)) ?? [],
    ];
    expect(openrouter).toBe(withoutPack + 250);
    const [line] = other.line_items;
    if (!line) throw new Error('the order has no line');
    const named = { ...line, id: 9, product_id: 1, sku: 'sku-405' };
    await second.deliver(second.change(other, { line_items: [line, named] }));
    expect((await limits(other))?.[0]).toBe(openrouter);
  });

  test('the lines of a refund are asked for in the order’s shop, by its plain id', async () => {
    const { id, first, other } = alike([VIP, [404, 3]]);
    const refund = (quantity: number) => [
      {
        id: 1,
        date_created_gmt: gmt(new Date()),
        line_items: [{ product_id: 404, variation_id: 0, quantity: -quantity, meta_data: [] }],
      },
    ];
    selling.woo.refunds.set(id, refund(3));
    second.refunds.set(id, refund(1));
    await selling.woo.deliver(first);
    await second.deliver(other);
    const [before, otherBefore] = [await limits(first), await limits(other)];
    const refunds = [{ id: 1, reason: '', total: '-1' }];
    await second.deliver(second.change(other, { refunds }));
    expect(await limits(other)).toEqual([otherBefore?.[0], (otherBefore?.[1] ?? 0) - 50]);
    expect(await limits(first)).toEqual(before);
    await selling.woo.deliver(selling.woo.change(first, { refunds }));
    expect(await limits(first)).toEqual([(before?.[0] ?? 0) - 150, before?.[1]]);
  });

  test('an order that one shop deleted stays in the other', async () => {
    const { id, first, other } = alike([VIP]);
    await selling.woo.deliver(first);
    await second.deliver(other);
    second.orders.delete(id);
    await second.deliver({ id }, 'order.deleted');
    expect(await held(selling.service, other.billing.email)).toMatchObject({ status: 'expired' });
    expect(await held(selling.service, first.billing.email)).toMatchObject({ plan: 'vip' });
  });
});

describe('each shop’s deliveries are its own', () => {
  test('the secret of one shop opens no other', async () => {
    const { first, other } = alike([VIP]);
    const [path, otherPath] = [selling.woo.path, second.path];
    [selling.woo.path, second.path] = [otherPath, path];
    expect([await selling.woo.deliver(first), await second.deliver(other)]).toEqual([401, 401]);
    second.path = '/webhooks/woocommerce/third';
    expect(await second.deliver(other)).toBe(404);
    [selling.woo.path, second.path] = [path, otherPath];
    expect([await limits(first), await limits(other)]).toEqual([null, null]);
  });

  test('a copy of the named shop is ignored, and the reason names what to change', async () => {
    const { other } = alike([VIP]);
    await second.deliver(other, 'order.updated', 'https://staging.example/');
    const [outcome, reason] = (await inbox(selling.service))[0] ?? [];
    expect(outcome).toBe('ignored');
    expect(reason).toContain('https://staging.example/');
    expect(reason).toContain(second.url);
    expect(reason).toContain('change "url" of "second"');
  });

  test('statuses and key notes are as the shop itself has them', async () => {
    const { first, other } = alike([VIP], { status: 'shipped' });
    await selling.woo.deliver(first);
    await second.deliver(other);
    expect(await limits(first)).toBeNull();
    await selling.woo.deliver(selling.woo.change(first, { status: 'completed' }));
    for (let tries = 0; tries < 50 && noteOf(other) === undefined; tries++) {
      await runJob(selling.service, 'send-notices');
      await new Promise(resolve => setTimeout(resolve, 100));
    }
    expect(noteOf(other)?.note).toContain('sahm_live_');
    expect(selling.woo.notes).toEqual([]);
  });
});

const noteOf = ({ id }: WooOrder) => second.notes.find(({ order }) => order === String(id));

describe('a stored event is read again as a delivery of its own shop', () => {
  test('by hand', async () => {
    const { id, first, other } = alike([VIP]);
    await second.deliver(other);
    const { rows } = await selling.service.deps.selling.purchases.list({
      order: `second/${id}`,
      limit: 1,
    });
    const replayed = await call('POST', `/purchases/${rows[0]?.id}/replay`);
    expect(replayed.purchase).toMatchObject({ outcome: 'applied', order: `second/${id}` });
    expect((await call('GET', `/purchases?order=${id}`)).purchases).toEqual([]);
    expect(await limits(first)).toBeNull();
  });

  test('by the job, when the shop can be asked again', async () => {
    const { id, first, other } = alike([VIP]);
    await selling.woo.deliver(first);
    await second.deliver(other);
    // The shop without a name still has its order with this number.
    second.orders.delete(id);
    second.isUp = false;
    await second.deliver({ id }, 'order.deleted');
    expect((await inbox(selling.service))[0]).toEqual([
      'waiting',
      expect.stringContaining('to orders/'),
    ]);
    second.isUp = true;
    await selling.service.database.prisma
      .$executeRaw`UPDATE purchase_event SET retry_at = sahm_now() WHERE outcome = 'waiting'`;
    await runJob(selling.service, 'apply-waiting-purchases');
    expect(await held(selling.service, other.billing.email)).toMatchObject({ status: 'expired' });
    expect(await held(selling.service, first.billing.email)).toMatchObject({ status: 'active' });
  });

  test('and no sender can claim that it is another shop’s', async () => {
    const { prisma } = selling.service.database;
    const { other } = alike([VIP]);
    await second.deliver(other);
    const names = await prisma.$queryRaw<Array<{ name: string | null }>>`
      SELECT headers ->> 'x-sahm-shop' AS name FROM purchase_event ORDER BY id DESC LIMIT 1`;
    expect(names).toEqual([{ name: 'woocommerce/second' }]);
    const { first } = alike([VIP]);
    await selling.woo.deliver(first, 'order.updated', undefined, {
      'X-Sahm-Shop': 'woocommerce/second',
    });
    const [unnamed] = await prisma.$queryRaw<Array<{ name: string | null }>>`
      SELECT headers ->> 'x-sahm-shop' AS name FROM purchase_event ORDER BY id DESC LIMIT 1`;
    expect(unnamed).toEqual({ name: null });
  });
});

describe('reconcile', () => {
  test('a shop that is away stops no other; it is named, and read when it is back', async () => {
    await runJob(selling.service, 'reconcile-woocommerce');
    const { purchases } = selling.service.deps.selling;
    const { first, other } = alike([VIP]);
    const before = await cursors();
    second.isUp = false;
    const run = await call('POST', '/jobs/reconcile-woocommerce/run');
    expect(run).toMatchObject({
      outcome: 'failed',
      reason: expect.stringMatching(
        /^woocommerce\/second: WooCommerce answered 500.*; woocommerce was read$/,
      ),
    });
    expect(await limits(first)).not.toBeNull();
    expect(await limits(other)).toBeNull();
    const meanwhile = await cursors();
    expect(meanwhile.woocommerce?.getTime()).toBeGreaterThan(before.woocommerce?.getTime() ?? 0);
    expect(meanwhile['woocommerce/second']).toEqual(before['woocommerce/second']);
    expect(await purchases.cursor('woocommerce')).toEqual(meanwhile.woocommerce);

    second.isUp = true;
    expect(await runJob(selling.service, 'reconcile-woocommerce')).toMatchObject({
      applied: 1,
      shops: { woocommerce: { applied: 0 }, 'woocommerce/second': { applied: 1 } },
    });
    expect(await limits(other)).toEqual(await limits(first));
    expect(await runJob(selling.service, 'reconcile-woocommerce')).toMatchObject({ applied: 0 });
  });

  async function cursors(): Promise<Record<string, Date>> {
    const rows = await selling.service.database.prisma.shopCursor.findMany();
    return Object.fromEntries(rows.map(({ shop, readUntil }) => [shop, readUntil]));
  }

  test('webhooks that are off or missing are reported with the shop’s name', async () => {
    const created = second.webhooks.find(({ topic }) => topic === 'order.created');
    if (created) created.delivery_url = 'https://sahm.example/webhooks/woocommerce';
    second.webhook.status = 'disabled';
    expect(await runJob(selling.service, 'reconcile-woocommerce')).toMatchObject({
      disabled_webhooks: ['woocommerce/second: 3 Sahm (disabled)'],
      missing_webhooks: [
        'woocommerce/second: order.created: there is none to https://sahm.example/webhooks/woocommerce/second',
      ],
    });
    const { text } = (await selling.service.call('GET', '/metrics')).body as { text: string };
    expect(text).toMatch(/^sahm_shop_webhook_disabled 1$/m);
    expect(text).toMatch(/^sahm_shop_webhook_missing 1$/m);
  });
});

test('the check tries each shop, with the ids that the catalogue has for it', async () => {
  const own = '404 405 406 516 517 518 401 402 403 411 412 413'.split(' ');
  selling.woo.products = new Set(own);
  second.products = new Set(['777', '404', '403']);
  for (const webhook of second.webhooks) {
    webhook.delivery_url = 'https://sahm.example/webhooks/woocommerce/second';
  }
  const { checks } = (await call('GET', '/shops/woocommerce/check')) as unknown as {
    checks: Array<{ name: string; ok: boolean; says: string }>;
  };
  const unnamed = ['secret', 'address', 'credentials', 'webhooks', 'products'];
  const named = ['secret', 'address', 'credentials', 'permissions', 'webhooks', 'products'];
  expect(checks.map(({ name }) => name)).toEqual([
    ...unnamed,
    ...named.map(name => `second: ${name}`),
  ]);
  expect(checks.filter(({ ok }) => !ok)).toEqual([
    {
      name: 'second: products',
      ok: false,
      says: 'the shop does not have what the catalogue names: sku-405 (product 405)',
    },
  ]);
  second.fault = { status: 301, body: '' };
  const again = JSON.stringify(await call('GET', '/shops/woocommerce/check'));
  second.fault = null;
  expect(again).toContain('\\"url\\" of \\"second\\" must be the final address');
});

test('if all shops have names, there is none without', async () => {
  const service = await startService({
    env: { CATALOG_DIR: catalogDir, WOOCOMMERCE_MORE_SHOPS: JSON.stringify([listed]) },
  });
  try {
    const token = await service.signInAs('viewer');
    const path = '/admin/api/shops/woocommerce/check';
    const { checks } = (await service.call('GET', path, { token })).body as {
      checks: Array<{ name: string }>;
    };
    expect(checks.filter(({ name }) => !name.startsWith('second: '))).toEqual([]);
    expect((await service.post('/webhooks/woocommerce', {})).status).toBe(503);
    expect((await service.post('/webhooks/woocommerce/second', {})).status).toBe(401);
    const result = (await runJob(service, 'reconcile-woocommerce')) as {
      shops: object;
    };
    expect(Object.keys(result.shops)).toEqual(['woocommerce/second']);
  } finally {
    await service.close();
  }
});
