// The tokens of an answer, in Anthropic's form.

import type { TokenUsage } from '../../domain/chat.js';
import { costIn, countOf, ifCounted } from '../../domain/tokens.js';
import { type Fields, isFields } from '../openai/fields.js';
import { usageForCallers } from '../usageView.js';

/** The three counters of the input do not overlap, so they are added up. */
export function readUsage(value: unknown): TokenUsage | null {
  if (!isFields(value)) return null;
  const { input_tokens, cache_creation_input_tokens, cache_read_input_tokens } = value;
  return ifCounted({
    promptTokens:
      countOf(input_tokens) +
      countOf(cache_creation_input_tokens) +
      countOf(cache_read_input_tokens),
    completionTokens: countOf(value.output_tokens),
    ...costIn(value),
  });
}

/** The usage as callers see it. Clients require both counters. */
export function renderUsage(value: unknown): Fields {
  const given = usageForCallers(isFields(value) ? value : {});
  return { input_tokens: 0, output_tokens: 0, ...given };
}
