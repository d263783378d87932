// Texts that can be stored, and what is kept of a refusal.

import { describe, expect, test } from '@jest/globals';
import { keptParameters, keptText, messageOf } from '../../src/domain/keptRefusal.js';
import type { Refusal } from '../../src/domain/refusal.js';
import { cleanText, findIllFormed, isWellFormed } from '../../src/domain/wellFormed.js';

const nested = (depth: number, inner: unknown): unknown =>
  depth === 0 ? inner : [nested(depth - 1, inner)];

describe('a text', () => {
  test.each([
    ['سلام 😀', true],
    ['', true],
    ['a\0b', false],
    ['\ud83d', false],
    ['\ude00\ud83d', false],
  ])('%p can be stored: %p', (text, can) => {
    expect(isWellFormed(text)).toBe(can);
  });

  test.each<[string, number | undefined, string]>([
    ['a\0b\ud83d', undefined, 'ab\ufffd'],
    ['😀😀', 3, '😀\ufffd'],
    ['abc', 2, 'ab'],
    ['abc', 9, 'abc'],
  ])('%p is made so, and at most %p long: %p', (text, longest, clean) => {
    expect(cleanText(text, longest)).toBe(clean);
  });
});

describe('the path of the first text that is not well-formed is', () => {
  test.each<[string | null, unknown]>([
    [null, 'fine'],
    [null, null],
    [null, 7],
    [null, { a: [{ b: 'fine' }, 7, null] }],
    ['', '\0'],
    ['', { '\0': 1 }],
    ['a', { a: '\0' }],
    ['a.b', { a: { b: '\0', c: '\0' } }],
    ['a[1].b', { a: ['fine', { b: '\ud83d' }] }],
    ['[0][1]', [['fine', '\0']]],
    ['b', { a: ['fine'], b: '\0' }],
    [null, nested(101, 'fine')],
    ['[0]'.repeat(101), nested(102, 'fine')],
    [null, nested(100, {})],
  ])('%p', (path, value) => {
    expect(findIllFormed(value)).toBe(path);
  });

  test('also of objects that are nested too deep', () => {
    let value: unknown = {};
    for (let depth = 0; depth < 102; depth++) value = { a: value };
    expect(findIllFormed(value)).toBe(Array(101).fill('a').join('.'));
  });
});

describe('of a refusal is kept', () => {
  const refusal = (parameters: object, more: Partial<Refusal> = {}) =>
    ({ message: { key: 'upstream_rejected', parameters }, ...more }) as unknown as Refusal;
  test.each<[string, Refusal, object]>([
    ['a number as it is', refusal({ most: 5 }), { most: 5 }],
    ['a text', refusal({ model: 'a/b' }), { model: 'a/b' }],
    ['no secret', refusal({ model: 'sk-0123456789abcdef' }), { model: 'sk-***' }],
    ['nothing that an upstream said of the chat', refusal({ detail: 'secret' }), {}],
    ['an upstream’s code', refusal({ detail: 'x' }, { upstreamCode: 'c' }), { upstream_code: 'c' }],
    ['the field that it is of', refusal({}, { field: 'messages' }), { field: 'messages' }],
    [
      'that of its message, where that says one',
      refusal({ field: 'a' }, { field: 'b' }),
      { field: 'a' },
    ],
    [
      'the first five names',
      refusal({ models: ['1', '2', '3', '4', '5', '6'] }),
      { models: ['1', '2', '3', '4', '5'] },
    ],
    ['nothing else', refusal({ odd: { a: 1 }, none: null }), {}],
  ])('%s', (_name, refused, kept) => {
    expect(keptParameters(refused)).toEqual(kept);
  });

  test('a text that the database can hold', () => {
    expect(keptText('a\0b\ud83dc')).toBe('a b\ufffdc');
    expect(keptText(7)).toBe('7');
  });

  test('its message, with the upstream’s code in place of its words', () => {
    expect(messageOf('upstream_rejected', { upstream_code: 'c' })).toEqual({
      key: 'upstream_rejected',
      parameters: { detail: 'c', upstream_code: 'c' },
    });
    expect(messageOf('upstream_rejected', {}).parameters).toEqual({ detail: '…' });
  });
});
