// Completes the response object with all keys that clients' schemas require, also if an upstream leaves them out.

import { readTokens } from '../../domain/tokens.js';
import {
  type Fields,
  isFilled,
  isPresent,
  isRecord,
  listOf,
  recordOf,
} from '../../domain/unknownJson.js';
import { secondsOf } from '../openai/render.js';
import type { ItemIds } from './itemIds.js';

/** The defaults, in OpenAI's order. */
const DEFAULTS = {
  id: '',
  object: 'response',
  created_at: 0,
  completed_at: null,
  status: 'completed',
  incomplete_details: null,
  error: null,
  model: '',
  previous_response_id: null,
  instructions: null,
  output: [],
  tools: [],
  tool_choice: 'auto',
  truncation: 'disabled',
  parallel_tool_calls: true,
  text: { format: { type: 'text' } },
  top_p: 1,
  presence_penalty: 0,
  frequency_penalty: 0,
  top_logprobs: 0,
  temperature: 1,
  reasoning: { effort: null, summary: null },
  usage: null,
  max_output_tokens: null,
  max_tool_calls: null,
  store: false,
  background: false,
  service_tier: 'default',
  metadata: {},
  safety_identifier: null,
  prompt_cache_key: null,
  user: null,
};
/** Fields about the operator's account at the upstream, or about its state. */
const LEFT_OUT = ['conversation', 'billing', 'provider', 'openrouter_metadata', 'output_text'];

/**
 * `echo` has what the answer repeats of the request. Model, counters and `store` are written later. `places` has the
 * places of the output's items in their stream.
 */
export function completeResponse(
  response: Fields,
  ids: ItemIds,
  callId: string,
  echo: Fields,
  places: number[] = [],
): Fields {
  const said = Object.entries(response).filter(
    ([name, value]) => isPresent(value) && !LEFT_OUT.includes(name),
  );
  const complete: Fields = Object.assign({ ...DEFAULTS }, Object.fromEntries(said), echo);
  const isOver = complete.status !== 'in_progress' && complete.status !== 'queued';
  return Object.assign(complete, {
    id: ids.response,
    object: 'response',
    created_at: secondsIn(response.created_at) ?? secondsOf(callId),
    completed_at: isOver ? (secondsIn(response.completed_at) ?? null) : null,
    text: { ...DEFAULTS.text, ...recordOf(complete.text) },
    reasoning: { ...DEFAULTS.reasoning, ...recordOf(complete.reasoning) },
    output: listOf(response.output)
      .filter(isRecord)
      .map((item, index) => completeItem(ids.settle(item, places[index] ?? index))),
    usage: usageOf(response.usage),
    store: false,
    background: false,
    service_tier: 'default',
  });
}

function secondsIn(value: unknown): number | undefined {
  return typeof value === 'number' && value > 0 ? Math.floor(value) : undefined;
}

/** Completes an item that is done. */
export function completeItem(item: Fields): Fields {
  switch (item.type) {
    case 'message':
      return {
        ...item,
        status: item.status ?? 'completed',
        role: 'assistant',
        content: listOf(item.content).filter(isRecord).map(completePart),
      };
    case 'function_call':
      return { ...item, status: item.status ?? 'completed', arguments: inText(item.arguments) };
    case 'custom_tool_call':
      return { ...item, status: item.status ?? 'completed', input: inText(item.input) };
    case 'reasoning':
      return { ...item, summary: listOf(item.summary) };
    default:
      return item;
  }
}

/** Some upstreams give the arguments of a call as an object. */
export function inText(value: unknown): string {
  return typeof value === 'string' ? value : isPresent(value) ? JSON.stringify(value) : '';
}

export function completePart(part: Fields): Fields {
  if (part.type !== 'output_text') return part;
  const { text, annotations, logprobs, ...more } = part;
  return {
    type: 'output_text',
    text: typeof text === 'string' ? text : '',
    annotations: listOf(annotations),
    logprobs: listOf(logprobs),
    ...more,
  };
}

/** The usage without the operator's costs. */
function usageOf(value: unknown): Fields | null {
  const tokens = readTokens(value);
  if (tokens === null) return null;
  const { input_tokens_details, output_tokens_details } = recordOf(value);
  return {
    input_tokens: tokens.promptTokens,
    input_tokens_details: { cached_tokens: 0, ...recordOf(input_tokens_details) },
    output_tokens: tokens.completionTokens,
    output_tokens_details: { reasoning_tokens: 0, ...recordOf(output_tokens_details) },
    total_tokens: tokens.promptTokens + tokens.completionTokens,
  };
}

/** Content is text, a refusal, reasoning in any form, a call, or anything else that a model makes. */
export function hasContent(item: Fields): boolean {
  switch (item.type) {
    case 'message':
      return listOf(item.content).filter(isRecord).some(saysSomething);
    case 'reasoning':
      return (
        isFilled(item.encrypted_content) ||
        [...listOf(item.summary), ...listOf(item.content)].filter(isRecord).some(saysSomething)
      );
    default:
      return typeof item.type === 'string';
  }
}

const TEXTS: unknown[] = ['output_text', 'refusal', 'summary_text', 'reasoning_text'];

function saysSomething({ type, text, refusal }: Fields): boolean {
  return !TEXTS.includes(type) || isFilled(text) || isFilled(refusal);
}
