import { expect, test } from '@jest/globals';
import type { Product } from '../../src/domain/catalog.js';
import {
  DELETED,
  ENDED,
  FACT_KINDS,
  factKey,
  findProduct,
  groupOf,
  isOfProduct,
  isOtherProduct,
  isOwnName,
  isPayment,
  lineKey,
  namesIn,
  type PurchaseFact,
  termsOf,
  WHOLE_ORDER,
} from '../../src/domain/purchase.js';
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
  ['the catalogue’s own id, wherever it stands', ['id:year'], 'year'],
  ['no id that the catalogue does not have', ['id:404'], undefined],
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

test('what is no product of ours is known by its names too, and each name is told', () => {
  const catalog = {
    ...(productsOf({ month: { woocommerce: 404, stripe: ['month', 'monat'] } }) as object),
    otherProducts: [{ id: 't-shirt', shops: { woocommerce: 77 } }],
  } as never;
  expect(isOtherProduct(catalog, ['woocommerce:78', 'woocommerce:77'])).toBe(true);
  expect(isOtherProduct(catalog, ['id:t-shirt'])).toBe(true);
  expect(isOtherProduct(catalog, ['woocommerce:404'])).toBe(false);
  expect(namesIn(catalog)).toEqual([
    'id:month',
    'woocommerce:404',
    'stripe:month',
    'stripe:monat',
    'id:t-shirt',
    'woocommerce:77',
  ]);
});

test('only an id of ours is a name that is meant for us', () => {
  expect(['id:404', 'woocommerce:id:', 'my-id:404'].map(isOwnName)).toEqual([true, false, false]);
});

test('the terms of a line are those of its product, without the names that shops have for it', () => {
  const product: Product = {
    kind: 'plan',
    id: 'a',
    plan: 'pro',
    term: 'P1M',
    shops: { stripe: 1 },
  };
  expect(termsOf(product)).toEqual({ kind: 'plan', id: 'a', plan: 'pro', term: 'P1M' });
});

const FACT: PurchaseFact = {
  shop: 'stripe',
  orderId: '1',
  lineId: '2',
  kind: 'bought',
  reference: '3',
  occurredAt: new Date('2026-01-01'),
};
test('two facts are one only if shop, order, line, kind and reference are the same', () => {
  const others: Array<Partial<PurchaseFact>> = [
    { shop: 'signed' },
    { orderId: '1:2' },
    { lineId: '' },
    { kind: 'renewed' },
    { reference: '' },
  ];
  const keys = [{}, ...others].map(more => factKey({ ...FACT, ...more }));
  expect(new Set(keys).size).toBe(keys.length);
  expect(factKey({ ...FACT, occurredAt: new Date(0), quantity: 9 })).toBe(factKey(FACT));
});

test('two lines are one only if shop, order, line and what it was sold as are the same', () => {
  const { shop, orderId, lineId } = FACT;
  const line = { shop, orderId, lineId };
  const others = [{ shop: 'signed' as const }, { orderId: '9' }, { lineId: '9' }, { soldAs: 'a' }];
  const keys = [{}, ...others].map(more => lineKey({ ...line, ...more }));
  expect(new Set(keys).size).toBe(keys.length);
  expect(lineKey({ ...line, soldAs: '' })).toBe(lineKey(line));
});

test('a payment is about what was sold with it, any other fact about whatever its line sells', () => {
  const isOf = (fact: Partial<PurchaseFact>, soldAs?: string) =>
    isOfProduct({ ...FACT, ...fact }, soldAs === undefined ? {} : { soldAs });
  const products = ['id:1'];
  expect(isOf({ products, soldAs: 'a' }, 'a')).toBe(true);
  expect(isOf({ products, soldAs: 'a' }, 'b')).toBe(false);
  expect(isOf({ products, soldAs: 'a' })).toBe(false);
  expect(isOf({ products }, 'b')).toBe(false);
  expect(isOf({ products }, '')).toBe(true);
  expect(isOf({ products, soldAs: '' })).toBe(true);
  expect(isOf({ soldAs: 'a' }, 'b')).toBe(true);
});

test('what was bought or renewed was paid for, by the payment that it names or by itself', () => {
  const isPaid = FACT_KINDS.filter(kind => isPayment({ ...FACT, kind }));
  expect(isPaid).toEqual(['bought', 'renewed']);
  expect([groupOf(FACT), groupOf({ ...FACT, payment: 'in_1' })]).toEqual(['3', 'in_1']);
});

test('names that facts have stay the same: those of earlier releases are kept for good', () => {
  expect({ WHOLE_ORDER, DELETED, ENDED }).toEqual({
    WHOLE_ORDER: '',
    DELETED: 'deleted',
    ENDED: 'ended',
  });
});
