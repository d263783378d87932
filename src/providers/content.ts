// What makes an answer an answer, whatever the wire in which it came.

import type { UpstreamAnswer, UpstreamFailure } from '../domain/chat.js';
import { failed } from './failure.js';
import { isRecord } from './fields.js';
import type { ChatWire } from './port.js';

/** A message, or a piece of one, in OpenAI's form. */
interface Said {
  content?: unknown;
  reasoning?: unknown;
  refusal?: unknown;
  tool_calls?: unknown;
  images?: unknown;
  audio?: unknown;
}

/** Text, reasoning, refusal, tool call or media. */
export function hasContent({
  content,
  reasoning,
  refusal,
  tool_calls,
  images,
  audio,
}: Said): boolean {
  if (isText(content) || isText(reasoning) || isText(refusal)) return true;
  if (isFilledList(tool_calls) || isFilledList(images)) return true;
  return isRecord(audio) && (isText(audio.data) || isText(audio.transcript));
}

/** What the body of a 200 answers. Without content it is no answer, and nobody pays for it. */
export function answerOf(chat: ChatWire, body: unknown): UpstreamAnswer | UpstreamFailure {
  const answer = chat.readAnswer(body);
  return answer.kind === 'answer' && !hasContent(answer.message) ? failed('empty') : answer;
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function isFilledList(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}
