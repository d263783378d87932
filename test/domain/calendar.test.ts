import { describe, expect, test } from '@jest/globals';
import { CALENDARS, monthsFrom, monthsOf, type QuotaMonth } from '../../src/domain/calendar.js';

const DAY_MS = 86_400_000;

describe.each(CALENDARS)('the %s calendar', calendar => {
  const months = monthsOf(calendar);

  test('has every day between the years 2011 and 2075 in one month', () => {
    expect(Date.parse(months[0]?.firstDay ?? '')).toBeLessThanOrEqual(Date.UTC(2011, 0, 1));
    expect(Date.parse(months.at(-1)?.nextDay ?? '')).toBeGreaterThanOrEqual(Date.UTC(2076, 0, 1));
    for (const [at, month] of months.entries()) {
      const days = (Date.parse(month.nextDay) - Date.parse(month.firstDay)) / DAY_MS;
      expect(days).toBeGreaterThanOrEqual(28);
      expect(days).toBeLessThanOrEqual(31);
      const next = months[at + 1];
      if (next) expect(next.firstDay).toBe(month.nextDay);
    }
  });

  test('calls no two months the same, and none as one of the other calendar', () => {
    const labels = months.map(({ label }) => label);
    expect(new Set(labels).size).toBe(labels.length);
    for (const label of labels) expect(label).toMatch(/^\d{4}-(0[1-9]|1[0-2])$/);
    const others = CALENDARS.filter(other => other !== calendar).flatMap(monthsOf);
    expect(others.filter(({ label }) => labels.includes(label))).toEqual([]);
  });
});

// As the calendar centre of the University of Tehran publishes them.
test.each([
  ['1390-01', '2011-03-21'],
  ['1395-01', '2016-03-20'],
  ['1399-01', '2020-03-20'],
  ['1400-01', '2021-03-21'],
  ['1402-07', '2023-09-23'],
  ['1403-01', '2024-03-20'],
  ['1403-12', '2025-02-19'],
  ['1404-01', '2025-03-21'],
  ['1404-12', '2026-02-20'],
  ['1405-01', '2026-03-21'],
  ['1405-09', '2026-11-22'],
  ['1406-01', '2027-03-21'],
  ['1408-01', '2029-03-20'],
  ['1409-01', '2030-03-21'],
])('%s begins on %s', (label, day) => {
  expect(monthsOf('persian').find(month => month.label === label)?.firstDay).toBe(day);
});

describe('after a month of another calendar', () => {
  const months = monthsOf('persian').map(
    ({ label, firstDay, nextDay }): QuotaMonth => ({
      label,
      startsAt: new Date(firstDay),
      endsAt: new Date(nextDay),
    }),
  );
  const firstAt = (day: string, used: string[] = []) => {
    const [first] = monthsFrom(new Date(day), months, new Set(used));
    return [first?.label, first?.startsAt.toISOString().slice(0, 10), first?.endsAt];
  };

  test('comes the one of which most is left', () => {
    expect(firstAt('2026-12-01')).toEqual(['1405-09', '2026-12-01', new Date('2026-12-22')]);
  });

  test('comes the one of which exactly half is left', () => {
    expect(firstAt('2026-12-07')).toEqual(['1405-09', '2026-12-07', new Date('2026-12-22')]);
  });

  test('come all that follow it', () => {
    const following = monthsFrom(new Date('2026-12-01'), months, new Set());
    expect(following.slice(1)).toEqual(months.slice(months.indexOf(following[1] as QuotaMonth)));
    expect(following[1]?.label).toBe('1405-10');
  });

  test('comes none after the last month, or of no months', () => {
    expect(monthsFrom(new Date('2200-01-01'), months, new Set())).toEqual([]);
    expect(monthsFrom(new Date('2026-12-01'), [], new Set())).toEqual([]);
  });

  test('comes the next one, early, where most is over', () => {
    expect(firstAt('2026-12-15')).toEqual(['1405-10', '2026-12-15', new Date('2027-01-21')]);
  });

  test('comes none whose label was used', () => {
    expect(firstAt('2026-12-01', ['1405-09'])).toEqual([
      '1405-10',
      '2026-12-01',
      new Date('2027-01-21'),
    ]);
  });
});
