// Every fault that can be planted in the ledger is found and named.

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createLedger, type Ledger } from '../../src/store/ledger/index.js';
import { closePeriods } from '../../src/store/ledger/periods.js';
import { findLedgerProblems } from '../../src/store/ledger/verify.js';
import { openTestDatabase, type TestDatabase } from '../harness/testDatabase.js';
import {
  addGrant,
  catalog,
  createLicense,
  setClock,
  settings,
  type TestLicense,
  wantOf,
} from './ledgerFixture.js';

let database: TestDatabase;
let ledger: Ledger;
beforeAll(async () => {
  database = await openTestDatabase();
  ledger = createLedger(database.prisma, () => catalog, settings);
  // The database refuses these by itself, but a bug in a later migration might let them through.
  const checks = await database.prisma.$queryRaw<Array<{ statement: string }>>`
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS statement
    FROM pg_constraint WHERE contype = 'c' AND conrelid IN
      ('hold'::regclass, 'quota_period'::regclass, 'license_grant'::regclass)`;
  for (const { statement } of checks) await database.prisma.$executeRawUnsafe(statement);
});
afterAll(() => database.close());

let license: TestLicense;
let other: TestLicense;
let grant: string;
let pack: string;
let otherGrant: string;
/**
 * A past month with its statement, and the current month, with own and grant units both posted and pending.
 */
beforeEach(async () => {
  const { prisma } = database;
  await prisma.$executeRaw`TRUNCATE hold, quota_period, period_statement, license_grant`;
  await setClock(prisma, '2025-11-10T12:00:00Z');
  license = await createLicense(prisma);
  other = await createLicense(prisma);
  grant = await addGrant(prisma, license, { units: 3, createdAt: '2025-11-01T00:00:00Z' });
  otherGrant = await addGrant(prisma, other, { units: 3, createdAt: '2025-11-01T00:00:00Z' });
  pack = await addGrant(prisma, license, {
    lasts: 'month',
    period: '2025-12',
    units: 2,
    createdAt: '2025-11-02T00:00:00Z',
  });
  await spend(license, 6);
  await spend(other, 1);
  await setClock(prisma, '2025-12-10T12:00:00Z');
  await closePeriods(prisma, 'UTC', 100);
  await spend(license, 7);
  await ledger.hold(wantOf(license));
  await ledger.hold(wantOf(license, { provider: 'openai' }));
});

async function spend(who: TestLicense, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    const want = wantOf(who);
    await ledger.hold(want);
    await ledger.settle({ ...want, outcome: 'posted', reason: 'test' });
  }
}

const find = () => findLedgerProblems(database.prisma);

test('a ledger in use is clean', async () => {
  expect(await find()).toEqual([]);
  await setClock(database.prisma, '2025-12-20T12:00:00Z');
  expect(await ledger.expireDue()).toBe(2);
  expect(await find()).toEqual([]);
});

interface Fault {
  name: string;
  plant: (ids: Record<'license' | 'other' | 'grant' | 'otherGrant' | 'pack', string>) => string;
  /** Each of these texts is in one of the sentences. */
  found: string[];
}

