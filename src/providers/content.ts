// Decides what counts as an answer. It is the same for every wire.

import {
  failed,
  type TokenUsage,
  type UpstreamAnswer,
  type UpstreamFailure,
} from '../domain/chat.js';
import { isRecord } from '../domain/unknownJson.js';
import type { ReadAnswer } from './port.js';

/** A message, or a piece of one, in OpenAI's form. */
interface Said {
  content?: unknown;
  reasoning?: unknown;
  reasoning_content?: unknown;
  reasoning_details?: unknown;
  refusal?: unknown;
  tool_calls?: unknown;
  images?: unknown;
  audio?: unknown;
}

/** Content is text, reasoning in any form (also encrypted), a refusal, a tool call or media. */
export function hasContent(said: Said): boolean {
  const { content, reasoning, reasoning_content, refusal, audio } = said;
  if (isText(content) || isText(reasoning) || isText(reasoning_content) || isText(refusal)) {
    return true;
  }
  const { reasoning_details, tool_calls, images } = said;
  if (isFilledList(tool_calls) || isFilledList(images) || isFilledList(reasoning_details)) {
    return true;
  }
  return isRecord(audio) && (isText(audio.data) || isText(audio.transcript));
}

/** Finish reasons that the caller's limit or the model's choice caused. */
const CHOSEN_ENDS = ['length', 'content_filter'];

/** Whether an answer without content was computed all the same, and is charged (docs/ledger.md, who pays). */
export function isComputed(finishReason: string | null, tokens: TokenUsage | null): boolean {
  if (finishReason === null) return false;
  return CHOSEN_ENDS.includes(finishReason) || (tokens?.completionTokens ?? 0) > 0;
}

/** Turns what was read into an answer. Without content and not computed, it is a failure and costs nothing. */
export function answerOf(read: ReadAnswer): UpstreamAnswer | UpstreamFailure {
  const { message, finishReason, tokens } = read;
  if (!hasContent(message) && !isComputed(finishReason, tokens)) return failed('empty');
  return { ...read, finishReason: endOf(finishReason, message.tool_calls !== undefined) };
}

/** Some providers say `stop`, or nothing, when the model wants tools to be called. */
export function endOf(finishReason: string | null, hasToolCalls: boolean): string {
  if (finishReason !== null && finishReason !== 'stop') return finishReason;
  return hasToolCalls ? 'tool_calls' : 'stop';
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function isFilledList(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}
