import { expect, test } from '@jest/globals';
import type { Product } from '../../src/domain/catalog.js';
import { perShop, type Shop } from '../../src/domain/shop.js';
import { openBillingPortal, startCheckout } from '../../src/flows/startCheckout.js';
import type { Checkout, OpenShop } from '../../src/shops/port.js';

const CLOSED: OpenShop = {
  name: 'elsewhere',
  more: [],
  webhook: { method: 'post', path: '/webhooks/x' },
  adapter: null,
  secretName: 'SECRET',
  checkout: null,
  orders: null,
  writeKeyNote: null,
  check: async () => [],
};

/** Says where a purchase began. `customerOf`: the shop that knows the holder. */
function depsOf(open: Shop[], customerOf?: Shop) {
  const checkoutOf = (shop: Shop): Checkout => ({
    create: async ({ product }) => ({
      url: `https://${shop}.example/${product.id}`,
      sessionId: 's',
    }),
    portal: { shopName: shop, open: async id => ({ url: `https://${shop}.example/portal/${id}` }) },
  });
  const products = ['both', 'last', 'none'].map((id): [string, Product] => {
    const shops = { ...(id === 'both' && { stripe: 'a' }), ...(id !== 'none' && { signed: {} }) };
    return [id, { kind: 'plan', id, plan: 'pro', term: 'P1M', shops }];
  });
  return {
    catalog: () => ({ products: new Map(products) }) as never,
    buyers: {
      emailOf: async () => 'a@example.com',
      customer: async (shop: Shop) =>
        shop === customerOf ? { id: 'c', isSubscribed: false } : null,
    } as never,
    shops: perShop(shop =>
      open.includes(shop) ? { ...CLOSED, checkout: checkoutOf(shop) } : CLOSED,
    ),
    publicUrl: 'https://sahm.example',
  };
}

test.each<[product: string, open: Shop[], found: object]>([
  ['both', ['stripe', 'signed'], { url: 'https://stripe.example/both' }],
  ['both', ['signed'], { url: 'https://signed.example/both' }],
  ['last', ['stripe', 'signed'], { url: 'https://signed.example/last' }],
  ['last', ['stripe'], { code: 'invalid_request' }],
  ['none', ['stripe', 'signed'], { code: 'invalid_request' }],
  ['unknown', ['stripe', 'signed'], { code: 'invalid_request' }],
  ['both', [], { code: 'service_unavailable' }],
])(
  'a purchase of %s with checkouts of %j begins in the first shop that sells it',
  async (product, open, found) => {
    expect(await startCheckout({ product }, 'license', depsOf(open))).toMatchObject(found);
  },
);

test('the portal is that of the shop where the holder bought', async () => {
  const deps = depsOf(['stripe', 'signed'], 'signed');
  expect(await openBillingPortal('license', deps)).toMatchObject({
    url: 'https://signed.example/portal/c',
  });
  expect(await openBillingPortal('license', depsOf(['stripe', 'signed']))).toMatchObject({
    code: 'conflict',
    message: { parameters: { reason: 'nothing was bought through stripe or signed.' } },
  });
  expect(await openBillingPortal('license', depsOf([]))).toMatchObject({
    code: 'service_unavailable',
  });
});
