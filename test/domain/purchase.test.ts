import { expect, test } from '@jest/globals';
import type { Product } from '../../src/domain/catalog.js';
import { findProduct } from '../../src/domain/purchase.js';
import type { ProductInShops } from '../../src/domain/shop.js';

function productsOf(shops: Record<string, ProductInShops>) {
  const products = Object.entries(shops).map(([id, inShops]): [string, Product] => [
    id,
    { kind: 'plan', id, plan: 'pro', term: 'P1M', shops: inShops },
  ]);
  return { products: new Map(products) } as never;
}

test.each([
  ['the catalogue’s own id', ['id:month'], 'month'],
  ['an id of the shop, a number or a text', ['woocommerce:404'], 'month'],
  ['an id with a colon in it', ['stripe:plan:year'], 'year'],
  [
    'the best of several names that is known',
    ['woocommerce:1', 'stripe:plan:year', 'id:month'],
    'year',
  ],
  ['no id of another shop', ['stripe:404'], undefined],
  ['no shop that there is not', ['constructor:404', '__proto__:404', '404'], undefined],
  ['nothing that is no id', ['signed:[object Object]', 'signed:', 'signed:undefined'], undefined],
])('a product is found by %s', (_, names, id) => {
  const catalog = productsOf({
    month: { woocommerce: 404, signed: { rials: 1 } },
    year: { stripe: 'plan:year', woocommerce: undefined },
  });
  expect(findProduct(catalog, names)?.id).toBe(id);
});
