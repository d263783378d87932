// Whatever stands at any place of a request or of an answer: a request is read or refused, an answer is an answer or a
// failure, and nothing is thrown.

import { expect, test } from '@jest/globals';
import { embeddings } from '../../src/dialects/media/embeddings.js';
import { imageGenerations } from '../../src/dialects/media/images.js';
import { messages } from '../../src/dialects/messages/index.js';
import { myaihub } from '../../src/dialects/myaihubStream.js';
import { openai } from '../../src/dialects/openai/index.js';
import { responses } from '../../src/dialects/responses/index.js';
import { FoldedStream } from '../../src/domain/foldStream.js';
import { WIRES } from '../../src/providers/index.js';
import { NativeStreamReader } from '../../src/providers/nativeStreamReader.js';
import { StreamReader } from '../../src/providers/streamReader.js';
import { ID, type Json, model, usage } from './streamedNatives.js';

/** Objects with `toString` cannot become a text, nor those with `valueOf` a number. */
const ODD: Json[] = [
  null,
  true,
  -1,
  4e9,
  '',
  'constructor',
  '__proto__',
  [],
  [null],
  [[]],
  {},
  { length: 3 },
  { toString: 1 },
  { toString: null, valueOf: 1 },
  [{ toString: 1 }],
];

/** The value with each odd one in each of its places, one at a time. */
function* oddOnes(value: Json): Generator<Json> {
  for (const path of pathsIn(value)) {
    for (const odd of ODD) {
      const copy = structuredClone(value);
      const holder = path.slice(0, -1).reduce((at, name) => at[name], copy);
      holder[path.at(-1) as string] = structuredClone(odd);
      yield copy;
    }
  }
}

function pathsIn(value: Json): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value).flatMap(name => [
    [name],
    ...pathsIn(value[name]).map(path => [name, ...path]),
  ]);
}

const user = { role: 'user', content: 'x' };
const CHAT = {
  model: 'm',
  stream: true,
  messages: [
    {
      role: 'user',
      content: [{ type: 'image_url', image_url: { url: 'https://a/b', detail: 'low' } }],
    },
    {
      role: 'assistant',
      tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
    },
    { role: 'tool', tool_call_id: 'c', content: 'x' },
  ],
  tools: [{ type: 'function', function: { name: 'f' }, cache_control: { type: 'ephemeral' } }],
  tool_choice: { type: 'function', function: { name: 'f' } },
  response_format: { type: 'json_schema', json_schema: { name: 'a' } },
  reasoning: { effort: 'low' },
  logit_bias: { 5: 1 },
  stop: ['a'],
};
const RESPONSE = {
  model: 'm',
  previous_response_id: 'resp_1',
  input: [
    { role: 'user', content: [{ type: 'input_text', text: 'x' }] },
    { type: 'function_call_output', call_id: 'c', output: [{ type: 'input_text', text: 'x' }] },
    { type: 'item_reference', id: 'x' },
    { type: 'additional_tools', tools: [{ type: 'web_search' }] },
    { type: 'tool_search_output', tools: [{ type: 'function', name: 'g' }] },
  ],
  tools: [{ type: 'namespace', name: 'n', tools: [{ type: 'mcp' }] }, { type: 'web_search' }],
  tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'f' }] },
  include: ['x'],
  reasoning: { effort: 'low', mode: 'pro' },
  metadata: { a: 'b' },
};
const MESSAGE = {
  model: 'm',
  max_tokens: 9,
  system: [{ type: 'text', text: 's' }],
  messages: [
    { role: 'user', content: [{ type: 'image', source: { type: 'base64', data: 'AAAA' } }] },
    { role: 'user', content: [{ type: 'document', source: { type: 'content', content: [] } }] },
  ],
  tools: [{ name: 'f' }, { type: 'web_search_1', name: 'w' }, { type: 'tool_search_tool_1' }],
  tool_choice: { type: 'tool', name: 'w' },
  output_config: { effort: 'low', other: 1 },
  metadata: { user_id: 'u' },
};
const HEADERS = { 'anthropic-beta': 'a, constructor' };

test.each<[string, Json, object]>([
  ['a chat', openai, CHAT],
  ['chat_v3', myaihub, { api_key: 'k', model: 'm', prompt: 'p', messages: [user], user: 'u' }],
  ['Responses', responses, RESPONSE],
  ['Messages', messages, MESSAGE],
  ['embeddings', embeddings, { model: 'm', input: ['a'], encoding_format: 'float' }],
  ['images', imageGenerations, { model: 'm', prompt: 'p', n: 2, size: '1024x1024' }],
])('in a request: %s', (_name, dialect, body) => {
  for (const odd of oddOnes(body)) {
    dialect.ignored?.(odd, HEADERS);
    const read = dialect.parse(odd, 'key', HEADERS);
    expect('kind' in read ? read.kind : 'read').toMatch(/^(refusal|read)$/);
  }
});

const noRefusal = () => ({ kind: 'failure', code: 'upstream_failed', reason: 'refused' }) as const;
const replyOf = (answer: Json) =>
  ({ id: ID, asked: 'm', language: 'en', answer, model, usage, charged: 1 }) as const;

