// Reads the events of one stream (`chat.completion.chunk`). It ignores what it does not know, as answer.ts does.

import { failed, type StreamChoice, type UpstreamFailure } from '../../domain/chat.js';
import { readTokens } from '../../domain/tokens.js';
import { isPresent, isRecord, listOf, recordOf, textOf } from '../../domain/unknownJson.js';
import type { RefusedInside } from '../failure.js';
import type { EventReader, StreamChunk, StreamDone } from '../port.js';
import { readBeside, readContent } from './answer.js';
import { refusedInside } from './refusal.js';
import { TextChunks } from './textChunks.js';
import { StreamedToolCalls } from './toolCalls.js';

const DONE: StreamDone = { kind: 'done' };

export function startReading(): EventReader {
  const toolCalls = new StreamedToolCalls();
  const texts = new TextChunks();
  let hasDelta = false;
  return {
    read({ data }) {
      if (data === '[DONE]') return DONE;
      const text = texts.read(data);
      if (text) return text;
      const said = readChunk(data, toolCalls, hasDelta);
      hasDelta ||= said.kind === 'chunk' && said.choice !== null;
      if (said.kind !== 'chunk' || said.tokens || !said.choice) return said;
      return texts.textOf(data, said.choice) ?? said;
    },
    readTexts: events => texts.readAll(events),
  };
}

function readChunk(
  data: string,
  toolCalls: StreamedToolCalls,
  hasDelta: boolean,
): StreamChunk | RefusedInside | UpstreamFailure {
  let chunk: unknown;
  try {
    chunk = JSON.parse(data);
  } catch {
    return failed('malformed');
  }
  if (!isRecord(chunk)) return failed('malformed');
  if (isPresent(chunk.error)) return refusedInside(chunk.error);
  const choice = listOf(chunk.choices)[0];
  const tokens = isPresent(chunk.usage) ? readTokens(chunk.usage) : null;
  if (!isRecord(choice)) return withBeside({ kind: 'chunk', choice: null, tokens }, chunk);
  if (isPresent(choice.error)) return refusedInside(choice.error);
  if (choice.finish_reason === 'error') return failed('error_in_stream');
  // Some upstreams send the whole message as one chunk. After chunks it would repeat them.
  const delta = recordOf(choice.delta ?? (hasDelta ? undefined : choice.message));
  if (Array.isArray(delta.content)) delta.content = readContent(delta.content);
  if (Array.isArray(delta.tool_calls)) delta.tool_calls = toolCalls.read(delta.tool_calls);
  const read: StreamChoice = {
    index: 0,
    delta,
    finish_reason: textOf(choice.finish_reason) ?? null,
  };
  if (isPresent(choice.logprobs)) read.logprobs = choice.logprobs;
  const said: StreamChunk = { kind: 'chunk', choice: read, tokens };
  return read.finish_reason === null ? said : withBeside(said, chunk);
}

/** Takes these fields only from the last chunks, because the others repeat them. */
function withBeside(said: StreamChunk, chunk: Record<string, unknown>): StreamChunk {
  const beside = readBeside(chunk);
  if (beside) said.beside = beside;
  return said;
}
