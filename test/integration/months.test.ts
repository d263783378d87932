// The table of months decides. A month that has begun ends at its announced end, also if the configuration changes. So
// nothing is counted twice or lost, and verify finds no request in a wrong month.

import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CALENDARS, type Calendar } from '../../src/domain/calendar.js';
import { createLedger, type Ledger } from '../../src/store/ledger/index.js';
import { type MonthSettings, readMonths, writeMonths } from '../../src/store/ledger/months.js';
import { closePeriods, prune } from '../../src/store/ledger/periods.js';
import { findLedgerProblems } from '../../src/store/ledger/verify.js';
import { readGrants } from '../../src/store/licenses/grantViews.js';
import { openTestDatabase, type TestDatabase } from '../harness/testDatabase.js';
import {
  addGrant,
  catalog,
  createLicense,
  settings,
  type TestLicense,
  wantOf,
} from './ledgerFixture.js';

const UTC: MonthSettings = { calendar: 'gregorian', timeZone: 'UTC' };
const JALALI: MonthSettings = { calendar: 'persian', timeZone: 'Asia/Tehran' };

const databases: TestDatabase[] = [];
let database: TestDatabase;
let ledger: Ledger;
let license: TestLicense;

beforeEach(async () => {
  database ??= await openWorld();
  const { prisma } = database;
  await prisma.$executeRaw`TRUNCATE quota_month, hold, quota_period, period_statement, license_grant`;
  await at('2026-11-10T12:00:00Z');
  ledger = createLedger(prisma, () => catalog, settings);
  license = await createLicense(prisma, { plan: 'basic' });
});
afterAll(() => Promise.all(databases.map(each => each.close())));

async function openWorld(): Promise<TestDatabase> {
  const opened = await openTestDatabase();
  databases.push(opened);
  for (const statement of [
    'CREATE TABLE test_clock (instant timestamptz NOT NULL)',
    'INSERT INTO test_clock VALUES (now())',
    `CREATE OR REPLACE FUNCTION sahm_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
      AS $$ SELECT instant FROM test_clock $$`,
  ]) {
    await opened.prisma.$executeRawUnsafe(statement);
  }
  return opened;
}

async function at(instant: string | Date): Promise<void> {
  const iso = new Date(instant).toISOString();
  await database.prisma.$executeRaw`UPDATE test_clock SET instant = ${iso}::timestamptz`;
}

const configure = (months: MonthSettings) => writeMonths(database.prisma, months);

/** Uses one request; false where the quota is exhausted. */
async function use(): Promise<boolean> {
  const want = wantOf(license);
  const held = await ledger.hold(want);
  if (held.kind !== 'held') return false;
  await ledger.settle({
    holdId: want.holdId,
    licenseId: license.id,
    outcome: 'posted',
    reason: 'x',
  });
  return true;
}

async function state(): Promise<{ period: string; resetsAt: string; used: number }> {
  const { period, resetsAt, quotas } = await ledger.usage(license.id);
  return { period, resetsAt: resetsAt.toISOString(), used: quotas.openrouter.used };
}

describe('Persian months', () => {
  test('are those of Iran: Farvardin 1405 is 1405-01', async () => {
    await configure(JALALI);
    await at('2026-03-20T20:29:59Z');
    expect(await state()).toMatchObject({
      period: '1404-12',
      resetsAt: '2026-03-20T20:30:00.000Z',
    });
    await at('2026-03-20T20:30:00Z');
    expect(await use()).toBe(true);
    expect(await state()).toEqual({
      period: '1405-01',
      resetsAt: '2026-04-20T20:30:00.000Z',
      used: 1,
    });
    expect(await findLedgerProblems(database.prisma, 'Asia/Tehran')).toEqual([]);
  });

  test('bring the allowance once each, and have statements', async () => {
    await configure(JALALI);
    for (let month = 0; month < 3; month++) {
      for (let request = 0; request < 3; request++) expect(await use()).toBe(true);
      expect(await use()).toBe(false);
      await at(new Date(Date.parse((await state()).resetsAt)));
    }
    await at('2027-03-01T00:00:00Z');
    await closePeriods(database.prisma, 'Asia/Tehran', 100);
    const said = await database.prisma.periodStatement.findMany({
      where: { provider: 'openrouter' },
      orderBy: { period: 'asc' },
    });
    expect(said.map(({ period, used }) => [period, Number(used)])).toEqual([
      ['1405-08', 3],
      ['1405-09', 3],
      ['1405-10', 3],
    ]);
  });
});

