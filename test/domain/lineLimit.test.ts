import { expect, test } from '@jest/globals';
import { LineLimit } from '../../src/domain/lineLimit.js';

const MINUTE = 60_000;

/** How many of so many lines are written, all in one instant. */
function written(limit: LineLimit, kind: string, lines: number, nowMs: number): number {
  return Array.from({ length: lines }, () => limit.take(kind, nowMs)).filter(Boolean).length;
}

test('of a flood of one kind a few lines a minute are written, and the next one says how many were not', () => {
  const limit = new LineLimit();
  expect(written(limit, 'status_500', 10_000, 0)).toBe(5);
  expect(limit.take('status_500', MINUTE)).toEqual({ leftOut: 9_995 });
  expect(limit.take('status_500', MINUTE)).toEqual({ leftOut: 0 });
});

test('a flood of one kind leaves room for another', () => {
  const limit = new LineLimit();
  written(limit, 'status_500', 10_000, 0);
  expect(limit.take('reset', 0)).toEqual({ leftOut: 0 });
});

test('many kinds together are limited too, and kept in bounded memory', () => {
  const limit = new LineLimit();
  const lines = Array.from({ length: 5_000 }, (_, index) => limit.take(`kind ${index}`, 0));
  expect(lines.filter(Boolean)).toHaveLength(60);
});

test('each minute has room again, and only a new one', () => {
  const limit = new LineLimit();
  for (let kind = 0; kind < 60; kind++) limit.take(`kind ${kind}`, 0);
  expect(limit.take('one more', MINUTE - 1)).toBeNull();
  expect(limit.take('one more', MINUTE)).toEqual({ leftOut: 1 });
  expect(written(limit, 'one more', 9, MINUTE)).toBe(4);
});

test('of 500 kinds it is known what was left out; of more it is forgotten', () => {
  const limit = new LineLimit();
  written(limit, 'flood', 10, 0);
  for (let kind = 1; kind < 500; kind++) limit.take(`kind ${kind}`, 0);
  expect(limit.take('flood', MINUTE)).toEqual({ leftOut: 5 });
  written(limit, 'flood', 10, MINUTE);
  limit.take('kind 500', MINUTE);
  expect(limit.take('flood', 2 * MINUTE)).toEqual({ leftOut: 0 });
});
