import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import nodeCron from 'node-cron';
import type { JobDeps } from '../../jobs/job.js';
import { type JobLog, listJobs, runJob, SCHEDULE, startSchedule } from '../../jobs/schedule.js';
import type { JobLeases } from '../../src/store/upkeep/jobLeases.js';

/** Always free. */
const leases: JobLeases = {
  async run(_name, _leaseMs, act) {
    try {
      return { outcome: 'done', result: await act() };
    } catch (error) {
      return { outcome: 'failed', error };
    }
  },
  list: async () => [],
};
const log: JobLog = { debug: () => {}, warn: () => {}, error: () => {} };
const deps: JobDeps = {
  expireHolds: async () => 1,
  followVideos: async () => ({ asked: 1, completed: 2, failed: 0 }),
  expireLicenses: async () => 2,
  closePeriods: async () => 3,
  syncModels: async () => ({ missing: [] }),
  prune: async () => ({ holds: 4 }),
  applyWaiting: async () => ({ tried: 5, applied: 4, failed: 1, refreshed: 3 }),
  reconcileOrders: async () => null,
  findSilentShops: async () => [],
  mailLinks: async () => ({ sent: 6, failed: 0 }),
  findNotices: async () => ({ allowances: 7, expiring: 8 }),
  deliverNotices: async () => ({ delivered: 9, retried: 0, failed: 0 }),
};

test('every job can be run by its name, and says what it did', async () => {
  const results = await Promise.all(SCHEDULE.map(({ job }) => runJob(job.name, deps, leases)));
  expect(results).toEqual([
    { outcome: 'done', result: { expired: 1 } },
    { outcome: 'done', result: { asked: 1, completed: 2, failed: 0 } },
    { outcome: 'done', result: { expired: 2 } },
    { outcome: 'done', result: { written: 3 } },
    { outcome: 'done', result: { removed: { holds: 4 } } },
    { outcome: 'done', result: { tried: 5, applied: 4, failed: 1, refreshed: 3 } },
    { outcome: 'done', result: { skipped: 'not configured' } },
    { outcome: 'done', result: { silent_shops: [] } },
    { outcome: 'done', result: { allowances: 7, expiring: 8 } },
    {
      outcome: 'done',
      result: { sent: 6, failed: 0, notices: { delivered: 9, retried: 0, failed: 0 } },
    },
    { outcome: 'done', result: { missing: [] } },
  ]);
  expect(await runJob('no-such-job', deps, leases)).toEqual({ outcome: 'unknown' });
});

test('the table has each job once, at times that node-cron understands', async () => {
  const names = SCHEDULE.map(({ job }) => job.name);
  expect(names).toEqual([
    'expire-holds',
    'follow-videos',
    'expire-licenses',
    'close-periods',
    'prune',
    'apply-waiting-purchases',
    'reconcile-woocommerce',
    'find-silent-shops',
    'find-notices',
    'send-notices',
    'sync-models',
  ]);
  for (const { cron } of SCHEDULE) expect(nodeCron.validate(cron)).toBe(true);
  expect((await listJobs(leases)).map(({ name, lastRun }) => ({ name, lastRun }))).toEqual(
    names.map(name => ({ name, lastRun: null })),
  );
});

test('a failing run is logged and the next one comes; stop waits for runs under way', async () => {
  const startedAt: number[] = [];
  const failures: object[] = [];
  let isRunning = false;
  const schedule = startSchedule(
    {
      ...deps,
      async expireHolds() {
        startedAt.push(Date.now());
        if (startedAt.length === 1) throw new Error('the database is gone');
        isRunning = true;
        await sleep(300);
        isRunning = false;
        return 0;
      },
    },
    leases,
    { ...log, error: fields => failures.push(fields) },
  );
  while (startedAt.length < 2) await sleep(20);
  await schedule.stop();
  expect(isRunning).toBe(false);
  const [first = 0, second = 0] = startedAt;
  expect(second).toBeGreaterThan(first);
  expect(SCHEDULE.find(({ job }) => job.name === 'expire-holds')?.cron).toBe('*/10 * * * * *');
  expect(failures).toMatchObject([{ job: 'expire-holds' }]);
});
