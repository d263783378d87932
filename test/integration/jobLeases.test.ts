import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createJobLeases, type JobLeases } from '../../src/store/upkeep/jobLeases.js';
import { openTestDatabase, shiftClock, type TestDatabase } from '../harness/testDatabase.js';

const JOB = 'tidy';
const MINUTE_MS = 60_000;

let database: TestDatabase;
let one: JobLeases;
let two: JobLeases;
let three: JobLeases;
beforeAll(async () => {
  database = await openTestDatabase();
  [one, two, three] = ['one', 'two', 'three'].map(name =>
    createJobLeases(database.prisma, name),
  ) as [JobLeases, JobLeases, JobLeases];
});
beforeEach(async () => {
  await shiftClock(database.prisma, '0');
  await database.prisma.jobLease.deleteMany();
});
afterAll(() => database.close());

/** A run that continues until the test ends it. */
function begin(leases: JobLeases, leaseMs = MINUTE_MS) {
  let began = () => {};
  let end = () => {};
  const started = new Promise<void>(resolve => {
    began = resolve;
  });
  const ended = new Promise<void>(resolve => {
    end = resolve;
  });
  const run = leases.run(JOB, leaseMs, async () => {
    began();
    await ended;
    return 'late';
  });
  return { started, end, run };
}

/**
 * Starts three holders at once. The one that runs the job goes on until the others have run or been refused.
 */
async function runAtOnce<Result>(result: Result) {
  let told = 0;
  let tellAll = () => {};
  const allTold = new Promise<void>(resolve => {
    tellAll = resolve;
  });
  const tell = () => {
    told += 1;
    if (told === 3) tellAll();
  };
  return Promise.all(
    [one, two, three].map(async each => {
      const run = await each.run(JOB, MINUTE_MS, async () => {
        tell();
        await allTold;
        return result;
      });
      if (run.outcome === 'taken') tell();
      return run;
    }),
  );
}

test('of three holders at once exactly one runs the job, each time', async () => {
  for (let round = 1; round <= 10; round++) {
    const runs = await runAtOnce(round);
    expect(runs.filter(run => run.outcome === 'done')).toEqual([
      { outcome: 'done', result: round },
    ]);
    expect(runs.filter(run => run.outcome === 'taken')).toHaveLength(2);
  }
});

test('jobs of different names do not wait for each other', async () => {
  const first = begin(one);
  await first.started;
  expect((await two.run('other', MINUTE_MS, async () => 1)).outcome).toBe('done');
  first.end();
  await first.run;
});

test('a run that ended leaves the job free and its result in the list', async () => {
  await one.run(JOB, MINUTE_MS, async () => ({ removed: 3 }));
  const [run] = await two.list();
  expect(run).toMatchObject({ name: JOB, outcome: 'done', result: { removed: 3 } });
  expect(run?.holder).toMatch(/^one /);
  expect(run?.finishedAt).toBeInstanceOf(Date);
  expect((await two.run(JOB, MINUTE_MS, async () => 1)).outcome).toBe('done');
});

test('a job that throws frees its lease and keeps the reason', async () => {
  const fault = new Error('no such thing');
  const run = await one.run(JOB, MINUTE_MS, () => Promise.reject(fault));
  expect(run).toEqual({ outcome: 'failed', error: fault });
  expect(await one.list()).toMatchObject([{ outcome: 'failed', result: { error: fault.message } }]);
  expect((await two.run(JOB, MINUTE_MS, async () => 1)).outcome).toBe('done');
});

test('the job of a killed holder is taken over after its lease, not before', async () => {
  await database.prisma.$executeRaw`
    INSERT INTO job_lease (name, holder, started_at, lease_ends_at)
    VALUES (${JOB}, 'killed', sahm_now(), sahm_now() + interval '60 seconds')`;
  expect(await one.list()).toMatchObject([{ holder: 'killed', outcome: 'running' }]);
  expect(await one.run(JOB, MINUTE_MS, async () => 1)).toEqual({ outcome: 'taken' });
  await shiftClock(database.prisma, '61 seconds');
  expect(await one.list()).toMatchObject([{ holder: 'killed', outcome: 'abandoned' }]);
  const runs = await runAtOnce(1);
  expect(runs.map(run => run.outcome).sort()).toEqual(['done', 'taken', 'taken']);
});

test('a lease is renewed while the job runs, however long', async () => {
  const long = begin(one, 600);
  await long.started;
  for (let waited = 0; waited < 1_500; waited += 300) {
    await sleep(300);
    expect(await two.run(JOB, 600, async () => 1)).toEqual({ outcome: 'taken' });
  }
  long.end();
  expect(await long.run).toEqual({ outcome: 'done', result: 'late' });
});

test('a holder that lost its lease does not end the lease of the one who took over', async () => {
  const stalled = begin(one);
  await stalled.started;
  await shiftClock(database.prisma, '2 minutes');
  // In the same process, because each run is a holder of its own.
  const next = begin(one);
  await next.started;
  stalled.end();
  await stalled.run;
  expect(await three.run(JOB, MINUTE_MS, async () => 1)).toEqual({ outcome: 'taken' });
  next.end();
  await next.run;
  expect(await one.list()).toMatchObject([{ outcome: 'done', result: 'late' }]);
});
