import { expect, test } from '@jest/globals';
import {
  addDuration,
  parseDuration,
  sumDurations,
  timesDuration,
} from '../../src/domain/duration.js';

test.each([
  ['P10D', { months: 0, days: 10 }],
  ['P2W', { months: 0, days: 14 }],
  ['P3M', { months: 3, days: 0 }],
  ['P2Y', { months: 24, days: 0 }],
])('%s is read', (text, expected) => {
  expect(parseDuration(text)).toEqual(expected);
});

test.each(['P1', 'P1H', '1M', 'aP1M', 'P1M2D', 'P1Mx'])('%s is no duration', text => {
  expect(() => parseDuration(text)).toThrow(`not a duration: ${text}`);
});

test('months and days of two durations are added up each by itself', () => {
  expect(sumDurations({ months: 1, days: 20 }, { months: 2, days: 30 })).toEqual({
    months: 3,
    days: 50,
  });
});

test('several times a duration is that many months and days', () => {
  expect(timesDuration({ months: 2, days: 3 }, 4)).toEqual({ months: 8, days: 12 });
});

test.each([
  ['2026-01-31', 1, 0, '2026-02-28'],
  ['2026-01-31', 2, 0, '2026-03-31'],
  ['2028-02-29', 12, 0, '2029-02-28'],
  ['2026-12-15', 1, 10, '2027-01-25'],
])('%s and %d months and %d days is %s', (from, months, days, expected) => {
  expect(addDuration(Date.parse(from), { months, days })).toBe(Date.parse(expected));
});