const DECEMBER = `period = '2025-12' AND provider = 'openrouter'`;
const NOVEMBER = `period = '2025-11' AND provider = 'openrouter'`;
const FAULTS: Fault[] = [
  {
    name: 'a lost post',
    plant: ids =>
      `UPDATE quota_period SET used = used - 1 WHERE license_id = '${ids.license}' AND ${DECEMBER}`,
    found: ['2025-12 openrouter: used is 6, its holds posted 7'],
  },
  {
    name: 'a charge without a hold',
    plant: ids =>
      `UPDATE quota_period SET used = used + 1 WHERE license_id = '${ids.other}' AND ${NOVEMBER}`,
    found: ['2025-11 openrouter: used is 2, its holds posted 1', 'statement'],
  },
  {
    name: 'units that nobody holds',
    plant: ids =>
      `UPDATE quota_period SET held = 1 WHERE license_id = '${ids.license}' AND ${DECEMBER}`,
    found: ['2025-12 openrouter: held is 1, its pending holds are 0'],
  },
  {
    name: 'a miscounted draw from grants',
    plant: ids =>
      `UPDATE quota_period SET grants_used = 5 WHERE license_id = '${ids.license}' AND ${DECEMBER}`,
    found: ['2025-12 openrouter: used from grants is 5, its holds posted 0'],
  },
  {
    name: 'a grant that lost a post',
    plant: ids => `UPDATE license_grant SET used = 0 WHERE id = '${ids.grant}'`,
    found: ['used is 0, its holds posted 1'],
  },
  {
    name: 'a grant that holds what nobody holds',
    plant: ids => `UPDATE license_grant SET held = 0 WHERE id = '${ids.grant}'`,
    found: ['held is 0, its pending holds are 1'],
  },
  {
    name: 'a hold that vanished',
    plant: ids => `DELETE FROM hold WHERE license_id = '${ids.other}'`,
    found: ['used is 1, its holds posted 0'],
  },
  {
    name: 'a hold counted twice',
    plant:
      ids => `INSERT INTO hold SELECT (json_populate_record(hold, json_build_object('id', gen_random_uuid()))).*
      FROM hold WHERE license_id = '${ids.other}'`,
    found: ['used is 1, its holds posted 2'],
  },
  {
    name: 'a quota that vanished',
    plant: ids => `DELETE FROM quota_period WHERE license_id = '${ids.other}' AND ${NOVEMBER}`,
    found: ['1 holds name it, but it does not exist', 'there is no such quota'],
  },
  {
    name: 'a grant that vanished',
    plant: ids => `DELETE FROM license_grant WHERE id = '${ids.grant}'`,
    found: ['drawn from it, but it does not exist'],
  },
  {
    name: "a hold on another license's grant",
    plant: ids =>
      `UPDATE hold SET grant_id = '${ids.otherGrant}' WHERE grant_id = '${ids.grant}' AND state = 'posted'`,
    found: [
      "it is another license's",
      'used is 1, its holds posted 0',
      'used is 0, its holds posted 1',
    ],
  },
  {
    name: 'a grant of another provider',
    plant: ids => `UPDATE license_grant SET provider = 'openai' WHERE id = '${ids.grant}'`,
    found: ['but it is of another provider'],
  },
  {
    name: 'a hold drawn from a monthly grant',
    plant: ids => `UPDATE license_grant SET lasts = 'subscription' WHERE id = '${ids.grant}'`,
    found: ['but it is no bucket of its own', 'add-ons give 2, its grants 5'],
  },
  {
    name: 'a hold counted in another month',
    plant: ids =>
      `UPDATE hold SET created_at = created_at - interval '1 month' WHERE license_id = '${ids.other}'`,
    found: ['2025-11 openrouter: it has holds that were made in another month'],
  },
  {
    name: 'a pending hold that ended',
    plant: () =>
      `UPDATE hold SET ended_at = sahm_now() WHERE state = 'pending' AND provider = 'openai'`,
    found: ['it is pending, but ended at'],
  },
  {
    name: 'a posted hold that did not end',
    plant: ids => `UPDATE hold SET ended_at = NULL WHERE license_id = '${ids.other}'`,
    found: ['it is posted, but has not ended'],
  },
  {
    name: 'a hold that expired under its request',
    plant: () =>
      `UPDATE hold SET state = 'expired', ended_at = created_at WHERE provider = 'openai'`,
    found: [
      'it expired before its lease was over',
      '2025-12 openai: held is 1, its pending holds are 0',
    ],
  },
  {
    name: 'a state that does not exist',
    plant: ids => `UPDATE hold SET state = 'lost' WHERE license_id = '${ids.other}'`,
    found: ['its state is lost'],
  },
  {
    name: 'a hold of nothing',
    plant: () => `UPDATE hold SET units = 0 WHERE provider = 'openai'`,
    found: ['it is of 0 units'],
  },
  {
    name: 'an overdrawn quota',
    plant: ids =>
      `UPDATE quota_period SET highest_limit = 6 WHERE license_id = '${ids.license}' AND ${DECEMBER}`,
    found: ['used 7 + held 0 is more than it ever had: 6'],
  },
  {
    name: 'a limit above the highest',
    plant: ids =>
      `UPDATE quota_period SET plan_limit = 6 WHERE license_id = '${ids.license}' AND ${DECEMBER}`,
    found: ['limit 8 is more than the highest noted: 7'],
  },
  {
    name: 'a counter below zero',
    plant: () => `UPDATE quota_period SET held = -1 WHERE held = 1`,
    found: ['a counter is below zero'],
  },
  {
    name: 'an overdrawn grant',
    plant: ids => `UPDATE license_grant SET units = 1, entitled = 1 WHERE id = '${ids.grant}'`,
    found: ['used 1 + held 1 is more than it was given: 1'],
  },
  {
    name: 'a grant entitled to more than it was given',
    plant: ids => `UPDATE license_grant SET entitled = 9 WHERE id = '${ids.grant}'`,
    found: ['entitled to 9 of 3 units'],
  },
  {
    name: 'more archived than used',
    plant: ids =>
      `UPDATE quota_period SET archived = 9 WHERE license_id = '${ids.license}' AND ${DECEMBER}`,
    found: ['archived 9 of 7 used'],
  },
  {
    name: 'pruned holds that were counted on one side only',
    plant: ids =>
      `UPDATE license_grant SET used = used + 1, archived = 1 WHERE id = '${ids.grant}'`,
    found: ['its months archived 0 from grants, its grants 1'],
  },
  {
    name: 'an add-on that this month does not have',
    plant: ids =>
      `UPDATE quota_period SET addon_limit = 0 WHERE license_id = '${ids.license}' AND ${DECEMBER}`,
    found: ['add-ons give 0, its grants 2'],
  },
  {
    name: 'an add-on taken back that still counts',
    plant: ids =>
      `UPDATE license_grant SET state = 'revoked', entitled = 0 WHERE id = '${ids.pack}'`,
    found: ['add-ons give 2, its grants 0'],
  },
  {
    name: 'a past month with more than its add-ons',
    plant: () => `UPDATE quota_period SET addon_limit = 4, highest_limit = 9 WHERE ${NOVEMBER}`,
    found: ['add-ons gave 4, its grants at most 0', 'statement'],
  },
  {
    name: 'a statement that is not what happened',
    plant: ids =>
      `UPDATE period_statement SET used = 4 WHERE license_id = '${ids.license}' AND ${NOVEMBER}`,
    found: ['it says limit 5 + 0, used 4, 1 from grants; the quota says 5 + 0, 5, 1'],
  },
  {
    name: 'a statement that came too early',
    plant: () => `INSERT INTO period_statement SELECT license_id, period, provider, plan_limit,
      addon_limit, used, grants_used, sahm_now() FROM quota_period WHERE ${DECEMBER}`,
    found: ['it was written, but holds are pending'],
  },
];

