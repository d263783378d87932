// The jobs on a real ledger: they are idempotent and bounded, and no counter depends on them.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { v7 as newId } from 'uuid';
import type { JobDeps } from '../../jobs/job.js';
import { runJob } from '../../jobs/schedule.js';
import { PROVIDERS } from '../../src/domain/provider.js';
import { createLedger, type Ledger } from '../../src/store/ledger/index.js';
import { closePeriods, prune } from '../../src/store/ledger/periods.js';
import { findLedgerProblems } from '../../src/store/ledger/verify.js';
import { createJobLeases, type JobLeases } from '../../src/store/upkeep/jobLeases.js';
import { openTestDatabase, type TestDatabase } from '../harness/testDatabase.js';
import {
  addGrant,
  catalog,
  createLicense,
  LEASE_MS,
  setClock,
  settings,
  type TestLicense,
  wantOf,
} from './ledgerFixture.js';

let database: TestDatabase;
let ledger: Ledger;
let deps: JobDeps;
let leases: JobLeases;
beforeAll(async () => {
  database = await openTestDatabase();
  const { prisma } = database;
  ledger = createLedger(prisma, () => catalog, settings);
  leases = createJobLeases(prisma, 'test');
  deps = {
    expireHolds: () => ledger.expireDue(),
    followVideos: async () => ({ asked: 1, completed: 2, failed: 0 }),
    expireLicenses: async () => 0,
    closePeriods: () => closePeriods(prisma, 'UTC', 100_000),
    syncModels: async () => ({}),
    prune: () => prune(prisma, { timeZone: 'UTC', most: 100_000 }),
    applyWaiting: async () => ({ tried: 0, applied: 0, failed: 0, refreshed: 0 }),
    reconcileOrders: async () => null,
    findSilentShops: async () => [],
    mailLinks: async () => ({ sent: 0, failed: 0 }),
    findNotices: async () => ({ allowances: 0, expiring: 0 }),
    deliverNotices: async () => ({ delivered: 0, retried: 0, failed: 0 }),
  };
});
afterAll(() => database.close());

async function resultOf(name: string): Promise<unknown> {
  const run = await runJob(name, deps, leases);
  if (run.outcome !== 'done') throw new Error(`${name}: ${JSON.stringify(run)}`);
  return run.result;
}

async function hold(license: TestLicense): Promise<string> {
  const want = wantOf(license);
  expect((await ledger.hold(want)).kind).toBe('held');
  return want.holdId;
}

async function spend(license: TestLicense, times: number, outcome: 'posted' | 'voided' = 'posted') {
  for (let time = 0; time < times; time++) {
    await ledger.settle({
      holdId: await hold(license),
      licenseId: license.id,
      outcome,
      reason: 'test',
    });
  }
}

const counters = () =>
  database.prisma.quotaPeriod.findMany({
    select: { period: true, provider: true, used: true, held: true, grantsUsed: true },
    orderBy: [{ licenseId: 'asc' }, { period: 'asc' }, { provider: 'asc' }],
  });
const problems = () => findLedgerProblems(database.prisma);

test('expire-holds gives back what a dead process held, once', async () => {
  await setClock(database.prisma, '2025-11-10T12:00:00Z');
  const license = await createLicense(database.prisma);
  await hold(license);
  expect(await resultOf('expire-holds')).toEqual({ expired: 0 });
  await setClock(database.prisma, new Date(Date.UTC(2025, 10, 10, 12) + LEASE_MS).toISOString());
  expect(await resultOf('expire-holds')).toEqual({ expired: 1 });
  expect(await resultOf('expire-holds')).toEqual({ expired: 0 });
  expect((await ledger.usage(license.id)).quotas.openrouter).toMatchObject({ used: 0, held: 0 });
  expect(await problems()).toEqual([]);
});

