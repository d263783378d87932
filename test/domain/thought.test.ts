import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CARRIES_THOUGHT, takeThought, withThought } from '../../src/domain/thought.js';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);

test('whatever an id carries comes back, and its letters are those of ids', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^call_[A-Za-z0-9-]{1,40}$/),
      fc.array(fc.dictionary(fc.string(), fc.string({ unit: 'grapheme' })), { maxLength: 3 }),
      fc.string({ unit: 'grapheme' }),
      (id, reasoning_details, reasoning_content) => {
        const given = withThought(id, { reasoning_details, reasoning_content });
        expect(given).toMatch(/^[\w-]+$/);
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
