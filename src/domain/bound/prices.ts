// What tokens cost by the catalogue. Before a call: the highest price that could apply. After it: the true one.

import type { ModelCard, PriceOverride, Pricing, Rates } from '../catalog.js';
import type { TokenUsage } from '../chat.js';
import { dollarsAPiece } from '../cost.js';
import { isRecord } from '../unknownJson.js';
import { type Amount, amountOfDollars, amountOfMicrodollars, greatest, priceOf } from './amount.js';

/** Amounts per token, and for the request itself. */
export interface DearestPrices {
  text: Amount;
  image: Amount;
  audio: Amount;
  output: Amount;
  request: Amount;
}

/** What prices a model's tokens. */
type Priced = Pick<ModelCard, 'pricing' | 'outputModalities'>;

/** By the number of overrides that may apply: the longer the prompt, the more of them. */
const known = new WeakMap<Priced, DearestPrices[]>();

/**
 * The most that a token can cost, for a prompt of at most so many tokens. It is remembered, because every call needs it
 * and a catalogue has few.
 */
export function dearestPrices(priced: Priced, mostPromptTokens: number): DearestPrices {
  const { overrides } = priced.pricing;
  const applying = overrides?.filter(override => mayApply(override, mostPromptTokens)) ?? [];
  let prices = known.get(priced);
  if (!prices) {
    prices = [];
    known.set(priced, prices);
  }
  prices[applying.length] ??= dearestOf(priced, applying);
  return prices[applying.length] as DearestPrices;
}

function mayApply({ min_prompt_tokens: above = -1 }: PriceOverride, mostPromptTokens: number) {
  return mostPromptTokens > above;
}

/**
 * The prices of every hour count, because a call may be billed in the next one. Writing text to a cache counts too,
 * because it can cost more than reading it.
 */
function dearestOf({ pricing, outputModalities }: Priced, overrides: PriceOverride[]) {
  const possible = [pricing, ...overrides.map(override => ({ ...pricing, ...given(override) }))];
  const dearest = (...names: Array<keyof Rates>) =>
    greatest(possible.flatMap(rates => names.map(name => rateOf(rates, name))));
  const input = ['prompt', 'input_cache_write', 'input_cache_read'] as const;
  const output: Array<keyof Rates> = ['completion'];
  if (outputModalities.includes('image')) output.push('image_output');
  if (outputModalities.includes('audio')) output.push('audio_output');
  return {
    text: dearest(...input),
    image: dearest(...input, 'image'),
    audio: dearest(...input, 'audio'),
    output: dearest(...output),
    request: greatest(possible.map(requestPrice)),
  };
}

/** What is known of an answer that must be paid. */
export interface Counted {
  tokens: TokenUsage | null;
  /** The number of images that were made. */
  count?: number;
  /** The number of other pieces that the model's price is for. */
  pieces?: number;
}

/**
 * What a call cost: what its upstream says, else by the prices at that instant, of pieces where they have one.
 * Null if the upstream counted nothing.
 */
export function trueCost(answer: Counted, pricing: Pricing, at: Date): Amount | null {
  const { tokens, pieces = answer.count } = answer;
  const told = tokens && toldCost(tokens);
  if (told !== null) return told;
  const ofPiece = piecePrice(pricing);
  if (ofPiece !== null) return pieces === undefined ? null : BigInt(pieces) * ofPiece;
  if (tokens === null) return null;
  const rates = ratesAt(pricing, tokens.promptTokens, at);
  const prompt = detailsOf(tokens, 'prompt_tokens_details');
  const completion = detailsOf(tokens, 'completion_tokens_details');
  const input = shares(tokens.promptTokens, [
    [prompt('cached_tokens'), 'input_cache_read'],
    [prompt('cache_write_tokens'), 'input_cache_write'],
    [prompt('audio_tokens'), 'audio'],
    [prompt('image_tokens'), 'image'],
    [Number.POSITIVE_INFINITY, 'prompt'],
  ]);
  const output = shares(tokens.completionTokens, [
    [completion('audio_tokens'), 'audio_output'],
    [completion('image_tokens'), 'image_output'],
    [Number.POSITIVE_INFINITY, 'completion'],
  ]);
  return [...input, ...output].reduce(
    (sum, [count, name]) => sum + BigInt(count) * rateOf(rates, name),
    requestPrice(rates),
  );
}

function toldCost({ costDollars, costMicrousd }: TokenUsage): Amount | null {
  const dollars = costDollars === undefined ? null : amountOfDollars(costDollars);
  if (dollars !== null) return dollars;
  return costMicrousd === null ? null : amountOfMicrodollars(String(costMicrousd));
}

/** The price of a piece; null for a model that is not paid by the piece. */
export function piecePrice(pricing: Pricing): Amount | null {
  const price = dollarsAPiece(pricing);
  return price === undefined ? null : amountOfDollars(price);
}

/** Later overrides replace earlier ones. */
function ratesAt(pricing: Pricing, promptTokens: number, at: Date): Rates {
  const time = at.toISOString().slice(11, 16).replace(':', '');
  return (pricing.overrides ?? [])
    .filter(
      override => promptTokens > (override.min_prompt_tokens ?? -1) && isWithin(override, time),
    )
    .reduce<Rates>((rates, override) => Object.assign(rates, given(override)), { ...pricing });
}

function isWithin({ utc_start: start, utc_end: end }: PriceOverride, time: string): boolean {
  if (start === undefined || end === undefined) return true;
  return start < end ? time >= start && time < end : time >= start || time < end;
}

function given(override: PriceOverride): Partial<Rates> {
  return Object.fromEntries(Object.entries(override).filter(([, rate]) => rate !== undefined));
}

const STANDS_FOR: Partial<Record<keyof Rates, 'prompt' | 'completion'>> = {
  input_cache_read: 'prompt',
  input_cache_write: 'prompt',
  audio: 'prompt',
  image: 'prompt',
  audio_output: 'completion',
  image_output: 'completion',
};

/** Dollars for 1M tokens are the same number as micro-dollars for one token. */
function rateOf(rates: Rates, name: keyof Rates): Amount {
  return priceOf(rates[name] ?? rates[STANDS_FOR[name] ?? 'prompt']);
}

function requestPrice({ request }: Rates): Amount {
  return request === undefined ? 0n : (amountOfDollars(request) ?? 0n);
}

function detailsOf({ details }: TokenUsage, list: string): (name: string) => number {
  const counts = details?.[list];
  return name => {
    const count = isRecord(counts) ? counts[name] : 0;
    return typeof count === 'number' && Number.isInteger(count) && count > 0 ? count : 0;
  };
}

/** Divides a count: each name takes its part of what is left. */
function shares(
  count: number,
  parts: Array<[count: number, name: keyof Rates]>,
): Array<[count: number, name: keyof Rates]> {
  let left = count;
  return parts.map(([most, name]) => {
    const taken = Math.min(left, most);
    left -= taken;
    return [taken, name];
  });
}
