// Reads the `usage` object of OpenAI's form, which others speak too. Lenient, because upstreams add fields without
// notice.

import type { TokenUsage } from './chat.js';
import { microdollarsOf } from './microdollars.js';
import { type Fields, isRecord } from './unknownJson.js';

const DETAILS = ['prompt_tokens_details', 'completion_tokens_details'];

/** Null where there is none. */
export function readTokens(value: unknown): TokenUsage | null {
  if (!isRecord(value)) return null;
  const usage: TokenUsage = {
    promptTokens: countOf(value.prompt_tokens),
    completionTokens: countOf(value.completion_tokens),
    ...costIn(value),
  };
  const details = DETAILS.filter(name => isRecord(value[name])).map(name => [name, value[name]]);
  if (details.length > 0) usage.details = Object.fromEntries(details);
  return usage;
}

/** What the upstream says that it cost. */
export function costIn({ cost }: Fields): Pick<TokenUsage, 'costMicrousd' | 'costDollars'> {
  const costMicrousd = typeof cost === 'number' ? microdollarsOf(cost) : null;
  // The shortest decimal that is this number: with up to 15 digits, the text that the upstream wrote.
  return { costMicrousd, ...(costMicrousd !== null && { costDollars: String(cost) }) };
}

/** The same of those who call them `input_tokens` and `output_tokens`. */
export function readInputOutput(value: unknown): TokenUsage | null {
  if (!isRecord(value)) return null;
  return readTokens({
    prompt_tokens: value.input_tokens ?? value.prompt_tokens,
    completion_tokens: value.output_tokens ?? value.completion_tokens,
    cost: value.cost,
    prompt_tokens_details: value.input_tokens_details ?? value.prompt_tokens_details,
    completion_tokens_details: value.output_tokens_details ?? value.completion_tokens_details,
  });
}

/** The records keep counts as 32-bit integers; a figure outside of them is no count. */
export function countOf(value: unknown): number {
  const isCount = Number.isInteger(value) && Number(value) >= 0 && Number(value) < 2 ** 31;
  return isCount ? Number(value) : 0;
}
