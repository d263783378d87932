// The range of instants, and those that a shop may tell.

import { describe, expect, test } from '@jest/globals';
import {
  cutInstant,
  earlierOf,
  isDay,
  isInstant,
  LAST_INSTANT_MS,
  laterOf,
} from '../../src/domain/instant.js';
import { impossibleInstant } from '../../src/domain/possibleInstants.js';
import type { PurchaseFact, Statement } from '../../src/domain/purchase.js';

describe('an instant is', () => {
  test.each([
    ['1970-01-01T00:00:00.000Z', true],
    ['1969-12-31T23:59:59.999Z', false],
    ['9999-01-01T00:00:00.000Z', true],
    ['9999-01-01T00:00:00.001Z', false],
    ['yesterday', false],
  ])('%s in the range: %p', (text, isIn) => {
    expect(isInstant(new Date(text))).toBe(isIn);
  });

  test.each([
    [7, 7],
    [-7, -7],
    [LAST_INSTANT_MS + 1, LAST_INSTANT_MS],
    [Number.NaN, LAST_INSTANT_MS],
    [Number.POSITIVE_INFINITY, LAST_INSTANT_MS],
  ])('%p, if computed, at %p', (computed, instant) => {
    expect(cutInstant(computed)).toBe(instant);
  });

  test('the earlier or the later of two', () => {
    const [one, other] = [new Date(1), new Date(2)];
    expect([earlierOf(one, other), earlierOf(other, one)]).toEqual([one, one]);
    expect([laterOf(one, other), laterOf(other, one)]).toEqual([other, other]);
  });
});

test.each([
  ['2026-01-31', true],
  ['2024-02-29', true],
  ['2026-02-29', false],
  ['2026-02-30', false],
  ['2026-13-01', false],
  ['2026-00-10', false],
  ['2026-1-31', false],
  ['26-01-31', false],
  ['2026', false],
  ['2026-01', false],
  ['2026-01-31T00', false],
  ['x2026-01-31', false],
  ['12026-01-31', false],
  ['2026-01-311', false],
  ['1970-01-01', true],
  ['1969-12-31', false],
  ['9998-12-31', true],
  ['9999-01-02', false],
  ['', false],
])('%p is a day: %p', (text, is) => {
  expect(isDay(text)).toBe(is);
});

describe('of what a shop tells', () => {
  const now = new Date('2026-11-30T12:00:00Z');
  const fact = (occurredAt: string, more: Partial<PurchaseFact> = {}) =>
    ({ occurredAt: new Date(occurredAt), ...more }) as PurchaseFact;
  const paid = (startsAt: string, endsAt: string) =>
    fact('2026-11-01', { paidTime: { startsAt: new Date(startsAt), endsAt: new Date(endsAt) } });
  const stated = (...facts: PurchaseFact[]) =>
    fact('2026-11-01', { statement: { facts } as unknown as Statement });

  test.each<[string, PurchaseFact[]]>([
    ['nothing', []],
    ['the first day', [fact('2000-01-01T00:00:00Z')]],
    ['a clock that is a day ahead', [fact('2026-12-01T12:00:00Z')]],
    ['a time that was paid for', [paid('2000-01-01T00:00:00Z', '2027-11-01')]],
    ['a time of a hundred years', [paid('2026-11-01', '2127-02-14T12:00:00Z')]],
    ['a statement', [stated(fact('2026-11-01')), fact('2026-11-01')]],
  ])('%s can be', (_name, facts) => {
    expect(impossibleInstant(facts, now)).toBeNull();
  });

  test.each<[string, PurchaseFact[], string]>([
    ['another age', [fact('1405-09-09')], '1405-09-09T00:00:00.000Z'],
    ['a clock that was never set', [fact('1999-12-31T23:59:59.999Z')], '1999-12-31T23:59:59.999Z'],
    ['a day and more ahead', [fact('2026-12-01T12:00:00.001Z')], '2026-12-01T12:00:00.001Z'],
    ['a time that began before', [paid('1999-12-31', '2027-01-01')], '1999-12-31T00:00:00.000Z'],
    [
      'a time that ends never',
      [paid('2026-11-01', '2127-02-14T12:00:00.001Z')],
      '2127-02-14T12:00:00.001Z',
    ],
    [
      'what it states of another',
      [stated(fact('2026-11-01'), fact('1970-01-01'))],
      '1970-01-01T00:00:00.000Z',
    ],
    [
      'what it tells last',
      [fact('2026-11-01'), stated(), fact('1970-01-01')],
      '1970-01-01T00:00:00.000Z',
    ],
  ])('%s cannot be, and the fault names it', (_name, facts, instant) => {
    expect(impossibleInstant(facts, now)).toContain(`tells of ${instant}, which cannot be`);
  });
});
