import { expect, test } from '@jest/globals';
import { isGuessable } from '../../src/domain/password.js';

const own = { email: 'owner@shop.example', serviceNames: ['Sahm', 'سهم', 'The Shop', ''] };

test.each([
  'owner@shop.example',
  'OWNER@Shop.Example',
  'ownerownerowner',
  'Owner owner Sahm',
  'the shop THE SHOP',
  'سهم سهم سهم سهم',
  'ｓａｈｍｓａｈｍｓａｈｍ',
])('a password of nothing but the e-mail and the names is guessable: %s', password => {
  expect(isGuessable(password, own)).toBe(true);
});

test.each(['owner@shop.example2', 'a password of the tests', 'owner 4711 sahm', '!!!!!!!!!!!!'])(
  'a password that has anything else is not: %s',
  password => {
    expect(isGuessable(password, own)).toBe(false);
  },
);
