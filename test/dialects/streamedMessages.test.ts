// For every answer in the form of Messages, a stream that a client joined is equal to the whole reply, whatever of it a
// provider leaves out. STREAMS=5000 makes a long run; test/providers/wholeAndStreamed.test.ts has chats.

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { messages } from '../../src/dialects/messages/index.js';
import {
  args,
  filled,
  type Json,
  type Manners,
  manners,
  name,
  piecesOf,
  SEED,
  SETTINGS,
  STREAMS,
  text,
  told,
} from './streamedNatives.js';

const block = fc.oneof(
  fc.record({ type: fc.constant('text'), text }),
  fc.record({ type: fc.constant('thinking'), thinking: text, signature: filled }),
  fc.record({ type: fc.constant('redacted_thinking'), data: filled }),
  fc.record({ type: fc.constant('tool_use'), id: fc.constant('toolu_told'), name, input: args }),
);
const message = fc.record({
  content: fc.array(block, { maxLength: 4 }),
  stop_reason: fc.constantFrom('end_turn', 'max_tokens', 'tool_use', null),
  output_tokens: fc.nat(9),
});
type Message = typeof message extends fc.Arbitrary<infer Value> ? Value : never;

const EMPTY: Json = {
  text: { text: '' },
  thinking: { thinking: '', signature: '' },
  tool_use: { input: {} },
};

function messageEvents({ content, stop_reason, output_tokens }: Message, how: Manners): Json[] {
  const { leftOut, hasIds, piece, numbering, isEndSilent } = how;
  // Without numbers, a block is only known by its beginning.
  const isNumbered = numbering === 'right' || numbering === 'from 1';
  const at = (index: number) =>
    isNumbered ? { index: index + (numbering === 'from 1' ? 1 : 0) } : {};
  const blocks = content.flatMap((said: Json, index) => {
    const deltas = {
      text: () => piecesOf(said.text, piece).map(text => ({ type: 'text_delta', text })),
      thinking: () => [
        ...piecesOf(said.thinking, piece).map(thinking => ({ type: 'thinking_delta', thinking })),
        { type: 'signature_delta', signature: said.signature },
      ],
      redacted_thinking: () => [],
      tool_use: () =>
        isEndSilent
          ? []
          : piecesOf(JSON.stringify(said.input), piece).map(partial_json => ({
              type: 'input_json_delta',
              partial_json,
            })),
    }[said.type as 'text']();
    // The input of a call may also come with its beginning.
    const begun = said.type === 'tool_use' && isEndSilent ? said : { ...said, ...EMPTY[said.type] };
    const isBegun = !isNumbered || !leftOut.includes(0) || !/^t(ext|hinking)$/.test(said.type);
    return [
      ...(isBegun ? [{ type: 'content_block_start', ...at(index), content_block: begun }] : []),
      ...(how.pings ? [{ type: 'ping' }] : []),
      ...deltas.map(delta => ({ type: 'content_block_delta', ...at(index), delta })),
      ...(leftOut.includes(1) ? [] : [{ type: 'content_block_stop', ...at(index) }]),
    ];
  });
  const id = hasIds ? { id: 'msg_told' } : {};
  const start = { ...id, type: 'message', role: 'assistant', content: [], model: 'x' };
  return [
    { type: 'message_start', message: { ...start, usage: { input_tokens: 3, output_tokens: 0 } } },
    ...blocks,
    { type: 'message_delta', delta: { stop_reason }, usage: { output_tokens } },
    { type: 'message_stop' },
  ];
}

/** As Anthropic's SDK joins a stream. */
function joinMessage(events: Json[]): Json {
  const joined: Json = { content: [] };
  const inputs: string[] = [];
  for (const event of events) {
    const { type, index, delta, content_block } = event;
    if (type === 'message_start') Object.assign(joined, event.message);
    if (type === 'content_block_start') {
      expect(index).toBe(joined.content.length);
      joined.content.push(content_block);
    }
    const open = joined.content[index];
    if (delta?.type === 'text_delta') open.text += delta.text;
    if (delta?.type === 'thinking_delta') open.thinking += delta.thinking;
    if (delta?.type === 'signature_delta') open.signature = delta.signature;
    if (delta?.type === 'input_json_delta') {
      inputs[index] = (inputs[index] ?? '') + delta.partial_json;
    }
    if (type === 'content_block_stop' && inputs[index]) open.input = JSON.parse(inputs[index]);
    if (type === 'message_delta') Object.assign(joined, delta);
  }
  return joined;
}

test(`${STREAMS} random messages (seed ${SEED})`, () => {
  fc.assert(
    fc.property(message, manners, (said, how) => {
      const content = said.content.map((one: Json) =>
        one.type === 'tool_use' && !how.hasIds ? { ...one, id: undefined } : one,
      );
      const { stop_reason, output_tokens } = said;
      const counted = { input_tokens: 3, output_tokens };
      const body = { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'x' }] };
      const whole = { content, stop_reason, usage: counted };
      const heard = told(
        messages,
        body,
        whole,
        messageEvents({ ...said, content }, how),
        how.bytes,
      );
      if (!heard) return;
      const joined = joinMessage(heard.events);
      // A text that says nothing has no beginning if its provider gives it none.
      const isSaid = (one: Json) => one.type !== 'text' || one.text !== '';
      expect(joined.content.filter(isSaid)).toEqual(
        heard.reply.content.filter(isSaid).map((one: Json, at: number) => {
          const { id } = joined.content.filter(isSaid)[at] ?? {};
          return one.type === 'tool_use' && !how.hasIds ? { ...one, id } : one;
        }),
      );
      expect(joined.stop_reason).toBe(heard.reply.stop_reason);
    }),
    SETTINGS,
  );
});
