import { expect, test } from '@jest/globals';
import { openingOf, type Spent, Totals } from '../../src/domain/receipt.js';

const spent = (changes: Partial<Spent> = {}): Spent => ({
  provider: 'openai',
  model: 'small',
  unit: 'microusd',
  units: 5,
  prompt_tokens: 10,
  completion_tokens: 2,
  ...changes,
});

function totals(all: Spent[]) {
  const sums = new Totals();
  for (const each of all) sums.add(each);
  return { requests: sums.requests, rows: sums.rows() };
}

test('requests are added up by provider, unit and model, in that order', () => {
  const row = (changes: object) => ({
    ...{ provider: 'openai', model: 'small', unit: 'microusd', requests: 1, units: 5 },
    ...{ prompt_tokens: 10, completion_tokens: 2, ...changes },
  });
  const others: Partial<Spent>[] = [
    { provider: 'openrouter' },
    { unit: 'request' },
    { model: 'large' },
  ];
  expect(totals([...others.map(spent), spent(), spent({ units: 7 })])).toEqual({
    requests: 5,
    rows: [
      row({ model: 'large' }),
      row({ requests: 2, units: 12, prompt_tokens: 20, completion_tokens: 4 }),
      row({ unit: 'request' }),
      row({ provider: 'openrouter' }),
    ],
  });
});

test('what was not counted adds nothing', () => {
  const unknown = spent({ prompt_tokens: null, completion_tokens: null });
  expect(totals([unknown, spent()]).rows).toMatchObject([
    { requests: 2, prompt_tokens: 10, completion_tokens: 2 },
  ]);
});

test('the cost is added up where holders may see it, and else absent', () => {
  const costs = [3, null, 4].map(cost_microusd => spent({ cost_microusd }));
  expect(totals(costs).rows).toMatchObject([{ cost_microusd: 7 }]);
  expect(totals([spent()]).rows[0]).not.toHaveProperty('cost_microusd');
});

test('a month opens with the balance of the last line about its beginning, or with nothing', () => {
  const lines = (...codes: string[]) => codes.map((code, sum) => ({ code, sum: sum + 1 }));
  expect(openingOf(lines('plan', 'used'))).toBe(1);
  expect(openingOf(lines('plan', 'limit', 'used'))).toBe(2);
  expect(openingOf(lines('plan', 'limit', 'opening', 'used'))).toBe(3);
  expect(openingOf(lines('plan', 'limit', 'opening', 'carried', 'used'))).toBe(4);
  expect(openingOf(lines('used'))).toBe(0);
});
