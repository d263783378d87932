const MICRODOLLAR_DIGITS = 6;

/**
 * Dollars as a number of millionths, rounded up. Works on the decimal text and on integers: as floats,
 * 0.000123 * 1e6 is a little over 123 and would become 124, and 0.000249 * 1e6 falls short of 249.
 * Null for what is no amount: negative, not finite, or beyond exact integers.
 */
export function microdollarsOf(dollars: number): number | null {
  const match = /^(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(dollars));
  if (match === null) return null;
  const [, whole = '', fraction = '', exponent = '0'] = match;
  const digits = BigInt(whole + fraction);
  const shift = Number(exponent) - fraction.length + MICRODOLLAR_DIGITS;
  const micro =
    shift >= 0 ? digits * 10n ** BigInt(shift) : divideUp(digits, 10n ** BigInt(-shift));
  return micro <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(micro) : null;
}

function divideUp(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}
