import { expect, test } from '@jest/globals';
import { otherShop } from '../../src/shops/woocommerce/source.js';

test.each([
  ['https://shop.example/', 'https://shop.example'],
  ['http://shop.example/', 'https://shop.example'],
  ['https://www.shop.example/', 'https://shop.example/'],
  ['https://SHOP.example/', 'https://www.shop.example'],
  ['https://shop.example/fa/', 'https://shop.example/fa'],
  ['https://shop.example:8080/', 'http://shop.example:8080'],
  [undefined, 'https://shop.example'],
  ['https://shop.example/', undefined],
])('a delivery of %s belongs to the shop %s', (source, url) => {
  expect(otherShop(source, url)).toBeNull();
});

test.each([
  ['https://staging.shop.example/', 'https://shop.example'],
  ['https://shop.example/staging/', 'https://shop.example'],
  ['https://shop.example/', 'https://shop.example/fa'],
  ['https://shop.example:8443/', 'https://shop.example'],
  ['nothing', 'https://shop.example'],
])('a delivery of %s does not belong to the shop %s, and both are named', (source, url) => {
  const reason = otherShop(source, url);
  expect(reason).toContain(source);
  expect(reason).toContain(url);
});