describe('another calendar or zone', () => {
  test('applies at once if nothing was counted', async () => {
    await configure(UTC);
    await configure(JALALI);
    expect((await state()).period).toBe('1405-08');
    await configure(UTC);
    expect((await state()).period).toBe('2026-11');
  });

  test('applies from the announced end of the month, and gives nothing twice', async () => {
    await configure(UTC);
    for (let request = 0; request < 3; request++) expect(await use()).toBe(true);
    const before = await state();
    for (const months of [
      JALALI,
      UTC,
      JALALI,
      { ...UTC, timeZone: 'Pacific/Kiritimati' },
      JALALI,
    ]) {
      await configure(months);
      expect(await state()).toEqual(before);
      expect(await use()).toBe(false);
    }
    expect(await readMonths(database.prisma)).toEqual({
      label: '2026-11',
      endsAt: new Date('2026-12-01T00:00:00Z'),
      next: JALALI,
    });
    await at('2026-12-01T00:00:00Z');
    expect(await state()).toEqual({
      period: '1405-09',
      resetsAt: '2026-12-21T20:30:00.000Z',
      used: 0,
    });
  });

  test('switched back: the months follow one another, and counts stay', async () => {
    await configure(UTC);
    await use();
    await configure(JALALI);
    await at('2026-12-05T00:00:00Z');
    await use();
    await configure(UTC);
    expect((await state()).period).toBe('1405-09');
    await at('2026-12-21T20:30:00Z');
    // Ten days of December are left: the month is January's, and begins early.
    expect(await state()).toEqual({
      period: '2027-01',
      resetsAt: '2027-02-01T00:00:00.000Z',
      used: 0,
    });
    await use();
    await at('2027-02-10T00:00:00Z');
    await closePeriods(database.prisma, 'UTC', 100);
    expect(await findLedgerProblems(database.prisma)).toEqual([]);
    expect(await database.prisma.periodStatement.count({ where: { used: 1 } })).toBe(3);
  });

  test('a zone moved westwards after the month was closed leaves verify clean', async () => {
    await configure({ ...UTC, timeZone: 'Asia/Tehran' });
    await use();
    await at('2026-11-30T20:45:00Z');
    await closePeriods(database.prisma, 'Asia/Tehran', 100);
    expect(await database.prisma.periodStatement.count()).toBeGreaterThan(0);
    await configure({ ...UTC, timeZone: 'America/Los_Angeles' });
    await use();
    expect((await state()).period).toBe('2026-12');
    await at('2027-01-01T07:59:00Z');
    await use();
    expect((await state()).period).toBe('2027-01');
    expect(await findLedgerProblems(database.prisma, 'America/Los_Angeles')).toEqual([]);
  });

  test('right before the month ends, applies a month later, because requests may be in the next one already', async () => {
    await configure(UTC);
    await use();
    await at('2026-11-30T23:55:00Z');
    await configure(JALALI);
    await at('2026-12-01T00:00:00Z');
    expect((await state()).period).toBe('2026-12');
    await at('2027-01-01T00:00:00Z');
    expect((await state()).period).toBe('1405-10');
  });

  test('if months were counted before there was a table of them, the current one goes on too', async () => {
    await use();
    await configure(JALALI);
    // Of the zone that is configured: which one it was is not known.
    expect(await state()).toMatchObject({ period: '2026-11', used: 1 });
    await at('2026-12-01T00:00:00Z');
    expect((await state()).period).toBe('1405-09');
    expect(await findLedgerProblems(database.prisma, 'Asia/Tehran')).toEqual([]);
  });

  test('an add-on for a month belongs to that month, in either calendar, and ends with it', async () => {
    await configure(UTC);
    await use();
    await configure(JALALI);
    await at('2026-12-05T00:00:00Z');
    const id = await addGrant(database.prisma, license, {
      lasts: 'month',
      period: '1405-09',
      units: 2,
      createdAt: '2026-12-05T00:00:00Z',
    });
    expect((await readGrants(database.prisma, license.id, 'UTC', id))[0]?.status).toBe('active');
    for (let request = 0; request < 5; request++) expect(await use()).toBe(true);
    expect(await use()).toBe(false);
    await at('2026-12-21T20:30:00Z');
    expect((await readGrants(database.prisma, license.id, 'UTC', id))[0]?.status).toBe('expired');
    expect(await findLedgerProblems(database.prisma, 'Asia/Tehran')).toEqual([]);
  });
});

