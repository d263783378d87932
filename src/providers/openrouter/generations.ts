import type { TokenUsage } from '../../domain/chat.js';
import { readTokens } from '../../domain/tokens.js';
import { isRecord } from '../../domain/unknownJson.js';
import type { GenerationsWire } from '../port.js';

export const generations: GenerationsWire = {
  idHeader: 'x-generation-id',
  path: '/generation',
  read: body => (isRecord(body) && isRecord(body.data) ? readGeneration(body.data) : null),
};

/** Prefers the counts of the model's own tokenizer, because they are billed. */
function readGeneration(data: Record<string, unknown>): TokenUsage | null {
  if (typeof data.total_cost !== 'number') return null;
  return readTokens({
    prompt_tokens: data.native_tokens_prompt ?? data.tokens_prompt,
    completion_tokens: data.native_tokens_completion ?? data.tokens_completion,
    cost: data.total_cost,
  });
}