/** Reads events, writes them for each of these dialects, and puts them together as for who wants no stream. */
function readStream(
  reader: Json,
  dialects: Json[],
  events: object[],
  fold: (heard: Json[]) => Json,
) {
  const writers = dialects.map(dialect => dialect.openStream({ model: 'm' }, ID));
  const heard: Json[] = [];
  for (const event of events) {
    reader.feed(Buffer.from(`data: ${JSON.stringify(event)}\n\n`));
    const piece = reader.takePiece();
    if (!piece) continue;
    heard.push(piece);
    for (const writer of writers) writer.piece(structuredClone(piece), model);
  }
  reader.endOfReply();
  if (reader.end.kind !== 'end') return;
  for (const writer of writers) writer.end(structuredClone(reader.end), model, usage, 1);
  const folded = fold([...heard, reader.end]);
  if (folded?.kind !== 'answer') return;
  for (const dialect of dialects) JSON.stringify(dialect.renderReply(replyOf(folded)));
}

test('in the stream of a chat', () => {
  const chunk = (delta: object, more: object = {}) => ({
    choices: [{ index: 0, delta, finish_reason: null, ...more }],
  });
  const call = { index: 0, id: 'c', function: { name: 'f', arguments: '{}' } };
  const events = [
    chunk({
      role: 'assistant',
      content: 'a',
      reasoning_details: [{ type: 'a', text: 'b', index: 0 }],
    }),
    chunk({ reasoning_details: [{ type: 'a', text: 'b', index: 0 }] }),
    chunk({ images: [{ image_url: { url: 'data:x' } }] }, { logprobs: { content: [{}] } }),
    chunk({ tool_calls: [call] }, { finish_reason: 'tool_calls' }),
    { choices: [], usage: { prompt_tokens: 1, completion_tokens: 2, cost: 1 } },
  ];
  for (const odd of oddOnes(events)) {
    const reader = new StreamReader(WIRES.openrouter.chat.startReading(), noRefusal);
    readStream(reader, [openai, myaihub], odd, heard => {
      const folded = new FoldedStream();
      for (const piece of heard.slice(0, -1)) folded.add(piece);
      return folded.answer(heard.at(-1));
    });
  }
});

const THOUGHT = { type: 'thinking', thinking: 'a', signature: 's' };
const CALL = { type: 'tool_use', id: 't', name: 'f', input: { a: 1 } };
const ITEM = { id: 'm', type: 'message', content: [{ type: 'output_text', text: 'b' }] };
const ARGUMENTS = { id: 'f', type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' };
const COUNTED = { input_tokens: 1, output_tokens: 2 };
const at = { item_id: 'm', output_index: 0, content_index: 0 };

test.each<[string, Json, Json, object, object[]]>([
  [
    'Messages',
    messages,
    { model: 'm', max_tokens: 9, messages: [user] },
    { content: [THOUGHT, CALL], stop_reason: 'tool_use', usage: COUNTED },
    [
      { type: 'message_start', message: { content: [], usage: COUNTED } },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'b' } },
      { type: 'content_block_start', index: 1, content_block: CALL },
      {
        type: 'content_block_delta',
        index: 1,
        delta: { type: 'input_json_delta', partial_json: '{}' },
      },
      { type: 'content_block_stop', index: 1 },
      { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: COUNTED },
      { type: 'message_stop' },
    ],
  ],
  [
    'Responses',
    responses,
    { model: 'm', input: 'x' },
    { status: 'completed', output: [ITEM, ARGUMENTS], usage: COUNTED },
    [
      { type: 'response.output_item.added', output_index: 0, item: { ...ITEM, content: [] } },
      { type: 'response.content_part.added', ...at, part: { type: 'output_text', text: '' } },
      { type: 'response.output_text.delta', ...at, delta: 'b' },
      { type: 'response.output_item.done', output_index: 0, item: ITEM },
      { type: 'response.output_item.done', output_index: 1, item: ARGUMENTS },
      { type: 'response.completed', response: { output: [ITEM, ARGUMENTS], usage: COUNTED } },
    ],
  ],
  [
    'embeddings',
    embeddings,
    { model: 'm', input: ['a', 'b'], encoding_format: 'base64' },
    {
      data: [
        { index: 0, embedding: [0.5] },
        { index: 1, embedding: 'AAAAAA==' },
      ],
    },
    [],
  ],
])('in an answer in the form of %s', (_name, dialect, body, whole, events) => {
  const { native } = dialect.parse(body, 'key', {});
  for (const odd of oddOnes(whole)) {
    const answer = native.readAnswer(odd, ID);
    expect(answer.kind).toMatch(/^(answer|failure|refused)$/);
    if (answer.kind === 'answer') JSON.stringify(dialect.renderReply(replyOf(answer)));
  }
  for (const odd of oddOnes(events)) {
    const reader = new NativeStreamReader(native.startReading(ID), noRefusal);
    readStream(reader, [dialect], odd, heard => {
      const all = heard.flatMap(({ events }) => events);
      return native.fold?.(all, heard.at(-1).tokens);
    });
  }
});
