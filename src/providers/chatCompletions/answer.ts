// Reads the body of a 200 into an answer. Lenient, because upstreams add fields without notice.

import type {
  AssistantMessage,
  TokenUsage,
  ToolCall,
  UpstreamAnswer,
  UpstreamFailure,
} from '../../domain/chat.js';
import { failed } from '../failure.js';
import { isPresent, isRecord, listOf, textOf } from '../fields.js';
import { microdollarsOf } from './microdollars.js';

const DETAILS = ['prompt_tokens_details', 'completion_tokens_details'];

export function readAnswer(body: unknown): UpstreamAnswer | UpstreamFailure {
  if (!isRecord(body)) return failed('malformed');
  if (isPresent(body.error)) return failed('error_in_200');
  if (isPresent(body.choices) && !Array.isArray(body.choices)) return failed('malformed');
  const choice: unknown = Array.isArray(body.choices) ? body.choices[0] : undefined;
  if (choice === undefined) return failed('empty');
  if (!isRecord(choice)) return failed('malformed');
  if (isPresent(choice.error) || choice.finish_reason === 'error') return failed('error_in_200');

  const message = readMessage(choice.message);
  if (message === undefined) return failed('malformed');
  const answer: UpstreamAnswer = {
    kind: 'answer',
    message,
    finishReason: textOf(choice.finish_reason) ?? (message.tool_calls ? 'tool_calls' : 'stop'),
    tokens: readUsage(body.usage),
  };
  if (isPresent(choice.logprobs)) answer.logprobs = choice.logprobs;
  return answer;
}

function readMessage(value: unknown): AssistantMessage | undefined {
  if (!isRecord(value)) return undefined;
  const content = readContent(value.content);
  if (content === undefined) return undefined;
  const message: AssistantMessage = { role: 'assistant', content };
  if (typeof value.refusal === 'string') message.refusal = value.refusal;
  if (typeof value.reasoning === 'string') message.reasoning = value.reasoning;
  const toolCalls = listOf(value.tool_calls).flatMap(readToolCall);
  if (toolCalls.length > 0) message.tool_calls = toolCalls;
  const images = listOf(value.images).flatMap(readImage);
  if (images.length > 0) message.images = images;
  if (isRecord(value.audio)) message.audio = value.audio;
  return message;
}

/** Null, a text, or the text of a list of parts; undefined for anything else. */
function readContent(value: unknown): string | null | undefined {
  if (!isPresent(value)) return null;
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return undefined;
  return value.map(part => (isRecord(part) ? (textOf(part.text) ?? '') : '')).join('');
}

function readToolCall(value: unknown, index: number): ToolCall[] {
  if (!isRecord(value) || !isRecord(value.function)) return [];
  const { name, arguments: given } = value.function;
  if (typeof name !== 'string' || name === '') return [];
  // Some models behind OpenRouter leave the id out, or send the arguments as an object.
  const text = typeof given === 'string' ? given : JSON.stringify(given ?? {});
  const id = textOf(value.id) ?? `call_${index}`;
  return [{ id, type: 'function', function: { name, arguments: text } }];
}

function readImage(value: unknown): NonNullable<AssistantMessage['images']> {
  if (!isRecord(value) || !isRecord(value.image_url)) return [];
  const url = textOf(value.image_url.url);
  return url ? [{ type: 'image_url', image_url: { url } }] : [];
}

export function readUsage(value: unknown): TokenUsage | null {
  if (!isRecord(value)) return null;
  const usage: TokenUsage = {
    promptTokens: countOf(value.prompt_tokens),
    completionTokens: countOf(value.completion_tokens),
    costMicrousd: typeof value.cost === 'number' ? microdollarsOf(value.cost) : null,
  };
  const details = DETAILS.filter(name => isRecord(value[name])).map(name => [name, value[name]]);
  if (details.length > 0) usage.details = Object.fromEntries(details);
  return usage;
}

/** The records keep counts as 32-bit integers; a figure outside of them is no count. */
function countOf(value: unknown): number {
  const isCount = Number.isInteger(value) && Number(value) >= 0 && Number(value) < 2 ** 31;
  return isCount ? Number(value) : 0;
}
