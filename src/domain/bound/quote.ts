// The most that a call can cost, and how long its answer may be for a smaller amount.

import type { CallRequest } from '../call.js';
import type { Model, WalletTerms } from '../catalog.js';
import type { ChatRequest } from '../chat.js';
import type { NativeRequest } from '../native.js';
import { orderFor } from '../video.js';
import { type Amount, charged, costWithin, greatest, heldFor } from './amount.js';
import { charactersOf, chatInput, type InputPart, nativeInput } from './input.js';
import { type Counted, type DearestPrices, dearestPrices, piecePrice, trueCost } from './prices.js';

/** A shorter answer is of little use, so a call that can only pay for less is refused. */
export const LEAST_ANSWER_TOKENS = 256;

/** So much of an answer is held for at first, where its hold can grow, and beyond what has come at least. */
export const SLICE_TOKENS = 1_024;

export interface Quote {
  /** The limit of the answer that is sent if the balance allows all of it. */
  maxTokens: number;
  /** In micro-dollars, with the markup: for the longest answer, and for the shortest useful one. Never 0. */
  most: number;
  least: number;
  /** What is held at first, where the hold can grow while the answer comes. */
  first: number | undefined;
  /** What the input was counted by, of the model that was asked for. */
  parts: InputPart[];
  /** The longest answer that so many micro-dollars pay for; at most `maxTokens`. */
  maxTokensFor(microdollars: number): number;
  /** What a call cost, in micro-dollars with the markup. Null if the upstream counted nothing. */
  chargeFor(answer: Counted, model: Model, at: Date): number | null;
  /** The most that it comes to, if so many tokens are answered. */
  mostFor(answerTokens: number): number;
}

/**
 * `models` has all that may answer; the dearest counts. Null if the call's cost has no known bound: that needs text
 * tokens with a limit, or a price for each image, character or second.
 */
export function quoteOf(request: CallRequest, models: Model[], wallet: WalletTerms): Quote | null {
  const kinds = new Set(models.map(({ card }) => card.kind));
  if ([...kinds].every(kind => PRICED_BY_TOKENS.includes(kind))) {
    return quoteOfTokens(request, models, wallet);
  }
  if (!request.native) return null;
  const costs = models.map(model => mostCostOfPieces(request, model));
  return costs.includes(null) ? null : quoteOfPieces(greatest(costs as Amount[]), wallet);
}

const PRICED_BY_TOKENS = ['chat', 'embedding'];

/** Null of a model without a price for a piece. */
function mostCostOfPieces(request: NativeRequest, model: Model): Amount | null {
  const price = piecePrice(model.card.pricing);
  return price === null ? null : BigInt(mostPieces(request, model)) * price;
}

function mostPieces(request: NativeRequest, model: Model): number {
  const { count = 1, pieces = count, video } = request;
  // How long a video is, the model decides where the caller does not say. One that cannot make it answers nothing.
  if (video) {
    const order = orderFor(video.asked, model);
    return order.kind === 'order' ? order.seconds : 0;
  }
  return typeof pieces === 'number' ? pieces : (charactersIn(request) as number);
}

/** The characters of the text by which the call is paid. No upstream needs to count them. Undefined for other calls. */
export function charactersIn({ pieces, longTexts }: NativeRequest): number | undefined {
  if (pieces === undefined || typeof pieces === 'number') return undefined;
  return charactersOf(pieces, longTexts);
}

function quoteOfPieces(cost: Amount, { markupPercent }: WalletTerms): Quote {
  const most = Math.max(1, heldFor(cost, markupPercent));
  return {
    maxTokens: 0,
    most,
    least: most,
    first: undefined,
    parts: [],
    maxTokensFor: () => 0,
    chargeFor: (answer, model, at) => chargeFor(answer, model, at, markupPercent),
    mostFor: () => most,
  };
}

function chargeFor(answer: Counted, { card }: Model, at: Date, markupPercent: string) {
  const cost = trueCost(answer, card.pricing, at);
  return cost === null ? null : charged(cost, markupPercent);
}

