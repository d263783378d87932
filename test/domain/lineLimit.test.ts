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