test('expire-holds goes past a license whose counters contradict its holds', async () => {
  const { prisma } = database;
  await setClock(prisma, '2025-11-12T12:00:00Z');
  const [broken, sound] = [await createLicense(prisma), await createLicense(prisma)];
  await hold(broken);
  await hold(sound);
  await prisma.$executeRaw`UPDATE quota_period SET held = 0
    WHERE license_id = ${broken.id}::uuid AND provider = 'openrouter'`;
  await setClock(prisma, new Date(Date.UTC(2025, 10, 12, 12) + LEASE_MS).toISOString());
  expect(await resultOf('expire-holds')).toEqual({ expired: 1 });
  expect((await ledger.usage(sound.id)).quotas.openrouter).toMatchObject({ used: 0, held: 0 });
  const pending = await prisma.hold.findMany({ where: { state: 'pending' } });
  expect(pending.map(({ licenseId }) => licenseId)).toEqual([broken.id]);
  await prisma.$executeRaw`UPDATE quota_period SET held = 1
    WHERE license_id = ${broken.id}::uuid AND provider = 'openrouter'`;
  expect(await resultOf('expire-holds')).toEqual({ expired: 1 });
  expect(await problems()).toEqual([]);
});

test('close-periods writes the statement of a past month once, when nothing of it is pending', async () => {
  const { prisma } = database;
  await prisma.$executeRaw`TRUNCATE hold, quota_period, period_statement`;
  await setClock(prisma, '2025-11-30T23:59:00Z');
  const [license, other] = [await createLicense(prisma), await createLicense(prisma)];
  const statements = 2 * PROVIDERS.length;
  await addGrant(prisma, license, { units: 2, createdAt: '2025-11-01T00:00:00Z' });
  await spend(license, 6);
  await spend(other, 1);
  // Drawn from the grant, so the period's own row does not show it as held.
  const late = await hold(license);

  expect(await resultOf('close-periods')).toEqual({ written: 0 });
  await setClock(prisma, '2025-12-01T00:09:00Z');
  expect(await resultOf('close-periods')).toEqual({ written: 0 });
  await setClock(prisma, '2025-12-01T00:10:01Z');
  expect(await resultOf('close-periods')).toEqual({ written: statements - 1 });
  await ledger.settle({ holdId: late, licenseId: license.id, outcome: 'posted', reason: 'test' });
  const runs = await Promise.all([1, 2, 3].map(() => deps.closePeriods()));
  expect(runs.reduce((sum, written) => sum + written)).toBe(1);
  expect(await resultOf('close-periods')).toEqual({ written: 0 });

  const statement = await prisma.periodStatement.findFirst({
    where: { licenseId: license.id, provider: 'openrouter' },
  });
  expect(statement).toMatchObject({ period: '2025-11', planLimit: 5n, used: 5n, grantsUsed: 2n });
  expect(await prisma.periodStatement.count()).toBe(statements);
  expect(await problems()).toEqual([]);
});

test('close-periods writes at most as many as it may, and all months that no job saw before', async () => {
  const { prisma } = database;
  await prisma.$executeRaw`TRUNCATE hold, quota_period, period_statement, license_grant`;
  const license = await createLicense(prisma);
  const months = ['2024-11', '2025-01', '2025-03'];
  for (const month of months) {
    await setClock(prisma, `${month}-10T00:00:00Z`);
    await spend(license, 1);
  }
  await setClock(prisma, '2026-01-10T00:00:00Z');
  const most = months.length * PROVIDERS.length - 2;
  expect(await closePeriods(prisma, 'UTC', most)).toBe(most);
  expect(await closePeriods(prisma, 'UTC', most)).toBe(2);
});

