// Reads the `usage` object of OpenAI's form, which others speak too. Lenient, because upstreams add fields without
// notice, and some use the names of Responses in a chat.

import type { TokenUsage } from './chat.js';
import { microdollarsOf } from './microdollars.js';
import { type Fields, isRecord } from './unknownJson.js';

/** Null where nothing was counted. */
export function readTokens(value: unknown): TokenUsage | null {
  if (!isRecord(value)) return null;
  const usage: TokenUsage = {
    promptTokens: countOf(value.prompt_tokens ?? value.input_tokens),
    completionTokens: countOf(value.completion_tokens ?? value.output_tokens),
    ...costIn(value),
  };
  const prompt = value.prompt_tokens_details ?? value.input_tokens_details;
  const completion = value.completion_tokens_details ?? value.output_tokens_details;
  if (isRecord(prompt) || isRecord(completion)) {
    usage.details = {};
    if (isRecord(prompt)) usage.details.prompt_tokens_details = prompt;
    if (isRecord(completion)) usage.details.completion_tokens_details = completion;
  }
  return ifCounted(usage);
}

/** An answer that is said to have taken no token at all, for no price, was not counted: that is no reason to give it away. */
export function ifCounted(usage: TokenUsage): TokenUsage | null {
  const { promptTokens, completionTokens, costMicrousd } = usage;
  return promptTokens + completionTokens > 0 || costMicrousd !== null ? usage : null;
}

/** What the upstream says that it cost. */
export function costIn({ cost }: Fields): Pick<TokenUsage, 'costMicrousd' | 'costDollars'> {
  const costMicrousd = typeof cost === 'number' ? microdollarsOf(cost) : null;
  // The shortest decimal that is this number: with up to 15 digits, the text that the upstream wrote.
  return { costMicrousd, ...(costMicrousd !== null && { costDollars: String(cost) }) };
}

/** The records keep counts as 32-bit integers; a figure outside of them is no count. */
export function countOf(value: unknown): number {
  const isCount = Number.isInteger(value) && Number(value) >= 0 && Number(value) < 2 ** 31;
  return isCount ? Number(value) : 0;
}
