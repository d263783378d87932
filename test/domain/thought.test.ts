import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CARRIES_THOUGHT, Thoughts, withThought } from '../../src/domain/thought.js';

const takeThought = (given: string) => new Thoughts().take(given);
const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);

test('whatever an id carries comes back, and its letters are those of ids', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[a-z][A-Za-z0-9._:-]{1,40}$/),
      fc.array(fc.dictionary(fc.string(), fc.string({ unit: 'grapheme' })), { maxLength: 3 }),
      fc.string({ unit: 'grapheme' }),
      (id, reasoning_details, reasoning_content) => {
        const given = withThought(id, { reasoning_details, reasoning_content });
        expect(given.slice(id.length)).toMatch(/^[\w-]*$/);
        expect(CARRIES_THOUGHT.test(given)).toBe(true);
        const taken = takeThought(given);
        expect(taken.id).toBe(id);
        expect(taken.thought?.reasoning_details).toEqual(reasoning_details);
        expect(taken.thought?.reasoning_content ?? '').toBe(reasoning_content);
      },
    ),
    { seed: SEED },
  );
});

test('nothing, and too much, are not carried', () => {
  expect(withThought('call_1', {})).toBe('call_1');
  expect(withThought('call_1', { reasoning_content: '', extra_content: null })).toBe('call_1');
  expect(withThought('call_1', { reasoning_content: 'x'.repeat(40_000) })).toBe('call_1');
});

test.each([
  'call_1',
  '',
  '__thought__abc',
  'call___thought__',
  'call___thought__***',
  'a__thought__AAAA',
])('what a client made of an id is no fault: %j', given => {
  expect(takeThought(given)).toMatchObject({ id: expect.any(String), thought: null });
});

test('what is nested too deep, ill-formed or too long is not there, and costs nothing', () => {
  const written = (text: string) => `call_1__thought__${Buffer.from(text).toString('base64url')}`;
  const deep = `{"extra_content":${'['.repeat(12_000)}${']'.repeat(12_000)}}`;
  for (const text of [deep, '{"reasoning_content":"\\u0000"}', '{"extra_content":"\\ud800"}']) {
    expect(takeThought(written(text))).toEqual({ id: 'call_1', thought: null });
  }
  const long = written(JSON.stringify({ reasoning_content: 'x'.repeat(10_000_000) }));
  expect(takeThought(long)).toEqual({ id: 'call_1', thought: null });
});

test('what belongs to the call itself comes back, and what is of another kind does not', () => {
  const extra_content = { google: { thought_signature: 'x' } };
  const taken = takeThought(withThought('call_1', { extra_content, reasoning_content: undefined }));
  expect(taken).toEqual({ id: 'call_1', thought: { extra_content } });
  const wrong = { reasoning_details: 'x', reasoning_content: 7, extra_content: null };
  const written = Buffer.from(JSON.stringify(wrong)).toString('base64url');
  expect(takeThought(`call_1__thought__${written}`).thought).toEqual({});
});

test('an id and a thought may be as long as they may be, and not longer', () => {
  const thought = { reasoning_content: 'x' };
  const [longest, longer] = [100, 101].map(length => 'i'.repeat(length)) as [string, string];
  expect(CARRIES_THOUGHT.test(withThought(longest, thought))).toBe(true);
  expect(takeThought(withThought(longest, thought))).toEqual({ id: longest, thought });
  expect(withThought(longer, thought)).toBe(longer);
  expect(CARRIES_THOUGHT.test(`${longer}__thought__abc`)).toBe(false);
  const frame = JSON.stringify({ reasoning_content: '' }).length;
  const [most, more] = [32_768, 32_769].map(bytes => 'x'.repeat(bytes - frame)) as [string, string];
  const id = withThought('call_1', { reasoning_content: most });
  expect(takeThought(id)).toEqual({ id: 'call_1', thought: { reasoning_content: most } });
  expect(withThought('call_1', { reasoning_content: more })).toBe('call_1');
  const written = Buffer.from(JSON.stringify({ reasoning_content: `${more}xx` }));
  expect(takeThought(`call_1__thought__${written.toString('base64url')}`).thought).toBeNull();
});

test('an id without a thought, or with nothing before the mark, is left as it is', () => {
  for (const id of ['call_1', '__thought__abc']) {
    expect(takeThought(id)).toEqual({ id, thought: null });
  }
});

test('of one request no more than a megabyte is read', () => {
  const thoughts = new Thoughts();
  const id = withThought('call_1', { reasoning_content: 'x'.repeat(30_000) });
  const taken = Array.from({ length: 100 }, () => thoughts.take(id).thought !== null);
  expect(taken.filter(Boolean).length).toBe(
    Math.floor((1024 * 1024) / (id.length - 'call_1__thought__'.length)),
  );
});
