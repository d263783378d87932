import { expect, test } from '@jest/globals';
import { readTogether } from '../../../src/store/database/readTogether.js';

/** Reads that end when the test says so. */
function slowly() {
  const begun: Array<{ key: string; end(result: string | Error): void }> = [];
  const read = readTogether(
    (key: string) =>
      new Promise<string>((resolve, reject) => {
        begun.push({ key, end: to => (to instanceof Error ? reject(to) : resolve(to)) });
      }),
  );
  return { begun, read };
}

test('whoever asks while a read is under way is given one that begins after they asked, together with all others', async () => {
  const { begun, read } = slowly();
  const first = read('a');
  const later = Array.from({ length: 100 }, () => read('a'));
  const other = read('b');
  expect(begun.map(({ key }) => key)).toEqual(['a', 'b']);
  begun[1]?.end('of b');
  begun[0]?.end('before the change');
  expect(await first).toBe('before the change');
  expect(begun).toHaveLength(3);
  const latest = read('a');
  begun[2]?.end('after it');
  expect(new Set(await Promise.all(later))).toEqual(new Set(['after it']));
  expect(await other).toBe('of b');
  begun[3]?.end('the newest');
  expect(await latest).toBe('the newest');
  void read('a');
  expect(begun).toHaveLength(5);
});

test('a read that fails is told to those who share it, and the next is tried', async () => {
  const { begun, read } = slowly();
  const first = read('a');
  const second = read('a');
  begun[0]?.end(new Error('away'));
  await expect(first).rejects.toThrow('away');
  begun[1]?.end('there');
  expect(await second).toBe('there');
});
