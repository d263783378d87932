import type { ModelCard } from './catalog.js';
import type { TokenUsage } from './chat.js';
import { parseDecimal, roundUp, sumOfProducts } from './decimal.js';

/**
 * The same for an answer of any kind: if the upstream reports no cost and the catalogue has a price for each image or
 * second, that price counts.
 */
export function answerCostMicrousd(
  answer: { tokens: TokenUsage | null; count?: number; pieces?: number },
  pricing: ModelCard['pricing'],
): number | null {
  const { tokens, pieces = answer.count } = answer;
  const price = dollarsAPiece(pricing);
  const decimal = price === undefined ? null : parseDecimal(price);
  const isSaid = typeof tokens?.costMicrousd === 'number';
  if (isSaid || decimal === null || pieces === undefined) return costMicrousdOf(tokens, pricing);
  return roundUp(sumOfProducts([{ count: pieces * 1_000_000, decimal }]));
}

/** Dollars for each piece, as a decimal number; undefined if the model is paid by tokens. */
export function dollarsAPiece({
  per_image,
  per_character,
  per_second,
}: ModelCard['pricing']): string | undefined {
  return per_image ?? per_character ?? per_second;
}

/**
 * What a request cost, in millionths of a US dollar, rounded up. The upstream's own figure comes first;
 * without it the cost follows from the catalogue's prices (a price in dollars per 1M tokens is the same
 * number in micro-dollars per token). Null if the upstream counted no tokens.
 */
export function costMicrousdOf(
  tokens: TokenUsage | null,
  pricing: ModelCard['pricing'],
): number | null {
  if (tokens === null) return null;
  if (tokens.costMicrousd !== null) return tokens.costMicrousd;
  const prompt = parseDecimal(pricing.prompt);
  const completion = parseDecimal(pricing.completion);
  if (prompt === null || completion === null) return null;
  return roundUp(
    sumOfProducts([
      { count: tokens.promptTokens, decimal: prompt },
      { count: tokens.completionTokens, decimal: completion },
    ]),
  );
}
