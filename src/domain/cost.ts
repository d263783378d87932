import type { ModelCard } from './catalog.js';
import type { TokenUsage } from './chat.js';
import { parseDecimal, roundUp, sumOfProducts } from './decimal.js';

/**
 * What a request cost, in millionths of a US dollar, rounded up. The upstream's own figure comes first;
 * without it the cost follows from the catalogue's prices (a price in dollars per 1M tokens is the same
 * number in micro-dollars per token). Null where the upstream counted no tokens.
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
