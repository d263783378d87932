// Exact amounts of money, finer than a micro-dollar. A call's cost is added up exactly, and rounded once.

import { type Decimal, parseDecimal } from '../decimal.js';

/** In units of 10^-18 micro-dollars. */
export type Amount = bigint;

const PLACES = 18;
/** A markup has at most three decimals. */
const THOUSANDTHS_OF_A_PERCENT = 100_000n;
/** A micro-dollar, counted as a cost times a markup is. */
const MICRODOLLAR = THOUSANDTHS_OF_A_PERCENT * 10n ** BigInt(PLACES);
const ALMOST_A_MICRODOLLAR = MICRODOLLAR - 1n;
const TWO_MICRODOLLARS = 2n * MICRODOLLAR;

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
    let amount = known.get(text);
    if (amount === undefined) {
      amount = read(text) ?? 0n;
      if (known.size >= MOST_REMEMBERED) known.clear();
      known.set(text, amount);
    }
    return amount;
  };
}

/** A price in micro-dollars. */
export const priceOf = remembering(amountOfMicrodollars);
/** What a cost is multiplied by, in thousandths of a percent. */
const factorOf = remembering(
  text => THOUSANDTHS_OF_A_PERCENT + (scaled(parseDecimal(text), 3) ?? 0n),
);

export function greatest(amounts: Amount[]): Amount {
  let most = 0n;
  for (const amount of amounts) if (amount > most) most = amount;
  return most;
}

/** What a customer is charged: micro-dollars with the markup, rounded half up. */
export function charged(cost: Amount, markupPercent: string): number {
  return Number((2n * cost * factorOf(markupPercent) + MICRODOLLAR) / TWO_MICRODOLLARS);
}

/** What is held: the same, rounded up. Never below the charge for the same or a smaller cost. */
export function heldFor(cost: Amount, markupPercent: string): number {
  return Number((cost * factorOf(markupPercent) + ALMOST_A_MICRODOLLAR) / MICRODOLLAR);
}

/** The highest cost for which holding so many micro-dollars is enough. */
export function costWithin(microdollars: number, markupPercent: string): Amount {
  return (BigInt(microdollars) * MICRODOLLAR) / factorOf(markupPercent);
}
