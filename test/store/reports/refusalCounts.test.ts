import { expect, test } from '@jest/globals';
import { createRefusalCounts } from '../../../src/store/reports/refusalCounts.js';

const REFUSAL = { dialect: 'openai', provider: '', code: 'x', reason: 'x' } as const;

test('a flush waits for the one under way, and many requests for one cause only one more', async () => {
  const writes: number[] = [];
  let finish = () => {};
  const counts = createRefusalCounts({
    addRefusals: async rows => {
      writes.push(rows.reduce((sum, { count }) => sum + count, 0));
      await new Promise<void>(resolve => {
        finish = resolve;
      });
    },
  });
  counts.count(REFUSAL);
  const flushes = [counts.flush()];
  await new Promise(setImmediate);
  counts.count(REFUSAL);
  counts.count(REFUSAL);
  let isWritten = false;
  const waited = counts.flush().then(() => {
    isWritten = true;
  });
  flushes.push(waited, counts.flush());
  await new Promise(setImmediate);
  expect([writes, isWritten]).toEqual([[1], false]);
  finish();
  await new Promise(setImmediate);
  expect([writes, isWritten]).toEqual([[1, 2], false]);
  finish();
  await Promise.all(flushes);
  await counts.close();
  expect(writes).toEqual([1, 2]);
});
