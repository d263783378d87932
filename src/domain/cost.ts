import type { ModelCard } from './catalog.js';
import type { TokenUsage } from './chat.js';
import { parseDecimal, roundUp, sumOfProducts } from './decimal.js';

/**
 * The same for an answer that may have images: if the upstream reports no cost and the catalogue has a price for an
 * image, that price counts.
 */
export function imageCostMicrousd(
  { tokens, count }: { tokens: TokenUsage | null; count?: number },
  pricing: ModelCard['pricing'],
): number | null {
  const decimal = pricing.per_image === undefined ? null : parseDecimal(pricing.per_image);
  const isSaid = typeof tokens?.costMicrousd === 'number';
  if (isSaid || decimal === null || count === undefined) return costMicrousdOf(tokens, pricing);
  return roundUp(sumOfProducts([{ count: count * 1_000_000, decimal }]));
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
