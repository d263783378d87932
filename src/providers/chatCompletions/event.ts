// Reads the events of one stream (`chat.completion.chunk`). It ignores what it does not know, as answer.ts does.

import { failed, type StreamChoice, type UpstreamFailure } from '../../domain/chat.js';
import { readTokens } from '../../domain/tokens.js';
import { isPresent, isRecord, listOf, recordOf, textOf } from '../../domain/unknownJson.js';
import type { RefusedInside } from '../failure.js';
import type { EventReader, SentEvent, StreamChunk, StreamDone } from '../port.js';
import { firstOf, indexOf, readBeside, readContent } from './answer.js';
import { errorOf, refusedInside } from './refusal.js';
import { TextChunks } from './textChunks.js';
import { StreamedToolCalls } from './toolCalls.js';

const DONE = '[DONE]';

/** What is known of a stream while it is read. */
interface Begun {
  toolCalls: StreamedToolCalls;
  hasDelta: boolean;
  /** The index of the choice that is read. */
  choiceIndex: unknown;
}

export function startReading(): EventReader {
  const begun: Begun = {
    toolCalls: new StreamedToolCalls(),
    hasDelta: false,
    choiceIndex: undefined,
  };
  const texts = new TextChunks();
  return {
    read(event) {
      const { data } = event;
      if (data === DONE) return doneWith(begun);
      const text = texts.read(data);
      if (text) return text;
      const said = readChunk(event, begun);
      begun.hasDelta ||= said.kind === 'chunk' && said.choice !== null;
      if (said.kind !== 'chunk' || said.tokens || !said.choice) return said;
      return texts.textOf(data, said.choice) ?? said;
    },
    readTexts: events => texts.readAll(events),
  };
}

const isText = (value: unknown) => value === null || typeof value === 'string';
const isList = (value: unknown) => value === null || Array.isArray(value);
const isAnything = () => true;
/** What has another form is left out, as from a whole reply. */
const FORMS = new Map<string, (value: unknown) => boolean>([
  ['refusal', isText],
  ['reasoning', isText],
  ['reasoning_content', isText],
  ['tool_calls', isList],
  ['images', isList],
  ['audio', value => value === null || isRecord(value)],
]);

function doneWith({ toolCalls }: Begun): StreamDone {
  const missing = toolCalls.missing();
  if (missing.length === 0) return { kind: 'done' };
  return {
    kind: 'done',
    missing: { index: 0, delta: { tool_calls: missing }, finish_reason: null },
  };
}

function readChunk(
  { event, data }: SentEvent,
  begun: Begun,
): StreamChunk | StreamDone | RefusedInside | UpstreamFailure {
  let chunk: unknown;
  try {
    chunk = JSON.parse(data);
  } catch {
    return data.trim() === DONE ? doneWith(begun) : failed('malformed');
  }
  if (!isRecord(chunk)) return failed('malformed');
  const error = errorOf(chunk) ?? (event === 'error' ? chunk : undefined);
  if (error !== undefined) return refusedInside(error);
  const choice = choiceOf(chunk, begun);
  const tokens = isPresent(chunk.usage) ? readTokens(chunk.usage) : null;
  if (!isRecord(choice)) return withBeside({ kind: 'chunk', choice: null, tokens }, chunk);
  if (isPresent(choice.error)) return refusedInside(choice.error);
  if (choice.finish_reason === 'error') return failed('error_in_stream');
  // Some upstreams send the whole message as one chunk. After chunks it would repeat them.
  const delta = recordOf(choice.delta ?? (begun.hasDelta ? undefined : choice.message));
  const content = readContent(delta.content);
  if (content === undefined) return failed('malformed');
  if (Array.isArray(delta.content)) delta.content = content;
  for (const name in delta) {
    const isInForm = FORMS.get(name) ?? isAnything;
    if (!isInForm(delta[name])) delta[name] = undefined;
  }
  if (Array.isArray(delta.tool_calls)) {
    const told = begun.toolCalls.read(delta.tool_calls);
    delta.tool_calls = told.length > 0 ? told : undefined;
  }
  const read: StreamChoice = {
    index: 0,
    delta,
    finish_reason: textOf(choice.finish_reason) || null,
  };
  if (isPresent(choice.logprobs)) read.logprobs = choice.logprobs;
  const said: StreamChunk = { kind: 'chunk', choice: read, tokens };
  return read.finish_reason === null ? said : withBeside(said, chunk);
}

function choiceOf(chunk: Record<string, unknown>, begun: Begun): unknown {
  const choices = listOf(chunk.choices);
  if (choices.length === 0) return undefined;
  begun.choiceIndex ??= indexOf(firstOf(choices));
  return choices.find(choice => indexOf(choice) === begun.choiceIndex);
}

/** Takes these fields only from the last chunks, because the others repeat them. */
function withBeside(said: StreamChunk, chunk: Record<string, unknown>): StreamChunk {
  const beside = readBeside(chunk);
  if (beside) said.beside = beside;
  return said;
}
