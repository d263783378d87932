// A WooCommerce shop that is set up wrongly, or changes while it is read: no order is lost, and messages help.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type ReconcileDeps, reconcileOrders } from '../../src/flows/reconcileOrders.js';
import type { Shops } from '../../src/shops/port.js';
import { gmt, noRoute, type WooFault, type WooOrder } from '../fakes/woocommerceShop.js';
import { createRandom } from '../harness/random.js';
import { held, inbox, runJob, type Selling, startSelling } from './sellingFixture.js';

let selling: Selling;
let owner: string;
beforeAll(async () => {
  selling = await startSelling({
    PUBLIC_URL: 'https://sahm.example',
    WOOCOMMERCE_PAID_STATUSES: 'processing, completed, wc-shipped',
  });
  selling.woo.statuses.push('shipped');
  owner = await selling.service.signInAs('owner');
});
afterAll(() => selling.close());
beforeEach(() => {
  selling.woo.fault = null;
  selling.woo.afterList = null;
  selling.woo.webhooks.splice(0, Number.POSITIVE_INFINITY, ...webhooks);
});

const webhooks: Selling['woo']['webhooks'] = [];
beforeAll(() => void webhooks.push(...selling.woo.webhooks));

let buyers = 0;
const newBuyer = () => `rest-${++buyers}@example.com`;

async function runByHand() {
  const path = '/admin/api/jobs/reconcile-woocommerce/run';
  const { status, body } = await selling.service.call('POST', path, { token: owner });
  return { status, ...body };
}

const said = (code: string): object => ({ code, message: 'as WordPress says it' });
const FAULTS: Array<[name: string, fault: WooFault, advice: RegExp]> = [
  ['no route', noRoute(), /rest_no_route.*permalinks must not be "Plain"/],
  ['a page that is not found', { status: 404, body: '<html>' }, /permalinks must not be "Plain"/],
  [
    'a key that did not arrive',
    { status: 401, body: said('woocommerce_rest_cannot_view') },
    /strips the header Authorization/,
  ],
  [
    'a wrong key',
    { status: 401, body: said('woocommerce_rest_authentication_error') },
    /WOOCOMMERCE_CONSUMER_SECRET is wrong/,
  ],
  [
    'a key that may not read',
    { status: 403, body: said('woocommerce_rest_cannot_view') },
    /the permission "Read"/,
  ],
  [
    'a redirect',
    { status: 301, body: '', location: 'https://www.shop.example/wp-json/wc/v3/orders?x=1' },
    /without a redirect; this one leads to https:\/\/www\.shop\.example\/wp-json/,
  ],
  ['a page instead of JSON', { status: 200, body: '<html>' }, /a page of maintenance/],
  ['an object instead of a list', { status: 200, body: { id: 1 } }, /no list/],
];

describe('a broken REST API does not look like a shop without orders', () => {
  test.each(FAULTS)(
    '%s: the job fails, says what to do, and goes on from where it was',
    async (_name, fault, advice) => {
      const { purchases } = selling.service.deps.selling;
      await runJob(selling.service, 'reconcile-woocommerce');
      const before = await purchases.cursor('woocommerce');
      selling.woo.fault = fault;
      const run = await runByHand();
      expect(run).toMatchObject({ status: 200, name: 'reconcile-woocommerce', outcome: 'failed' });
      expect((run as unknown as { reason: string }).reason).toMatch(advice);
      expect(await purchases.cursor('woocommerce')).toEqual(before);
    },
  );

  test.each(FAULTS)(
    '%s: a deletion counts only when the shop itself confirms it',
    async (_name, fault) => {
      const email = newBuyer();
      await selling.woo.deliver(selling.woo.order(email, [[401, 1]]));
      const addon = selling.woo.order(email, [[404, 1]]);
      await selling.woo.deliver(addon);
      selling.woo.orders.delete(addon.id);
      selling.woo.fault = fault;
      expect(await selling.woo.deliver({ id: addon.id }, 'order.deleted')).toBe(200);
      expect((await inbox(selling.service))[0]?.[0]).toBe('waiting');
      expect((await held(selling.service, email))?.openrouter.limit).toBe(200);

      selling.woo.fault = null;
      await selling.service.database.prisma
        .$executeRaw`UPDATE purchase_event SET retry_at = sahm_now() WHERE outcome = 'waiting'`;
      await runJob(selling.service, 'apply-waiting-purchases');
      expect((await held(selling.service, email))?.openrouter.limit).toBe(150);
    },
  );

  test('a key that the shop repeats is in no reason', async () => {
    const key = `ck_${'0123456789abcdef'.repeat(2)}`;
    selling.woo.fault = { status: 401, body: { code: 'x', message: `no such key: ${key}` } };
    expect(JSON.stringify(await runByHand())).not.toContain(key);
  });
});