function quoteOfTokens(request: CallRequest, models: Model[], wallet: WalletTerms): Quote {
  const { markupPercent } = wallet;
  const maxTokens = Math.min(askedTokens(request, models), ...models.map(mostTokens));
  const priced = models.map(model => priceInput(request, model));
  const held = (tokens: number) => Math.max(1, heldFor(costOf(priced, tokens), markupPercent));
  const { native, strict } = request;
  const canBeShorter = strict !== true && (!native || native.limit !== undefined);
  const leastTokens = LEAST_ANSWER_TOKENS + (native?.limit?.beside ?? 0);
  const most = held(maxTokens);
  const slice = held(Math.min(maxTokens, SLICE_TOKENS));
  return {
    maxTokens,
    most,
    least: canBeShorter ? held(Math.min(maxTokens, leastTokens)) : most,
    first: canBeShorter && !request.native && isAllShown(request, models) ? slice : undefined,
    parts: (priced[0] as PricedInput).parts,
    maxTokensFor(microdollars) {
      if (microdollars >= most) return maxTokens;
      const affords = costWithin(microdollars, markupPercent);
      let fitting = maxTokens;
      for (const { input, prices } of priced) {
        if (prices.output === 0n) continue;
        const tokens = affords <= input ? 0 : Number((affords - input) / prices.output);
        if (tokens < fitting) fitting = tokens;
      }
      return fitting;
    },
    chargeFor: (answer, model, at) => chargeFor(answer, model, at, markupPercent),
    mostFor: tokens => held(Math.min(tokens, maxTokens)),
  };
}

/** The amount of the dearest model. */
function costOf(priced: PricedInput[], answerTokens: number): Amount {
  const tokens = BigInt(answerTokens);
  let most = 0n;
  for (const { input, prices } of priced) {
    const cost = input + tokens * prices.output;
    if (cost > most) most = cost;
  }
  return most;
}

const MAY_HIDE = ['reasoning', 'reasoning_effort', 'include_reasoning', 'tools'];

/**
 * Whether all that is counted of the answer is seen as it comes. Thoughts may be hidden or told in short, and some
 * upstreams keep back the call of a tool until it is whole.
 */
function isAllShown(request: ChatRequest, models: Model[]): boolean {
  const { options } = request;
  const mayHide = MAY_HIDE.some(name => options[name] !== undefined);
  return !mayHide && models.every(({ outputShown }) => outputShown);
}

interface PricedInput {
  parts: InputPart[];
  input: Amount;
  prices: DearestPrices;
}

function priceInput(request: CallRequest, model: Model): PricedInput {
  const { card } = model;
  const parts = partsOf(request, model);
  let sum = 0;
  for (const { tokens } of parts) sum += tokens;
  // A model refuses a longer prompt, which costs nothing.
  const tokens = Math.min(sum, card.context_length);
  const prices = dearestPrices(card, tokens);
  let [byParts, dearest] = [0n, 0n];
  for (const { what, tokens } of parts) {
    const rate = what === 'image' || what === 'audio' ? prices[what] : prices.text;
    byParts += BigInt(tokens) * rate;
    if (rate > dearest) dearest = rate;
  }
  const capped = BigInt(tokens) * dearest;
  return { parts, input: prices.request + (capped < byParts ? capped : byParts), prices };
}

function partsOf(request: CallRequest, model: Model): InputPart[] {
  if (!request.native) {
    return chatInput(request.messages, request.options, request.longTexts, model);
  }
  const { needs, longTexts } = request;
  const body = nativeBody(request, model);
  const hasMedia = needs.content.some(modality => modality !== 'text');
  return nativeInput(body, hasMedia, longTexts, model);
}

/** The body as it will be sent. Only the license's id is missing, which no model reads. */
function nativeBody(
  { native, stream }: NativeRequest,
  { provider, upstreamId, reasoning }: Model,
): Record<string, unknown> {
  const sent = { provider, upstreamId, licenseId: '', reasoning, isStreamed: stream };
  return native.bodyOf(sent) as Record<string, unknown>;
}

const LIMITS = ['max_completion_tokens', 'max_output_tokens', 'max_tokens'];

/** The limit that the request or the model's defaults set; infinite if neither does. */
function askedTokens(request: CallRequest, [asked]: Model[]): number {
  if (!request.native) {
    const { max_completion_tokens } = { ...asked?.defaults, ...request.options };
    return max_completion_tokens ?? Number.POSITIVE_INFINITY;
  }
  const body = nativeBody(request, asked as Model);
  const said = LIMITS.map(name => body[name]).filter(limit => typeof limit === 'number');
  return Math.min(Number.POSITIVE_INFINITY, ...said);
}

function mostTokens({ card }: Model): number {
  return Math.min(card.maxCompletionTokens, card.context_length);
}
