// Reads one `data:` of a stream (protocol: chat.completion.chunk). As lenient as with a whole answer.

import type { StreamChoice, TokenUsage, UpstreamFailure } from '../domain/chat.js';
import { type Fields, isPresent, isRecord, listOf, readUsage, textOf } from './chatCompletion.js';
import { failed } from './failure.js';

export interface StreamChunk {
  kind: 'chunk';
  /** Null in the chunk that carries only the usage. */
  choice: StreamChoice | null;
  hasContent: boolean;
  tokens: TokenUsage | null;
}

export function parseStreamChunk(data: string): StreamChunk | UpstreamFailure {
  let chunk: unknown;
  try {
    chunk = JSON.parse(data);
  } catch {
    return failed('malformed');
  }
  if (!isRecord(chunk)) return failed('malformed');
  if (isPresent(chunk.error)) return failed('error_in_stream');
  const choice = listOf(chunk.choices)[0];
  const tokens = isPresent(chunk.usage) ? readUsage(chunk.usage) : null;
  if (!isRecord(choice)) return { kind: 'chunk', choice: null, hasContent: false, tokens };
  if (isPresent(choice.error) || choice.finish_reason === 'error') return failed('error_in_stream');
  const delta = isRecord(choice.delta) ? choice.delta : {};
  const read: StreamChoice = {
    index: 0,
    delta,
    finish_reason: textOf(choice.finish_reason) ?? null,
  };
  if (isPresent(choice.logprobs)) read.logprobs = choice.logprobs;
  return { kind: 'chunk', choice: read, hasContent: hasContent(delta), tokens };
}

function hasContent({ content, reasoning, refusal, tool_calls, images, audio }: Fields): boolean {
  if (isText(content) || isText(reasoning) || isText(refusal)) return true;
  if (listOf(tool_calls).length > 0 || listOf(images).length > 0) return true;
  return isRecord(audio) && (isText(audio.data) || isText(audio.transcript));
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}
