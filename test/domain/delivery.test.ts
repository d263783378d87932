// What is kept of a delivery's headers.

import { expect, test } from '@jest/globals';
import {
  keptHeaders,
  SETTLED_BY_HAND,
  shopNameHeader,
  shopNameOf,
} from '../../src/domain/delivery.js';

test('of the headers those are kept that say what it is, and those that its shop has beside', () => {
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'x'.repeat(501),
    'x-topic': 'order.updated',
    'x-topics': ['one', 'two'],
    'x-signature': 'secret',
    authorization: 'Bearer secret',
    cookie: undefined,
  };
  const always = { 'content-type': 'application/json', 'user-agent': 'x'.repeat(500) };
  expect(keptHeaders(headers)).toEqual(always);
  expect(keptHeaders(headers, /^x-topic/)).toEqual({ ...always, 'x-topic': 'order.updated' });
});

test('a delivery is read again as that of the shop with its name', () => {
  const body = new Uint8Array();
  const of = (name: string | undefined) =>
    shopNameOf({ shop: 'woocommerce', body, headers: { a: 'b', ...shopNameHeader(name) } });
  expect(of('woocommerce/second')).toBe('woocommerce/second');
  expect(of(undefined)).toBe('woocommerce');
  // No shop sends it: it is ours.
  expect(keptHeaders(shopNameHeader('woocommerce/second'), /^x-wc-/)).toEqual({});
  expect(shopNameHeader('woocommerce/second')).toEqual({ 'x-sahm-shop': 'woocommerce/second' });
  expect(shopNameHeader(undefined)).toStrictEqual({});
});

test('how the reason of an event begins that was settled stays the same: events of earlier releases have it', () => {
  expect(SETTLED_BY_HAND).toBe('settled: ');
});