test.each(FAULTS)('found: $name', async ({ plant, found }) => {
  const ids = { license: license.id, other: other.id, grant, otherGrant, pack };
  expect(await database.prisma.$executeRawUnsafe(plant(ids))).toBeGreaterThan(0);
  const problems = await find();
  for (const part of found) expect(problems).toContainEqual(expect.stringContaining(part));
});

test('of many faults of one kind, twenty are named and the others counted', async () => {
  await database.prisma.$executeRaw`
    INSERT INTO hold (id, license_id, provider, period, units, state, model, created_at,
      lease_ends_at, ended_at)
    SELECT gen_random_uuid(), gen_random_uuid(), 'openai', '2025-12', 1, 'voided', 'a/model',
      sahm_now(), sahm_now(), sahm_now() FROM generate_series(1, 25)`;
  const problems = await find();
  expect(problems).toHaveLength(21);
  expect(problems[20]).toBe('and 5 more holds without a quota');
});

test('the current month is that of the zone', async () => {
  await setClock(database.prisma, '2025-12-31T21:00:00Z');
  await database.prisma.$executeRaw`UPDATE license_grant SET entitled = 1 WHERE id = ${pack}::uuid`;
  expect(await findLedgerProblems(database.prisma, 'UTC')).toHaveLength(1);
  expect(await findLedgerProblems(database.prisma, 'Asia/Tehran')).toEqual([]);
});
