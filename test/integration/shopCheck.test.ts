// `GET /admin/api/shops/{shop}/check` finds each thing that owners of shops set up wrongly.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import Stripe from 'stripe';
import { phrase } from '../../src/i18n/phrases.js';
import { noRoute } from '../fakes/woocommerceShop.js';
import { type Selling, startSelling } from './sellingFixture.js';

interface Check {
  name: string;
  ok: boolean;
  says: string;
}

let selling: Selling;
let token: string;
const webhooks: Selling['woo']['webhooks'] = [];
beforeAll(async () => {
  selling = await startSelling({
    PUBLIC_URL: 'https://sahm.example/',
    WOOCOMMERCE_KEY_NOTE: 'true',
  });
  token = await selling.service.signInAs('viewer');
  webhooks.push(...selling.woo.webhooks);
});
afterAll(() => selling.close());

/** What is said in the other languages is said in their scripts. */
const SCRIPTS = { fa: /\p{Script=Arabic}/u, 'zh-TW': /\p{Script=Han}/u };

async function check(shop: string) {
  const path = `/admin/api/shops/${shop}/check`;
  const { status, body } = await selling.service.call('GET', path, { token });
  expect(status).toBe(200);
  const said = body as unknown as { shop: string; ok: boolean; checks: Check[] };
  for (const { says } of said.checks) {
    for (const [language, script] of Object.entries(SCRIPTS)) {
      expect([says, phrase(language as 'fa', says)]).toEqual([says, expect.stringMatching(script)]);
    }
  }
  return said;
}

/** What is to be changed, by the name of the check. */
async function faults(shop: string): Promise<Record<string, string>> {
  const { ok, checks } = await check(shop);
  const wrong = checks.filter(each => !each.ok);
  expect(ok).toBe(wrong.length === 0);
  return Object.fromEntries(wrong.map(({ name, says }) => [name, says]));
}

function productsIn(shop: 'woocommerce' | 'stripe'): string[] {
  const products = [...selling.service.deps.chat.catalog().products.values()];
  return products.flatMap(({ shops }) => (shops[shop] === undefined ? [] : [String(shops[shop])]));
}

describe('WooCommerce', () => {
  beforeEach(() => {
    const { woo } = selling;
    woo.fault = null;
    woo.noteFault = null;
    woo.products = new Set(productsIn('woocommerce'));
    woo.webhooks.splice(0, Number.POSITIVE_INFINITY, ...webhooks);
  });

  test('for a shop without faults there is nothing to change, and nothing is written', async () => {
    const { ok, checks } = await check('woocommerce');
    expect(checks.map(({ name, ok }) => [name, ok])).toEqual([
      ['secret', true],
      ['address', true],
      ['credentials', true],
      ['permissions', true],
      ['webhooks', true],
      ['products', true],
    ]);
    expect(ok).toBe(true);
    expect(selling.woo.notes).toEqual([]);
  });

  test('a REST API that does not answer: the one thing to change first', async () => {
    selling.woo.fault = noRoute();
    expect(await faults('woocommerce')).toEqual({
      credentials: expect.stringContaining('permalinks must not be "Plain"'),
    });
  });

  test('a key that may not write, although notes are configured', async () => {
    const code = 'woocommerce_rest_authentication_error';
    selling.woo.noteFault = { status: 401, body: { code, message: 'no write permissions' } };
    expect(await faults('woocommerce')).toEqual({
      permissions: expect.stringContaining('no write permissions'),
    });
  });

  test('webhooks that are off or missing, and products that the shop does not have', async () => {
    const [updated, created] = webhooks;
    if (updated && created) {
      selling.woo.webhooks.splice(0, 4, { ...updated, status: 'disabled' }, created);
    }
    const [first = ''] = productsIn('woocommerce');
    selling.woo.products?.delete(first);
    expect(await faults('woocommerce')).toEqual({
      webhooks: expect.stringMatching(/order\.deleted: .*order\.restored: .*switch on 3 Sahm/),
      products: expect.stringContaining(`${first} (product`),
    });
  });
});

