// Reads the body of a 200 into an answer. It ignores what it does not know: upstreams add fields without notice.

import { type AssistantMessage, failed, type UpstreamFailure } from '../../domain/chat.js';
import { readTokens } from '../../domain/tokens.js';
import {
  type Fields,
  isPresent,
  isRecord,
  listOf,
  recordOf,
  textOf,
} from '../../domain/unknownJson.js';
import type { RefusedInside } from '../failure.js';
import type { ReadAnswer } from '../port.js';
import { errorOf, refusedInside } from './refusal.js';
import { readToolCall } from './toolCalls.js';

export function readAnswer(body: unknown): ReadAnswer | RefusedInside | UpstreamFailure {
  if (!isRecord(body)) return failed('malformed');
  const error = errorOf(body);
  if (error !== undefined) return refusedInside(error);
  if (isPresent(body.choices) && !Array.isArray(body.choices)) return failed('malformed');
  const choice = firstOf(listOf(body.choices));
  if (choice === undefined) return failed('empty');
  if (!isRecord(choice)) return failed('malformed');
  if (isPresent(choice.error)) return refusedInside(choice.error);
  if (choice.finish_reason === 'error') return failed('error_in_200');

  const message = readMessage(choice.message);
  if (message === undefined) return failed('malformed');
  const answer: ReadAnswer = {
    kind: 'answer',
    message,
    finishReason: textOf(choice.finish_reason) || null,
    tokens: readTokens(body.usage),
  };
  if (isPresent(choice.logprobs)) answer.logprobs = choice.logprobs;
  const beside = readBeside(body);
  if (beside) answer.beside = beside;
  return answer;
}

/** We ask for one choice. If an upstream sends several, the first one counts, wherever it stands. */
export function firstOf(choices: unknown[]): unknown {
  return choices.find(choice => indexOf(choice) === 0) ?? choices[0];
}

export function indexOf(choice: unknown): unknown {
  return recordOf(choice).index ?? 0;
}

const BESIDE = ['citations', 'search_results', 'system_fingerprint'];

/** The fields beside the choices that clients read; undefined if there are none. */
export function readBeside(body: Fields): Fields | undefined {
  const names = BESIDE.filter(name => isPresent(body[name]));
  return names.length > 0 ? Object.fromEntries(names.map(name => [name, body[name]])) : undefined;
}

/** Unknown fields of a message are passed on unchanged: providers want them back in the next turn. */
function readMessage(value: unknown): AssistantMessage | undefined {
  if (!isRecord(value)) return undefined;
  const content = readContent(value.content);
  if (content === undefined) return undefined;
  const { refusal, reasoning, reasoning_content, tool_calls, images, audio, ...more } = value;
  const message: AssistantMessage = { ...more, role: 'assistant', content };
  if (typeof refusal === 'string') message.refusal = refusal;
  if (typeof reasoning === 'string') message.reasoning = reasoning;
  if (typeof reasoning_content === 'string') message.reasoning_content = reasoning_content;
  const toolCalls = listOf(tool_calls).flatMap(readToolCall);
  if (toolCalls.length > 0) message.tool_calls = toolCalls;
  const madeImages = listOf(images).flatMap(readImage);
  if (madeImages.length > 0) message.images = madeImages;
  if (isRecord(audio)) message.audio = audio;
  return message;
}

/** Accepts null, a text, or a list of text parts; undefined for anything else. */
export function readContent(value: unknown): string | null | undefined {
  if (!isPresent(value)) return null;
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return undefined;
  return value.map(part => (isRecord(part) ? (textOf(part.text) ?? '') : '')).join('');
}

function readImage(value: unknown): NonNullable<AssistantMessage['images']> {
  if (!isRecord(value) || !isRecord(value.image_url)) return [];
  const url = textOf(value.image_url.url);
  return url ? [{ type: 'image_url', image_url: { url } }] : [];
}