describe('missing webhooks are reported by topic', () => {
  const found = async () => {
    const result = (await runJob(selling.service, 'reconcile-woocommerce')) as {
      disabled_webhooks: string[];
      missing_webhooks: string[];
    };
    const { disabled_webhooks: disabled, missing_webhooks: missing } = result;
    return { disabled, missing };
  };
  const change = (topic: string, changes: object) => {
    const at = selling.woo.webhooks.findIndex(webhook => webhook.topic === topic);
    const [webhook] = selling.woo.webhooks.splice(at, 1);
    if (webhook) selling.woo.webhooks.push({ ...webhook, ...changes });
  };
  const metric = async () => {
    const { text } = (await selling.service.call('GET', '/metrics')).body as { text: string };
    return /^sahm_shop_webhook_missing (\d+)$/m.exec(text)?.[1];
  };

  test('none is missing if all four exist', async () => {
    expect(await found()).toEqual({ disabled: [], missing: [] });
    expect(await metric()).toBe('0');
  });

  test('no webhook at all', async () => {
    selling.woo.webhooks.splice(0);
    const { missing } = await found();
    const url = 'https://sahm.example/webhooks/woocommerce';
    expect(missing).toEqual(
      ['created', 'updated', 'deleted', 'restored'].map(
        event => `order.${event}: there is none to ${url}`,
      ),
    );
    expect(await metric()).toBe('4');
    const { prisma } = selling.service.database;
    const told = await prisma.licenseNotice.findMany({ where: { kind: 'shop_trouble' } });
    expect(told.map(({ details }) => details)).toContainEqual(
      expect.objectContaining({ shop: 'woocommerce', trouble: 'webhooks' }),
    );
  });

  test('another address, an old version, and one that is switched off', async () => {
    change('order.created', { delivery_url: 'https://old.example/webhooks/woocommerce' });
    change('order.deleted', { api_version: 'legacy_v3' });
    change('order.restored', { status: 'paused' });
    const { disabled, missing } = await found();
    expect(disabled).toEqual(['6 Sahm (paused)']);
    expect(missing).toEqual([
      expect.stringMatching(/^order\.created: .*delivers to https:\/\/old\.example.*, and not to/),
      expect.stringMatching(/^order\.deleted: .*legacy_v3: choose "WP REST API Integration v3"/),
    ]);
    expect(await metric()).toBe('2');
  });

  test('one more that reports to another service does no harm', async () => {
    const [first] = selling.woo.webhooks;
    const delivery_url = 'https://staging.example/webhooks/woocommerce';
    if (first) selling.woo.webhooks.push({ ...first, id: 99, delivery_url, status: 'disabled' });
    expect(await found()).toEqual({ disabled: [], missing: [] });
  });
});

describe('a delivery of another shop', () => {
  const deliverFrom = (source: string) => {
    const order = selling.woo.order(newBuyer(), [[402, 1]]);
    return { order, status: selling.woo.deliver(order, 'order.updated', source) };
  };

  test.each(['https://staging.shop.example/', 'http://127.0.0.1:1/', 'not an address'])(
    'from %s is ignored, and the reason names both addresses',
    async source => {
      const { order, status } = deliverFrom(source);
      expect(await status).toBe(200);
      const [outcome, reason] = (await inbox(selling.service))[0] ?? [];
      expect(outcome).toBe('ignored');
      expect(reason).toContain(source);
      expect(reason).toContain(selling.woo.url);
      expect(reason).toContain('on a copy of the shop switch its webhooks off');
      expect(await held(selling.service, order.billing.email)).toBeNull();
    },
  );

  test('with another path is ignored: several shops may share a host', async () => {
    await deliverFrom(`${selling.woo.url}/staging/`).status;
    expect((await inbox(selling.service))[0]?.[0]).toBe('ignored');
  });
});

