import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import {
  LEAST_BYTES_A_WINDOW,
  LOOK_EVERY_MS,
  LOOKS_A_WINDOW,
  unwatch,
  watchPace,
} from '../../../src/http/kernel/bodyPace.js';
import { countTurns } from '../../harness/turns.js';

// All bodies of a process share one timer.
beforeAll(() => void jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] }));
afterAll(() => void jest.useRealTimers());

/** Lets so many looks happen, and all that follows them. */
async function look(times: number): Promise<void> {
  for (let count = 0; count < times; count++) {
    jest.advanceTimersByTime(LOOK_EVERY_MS);
    for (let turn = 0; turn < 10; turn++) await nextTurn();
  }
}

test('bodies that bring nothing are given up in turns of their own, so that nobody waits for all of them', async () => {
  const turns = countTurns();
  const givenUpIn: number[] = [];
  const paces = [1, 2, 3].map(() => watchPace(() => void givenUpIn.push(turns.now())));
  await look(LOOKS_A_WINDOW);
  turns.stop();
  expect(givenUpIn).toHaveLength(paces.length);
  expect(new Set(givenUpIn).size).toBe(paces.length);
});

test('a body that brings enough is never given up; what it brought before gives no credit', async () => {
  let isGivenUp = false;
  const pace = watchPace(() => {
    isGivenUp = true;
  });
  for (let window = 0; window < 4; window++) {
    pace.add(LEAST_BYTES_A_WINDOW);
    await look(LOOKS_A_WINDOW - 1);
  }
  pace.add(100 * LEAST_BYTES_A_WINDOW);
  await look(LOOKS_A_WINDOW);
  expect(isGivenUp).toBe(false);
  await look(1);
  expect(isGivenUp).toBe(true);
  unwatch(pace);
});