test('prune removes old holds and sessions; every counter and the proof stay as they were', async () => {
  const { prisma } = database;
  await prisma.$executeRaw`TRUNCATE hold, quota_period, period_statement, license_grant`;
  const license = await createLicense(prisma);
  const oldGrant = await addGrant(prisma, license, { units: 3, createdAt: '2024-01-01T00:00:00Z' });
  await setClock(prisma, '2024-10-31T23:59:59Z');
  await spend(license, 7);
  await spend(license, 2, 'voided');
  await setClock(prisma, '2024-11-01T00:00:00Z');
  await spend(license, 6);
  await deps.closePeriods();
  const before = await counters();
  const administratorId = newId();
  await prisma.administrator.create({
    data: { id: administratorId, email: 'a@example.com', passwordHash: '', role: 'owner' },
  });
  for (const endsAt of ['2025-11-16T00:00:00Z', '2025-10-30T00:00:00Z', '2026-01-01T00:00:00Z']) {
    await prisma.adminSession.create({ data: { id: newId(), administratorId, endsAt } });
  }

  await setClock(prisma, '2025-11-30T12:00:00Z');
  expect(await resultOf('prune')).toEqual({
    removed: { holds: 0, sessions: 1, claims: 0, changes: 0, turns: 0 },
  });
  await setClock(prisma, '2025-12-01T12:00:00Z');
  expect(await prune(prisma, { timeZone: 'UTC', most: 4 })).toEqual({
    holds: 4,
    sessions: 0,
    claims: 0,
    turns: 0,
    changes: 0,
  });
  expect(await problems()).toEqual([]);
  const runs = await Promise.all([1, 2, 3].map(() => deps.prune()));
  expect(runs.reduce((sum, { holds = 0 }) => sum + holds, 0)).toBe(5);
  expect(await resultOf('prune')).toEqual({
    removed: { holds: 0, sessions: 0, claims: 0, changes: 0, turns: 0 },
  });

  expect(await prisma.hold.count()).toBe(6);
  expect(await counters()).toEqual(before);
  expect(await prisma.grant.findUnique({ where: { id: oldGrant } })).toMatchObject({
    used: 3n,
    archived: 2n,
  });
  expect(await problems()).toEqual([]);
});

test('prune keeps a pending hold, and goes on after it', async () => {
  const { prisma } = database;
  await prisma.$executeRaw`TRUNCATE hold, quota_period, period_statement, license_grant`;
  const license = await createLicense(prisma);
  await setClock(prisma, '2024-10-31T00:00:00Z');
  const pending = await hold(license);
  await spend(license, 2);
  await setClock(prisma, '2026-12-01T00:00:00Z');
  expect(await deps.prune()).toMatchObject({ holds: 2 });
  expect(await prisma.hold.findMany({ select: { id: true } })).toEqual([{ id: pending }]);
  expect(await problems()).toEqual([]);
  await deps.expireHolds();
  expect(await deps.prune()).toMatchObject({ holds: 1 });
  expect(await problems()).toEqual([]);
});

test('prune removes no hold without a bucket in the ledger', async () => {
  const { prisma } = database;
  await prisma.$executeRaw`TRUNCATE hold, quota_period, period_statement, license_grant`;
  await setClock(prisma, '2024-10-31T00:00:00Z');
  await spend(await createLicense(prisma), 2);
  await prisma.$executeRaw`DELETE FROM quota_period`;
  await setClock(prisma, '2026-12-01T00:00:00Z');
  // Later than those, and of another kind.
  await setClock(prisma, '2024-11-01T00:00:00Z');
  await spend(await createLicense(prisma), 3);
  await prisma.idempotencyClaim.create({
    data: {
      licenseId: newId(),
      keyDigest: new Uint8Array(32),
      fingerprint: new Uint8Array(32),
      holdId: newId(),
      createdAt: '2024-11-01T00:00:00Z',
    },
  });
  await setClock(prisma, '2026-12-01T00:00:00Z');
  const run = await runJob('prune', deps, leases);
  expect(run).toMatchObject({ outcome: 'failed' });
  expect(String((run as { error: Error }).error.message)).toMatch(/2 old holds .* see verify/);
  expect(await prisma.hold.count()).toBe(2);
  expect(await prisma.idempotencyClaim.count()).toBe(0);
});