test('for a status that the shop does not have, the message names the setting', async () => {
  selling.woo.statuses.splice(selling.woo.statuses.indexOf('shipped'), 1);
  const { reason } = (await runByHand()) as unknown as { reason: string };
  expect(reason).toContain('WOOCOMMERCE_PAID_STATUSES');
  selling.woo.statuses.push('shipped');
});

test('an order in a status of the setting counts, delivered or found', async () => {
  const [delivered, found, other] = [newBuyer(), newBuyer(), newBuyer()];
  await selling.woo.deliver(selling.woo.order(delivered, [[402, 1]], { status: 'shipped' }));
  expect(await held(selling.service, delivered)).toMatchObject({ plan: 'pro' });
  selling.woo.order(found, [[402, 1]], { status: 'shipped' });
  await selling.woo.deliver(selling.woo.order(other, [[402, 1]], { status: 'waiting-for-goods' }));
  await runJob(selling.service, 'reconcile-woocommerce');
  expect(await held(selling.service, found)).toMatchObject({ plan: 'pro' });
  expect(await held(selling.service, other)).toBeNull();
});

describe('a list of orders that changes while it is read', () => {
  /** Orders that nobody paid: they are found, and nothing else. */
  function makeOrders(count: number, inOneSecond: number): WooOrder[] {
    selling.woo.orders.clear();
    const first = Date.now() - 3_600_000 * 24;
    return Array.from({ length: count }, (_, index) => {
      const crowded = index >= 100 && index < 100 + inOneSecond;
      const modified = first + (crowded ? 100 : index) * 1_000;
      return selling.woo.order(newBuyer(), [[401, 1]], {
        status: 'on-hold',
        date_paid_gmt: null,
        date_modified_gmt: gmt(new Date(modified)),
      });
    });
  }

  /** Which orders the runs come to read; at most so many pages a run. */
  async function readAll(mostPages: number, mostRuns: number) {
    const { selling: sold } = selling.service.deps;
    await selling.service.database.prisma.$executeRaw`DELETE FROM shop_cursor`;
    const read = new Set<number>();
    const { woocommerce } = sold.shops;
    const adapter = woocommerce.adapter as NonNullable<typeof woocommerce.adapter>;
    const watched: typeof adapter = {
      ...adapter,
      read(delivery, options) {
        read.add(JSON.parse(Buffer.from(delivery.body).toString()).id);
        return adapter.read(delivery, options);
      },
    };
    const shops: Shops = { ...sold.shops, woocommerce: { ...woocommerce, adapter: watched } };
    const deps: ReconcileDeps = { ...sold, shops, webhooksAreWrong: async () => {} };
    let orders = 0;
    for (let runs = 1; runs <= mostRuns; runs++) {
      const result = await reconcileOrders('woocommerce', deps, mostPages);
      orders += result?.orders ?? 0;
      if (!result?.is_unfinished) return { read, runs, orders };
    }
    throw new Error(`${mostRuns} runs were not enough`);
  }

  test.each([
    ['in one run', 1_000, 1],
    ['in as many runs as it takes', 3, 40],
  ])('loses none of 700 orders, 120 of them of one second, %s', async (_name, pages, runs) => {
    const seed = Date.now() % 1_000_000;
    const random = createRandom(seed);
    const orders = makeOrders(700, 120);
    selling.woo.afterList = () => {
      for (let change = 0; change < 3; change++) {
        const order = random.pick(orders);
        if (order) selling.woo.change(order, { date_modified_gmt: gmt(new Date()) });
      }
    };
    const found = await readAll(pages, runs);
    const lost = orders.filter(({ id }) => !found.read.has(id)).map(({ id }) => id);
    expect({ seed, lost }).toEqual({ seed, lost: [] });
  });

  test('has more orders of one second than fit into a request, each is read once', async () => {
    const orders = makeOrders(700, 590);
    const found = await readAll(1_000, 1);
    expect(orders.filter(({ id }) => !found.read.has(id))).toEqual([]);
    expect(found.orders).toBe(700);
  });
});
