// Currencies, and amounts in their smallest units, which are always integers.

import { shiftDecimal } from './decimal.js';
import { cleanText } from './wellFormed.js';

/**
 * Currencies whose smallest unit is not a hundredth. The places are Stripe's, so that amounts of all shops in
 * one currency can be added. The rial, the toman and
 * stars of Telegram are only sold in whole units.
 */
const PLACES = new Map([
  ...'BIF CLP DJF GNF IRR IRT JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF XTR'
    .split(' ')
    .map(code => [code, 0] as const),
  ...'BHD JOD KWD OMR TND'.split(' ').map(code => [code, 3] as const),
]);

/** The code in capitals; undefined for anything but three letters. */
export function currencyOf(code: unknown): string | undefined {
  return typeof code === 'string' && /^[a-z]{3}$/i.test(code) ? code.toUpperCase() : undefined;
}

/** How many decimals people write of a currency. */
export function placesOf(currency: string): number {
  return PLACES.get(currency) ?? 2;
}

/**
 * `49.90` in EUR is 4990, `250000` in IRT is 250000. Null where it is not a whole number of smallest units.
 */
export function amountOf(text: unknown, currency: string): number | null {
  if (typeof text !== 'string') return null;
  const units = shiftDecimal(text, placesOf(currency));
  if (units === null || units.includes('.')) return null;
  return Number.isSafeInteger(Number(units)) ? Number(units) : null;
}

/** The toman and the rial as some shops write them: in thousands. */
const THOUSANDS: Record<string, string> = { IRHT: 'IRT', IRHR: 'IRR' };

/**
 * An amount as a shop writes it, or what cannot be counted of it, for a person to read. `IRHT` 49.999 is
 * 49999 IRT; 49.999 USD is no whole number of cents.
 */
export function amountIn(
  amount: unknown,
  code: unknown,
): { units: number; currency: string } | { uncounted: string } {
  const written = typeof code === 'string' ? code.toUpperCase() : '';
  const thousands = THOUSANDS[written];
  const currency = thousands ?? currencyOf(written);
  const units =
    currency === undefined ? null : thousands ? thousandsOf(amount) : amountOf(amount, currency);
  if (units !== null && currency !== undefined) return { units, currency };
  const said = cleanText(String(amount ?? 'no amount'), 30);
  return { uncounted: `${said} ${cleanText(written, 10)}`.trim() };
}

function thousandsOf(amount: unknown): number | null {
  if (typeof amount !== 'string') return null;
  const units = shiftDecimal(amount, 3);
  return units === null || !Number.isSafeInteger(Number(units)) ? null : Number(units);
}
