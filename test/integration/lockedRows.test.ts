// If somebody keeps the rows of one license locked, such as in a forgotten psql, no other license has to wait.

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { createLedger, type Ledger } from '../../src/store/ledger/index.js';
import { findLedgerProblems } from '../../src/store/ledger/verify.js';
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

const onPostgres = process.env.TEST_DATABASE === 'postgres' ? test : test.skip;
const NOVEMBER = '2025-11-10T12:00:00.000Z';
const OTHERS = 20;

let database: TestDatabase;
let ledger: Ledger;
let locked: TestLicense;
let others: TestLicense[];
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  const { prisma, direct: queries, pipelined } = database;
  await setClock(prisma, NOVEMBER);
  ledger = createLedger(prisma, () => catalog, { ...settings, queries, pipelined });
  locked = await createLicense(prisma, { openrouterLimit: 100 });
  await addGrant(prisma, locked, { units: 5, createdAt: NOVEMBER });
  others = await Promise.all(
    Array.from({ length: OTHERS }, () => createLicense(prisma, { openrouterLimit: 100 })),
  );
  await Promise.all([locked, ...others].map(pair));
});

async function pair(license: TestLicense): Promise<string> {
  const want = wantOf(license);
  const held = await ledger.hold(want);
  if (held.kind !== 'held') throw new Error(held.kind);
  const settled = await ledger.settle({ ...want, outcome: 'posted', reason: 'success' });
  return settled.kind;
}

function idempotencyOf(name: string) {
  return { idempotencyKeyDigest: name.padStart(64, '0'), fingerprint: 'f'.repeat(64) };
}

/** Keeps the locks of `sql` while `act` runs; returns the result of `act`. */
async function whileLocked<T>(sql: string, act: () => Promise<T>): Promise<T> {
  const person = new Client({ connectionString: database.url });
  await person.connect();
  try {
    await person.query('BEGIN');
    await person.query(sql);
    return await act();
  } finally {
    await person.end();
  }
}

const LOCKS: Array<[string, (license: TestLicense) => string]> = [
  ['counters', ({ id }) => `UPDATE quota_period SET used = used WHERE license_id = '${id}'`],
  ['grants', ({ id }) => `SELECT FROM license_grant WHERE license_id = '${id}' FOR UPDATE`],
  ['holds', ({ id }) => `SELECT FROM hold WHERE license_id = '${id}' FOR UPDATE`],
  ['license', ({ id }) => `SELECT FROM license WHERE id = '${id}' FOR UPDATE`],
];

onPostgres.each(LOCKS)(
  'while the %s of one license are locked, all others hold and post, and it goes on afterwards',
  async (_, lock) => {
    const pending = wantOf(locked);
    expect((await ledger.hold(pending)).kind).toBe('held');
    let ofLocked: Promise<unknown>[] = [];
    const answers = await whileLocked(lock(locked), async () => {
      ofLocked = [
        ledger.hold(wantOf(locked)),
        ledger.settle({ ...pending, outcome: 'posted', reason: 'success' }),
      ].map(act => act.then(({ kind }) => kind).catch(error => error.sqlState));
      const rounds: string[] = [];
      for (let round = 0; round < 5; round++) {
        rounds.push(...(await Promise.all(others.map(pair))));
      }
      return rounds;
    });
    expect(answers).toEqual(Array.from({ length: 5 * OTHERS }, () => 'ended'));
    // Requests of the locked license waited for a while, and were then refused or succeeded in the end.
    for (const answer of await Promise.all(ofLocked)) {
      expect(['held', 'ended', '55P03']).toContain(answer);
    }
    expect((await ledger.hold(wantOf(locked))).kind).toBe('held');
    expect(await findLedgerProblems(database.prisma)).toEqual([]);
  },
);

onPostgres('while one month cannot be opened, others are', async () => {
  await setClock(database.prisma, '2025-12-01T00:00:01.000Z');
  const lock = `UPDATE license SET note = note WHERE id = '${locked.id}'`;
  const answers = await whileLocked(lock, async () => {
    const waits = ledger.hold(wantOf(locked)).catch(() => {});
    const rest = await Promise.all(others.map(pair));
    await waits;
    return rest;
  });
  expect(answers).toEqual(others.map(() => 'ended'));
});

onPostgres('requests with an Idempotency-Key of others go on too', async () => {
  const lock = `UPDATE quota_period SET used = used WHERE license_id = '${locked.id}'`;
  const kinds = await whileLocked(lock, async () => {
    const waiting = Array.from({ length: 10 }, (_, index) =>
      ledger
        .holdOnce({ ...wantOf(locked), idempotency: idempotencyOf(`a${index}`) })
        .catch(() => {}),
    );
    const held = await Promise.all(
      others.map(license =>
        ledger.holdOnce({ ...wantOf(license), idempotency: idempotencyOf('b') }),
      ),
    );
    await Promise.all(waiting);
    return held.map(({ kind }) => kind);
  });
  expect(kinds).toEqual(others.map(() => 'held'));
});

onPostgres(
  'the holds of others expire, and those of the locked one at the next sweep',
  async () => {
    await Promise.all([locked, ...others].map(license => ledger.hold(wantOf(license))));
    await setClock(database.prisma, new Date(Date.parse(NOVEMBER) + LEASE_MS).toISOString());
    const lock = `UPDATE quota_period SET used = used WHERE license_id = '${locked.id}'`;
    await whileLocked(lock, () => ledger.expireDue());
    const pending = () => database.prisma.hold.findMany({ where: { state: 'pending' } });
    expect((await pending()).map(({ licenseId }) => licenseId)).toEqual([locked.id]);
    await ledger.expireDue();
    expect(await pending()).toEqual([]);
  },
);
