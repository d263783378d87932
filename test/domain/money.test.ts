import { describe, expect, test } from '@jest/globals';
import { amountIn, amountOf, currencyOf } from '../../src/domain/money.js';

describe('an amount in the currency’s smallest unit', () => {
  test.each([
    ['49.90', 'EUR', 4990],
    ['49', 'EUR', 4900],
    ['0.1', 'EUR', 10],
    // A float would make 1998.9999999999998 of it.
    ['19.99', 'EUR', 1999],
    ['90071992547409.91', 'EUR', Number.MAX_SAFE_INTEGER],
    ['250000', 'IRT', 250_000],
    ['2500000.00', 'IRR', 2_500_000],
    ['500', 'JPY', 500],
    ['1.234', 'KWD', 1234],
    ['0.00', 'USD', 0],
  ])('%s %s is exactly %i', (text, currency, units) => {
    expect(amountOf(text, currency)).toBe(units);
  });

  test.each([
    ['0.005', 'EUR'],
    ['0.5', 'JPY'],
    ['-1.00', 'EUR'],
    ['1,000.00', 'EUR'],
    ['', 'EUR'],
    ['NaN', 'EUR'],
    ['90071992547409.92', 'EUR'],
    [49.9, 'EUR'],
    [undefined, 'EUR'],
  ])('%p %s is no exact amount, and none is made up', (text, currency) => {
    expect(amountOf(text, currency)).toBeNull();
  });
});

test('a currency is three letters, in capitals however a shop writes it', () => {
  expect(['eur', 'EUR', 'Irt'].map(currencyOf)).toEqual(['EUR', 'EUR', 'IRT']);
  for (const code of ['', 'EU', 'IRHT', 'E1R', '€', null, undefined, 7, {}, ['EUR']]) {
    expect(currencyOf(code)).toBeUndefined();
  }
});

describe('an amount as a shop writes it', () => {
  test.each([
    ['49.90', 'eur', 4990, 'EUR'],
    ['49.999', 'IRHT', 49_999, 'IRT'],
    ['1.5', 'irhr', 1_500, 'IRR'],
    ['9007199254740.991', 'IRHT', Number.MAX_SAFE_INTEGER, 'IRT'],
  ])('%s %s is %i of the smallest unit of %s', (amount, code, units, currency) => {
    expect(amountIn(amount, code)).toEqual({ units, currency });
  });

  test.each([
    ['49.999', 'USD', '49.999 USD'],
    ['49.9999', 'IRHT', '49.9999 IRHT'],
    ['9007199254740.992', 'IRHT', '9007199254740.992 IRHT'],
    ['-1', 'IRHT', '-1 IRHT'],
    [49, 'IRHT', '49 IRHT'],
    ['49', '€', '49 €'],
    ['49', undefined, '49'],
    ['49', 978, '49'],
    [undefined, 'EUR', 'no amount EUR'],
    [null, null, 'no amount'],
  ])('%p %p cannot be counted, and is told as it is', (amount, code, uncounted) => {
    expect(amountIn(amount, code)).toEqual({ uncounted });
  });
});

test('an amount that cannot be counted is told as text that can be stored, whatever a shop wrote', () => {
  expect(amountIn('1b\udc00a19', 'EU\0R')).toEqual({ uncounted: '1b\ufffda19 EUR' });
  expect(amountIn(`${'9'.repeat(29)}😀`, 'EUR')).toEqual({
    uncounted: `${'9'.repeat(29)}\ufffd EUR`,
  });
});
