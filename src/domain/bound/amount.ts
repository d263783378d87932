// Exact amounts of money, finer than a micro-dollar. A call's cost is added up exactly, and rounded once.

import { type Decimal, parseDecimal } from '../decimal.js';

/** In units of 10^-18 micro-dollars. */
export type Amount = bigint;

const PLACES = 18;
const MICRODOLLAR = 10n ** BigInt(PLACES);
/** A markup has at most three decimals. */
const THOUSANDTHS_OF_A_PERCENT = 100_000n;

/** Digits beyond the unit are rounded up. Null if the text is no amount. */
export function amountOfMicrodollars(text: string): Amount | null {
  return scaled(parseDecimal(text), PLACES);
}

/** The same for dollars. */
export function amountOfDollars(text: string): Amount | null {
  return scaled(parseDecimal(text), PLACES + 6);
}

function scaled(decimal: Decimal | null, to: number): Amount | null {
  if (decimal === null) return null;
  const { digits, places } = decimal;
  if (places <= to) return digits * 10n ** BigInt(to - places);
  const divisor = 10n ** BigInt(places - to);
  return (digits + divisor - 1n) / divisor;
}

const MOST_REMEMBERED = 10_000;

/** Reads texts of the catalogue, which are few and needed for every call. What is no amount is 0. */
function remembering(read: (text: string) => Amount | null): (text: string) => Amount {
  const known = new Map<string, Amount>();
  return text => {
    const amount = known.get(text) ?? read(text) ?? 0n;
    if (known.size >= MOST_REMEMBERED) known.clear();
    known.set(text, amount);
    return amount;
  };
}

/** A price in micro-dollars. */
export const priceOf = remembering(amountOfMicrodollars);
const markupOf = remembering(text => scaled(parseDecimal(text), 3));

export function greatest(amounts: Amount[]): Amount {
  let most = 0n;
  for (const amount of amounts) if (amount > most) most = amount;
  return most;
}

/** What a customer is charged: micro-dollars with the markup, rounded half up. */
export function charged(cost: Amount, markupPercent: string): number {
  const [top, bottom] = withMarkup(cost, markupPercent);
  return Number((2n * top + bottom) / (2n * bottom));
}

/** What is held: the same, rounded up. Never below the charge for the same or a smaller cost. */
export function heldFor(cost: Amount, markupPercent: string): number {
  const [top, bottom] = withMarkup(cost, markupPercent);
  return Number((top + bottom - 1n) / bottom);
}

/** The highest cost for which holding so many micro-dollars is enough. */
export function costWithin(microdollars: number, markupPercent: string): Amount {
  const [one] = withMarkup(1n, markupPercent);
  return (BigInt(microdollars) * THOUSANDTHS_OF_A_PERCENT * MICRODOLLAR) / one;
}

function withMarkup(cost: Amount, markupPercent: string): [top: bigint, bottom: bigint] {
  const top = THOUSANDTHS_OF_A_PERCENT + markupOf(markupPercent);
  return [cost * top, THOUSANDTHS_OF_A_PERCENT * MICRODOLLAR];
}
