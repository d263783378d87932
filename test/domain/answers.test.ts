// What an upstream says that an answer took, and a stream put together to one answer.

import { describe, expect, test } from '@jest/globals';
import type { ChatRequest, StreamChoice, StreamEnd } from '../../src/domain/chat.js';
import { FoldedStream } from '../../src/domain/foldStream.js';
import type { NativeRequest } from '../../src/domain/native.js';
import { countOf, readTokens } from '../../src/domain/tokens.js';
import { bringsToolResults } from '../../src/domain/turn.js';

describe('the tokens of an answer', () => {
  const counted = { promptTokens: 3, completionTokens: 4, costMicrousd: null };
  const details = { cached_tokens: 1 };
  test.each<[string, unknown, object | null]>([
    ['of a chat', { prompt_tokens: 3, completion_tokens: 4 }, counted],
    ['in the names of Responses', { input_tokens: 3, output_tokens: 4 }, counted],
    [
      'with their details',
      { prompt_tokens: 3, completion_tokens: 4, prompt_tokens_details: details },
      { ...counted, details: { prompt_tokens_details: details } },
    ],
    [
      'with those of Responses under the names of a chat',
      {
        input_tokens: 3,
        output_tokens: 4,
        input_tokens_details: details,
        output_tokens_details: details,
      },
      {
        ...counted,
        details: { prompt_tokens_details: details, completion_tokens_details: details },
      },
    ],
    [
      'without details that are none',
      {
        prompt_tokens: 3,
        completion_tokens: 4,
        prompt_tokens_details: 7,
        completion_tokens_details: null,
      },
      counted,
    ],
    [
      'with their cost, and the decimal that was written',
      { prompt_tokens: 3, completion_tokens: 4, cost: 0.0000015 },
      { ...counted, costMicrousd: 2, costDollars: '0.0000015' },
    ],
    [
      'without a cost that is none',
      { prompt_tokens: 3, completion_tokens: 4, cost: '0.1' },
      counted,
    ],
    ['without a cost below nothing', { prompt_tokens: 3, completion_tokens: 4, cost: -1 }, counted],
    ['of the answer alone', { completion_tokens: 4 }, { ...counted, promptTokens: 0 }],
    ['of the prompt alone', { prompt_tokens: 3 }, { ...counted, completionTokens: 0 }],
    [
      'that were free',
      { prompt_tokens: 0, completion_tokens: 0, cost: 0 },
      { promptTokens: 0, completionTokens: 0, costMicrousd: 0, costDollars: '0' },
    ],
    ['that nobody counted', { prompt_tokens: 0, completion_tokens: 0 }, null],
    ['that are none', 'many', null],
    ['that are not there', null, null],
  ])('%s', (_name, usage, tokens) => {
    const read = readTokens(usage);
    expect(read).toEqual(tokens);
    expect(Object.keys(read ?? {}).sort()).toEqual(Object.keys(tokens ?? {}).sort());
  });

  test.each([
    [7, 7],
    [0, 0],
    [2 ** 31 - 1, 2 ** 31 - 1],
    [2 ** 31, 0],
    [-1, 0],
    [1.5, 0],
    ['7', 0],
    [null, 0],
  ])('%p is a count of %p, which the records can keep', (value, count) => {
    expect(countOf(value)).toBe(count);
  });
});

