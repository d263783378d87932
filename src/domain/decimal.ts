// Exact arithmetic on decimal texts: prices and costs are never floats.

/** `digits` times ten to the power of `-places`. Below zero, `places` are noughts at the end: those of `1e21`. */
export interface Decimal {
  digits: bigint;
  places: number;
}

/** Reads `0.15`, `12`, `1.5e-7`; null for a text that is no amount (negative, not a number). */
export function parseDecimal(text: string): Decimal | null {
  const match = /^(\d+)(?:\.(\d+))?(?:e([+-]?\d{1,3}))?$/i.exec(text.trim());
  if (match === null) return null;
  const [, whole = '', fraction = '', exponent = '0'] = match;
  return { digits: BigInt(whole + fraction), places: fraction.length - Number(exponent) };
}

/** The same amount with the decimal point moved, as text: `0.00000015` by 6 is `0.15`. */
export function shiftDecimal(text: string, places: number): string | null {
  const decimal = parseDecimal(text);
  if (decimal === null) return null;
  const left = decimal.places - places;
  if (left <= 0) return String(decimal.digits * 10n ** BigInt(-left));
  const padded = String(decimal.digits).padStart(left + 1, '0');
  const fraction = padded.slice(-left).replace(/0+$/, '');
  const whole = padded.slice(0, -left);
  return fraction === '' ? whole : `${whole}.${fraction}`;
}

/** A sum rounded up to a whole number; null where the result is beyond exact integers. */
export function roundUp({ digits, places }: Decimal): number | null {
  const divisor = 10n ** BigInt(places);
  const whole = (digits + divisor - 1n) / divisor;
  return whole <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(whole) : null;
}

/** The sum of `count * decimal` over all terms. Its `places` are never below zero. */
export function sumOfProducts(terms: Array<{ count: number; decimal: Decimal }>): Decimal {
  const places = Math.max(0, ...terms.map(term => term.decimal.places));
  const digits = terms.reduce(
    (sum, { count, decimal }) =>
      sum + BigInt(count) * decimal.digits * 10n ** BigInt(places - decimal.places),
    0n,
  );
  return { digits, places };
}
