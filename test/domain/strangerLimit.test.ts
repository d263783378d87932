import { expect, test } from '@jest/globals';
import { spentOnce, takenBack, waitMs } from '../../src/domain/strangerLimit.js';

const allowance = { atOnce: 3, perMinute: 6 };

test('so many at once, then one after the other', () => {
  let restedAt = Number.NEGATIVE_INFINITY;
  const waits: number[] = [];
  for (const now of [0, 0, 0, 0, 9_999, 10_000, 10_000, 100_000]) {
    const wait = waitMs(allowance, restedAt, now);
    waits.push(wait);
    if (wait === 0) restedAt = spentOnce(allowance, restedAt, now);
  }
  expect(waits).toEqual([0, 0, 0, 10_000, 1, 0, 10_000, 0]);
});

test('what is taken back was never spent', () => {
  let restedAt = 0;
  for (let times = 0; times < 100; times++) {
    expect(waitMs(allowance, restedAt, 5)).toBe(0);
    restedAt = takenBack(allowance, spentOnce(allowance, restedAt, 5));
  }
});
