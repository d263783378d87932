// If somebody keeps the rows of one license locked, such as in a forgotten psql, no other license has to wait.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { createLedger, type HoldWant, type Ledger } from '../../src/store/ledger/index.js';
import { findLedgerProblems } from '../../src/store/ledger/verify.js';
import { openTestDatabase, type TestDatabase } from '../harness/testDatabase.js';
import {
  addGrant,
  walletCatalog as catalog,
  createLicense,
  LEASE_MS,
  setClock,
  settings,
  type TestLicense,
  wallet,
  wantOf,
} from './ledgerFixture.js';
import { createNamedKey, wantOfKey } from './namedKeysFixture.js';

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

const pair = (license: TestLicense) => pairOf(wantOf(license));

async function pairOf(want: HoldWant): Promise<string> {
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

describe('what a batch held before it met somebody’s lock stays held, once', () => {
  onPostgres('beside a month that cannot be opened', async () => {
    await setClock(database.prisma, '2025-12-01T00:00:01.000Z');
    const [other] = others as [TestLicense];
    await pair(other);
    const lock = `UPDATE license SET note = note WHERE id = '${locked.id}'`;
    await expectHeldOnce(lock, wantOf(other));
  });

  onPostgres('of a wallet beside requests', async () => {
    const rich = await createLicense(database.prisma, { plan: wallet.code });
    const money = () => ({ ...wantOf(rich), units: 10, least: 10 });
    await pairOf(money());
    const lock = `UPDATE quota_period SET used = used WHERE license_id = '${locked.id}'`;
    await expectHeldOnce(lock, money());
  });

  async function expectHeldOnce(lock: string, want: HoldWant): Promise<void> {
    const answers = await whileLocked(lock, () =>
      Promise.allSettled([ledger.hold(want), ledger.hold(wantOf(locked))]),
    );
    expect(answers).toMatchObject([
      { status: 'fulfilled', value: { kind: 'held' } },
      { status: 'rejected', reason: { sqlState: '55P03' } },
    ]);
    const settled = await ledger.settle({ ...want, outcome: 'posted', reason: 'success' });
    expect(settled.kind).toBe('ended');
    expect(await findLedgerProblems(database.prisma)).toEqual([]);
  }
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
  'the holds of others expire, and those of the locked ones at the next sweep',
  async () => {
    const { prisma } = database;
    const leasesEnd = new Date(Date.parse(NOVEMBER) + LEASE_MS).toISOString();
    // What other tests left.
    await setClock(prisma, leasesEnd);
    await ledger.expireDue();
    await setClock(prisma, NOVEMBER);
    const [ofGrant, ofKey, rich] = [
      await createLicense(prisma, { openrouterLimit: 0 }),
      await createLicense(prisma),
      await createLicense(prisma, { plan: wallet.code }),
    ];
    await addGrant(prisma, ofGrant, { createdAt: NOVEMBER });
    const key = await createNamedKey(prisma, ofKey, { openrouter: 9 });
    const money = { ...wantOf(rich), units: 10, least: 10 };
    const wants = [
      ...[locked, ofGrant, ...others].map(each => wantOf(each)),
      wantOfKey(key),
      money,
    ];
    for (const held of await Promise.all(wants.map(ledger.hold))) expect(held.kind).toBe('held');
    const later = wantOf(others[0] as TestLicense);
    await setClock(prisma, new Date(Date.parse(NOVEMBER) + 1).toISOString());
    expect((await ledger.hold(later)).kind).toBe('held');
    await setClock(prisma, leasesEnd);
    const locks = `UPDATE quota_period SET used = used WHERE license_id = '${locked.id}';
      SELECT FROM license_grant WHERE license_id = '${ofGrant.id}' FOR UPDATE;
      SELECT FROM named_key_month WHERE named_key_id = '${key.id}' FOR UPDATE`;
    expect(await whileLocked(locks, () => ledger.expireDue())).toBe(OTHERS + 1);
    const pending = async () =>
      (await prisma.hold.findMany({ where: { state: 'pending' } })).map(({ id }) => id).sort();
    const [first, second] = wants as [HoldWant, HoldWant];
    const left = [first, second, wants.at(-2) as HoldWant, later].map(({ holdId }) => holdId);
    expect(await pending()).toEqual(left.sort());
    expect(await ledger.expireDue()).toBe(3);
    expect(await pending()).toEqual([later.holdId]);
    expect(await findLedgerProblems(prisma)).toEqual([]);
  },
);
