// Reads one event of a stream (protocol: chat.completion.chunk). As lenient as with a whole answer.

import type { StreamChoice, UpstreamFailure } from '../../domain/chat.js';
import { failed } from '../failure.js';
import { isPresent, isRecord, listOf, textOf } from '../fields.js';
import type { SentEvent, StreamChunk, StreamDone } from '../port.js';
import { readUsage } from './answer.js';

const DONE: StreamDone = { kind: 'done' };

export function readEvent({ data }: SentEvent): StreamChunk | StreamDone | UpstreamFailure {
  if (data === '[DONE]') return DONE;
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
  if (!isRecord(choice)) return { kind: 'chunk', choice: null, tokens };
  if (isPresent(choice.error) || choice.finish_reason === 'error') return failed('error_in_stream');
  const delta = isRecord(choice.delta) ? choice.delta : {};
  const read: StreamChoice = {
    index: 0,
    delta,
    finish_reason: textOf(choice.finish_reason) ?? null,
  };
  if (isPresent(choice.logprobs)) read.logprobs = choice.logprobs;
  return { kind: 'chunk', choice: read, tokens };
}