describe('Stripe', () => {
  const endpoint = {
    id: 'we_1',
    url: 'https://sahm.example/webhooks/stripe',
    status: 'enabled',
    api_version: Stripe.API_VERSION,
    enabled_events: ['*'],
  };
  beforeEach(() => {
    const { stripe } = selling;
    stripe.fault = null;
    stripe.hasPortal = true;
    stripe.endpoints = [endpoint];
    stripe.prices.clear();
    for (const key of productsIn('stripe')) stripe.prices.set(key, { id: key, lookup_key: key });
  });

  test('for an account without faults there is nothing to change', async () => {
    const { checks } = await check('stripe');
    expect(checks.map(({ name, ok }) => [name, ok])).toEqual(
      ['secret', 'address', 'credentials', 'webhook', 'products', 'portal'].map(name => [
        name,
        true,
      ]),
    );
  });

  test('a wrong key, and a restricted one, which names the permission that it lacks', async () => {
    const error = { type: 'invalid_request_error', message: 'Invalid API Key provided' };
    selling.stripe.fault = { status: 401, error };
    expect(await faults('stripe')).toEqual({ credentials: 'STRIPE_SECRET_KEY is wrong' });
    const lacks = { ...error, message: 'the key needs rak_price_read' };
    selling.stripe.fault = { status: 403, error: lacks };
    expect(await faults('stripe')).toEqual({
      credentials: expect.stringContaining('rak_price_read'),
    });
  });

  test.each([
    ['none to us', { url: 'https://old.example/webhooks/stripe' }, /there is no endpoint https/],
    ['a disabled one', { status: 'disabled' }, /is disabled/],
    ['an old version', { api_version: '2024-06-20' }, /2024-06-20: add one with/],
    ['the version of the account', { api_version: null }, /of the account/],
    ['events left out', { enabled_events: ['invoice.paid'] }, /not told of: .*charge\.refunded/],
  ])('of webhooks: %s', async (_name, changes, says) => {
    selling.stripe.endpoints = [{ ...endpoint, ...changes }];
    expect(await faults('stripe')).toEqual({ webhook: expect.stringMatching(says) });
  });

  test('prices without a lookup key, and a portal that is not activated', async () => {
    const [first = ''] = productsIn('stripe');
    selling.stripe.prices.delete(first);
    selling.stripe.hasPortal = false;
    expect(await faults('stripe')).toEqual({
      products: expect.stringContaining(`${first} (product`),
      portal: expect.stringContaining('not activated'),
    });
  });
});

test('for a signed shop the secret and the address are checked, and nothing else', async () => {
  expect(await check('signed')).toEqual({
    shop: 'signed',
    ok: true,
    checks: [
      { name: 'secret', ok: true, says: 'PURCHASE_WEBHOOK_SECRET is set' },
      {
        name: 'address',
        ok: true,
        says: 'the shop reports to https://sahm.example/webhooks/purchases',
      },
    ],
  });
});

test('what is found is said in the caller’s language', async () => {
  const headers = { 'Accept-Language': 'fa' };
  const path = '/admin/api/shops/signed/check';
  const { body } = await selling.service.call('GET', path, { token, headers });
  expect(body.checks).toMatchObject([
    { says: 'PURCHASE_WEBHOOK_SECRET تنظیم شده است' },
    { says: 'فروشگاه به https://sahm.example/webhooks/purchases گزارش می‌دهد' },
  ]);
});

test('an unknown shop is not found; one that is off is reported as off', async () => {
  const unknown = await selling.service.call('GET', '/admin/api/shops/ebay/check', { token });
  expect(unknown.status).toBe(404);
  const { startService } = await import('../harness/service.js');
  const service = await startService();
  const viewer = await service.signInAs('viewer');
  for (const shop of ['woocommerce', 'stripe', 'signed']) {
    const path = `/admin/api/shops/${shop}/check`;
    const { body } = await service.call('GET', path, { token: viewer });
    expect(body).toMatchObject({ ok: false });
    expect(body.checks).toContainEqual(
      expect.objectContaining({
        name: 'secret',
        ok: false,
        says: expect.stringContaining('is off'),
      }),
    );
  }
  await service.close();
});