test('holds of past months are pruned by the end of the months, not by their names', async () => {
  await configure(JALALI);
  await use();
  await configure(UTC);
  await at('2027-01-15T00:00:00Z');
  await use();
  await at('2027-02-15T00:00:00Z');
  expect(await prune(database.prisma, { timeZone: 'UTC', keepMonths: 3, most: 100 })).toMatchObject(
    {
      holds: 0,
    },
  );
  expect(await prune(database.prisma, { timeZone: 'UTC', keepMonths: 1, most: 100 })).toMatchObject(
    {
      holds: 1,
    },
  );
  expect(await findLedgerProblems(database.prisma)).toEqual([]);
});

test('verify finds a hold in a wrong month, to the second', async () => {
  await configure(UTC);
  await use();
  await at('2026-12-01T00:00:01Z');
  await use();
  await database.prisma.$executeRaw`
    UPDATE hold SET created_at = '2026-11-30T23:59:59Z' WHERE period = '2026-12'`;
  expect(await findLedgerProblems(database.prisma)).toEqual([
    expect.stringContaining('made in another month'),
  ]);
});

// Random histories ------------------------------------------------------------------------------------

type Step =
  | { do: 'use'; times: number }
  | { do: 'pass'; hours: number }
  | { do: 'configure'; calendar: Calendar; timeZone: string }
  | { do: 'close' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('use' as const),
      times: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      hours: fc.integer({ min: 1, max: 900 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('configure' as const),
      calendar: fc.constantFrom(...CALENDARS),
      timeZone: fc.constantFrom('UTC', 'Asia/Tehran', 'America/Los_Angeles', 'Pacific/Kiritimati'),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'close' as const }) },
);

test('with any changes of the configuration no month comes twice, none is cut, and verify is clean', async () => {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`seed ${seed}`);
  const history = fc.array(step, { minLength: 5, maxLength: 40 });
  const numRuns = Number(process.env.HISTORIES ?? 25);
  await fc.assert(fc.asyncProperty(history, runHistory), { seed, numRuns });
}, 600_000);

const DAY_MS = 86_400_000;

async function runHistory(steps: Step[]): Promise<void> {
  const { prisma } = database;
  await prisma.$executeRaw`TRUNCATE quota_month, hold, quota_period, period_statement, license_grant`;
  license = await createLicense(prisma, { plan: 'basic' });
  let now = Date.UTC(2026, 10, 10);
  let zone = 'UTC';
  const used = new Map<string, number>();
  const ends = new Map<string, number>();
  let current = '';
  await at(new Date(now));
  await configure(UTC);
  await use();
  used.set('2026-11', 1);
  for (const each of steps) {
    if (each.do === 'pass') now += each.hours * 3_600_000;
    await at(new Date(now));
    if (each.do === 'configure') {
      zone = each.timeZone;
      await configure(each);
    }
    if (each.do === 'close') await closePeriods(prisma, zone, 100);
    const { period, resetsAt } = await state();
    if (period !== current) {
      // It is a new one, it begins when the one before it ended, and it is no sliver.
      expect(ends.has(period)).toBe(false);
      const [row] = await prisma.$queryRaw<[{ starts: number; ends: number }]>`
        SELECT extract(epoch FROM greatest(starts_at, '2000-01-01'))::float8 * 1000 AS starts,
          extract(epoch FROM ends_at)::float8 * 1000 AS ends FROM quota_month WHERE label = ${period}`;
      const lastEnd = ends.get(current);
      if (lastEnd !== undefined) expect(row.starts).toBeGreaterThanOrEqual(lastEnd);
      expect(row.ends - row.starts).toBeGreaterThan(13 * DAY_MS);
      expect(row.ends - row.starts).toBeLessThan(48 * DAY_MS);
      current = period;
      ends.set(period, Date.parse(resetsAt));
    }
    // What was announced stays as it was announced.
    expect(Date.parse(resetsAt)).toBe(ends.get(period));
    expect(now).toBeLessThan(Date.parse(resetsAt));
    if (each.do !== 'use') continue;
    for (let request = 0; request < each.times; request++) {
      const before = used.get(period) ?? 0;
      expect(await use()).toBe(before < 3);
      used.set(period, Math.min(3, before + 1));
    }
    expect((await state()).used).toBe(used.get(period));
  }
  await at(new Date(now + 60 * DAY_MS));
  await closePeriods(prisma, zone, 1_000);
  const said = await prisma.periodStatement.findMany({ where: { provider: 'openrouter' } });
  expect(Object.fromEntries(said.map(row => [row.period, Number(row.used)]))).toEqual(
    Object.fromEntries(used),
  );
  expect(await findLedgerProblems(prisma, zone)).toEqual([]);
}
