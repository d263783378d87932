// What the pages of administration say of jobs: when they run, and what they did.

import { expect, test } from '@jest/globals';
import { SCHEDULE } from '../../jobs/schedule.js';
import { timesOf } from '../../web/src/features/admin/work/jobTimes.js';
import { linesOf } from '../../web/src/features/admin/work/resultLines.js';

test('each line of the schedule is said in words; a line of another form stays as it is', () => {
  for (const { cron } of SCHEDULE) expect([cron, timesOf(cron)]).not.toContain(null);
  expect(timesOf('*/10 * * * * *')).toEqual({ kind: 'seconds', every: 10 });
  expect(timesOf('5 * * * * *')).toEqual({ kind: 'minutes', every: 1 });
  expect(timesOf('40 */10 * * * *')).toEqual({ kind: 'minutes', every: 10 });
  const [hour, day] = [timesOf('0 15 * * * *'), timesOf('0 40 3 * * *')];
  const timeOf = (times: typeof day) =>
    times && 'at' in times && [times.kind, times.at.toISOString().slice(11, 16)];
  expect([timeOf(hour), timeOf(day)]).toEqual([
    ['hour', '00:15'],
    ['day', '03:40'],
  ]);
  for (const other of ['0 0 3 * * 1', '0 0 */2 * * *', 'daily']) expect(timesOf(other)).toBeNull();
});

test('a result is said line by line, with the names of what it lists, and without what is nothing', () => {
  expect(linesOf({ expired: 0, missing: [], removed: { holds: 0 } })).toEqual([]);
  expect(linesOf({ skipped: 'not configured' })).toEqual([{ path: ['skipped'], value: '' }]);
  expect(
    linesOf({
      orders: 3,
      is_unfinished: true,
      missing: ['one', 'two'],
      retiring: [{ on: '2026-12-01', model: 'three' }],
      notices: { failed: 1 },
    }),
  ).toEqual([
    { path: ['orders'], value: 3 },
    { path: ['is_unfinished'], value: '' },
    { path: ['missing'], value: 'one' },
    { path: ['missing'], value: 'two' },
    { path: ['retiring', 'three', 'on'], value: '2026-12-01' },
    { path: ['notices', 'failed'], value: 1 },
  ]);
});
