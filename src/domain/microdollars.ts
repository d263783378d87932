import { parseDecimal, roundUp, sumOfProducts } from './decimal.js';

/**
 * Dollars as a number of millionths, rounded up. Works on the decimal text and on integers: as floats,
 * 0.000123 * 1e6 is a little over 123 and would become 124, and 0.000249 * 1e6 falls short of 249.
 * Null for what is no amount: negative, not finite, or beyond exact integers.
 */
export function microdollarsOf(dollars: number): number | null {
  const decimal = parseDecimal(String(dollars));
  return decimal && roundUp(sumOfProducts([{ count: 1_000_000, decimal }]));
}