describe('a stream put together', () => {
  const choiceOf = (delta: object, more: Partial<StreamChoice> = {}): StreamChoice => ({
    index: 0,
    delta: delta as Record<string, unknown>,
    finish_reason: null,
    ...more,
  });
  const folded = (deltas: object[], last: Partial<StreamChoice> = {}, end: object = {}) => {
    const stream = new FoldedStream();
    for (const delta of deltas) {
      stream.add({ kind: 'piece', choices: [choiceOf(delta)], hasContent: true });
    }
    const lastChoice = choiceOf({}, { finish_reason: 'stop', ...last });
    return stream.answer({ kind: 'end', lastChoice, tokens: null, ...end } as StreamEnd);
  };
  const call = (more: object) => ({ tool_calls: [more] });

  test.each<[string, object[], object]>([
    ['without anything', [], { content: null }],
    ['of a text', [{ role: 'assistant', content: 'a' }, { content: 'b' }], { content: 'ab' }],
    ['of what is no text', [{ content: 'a' }, { content: 7 }, { content: null }], { content: 'a' }],
    ['of an empty text', [{ content: '' }], { content: '' }],
    [
      'of what is not there',
      [
        { content: null, reasoning: null, other: null },
        { content: undefined, reasoning: undefined, other: undefined },
      ],
      { content: null },
    ],
    [
      'of thoughts and a refusal, each by itself',
      [
        { reasoning: 'a', refusal: 'x' },
        { reasoning: 'b', reasoning_content: 'c', refusal: 'y' },
        { reasoning_content: 'd', reasoning: null },
      ],
      { content: null, reasoning: 'ab', reasoning_content: 'cd', refusal: 'xy' },
    ],
    [
      'of images and annotations, each added to those before',
      [{ images: [1], annotations: [7] }, { images: [2, 3] }, { annotations: [8] }],
      { content: null, images: [1, 2, 3], annotations: [7, 8] },
    ],
    [
      'of what else it has, as it was last',
      [{ other: 1 }, { other: 2 }],
      { content: null, other: 2 },
    ],
    ['of a list that is none, as it is', [{ images: 'x' }], { content: null, images: 'x' }],
    [
      'of a call, whose name and arguments come in parts',
      [
        call({ index: 0, id: 'c', type: 'function', function: { name: 'f', arguments: '{"a"' } }),
        call({ index: 0, id: null, function: { arguments: ':1}' } }),
      ],
      {
        content: null,
        tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
      },
    ],
    [
      'of a call that says later what it is, and its name once',
      [
        call({ index: 0 }),
        call({ index: 0, id: 'c', function: { name: 'f' } }),
        call({ index: 0, function: { name: 'g' } }),
      ],
      {
        content: null,
        tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '' } }],
      },
    ],
    [
      'of calls in their order, and those without a number behind them',
      [
        call({ index: 1, id: 'b', function: { name: 'b', arguments: '1' } }),
        call({ index: 0, id: 'a', function: { name: 'a', arguments: '0' } }),
        call({ id: 'c', extra_content: { d: 1 }, function: { name: 'c', arguments: '2' } }),
      ],
      {
        content: null,
        tool_calls: [
          { id: 'a', type: 'function', function: { name: 'a', arguments: '0' } },
          { id: 'b', type: 'function', function: { name: 'b', arguments: '1' } },
          {
            id: 'c',
            type: 'function',
            extra_content: { d: 1 },
            function: { name: 'c', arguments: '2' },
          },
        ],
      },
    ],
    [
      'of calls without numbers and ids, each by itself',
      [call({ function: { name: 'f' } }), call({ function: { name: 'g' } })],
      {
        content: null,
        tool_calls: ['f', 'g'].map(name => ({
          id: '',
          type: 'function',
          function: { name, arguments: '' },
        })),
      },
    ],
    ['of calls that are none', [call(7 as never), { tool_calls: 'x' }], { content: null }],
    [
      'of thoughts in detail, whose texts come in parts and whose signature comes last',
      [
        { reasoning_details: [{ type: 't', index: 0, text: 'a', signature: null }] },
        { reasoning_details: [{ type: 't', index: 0, text: 'b', summary: 's', data: 'd' }, 7] },
        { reasoning_details: [{ type: 't', index: 0, signature: 'z', text: null, format: 'f' }] },
        { reasoning_details: [{ type: 't', index: 0, format: null, summary: 's', data: 'd' }] },
      ],
      {
        content: null,
        reasoning_details: [
          {
            type: 't',
            index: 0,
            text: 'ab',
            signature: 'z',
            summary: 'ss',
            data: 'dd',
            format: 'f',
          },
        ],
      },
    ],
    [
      'of several thoughts in detail, each by itself',
      [
        { reasoning_details: [{ type: 't', index: 0, text: 'a' }] },
        { reasoning_details: [{ type: 't', index: 1, text: 'b' }] },
        { reasoning_details: [{ type: 'u', index: 0, text: 'c' }] },
        { reasoning_details: [{ type: 't', text: 'd' }] },
        { reasoning_details: [{ type: 't', text: 'e' }] },
      ],
      {
        content: null,
        reasoning_details: [
          { type: 't', index: 0, text: 'a' },
          { type: 't', index: 1, text: 'b' },
          { type: 'u', index: 0, text: 'c' },
          { type: 't', text: 'd' },
          { type: 't', text: 'e' },
        ],
      },
    ],
    ['of a voice alone', [{ audio: { data: 'AA' } }], { content: null, audio: { data: 'AA' } }],
    [
      'of what a voice says alone',
      [{ audio: { transcript: 'a' } }],
      { content: null, audio: { transcript: 'a' } },
    ],
    [
      'of a voice and what it says',
      [
        { audio: { id: 'v', transcript: 'a' } },
        { audio: { data: 'AA', transcript: 'b' } },
        { audio: { data: 'BB', expires_at: 9 } },
        { audio: 'x' },
      ],
      { content: null, audio: { id: 'v', transcript: 'ab', data: 'AABB', expires_at: 9 } },
    ],
  ])('%s', (_name, deltas, message) => {
    expect(folded(deltas)).toStrictEqual({
      kind: 'answer',
      message: { role: 'assistant', ...message },
      finishReason: 'stop',
      tokens: null,
    });
  });

  test('has what its end says, and the last words in it', () => {
    const tokens = { promptTokens: 1, completionTokens: 2, costMicrousd: null };
    const last = { delta: { content: 'b' }, finish_reason: 'length' };
    const beside = { citations: ['c'] };
    expect(folded([{ content: 'a' }], last, { tokens, beside })).toEqual({
      kind: 'answer',
      message: { role: 'assistant', content: 'ab' },
      finishReason: 'length',
      tokens,
      beside,
    });
    expect(folded([], { finish_reason: null }).finishReason).toBe('stop');
  });

  test('has the likelihood of each token, in lists of their kinds', () => {
    const stream = new FoldedStream();
    for (const logprobs of [{ content: [1], refusal: null }, { content: [2] }, 'x', undefined]) {
      const choice = choiceOf({}, { logprobs });
      stream.add({ kind: 'piece', choices: [choice, choice], hasContent: true });
    }
    const lastChoice = choiceOf({}, { logprobs: { refusal: [3] } });
    const answer = stream.answer({ kind: 'end', lastChoice, tokens: null });
    expect(answer.logprobs).toEqual({ content: [1, 1, 2, 2], refusal: [3] });
    expect(folded([])).not.toHaveProperty('logprobs');
  });
});

describe('a turn goes on', () => {
  const chat = (...roles: string[]) =>
    ({ messages: roles.map(role => ({ role, content: null })) }) as ChatRequest;
  const native = (bringsResults?: boolean) =>
    ({ native: {}, needs: { bringsToolResults: bringsResults } }) as unknown as NativeRequest;
  test.each([
    ['with the result of a tool', chat('user', 'assistant', 'tool'), true],
    ['not with a question after it', chat('user', 'assistant', 'tool', 'user'), false],
    ['not without messages', chat(), false],
    ['where a call that is passed on brings one', native(true), true],
    ['not where it brings none', native(false), false],
    ['not where it does not say', native(), false],
  ])('%s', (_name, request, isOn) => {
    expect(bringsToolResults(request)).toBe(isOn);
  });
});
