import { expect, test } from '@jest/globals';
import { isBehind } from '../../web/src/features/playground/counters.js';

const at = (used: number) => ({ used, limit: 10, remaining: 10 - used });

test('a meter does not take the counters of a reply that was overtaken', () => {
  expect(isBehind({ openrouter: at(1) }, { openrouter: at(2), openai: at(0) })).toBe(true);
  expect(isBehind({ openrouter: at(2) }, { openrouter: at(2), openai: at(5) })).toBe(false);
  expect(isBehind({ openrouter: at(3), openai: at(4) }, { openai: at(5) })).toBe(true);
  expect(isBehind({ openrouter: at(3) }, {})).toBe(false);
});
