// Currencies, and amounts in their smallest units, which are always integers.

import { shiftDecimal } from './decimal.js';

/**
 * Currencies whose smallest unit is not a hundredth. The places are Stripe's, so that amounts of all shops in
 * one currency can be added. The rial and the toman are only sold in whole units.
 */
const PLACES = new Map([
  ...'BIF CLP DJF GNF IRR IRT JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'
    .split(' ')
    .map(code => [code, 0] as const),
  ...'BHD JOD KWD OMR TND'.split(' ').map(code => [code, 3] as const),
]);

/** The code in capitals; undefined for anything but three letters. */
export function currencyOf(code: unknown): string | undefined {
  return typeof code === 'string' && /^[a-z]{3}$/i.test(code) ? code.toUpperCase() : undefined;
}

/**
 * `49.90` in EUR is 4990, `250000` in IRT is 250000. Null where it is not a whole number of smallest units.
 */
export function amountOf(text: unknown, currency: string): number | null {
  if (typeof text !== 'string') return null;
  const units = shiftDecimal(text, PLACES.get(currency) ?? 2);
  if (units === null || units.includes('.')) return null;
  return Number.isSafeInteger(Number(units)) ? Number(units) : null;
}
