import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { microdollarsOf } from '../../../src/domain/microdollars.js';
import { answerOf } from '../../../src/providers/content.js';
import { openai } from '../../../src/providers/openai/wire.js';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);

function read(body: unknown) {
  const answer = openai.chat.readAnswer(body);
  return answer.kind === 'answer' ? answerOf(answer) : answer;
}

function bodyWith(message: object, choice: object = {}) {
  return { choices: [{ index: 0, finish_reason: 'stop', message, ...choice }] };
}

function reasonOf(body: unknown) {
  const result = read(body);
  if (result.kind === 'refused') return `refused ${result.status}`;
  return result.kind === 'failure' ? `${result.code} ${result.reason}` : result;
}

describe('an answer', () => {
  test('has its text, tokens and cost', () => {
    const usage = { prompt_tokens: 10, completion_tokens: 4, total_tokens: 14, cost: 0.0000125 };
    expect(read({ ...bodyWith({ content: 'Hello' }), usage })).toEqual({
      kind: 'answer',
      message: { role: 'assistant', content: 'Hello' },
      finishReason: 'stop',
      tokens: { promptTokens: 10, completionTokens: 4, costMicrousd: 13, costDollars: '0.0000125' },
    });
  });

  const toolCall = { id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } };
  const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } };
  test.each([
    ['text', { content: 'x' }],
    ['a space', { content: ' ' }],
    ['reasoning', { content: null, reasoning: 'x' }],
    ['a refusal', { content: null, refusal: 'No' }],
    ['a tool call', { content: null, tool_calls: [toolCall] }],
    ['an image', { content: '', images: [image] }],
    ['audio', { content: null, audio: { id: 'a', data: 'AAAA', transcript: 'x' } }],
  ])('with %s succeeds, whatever its finish reason', (_name, message) => {
    for (const finish_reason of ['length', 'content_filter', 'stop', null]) {
      const result = read(bodyWith(message, { finish_reason }));
      expect(result).toMatchObject({ kind: 'answer', message });
    }
  });

  test('accepts content in parts, arguments as an object, and log probabilities', () => {
    const parts = [{ type: 'text', text: 'a' }, { type: 'text', text: 'b' }, null];
    const tool_calls = [{ function: { name: 'f', arguments: { a: 1 } } }, null, { function: {} }];
    const logprobs = { content: [] };
    const body = bodyWith({ content: parts, tool_calls }, { finish_reason: null, logprobs });
    expect(read(body)).toMatchObject({
      message: {
        content: 'ab',
        tool_calls: [
          {
            id: expect.stringMatching(/^call_\w{32}$/),
            type: 'function',
            function: { name: 'f', arguments: '{"a":1}' },
          },
        ],
      },
      finishReason: 'tool_calls',
      logprobs,
      tokens: null,
    });
  });

  test.each([
    { prompt_tokens: -1, completion_tokens: 2 ** 31, cost: Number.POSITIVE_INFINITY },
    { prompt_tokens: '13', completion_tokens: '17' },
    { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
    {},
  ])('whose usage counts nothing (%j) was not counted', usage => {
    expect(read({ ...bodyWith({ content: 'x' }), usage })).toMatchObject({ tokens: null });
  });

  test.each([
    [{ input_tokens: 13, output_tokens: 17 }, 13, 17, null],
    [{ prompt_tokens: 13.5, completion_tokens: 17 }, 0, 17, null],
    [{ cost: 0 }, 0, 0, 0],
  ])('with the usage %j is counted', (usage, promptTokens, completionTokens, costMicrousd) => {
    const tokens = { promptTokens, completionTokens, costMicrousd };
    expect(read({ ...bodyWith({ content: 'x' }), usage })).toMatchObject({ tokens });
  });
});

describe('no answer', () => {
  const content = { content: 'x' };
  test.each([
    ['error_in_200', bodyWith(content, { finish_reason: 'error' })],
    ['empty', {}],
    ['empty', { choices: [] }],
    ['empty', { choices: null }],
    ['empty', bodyWith({ content: '' })],
    ['empty', bodyWith({ content: null })],
    ['empty', bodyWith({ content: [] })],
    ['empty', bodyWith({ content: null, tool_calls: [], images: [], audio: {}, reasoning: '' })],
    ['malformed', null],
    ['malformed', 7],
    ['malformed', []],
    ['malformed', { choices: {} }],
    ['malformed', { choices: [null] }],
    ['malformed', { choices: [{}] }],
    ['malformed', bodyWith({ content: 7 })],
  ])('%s: %j', (reason, body) => {
    expect(reasonOf(body)).toBe(`upstream_failed ${reason}`);
  });

  test.each([
    [429, { error: { code: 429, message: 'x' } }],
    [429, { error: { code: 'rate_limit_exceeded', message: 'x' } }],
    [400, { error: { type: 'invalid_request_error', message: 'x' } }],
    [502, bodyWith(content, { error: { code: 502 } })],
    [400, { object: 'error', message: 'x', type: 'BadRequestError', code: 400 }],
    [undefined, { ...bodyWith(content), error: 'text' }],
    [undefined, { error: { code: 7 } }],
  ])('an error that means %s: %j', (status, body) => {
    expect(reasonOf(body)).toBe(`refused ${status}`);
  });

  test('an absent error is none', () => {
    const body = { ...bodyWith(content, { error: null }), error: null };
    expect(read(body).kind).toBe('answer');
  });

  test(`any JSON gives a value, without an exception (seed ${SEED})`, () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (value, inner) => {
        const bodies = [value, { choices: [value] }, bodyWith({ content: value, audio: inner })];
        for (const body of [...bodies, bodyWith({ tool_calls: [value], images: [inner] })]) {
          expect(['answer', 'failure']).toContain(read(body).kind);
        }
      }),
      { seed: SEED },
    );
  });
});

describe(`cost in millionths of a dollar (seed ${SEED})`, () => {
  test.each([
    [0, 0],
    [1, 1_000_000],
    [0.000123, 123],
    [0.000249, 249],
    [4.35, 4_350_000],
    [0.0000001, 1],
    [1.5e-7, 1],
    [1e-300, 1],
    [1.0000001, 1_000_001],
    [123456.654321, 123_456_654_321],
    [-1, null],
    [-0, 0],
    [1e21, null],
    [Number.NaN, null],
    [Number.POSITIVE_INFINITY, null],
  ])('%d dollars are %p', (dollars, expected) => {
    expect(microdollarsOf(dollars)).toBe(expected);
  });

  test('a decimal of up to 6 places is exact', () => {
    fc.assert(
      fc.property(fc.nat({ max: 999_999_999_999 }), micro => {
        const digits = String(micro).padStart(7, '0');
        const dollars = Number(`${digits.slice(0, -6)}.${digits.slice(-6)}`);
        expect(microdollarsOf(dollars)).toBe(micro);
      }),
      { seed: SEED },
    );
  });

  test('any finer decimal is rounded up, by less than one', () => {
    fc.assert(
      fc.property(fc.nat({ max: 999_999 }), fc.integer({ min: 1, max: 999_999 }), (micro, rest) => {
        const fraction = `${String(micro).padStart(6, '0')}${String(rest).padStart(6, '0')}`;
        expect(microdollarsOf(Number(`0.${fraction}`))).toBe(micro + 1);
      }),
      { seed: SEED },
    );
  });
});
