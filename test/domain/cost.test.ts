import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { answerCostMicrousd, costMicrousdOf } from '../../src/domain/cost.js';
import { parseDecimal, shiftDecimal } from '../../src/domain/decimal.js';
import { microdollarsOf } from '../../src/domain/microdollars.js';

const tokens = (
  promptTokens: number,
  completionTokens: number,
  costMicrousd: number | null = null,
) => ({
  promptTokens,
  completionTokens,
  costMicrousd,
});

describe('the cost of a request in micro-dollars', () => {
  test.each([
    ['the upstream’s own figure', tokens(1, 1, 7), '100', '100', 7],
    ['and also when it is nothing', tokens(1, 1, 0), '100', '100', 0],
    ['whole prices', tokens(1_000_000, 1_000_000), '5.00', '15.00', 20_000_000],
    ['prices that no float has', tokens(3, 0), '0.1', '0', 1],
    ['sums are rounded up once', tokens(5, 5), '0.1', '0.1', 1],
    ['a tenth above is one more', tokens(6, 5), '0.1', '0.1', 2],
    ['a free model', tokens(10, 10), '0', '0', 0],
  ])('%s', (_name, used, prompt, completion, expected) => {
    expect(costMicrousdOf(used, { prompt, completion })).toBe(expected);
  });

  test('is unknown where the upstream counted nothing', () => {
    expect(costMicrousdOf(null, { prompt: '1', completion: '1' })).toBeNull();
  });

  test.each([
    ['x', '1'],
    ['1', 'x'],
  ])('is unknown where a price is no amount: %s and %s', (prompt, completion) => {
    expect(costMicrousdOf(tokens(1, 1), { prompt, completion })).toBeNull();
  });

  test('is unknown where it is beyond exact integers', () => {
    const costAt = (prompt: string) => costMicrousdOf(tokens(1, 0), { prompt, completion: '0' });
    expect(costAt('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
    expect(costAt('9007199254740992')).toBeNull();
    expect(costAt('1e21')).toBeNull();
  });

  test('is exact, and at most one above the true sum, for every price and count', () => {
    const price = fc.tuple(fc.nat(100_000), fc.nat(9)).map(([digits, places]) => {
      const text = String(digits).padStart(places + 1, '0');
      return places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`;
    });
    fc.assert(
      fc.property(fc.nat(2 ** 20), fc.nat(2 ** 20), price, price, (p, c, prompt, completion) => {
        const cost = BigInt(costMicrousdOf(tokens(p, c), { prompt, completion }) as number);
        const scaled = (text: string) => {
          const { digits, places } = parseDecimal(text) as { digits: bigint; places: number };
          return digits * 10n ** BigInt(9 - places);
        };
        const exact = BigInt(p) * scaled(prompt) + BigInt(c) * scaled(completion);
        const rounded = cost * 10n ** 9n;
        return rounded >= exact && rounded - exact < 10n ** 9n;
      }),
    );
  });
});

describe('the cost of an answer that is paid by the piece', () => {
  const free = { prompt: '1', completion: '1' };

  test.each([
    ['images', { per_image: '0.04' }, 80_000],
    ['characters', { per_character: '0.000015' }, 30],
    ['seconds, rounded up once', { per_second: '0.00000015' }, 1],
    ['tokens, where no piece has a price', {}, 12],
    ['tokens, where the price is no amount', { per_image: 'x' }, 12],
  ])('%s', (_name, price, expected) => {
    const answer = { tokens: tokens(5, 7), count: 2 };
    expect(answerCostMicrousd(answer, { ...free, ...price })).toBe(expected);
  });

  test('is what the upstream says, also of an answer without a count', () => {
    const price = { ...free, per_image: '0.04' };
    expect(answerCostMicrousd({ tokens: tokens(5, 7, 9), count: 2 }, price)).toBe(9);
    expect(answerCostMicrousd({ tokens: tokens(5, 7) }, price)).toBe(12);
    expect(answerCostMicrousd({ tokens: null }, price)).toBeNull();
    expect(answerCostMicrousd({ tokens: null, count: 2, pieces: 3 }, price)).toBe(120_000);
  });
});

test.each([
  [0.000123, 123],
  [0.000249, 249],
  [0.0000001, 1],
  [0, 0],
  [12, 12_000_000],
  [1e21, null],
  [-1, null],
  [Number.NaN, null],
  [Number.POSITIVE_INFINITY, null],
])('%d dollars are so many micro-dollars: %s', (dollars, expected) => {
  expect(microdollarsOf(dollars)).toBe(expected);
});

test.each([
  ['0.00000015', '0.15'],
  ['0.000000010500', '0.0105'],
  [' 1e0 ', '1000000'],
  ['1.5e+13', '15000000000000000000'],
  ['0.0000006', '0.6'],
  ['0', '0'],
  ['0.000005', '5'],
  ['0.0000050', '5'],
  ['1.5e-7', '0.15'],
  ['1', '1000000'],
])('a price of %s dollars a token is one of %s a million', (perToken, perMillion) => {
  expect(shiftDecimal(perToken, 6)).toBe(perMillion);
});

test.each(['-1', 'x', '', '1,5', 'NaN', '1e9999'])('"%s" is no amount', text => {
  expect(shiftDecimal(text, 6)).toBeNull();
});
