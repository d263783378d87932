// A named key's own limit, in the ledger: as exact as the license's, and in the same statement.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { PrismaPg } from '@prisma/adapter-pg';
import fc from 'fast-check';
import { PROVIDERS, type Provider } from '../../src/domain/provider.js';
import type { Queries } from '../../src/store/database/directQueries.js';
import { PrismaClient } from '../../src/store/generated/client.js';
import { createLedger, type HoldWant, type Ledger } from '../../src/store/ledger/index.js';
import { prune } from '../../src/store/ledger/periods.js';
import { findLedgerProblems } from '../../src/store/ledger/verify.js';
import { openTestDatabase, type TestDatabase } from '../harness/testDatabase.js';
import {
  addGrant,
  catalog,
  countWaiting,
  createLicense,
  LEASE_MS,
  setClock,
  settings,
  times,
  wantOf,
} from './ledgerFixture.js';
import { addSecret, createNamedKey, monthOf, type TestKey, wantOfKey } from './namedKeysFixture.js';

const onPostgres = process.env.TEST_DATABASE === 'postgres' ? test : test.skip;
const seed = Number(process.env.LEDGER_SEED ?? Math.floor(Math.random() * 2 ** 31));
const HISTORIES = Number(process.env.HISTORIES ?? 40);
/** Of a first limit that is set while its license is used. */
const ROUNDS = Number(process.env.ROUNDS ?? 20);
const NOVEMBER = '2026-11-15T12:00:00Z';

let database: TestDatabase;
let prisma: PrismaClient;
let ledger: Ledger;
let other: Ledger;
beforeAll(async () => {
  database = await openTestDatabase();
  prisma = database.prisma;
});
afterAll(() => database.close());
beforeEach(async () => {
  await setClock(prisma, NOVEMBER);
  const { direct: queries, pipelined } = database;
  ledger = createLedger(prisma, () => catalog, { ...settings, queries, pipelined });
  other = createLedger(prisma, () => catalog, { ...settings, queries });
});

const post = (want: HoldWant, on = ledger) =>
  on.settle({ ...want, outcome: 'posted', reason: 'success' });
const giveBack = (want: HoldWant, on = ledger) =>
  on.settle({ ...want, outcome: 'voided', reason: 'upstream_failed' });

/** Runs `act` with three ledgers, each on connections of its own. */
async function withReplicas(act: (replicas: Ledger[]) => Promise<void>): Promise<void> {
  const clients = times(
    3,
    () => new PrismaClient({ adapter: new PrismaPg({ connectionString: database.url, max: 6 }) }),
  );
  try {
    await act(
      clients.map(client => createLedger(client, () => catalog, { ...settings, queries: client })),
    );
  } finally {
    await Promise.all(clients.map(client => client.$disconnect()));
  }
}

async function expectNoProblems(): Promise<void> {
  expect(await findLedgerProblems(prisma)).toEqual([]);
}

describe('a limit of a key', () => {
  test('lets exactly that many through, at once and over two replicas, and the license goes on', async () => {
    const license = await createLicense(prisma, { openrouterLimit: 40 });
    const key = await createNamedKey(prisma, license, { openrouter: 7 });
    const wants = times(30, () => wantOfKey(key));
    const results = await Promise.all(
      wants.map((want, index) => (index % 2 ? ledger : other).hold(want)),
    );
    const held = wants.filter((_, index) => results[index]?.kind === 'held');
    expect(held).toHaveLength(7);
    expect(results.filter(result => result.kind === 'full')).toHaveLength(23);
    expect(results.find(result => result.kind === 'full')).toMatchObject({
      isOwnLimit: true,
      reserved: true,
      usage: { ownLimit: { provider: 'openrouter', used: 0, limit: 7 } },
    });
    await Promise.all(held.map((want, index) => post(want, index % 2 ? ledger : other)));
    expect(await ledger.hold(wantOfKey(key))).toMatchObject({
      kind: 'full',
      isOwnLimit: true,
      reserved: false,
      usage: { ownLimit: { used: 7, limit: 7 } },
    });
    expect(await ledger.hold(wantOf(license))).toMatchObject({ kind: 'held' });
    expect(await monthOf(prisma, key)).toEqual({ used: 7, held: 0 });
    await expectNoProblems();
  });

  onPostgres(
    'is exact over replicas with connections of their own, without a deadlock',
    async () => {
      const license = await createLicense(prisma, { openrouterLimit: 1_000 });
      const keys = await Promise.all(
        times(3, index => createNamedKey(prisma, license, { openrouter: 10 + index })),
      );
      await withReplicas(async replicas => {
        const wants = times(240, index => wantOfKey(keys[index % 3] as TestKey));
        const ends = await Promise.all(
          wants.map(async (want, index) => {
            const replica = replicas[index % replicas.length] as Ledger;
            const held = await replica.hold(want);
            if (held.kind === 'held') await post(want, replica);
            return held.kind;
          }),
        );
        expect(ends.filter(end => end === 'held')).toHaveLength(10 + 11 + 12);
        expect(ends.filter(end => end === 'stale')).toEqual([]);
        await expectNoProblems();
      });
    },
  );

  test('counts what the key draws from grants too, and gives back what is voided or expires', async () => {
    const license = await createLicense(prisma, { openrouterLimit: 2 });
    await addGrant(prisma, license, { units: 9, createdAt: '2026-10-01' });
    const key = await createNamedKey(prisma, license, { openrouter: 4 });
    const wants = times(5, () => wantOfKey(key));
    const kinds: string[] = [];
    for (const want of wants) kinds.push((await ledger.hold(want)).kind);
    expect(kinds).toEqual(['held', 'held', 'held', 'held', 'full']);
    // A limit that is raised is the highest that there was.
    await prisma.namedKeyLimit.updateMany({ where: { namedKeyId: key.id }, data: { units: 5 } });
    const more = wantOfKey(key);
    expect(await ledger.hold(more)).toMatchObject({ kind: 'held' });
    await giveBack(more);
    await post(wants[0] as HoldWant);
    await giveBack(wants[1] as HoldWant);
    await giveBack(wants[2] as HoldWant);
    expect(await monthOf(prisma, key)).toEqual({ used: 1, held: 1 });
    await setClock(prisma, new Date(Date.parse(NOVEMBER) + LEASE_MS).toISOString());
    expect(await ledger.expireDue()).toBeGreaterThan(0);
    expect(await monthOf(prisma, key)).toEqual({ used: 1, held: 0 });
    await expectNoProblems();
  });

  test('does not matter if the license has less: then the license is full, not the key', async () => {
    const license = await createLicense(prisma, { openrouterLimit: 2 });
    const key = await createNamedKey(prisma, license, { openrouter: 3 });
    const results = await Promise.all(times(4, () => ledger.hold(wantOfKey(key))));
    expect(results.map(({ kind }) => kind)).toEqual(['held', 'held', 'full', 'full']);
    expect(results[2]).not.toHaveProperty('isOwnLimit');
    expect(results[3]).toMatchObject({ isOwnLimit: true });
    const idempotency = { idempotencyKeyDigest: 'd'.repeat(64), fingerprint: 'f'.repeat(64) };
    const once = await ledger.holdOnce({ ...wantOfKey(key), idempotency });
    expect(once).toMatchObject({ kind: 'full', reserved: true });
    expect(once).not.toHaveProperty('isOwnLimit');
    await expectNoProblems();
  });

  test('is shown with the license’s balance, also of a grant that is half spent', async () => {
    const license = await createLicense(prisma, { openrouterLimit: 0 });
    await addGrant(prisma, license, { units: 3, createdAt: '2026-10-01' });
    const key = await createNamedKey(prisma, license);
    const want = wantOfKey(key);
    await ledger.hold(want);
    await post(want);
    const where = { licenseId: license.id, provider: 'openrouter' };
    await prisma.quotaPeriod.updateMany({ where, data: { planLimit: 5, highestLimit: 5 } });
    expect(await ledger.hold(wantOfKey(key))).toMatchObject({
      kind: 'held',
      balance: { used: 1, limit: 8, remaining: 7 },
    });
    await expectNoProblems();
  });

  test('begins anew with the month', async () => {
    const license = await createLicense(prisma);
    const key = await createNamedKey(prisma, license, { openrouter: 1 });
    const want = wantOfKey(key);
    await ledger.hold(want);
    await post(want);
    expect(await ledger.hold(wantOfKey(key))).toMatchObject({ kind: 'full', isOwnLimit: true });
    await setClock(prisma, '2026-12-01T00:00:00Z');
    expect(await ledger.hold(wantOfKey(key))).toMatchObject({ kind: 'held' });
    await setClock(prisma, NOVEMBER);
    await expectNoProblems();
  });

  test('counts each hold in its own month, also where holds of two months end at once', async () => {
    const license = await createLicense(prisma);
    const key = await createNamedKey(prisma, license);
    const ofNovember = wantOfKey(key, { units: 2 });
    await ledger.hold(ofNovember);
    await setClock(prisma, '2026-12-01T00:00:00Z');
    const ofDecember = wantOfKey(key);
    await ledger.hold(ofDecember);
    await Promise.all([post(ofNovember), post(ofDecember)]);
    const inOrder = {
      where: { provider: 'openrouter' },
      orderBy: { period: 'asc' },
      select: { period: true, used: true, held: true },
    } as const;
    const months = [
      { period: '2026-11', used: 2n, held: 0n },
      { period: '2026-12', used: 1n, held: 0n },
    ];
    const ofKey = { ...inOrder, where: { ...inOrder.where, namedKeyId: key.id } };
    const used = months.map(({ period, used }) => ({ period, used }));
    expect(await prisma.namedKeyMonth.findMany(ofKey)).toMatchObject(used);
    const ofLicense = { ...inOrder, where: { ...inOrder.where, licenseId: license.id } };
    expect(await prisma.quotaPeriod.findMany(ofLicense)).toEqual(months);
    await setClock(prisma, NOVEMBER);
    await expectNoProblems();
  });

  test('that is lowered below what is used refuses, and takes nothing back; one that is taken away lets through', async () => {
    const license = await createLicense(prisma);
    const key = await createNamedKey(prisma, license, { openrouter: 3 });
    const wants = times(2, () => wantOfKey(key));
    await Promise.all(wants.map(ledger.hold));
    await Promise.all(wants.map(want => post(want)));
    const where = { namedKeyId_provider: { namedKeyId: key.id, provider: 'openrouter' } };
    await prisma.namedKeyLimit.update({ where, data: { units: 1 } });
    const full = { kind: 'full', isOwnLimit: true, reserved: false };
    expect(await ledger.hold(wantOfKey(key))).toMatchObject(full);
    const idempotency = { idempotencyKeyDigest: 'c'.repeat(64), fingerprint: 'f'.repeat(64) };
    expect(await ledger.holdOnce({ ...wantOfKey(key), idempotency })).toMatchObject(full);
    await prisma.namedKeyLimit.delete({ where });
    expect(await ledger.hold(wantOfKey(key))).toMatchObject({ kind: 'held' });
    await expectNoProblems();
  });

  test('holds for a request with an Idempotency-Key, and a refusal frees that key', async () => {
    const license = await createLicense(prisma);
    const key = await createNamedKey(prisma, license, { openrouter: 1 });
    const idempotent = (digit: string) => ({
      ...wantOfKey(key),
      idempotency: { idempotencyKeyDigest: digit.repeat(64), fingerprint: 'f'.repeat(64) },
    });
    const first = idempotent('a');
    expect(await ledger.holdOnce(first)).toMatchObject({
      kind: 'held',
      balance: { used: 0, limit: 1, remaining: 1 },
      usage: { ownLimit: { used: 0, limit: 1 } },
    });
    expect(await ledger.holdOnce(idempotent('a'))).toMatchObject({ how: 'under_way' });
    const second = idempotent('b');
    expect(await ledger.holdOnce(second)).toMatchObject({
      kind: 'full',
      isOwnLimit: true,
      reserved: true,
    });
    await giveBack(first);
    expect(await ledger.holdOnce(second)).toMatchObject({ kind: 'held' });
    await expectNoProblems();
  });
});

describe('what the hold checks', () => {
  test.each<[string, (key: TestKey) => Promise<unknown>]>([
    [
      'a secret that ended',
      key =>
        prisma.licenseKey.update({
          where: { id: key.secretId },
          data: { validUntil: new Date(NOVEMBER) },
        }),
    ],
    [
      'a license that is suspended',
      key => prisma.license.update({ where: { id: key.license.id }, data: { state: 'suspended' } }),
    ],
    [
      'a license that was changed',
      key => prisma.license.update({ where: { id: key.license.id }, data: { version: 2 } }),
    ],
  ])('%s makes the caller read anew, also where the key has nothing left', async (_, change) => {
    const license = await createLicense(prisma);
    const [key, empty] = [
      await createNamedKey(prisma, license),
      await createNamedKey(prisma, license, { openrouter: 0 }),
    ];
    expect(await ledger.hold(wantOfKey(key))).toMatchObject({ kind: 'held' });
    expect(await ledger.hold(wantOfKey(empty))).toMatchObject({ kind: 'full', isOwnLimit: true });
    await change(key);
    if (key.secretId) await change(empty);
    expect(await ledger.hold(wantOfKey(key))).toEqual({ kind: 'stale' });
    expect(await other.hold(wantOfKey(empty))).toEqual({ kind: 'stale' });
    await expectNoProblems();
  });

  test('a key opens no other license, and is no master key', async () => {
    const [license, another] = [await createLicense(prisma), await createLicense(prisma)];
    const key = await createNamedKey(prisma, license);
    expect(await ledger.hold(wantOfKey({ ...key, license: another }))).toEqual({ kind: 'stale' });
    const asMaster = { ...wantOfKey(key), namedKey: null };
    expect(await ledger.hold(asMaster)).toEqual({ kind: 'stale' });
    const masterAsNamed = { namedKey: wantOfKey(key).namedKey, ...wantOf(license) };
    expect(await ledger.hold(masterAsNamed)).toEqual({ kind: 'stale' });
    await expectNoProblems();
  });

  test('a secret that ended is refused also beside one of the same key that goes on', async () => {
    const license = await createLicense(prisma);
    const key = await createNamedKey(prisma, license, { openrouter: 0 });
    await ledger.hold(wantOf(license));
    const rotated = { ...key, secretId: await addSecret(prisma, key.id) };
    await prisma.licenseKey.update({
      where: { id: key.secretId },
      data: { validUntil: new Date(NOVEMBER) },
    });
    const wants = [wantOfKey(key), wantOfKey(rotated, { provider: 'openai' })];
    const answers = await Promise.all(wants.map(ledger.hold));
    expect(answers.map(({ kind }) => kind)).toEqual(['stale', 'held']);
    await expectNoProblems();
  });

  test('two secrets of a key that is rotated share its limit', async () => {
    const license = await createLicense(prisma, { openrouterLimit: 10 });
    const key = await createNamedKey(prisma, license, { openrouter: 4 });
    const rotated = { ...key, secretId: await addSecret(prisma, key.id) };
    expect(await ledger.hold(wantOfKey(key))).toMatchObject({ kind: 'held' });
    expect(await ledger.hold(wantOfKey(rotated))).toMatchObject({ kind: 'held' });
    const atOnce = [key, key, rotated, rotated].map(each => ledger.hold(wantOfKey(each)));
    const kinds = (await Promise.all(atOnce)).map(({ kind }) => kind);
    expect(kinds.sort()).toEqual(['full', 'full', 'held', 'held']);
    expect(await ledger.hold(wantOfKey(key))).toMatchObject({ kind: 'full', isOwnLimit: true });
    await prisma.namedKeyLimit.updateMany({ where: { namedKeyId: key.id }, data: { units: 5 } });
    expect(await ledger.hold(wantOfKey(rotated))).toMatchObject({ kind: 'held' });
    await expectNoProblems();
  });
});

/** A ledger, and the ledger's functions that its statements call. */
function listened(): { ledger: Ledger; called: string[] } {
  const called: string[] = [];
  const queries: Queries = {
    $queryRaw: ((...statement: Parameters<Queries['$queryRaw']>) => {
      const [first] = statement;
      called.push(/sahm_\w+/.exec('sql' in first ? first.sql : first.join('?'))?.[0] ?? '');
      return database.direct.$queryRaw(...statement);
    }) as Queries['$queryRaw'],
  };
  return { ledger: createLedger(prisma, () => catalog, { ...settings, queries }), called };
}

test('a license without named keys is held and settled with the statements that it had before', async () => {
  const license = await createLicense(prisma);
  const { ledger: counted, called } = listened();
  await counted.hold(wantOf(license)).then(held => expect(held.kind).toBe('held'));
  called.length = 0;
  const want = wantOf(license);
  await counted.hold(want);
  await counted.settle({ ...want, outcome: 'posted', reason: 'success' });
  expect(called).toEqual(['sahm_hold_own', 'sahm_settle']);
  expect(await prisma.namedKeyMonth.count({ where: { namedKey: { licenseId: license.id } } })).toBe(
    0,
  );
});

describe('keys of a license where none has a limit', () => {
  const isFull = { kind: 'full', isOwnLimit: true, reserved: true };

  test('are held as the master key is, and counted when their holds end', async () => {
    const license = await createLicense(prisma);
    const key = await createNamedKey(prisma, license);
    const { ledger: counted, called } = listened();
    const wants = times(4, () => wantOfKey(key));
    for (const want of wants) expect(await counted.hold(want)).toMatchObject({ kind: 'held' });
    expect(called.filter(name => name !== 'sahm_open_periods')).toEqual([
      'sahm_hold_own',
      ...times(4, () => 'sahm_hold_own'),
    ]);
    expect(await prisma.namedKeyMonth.count({ where: { namedKeyId: key.id } })).toBe(0);
    await post(wants[0] as HoldWant);
    await giveBack(wants[1] as HoldWant);
    expect(await monthOf(prisma, key)).toMatchObject({ used: 1 });
    await expectNoProblems();
    await setClock(prisma, new Date(Date.parse(NOVEMBER) + LEASE_MS).toISOString());
    expect(await ledger.expireDue()).toBeGreaterThan(0);
    expect(await monthOf(prisma, key)).toMatchObject({ used: 1 });
    await expectNoProblems();
  });

  test('draw on grants, and are full where the license is', async () => {
    const license = await createLicense(prisma, { openrouterLimit: 1 });
    await addGrant(prisma, license, { units: 1, createdAt: '2026-10-01' });
    const key = await createNamedKey(prisma, license);
    const wants = times(3, () => wantOfKey(key));
    const results = await Promise.all(wants.map(ledger.hold));
    expect(results.map(({ kind }) => kind)).toEqual(['held', 'held', 'full']);
    expect(results[2]).not.toHaveProperty('isOwnLimit');
    await Promise.all(wants.slice(0, 2).map(want => post(want)));
    expect(await monthOf(prisma, key)).toMatchObject({ used: 2 });
    await expectNoProblems();
  });

  test('count what is pending from the first limit on, of all keys and in this month', async () => {
    const license = await createLicense(prisma, { openrouterLimit: 20 });
    const [key, sibling] = [
      await createNamedKey(prisma, license),
      await createNamedKey(prisma, license),
    ];
    const [first, second, third] = times(3, () => wantOfKey(key, { units: 2 }));
    const ofSibling = wantOfKey(sibling);
    for (const want of [first, second, third, ofSibling]) await ledger.hold(want as HoldWant);
    await post(first as HoldWant);
    const limit = { namedKeyId: key.id, provider: 'openrouter' };
    await prisma.namedKeyLimit.create({ data: { ...limit, units: 7 } });
    expect(await monthOf(prisma, key)).toEqual({ used: 2, held: 4 });
    expect(await monthOf(prisma, sibling)).toEqual({ used: 0, held: 1 });
    await expectNoProblems();
    // Also of a caller that does not know of the limit yet.
    expect(await ledger.hold(wantOfKey(key))).toMatchObject({ kind: 'held' });
    expect(await other.hold(wantOfKey(key))).toMatchObject(isFull);
    await giveBack(second as HoldWant);
    await post(third as HoldWant);
    await post(ofSibling);
    expect(await monthOf(prisma, key)).toEqual({ used: 4, held: 1 });
    expect(await monthOf(prisma, sibling)).toEqual({ used: 1, held: 0 });
    await expectNoProblems();
    // A later limit of a sibling finds its month as it is.
    await prisma.namedKeyLimit.create({ data: { ...limit, namedKeyId: sibling.id, units: 1 } });
    expect(await ledger.hold(wantOfKey(sibling))).toMatchObject({ ...isFull, reserved: false });
    await expectNoProblems();
  });

  test('are counted again without what is held in the month after the last limit was taken away', async () => {
    const license = await createLicense(prisma);
    const key = await createNamedKey(prisma, license, { openrouter: 1 });
    await ledger.hold(wantOfKey(key));
    await prisma.namedKeyLimit.deleteMany({ where: { namedKeyId: key.id } });
    expect(await ledger.hold(wantOfKey(key))).toMatchObject({ kind: 'held' });
    expect(await monthOf(prisma, key)).toEqual({ used: 0, held: 2 });
    await setClock(prisma, '2026-12-01T00:00:00Z');
    const want = { ...wantOfKey(key), namedKey: { id: key.id, areKeysLimited: false } };
    expect(await ledger.hold(want)).toMatchObject({ kind: 'held' });
    await post(want);
    const december = { namedKeyId: key.id, period: '2026-12' };
    expect(await prisma.namedKeyMonth.findMany({ where: december })).toMatchObject([
      { used: 1n, countsHeld: false },
    ]);
    await expectNoProblems();
    await setClock(prisma, NOVEMBER);
  });

  onPostgres('wait for a first limit that is being set, and are judged by it', async () => {
    const [opened, unopened] = [await createLicense(prisma), await createLicense(prisma)];
    const [key, ofUnopened] = [
      await createNamedKey(prisma, opened),
      await createNamedKey(prisma, unopened),
    ];
    const pending = wantOfKey(key);
    expect(await ledger.hold(pending)).toMatchObject({ kind: 'held' });
    // Its connections wait for a lock as long as it takes.
    const patient = new PrismaClient({
      adapter: new PrismaPg({ connectionString: database.url, max: 4 }),
    });
    const [replica, another] = times(2, () =>
      createLedger(patient, () => catalog, { ...settings, queries: patient }),
    ) as [Ledger, Ledger];
    const acts: Array<Promise<{ kind: string }>> = [];
    const waitingAre = async (count: number) => {
      while ((await countWaiting(prisma)) < count) {
        await prisma.$queryRaw`SELECT pg_sleep(0.01)::text`;
      }
    };
    try {
      await prisma.$transaction(
        async transaction => {
          for (const [units, { id }] of [key, ofUnopened].entries()) {
            const limit = { namedKeyId: id, provider: 'openrouter', units };
            await transaction.namedKeyLimit.create({ data: limit });
          }
          acts.push(replica.hold(wantOfKey(key)));
          await waitingAre(1);
          acts.push(replica.settle({ ...pending, outcome: 'voided', reason: 'x' }));
          await waitingAre(2);
          acts.push(another.hold(wantOfKey(ofUnopened)));
          await waitingAre(3);
        },
        { timeout: 60_000 },
      );
      expect((await Promise.all(acts)).map(({ kind }) => kind)).toEqual(['full', 'ended', 'held']);
      expect(await monthOf(prisma, key)).toEqual({ used: 0, held: 0 });
      expect(await replica.hold(wantOfKey(ofUnopened))).toMatchObject(isFull);
      await expectNoProblems();
    } finally {
      await patient.$disconnect();
    }
  });

  onPostgres(
    'are held exactly while their first limit is set, over replicas with connections of their own',
    async () => {
      await withReplicas(async replicas => {
        for (let round = 0; round < ROUNDS; round++) {
          const license = await createLicense(prisma, { openrouterLimit: 1_000 });
          const keys = [
            await createNamedKey(prisma, license),
            await createNamedKey(prisma, license),
          ];
          const limit = 5 + (round % 20);
          let isSet = false;
          let before = 0;
          const bot = async (index: number) => {
            const replica = replicas[index % replicas.length] as Ledger;
            for (let call = 0; call < 12; call++) {
              const want = wantOfKey(keys[index % 2] as TestKey);
              if (!isSet && index % 2 === 0) before++;
              const { kind } = await replica.hold(want);
              if (kind !== 'held') continue;
              if (call % 3 !== 2) await post(want, replica);
              else if (call % 2) await giveBack(want, replica);
            }
          };
          const setLimit = async () => {
            for (let turn = 0; turn < round % 7; turn++) await prisma.$queryRaw`SELECT 1 AS one`;
            const [{ id }] = keys as [TestKey, TestKey];
            const data = { namedKeyId: id, provider: 'openrouter', units: limit };
            await prisma.namedKeyLimit.create({ data });
            isSet = true;
          };
          await Promise.all([...times(6, bot), setLimit()]);
          const { used, held } = await monthOf(prisma, keys[0] as TestKey);
          expect(used + held).toBeLessThanOrEqual(Math.max(limit, before));
        }
        await expectNoProblems();
      });
    },
  );
});

test('keys of every kind are held together in one statement, and who has no room is told why', async () => {
  const license = await createLicense(prisma, { openrouterLimit: 100 });
  const keys = await Promise.all(
    [{ openrouter: 3 }, { openrouter: 9 }, {}].map(limits =>
      createNamedKey(prisma, license, limits),
    ),
  );
  const { ledger: counted, called } = listened();
  const batch = () => [wantOf(license), ...keys.map(key => wantOfKey(key))];
  const kindsOf = async (wants: HoldWant[]) =>
    (await Promise.all(wants.map(counted.hold))).map(({ kind }) => kind);
  // The first of a month opens what is missing.
  expect(await kindsOf(batch())).toEqual(['held', 'held', 'held', 'held']);
  called.length = 0;
  expect(await kindsOf(batch())).toEqual(['held', 'held', 'held', 'held']);
  expect(called).toEqual(['sahm_hold_keys']);
  const [, small, ...others] = [...batch(), ...batch()];
  const wants = [small as HoldWant, ...others];
  const results = await Promise.all(wants.map(counted.hold));
  expect(results.map(({ kind }) => kind)).toEqual(
    wants.map((_, at) => (at === 4 ? 'full' : 'held')),
  );
  expect(results[4]).toMatchObject({ isOwnLimit: true, reserved: true });
  const months = await Promise.all(keys.map(key => monthOf(prisma, key)));
  expect(months.map(({ held }) => held)).toEqual([3, 4, 4]);
  await expectNoProblems();
});

test('a key’s limits of two providers are counted apart, also of calls that come at once', async () => {
  const license = await createLicense(prisma);
  const key = await createNamedKey(prisma, license, { openrouter: 5, openai: 2 });
  const { ledger: counted, called } = listened();
  const atOnce = async () => {
    const wants = PROVIDERS.map(provider => wantOfKey(key, { provider }));
    return (await Promise.all(wants.map(counted.hold))).map(({ kind }) => kind);
  };
  expect(await atOnce()).toEqual(['held', 'held']);
  called.length = 0;
  expect(await atOnce()).toEqual(['held', 'held']);
  expect(called).toEqual(['sahm_hold_keys']);
  for (const provider of PROVIDERS) {
    expect(await monthOf(prisma, key, provider)).toEqual({ used: 0, held: 2 });
  }
  expect(await atOnce()).toEqual(['held', 'full']);
  await expectNoProblems();
});

test('a reply shows the counters of its key right after itself, also of many in one batch', async () => {
  const license = await createLicense(prisma);
  const key = await createNamedKey(prisma, license, { openrouter: 4 });
  const wants = times(3, () => wantOfKey(key));
  await Promise.all(wants.map(ledger.hold));
  const settled = await Promise.all([
    post(wants[0] as HoldWant),
    giveBack(wants[1] as HoldWant),
    post(wants[2] as HoldWant),
  ]);
  const shown = settled.map(each => (each.kind === 'ended' ? each.usage.ownLimit?.used : null));
  expect(shown).toEqual([1, 1, 2]);
});

test('the usage of pruned requests stays proven', async () => {
  const license = await createLicense(prisma);
  const key = await createNamedKey(prisma, license, { openrouter: 4 });
  const want = wantOfKey(key);
  await ledger.hold(want);
  await post(want);
  await setClock(prisma, '2029-01-15T12:00:00Z');
  expect((await prune(prisma, { timeZone: 'UTC', most: 100_000 })).holds).toBeGreaterThan(0);
  expect(await prisma.hold.count({ where: { namedKeyId: key.id } })).toBe(0);
  const [month] = await prisma.namedKeyMonth.findMany({ where: { namedKeyId: key.id } });
  expect([month?.used, month?.archived]).toEqual([1n, 1n]);
  await expectNoProblems();
});

describe('verify finds', () => {
  test('a limit of a key whose license’s month, or own month, does not count what is held', async () => {
    const license = await createLicense(prisma);
    const key = await createNamedKey(prisma, license, { openrouter: 4 });
    const want = wantOfKey(key);
    await ledger.hold(want);
    const month = (countsHeld: boolean) =>
      prisma.namedKeyMonth.updateMany({ where: { namedKeyId: key.id }, data: { countsHeld } });
    const quota = (hasLimitedKeys: boolean) =>
      prisma.quotaPeriod.updateMany({ where: { licenseId: license.id }, data: { hasLimitedKeys } });
    await month(false);
    expect(await findLedgerProblems(prisma)).toMatchObject([
      expect.stringMatching(/quota .* a month of a key does not count what is held/),
    ]);
    await month(true);
    await quota(false);
    expect(await findLedgerProblems(prisma)).toMatchObject([
      expect.stringMatching(/quota .* a key has a limit, but what is held is not counted/),
    ]);
    await quota(true);
    await expectNoProblems();
  });

  test.each([
    [
      'a counter that is too high',
      'SET used = used + 1',
      /named key .*used is 2, its holds posted 1/,
    ],
    [
      'a hold that is not counted',
      'SET held = 1',
      /named key .*held is 1, its pending holds are 0/,
    ],
    ['a limit that was overdrawn', 'SET highest_limit = 0', /is more than its limit ever was: 0/],
  ])('%s', async (_, damage, problem) => {
    const license = await createLicense(prisma);
    const key = await createNamedKey(prisma, license, { openrouter: 4 });
    const want = wantOfKey(key);
    await ledger.hold(want);
    await post(want);
    const check = 'named_key_month_never_overdrawn';
    const { definition } = (
      await prisma.$queryRawUnsafe<[{ definition: string }]>(
        `SELECT pg_get_constraintdef(oid) AS definition FROM pg_constraint WHERE conname = '${check}'`,
      )
    )[0];
    await prisma.$executeRawUnsafe(`ALTER TABLE named_key_month DROP CONSTRAINT ${check}`);
    const where = `WHERE named_key_id = '${key.id}'`;
    await prisma.$executeRawUnsafe(`UPDATE named_key_month ${damage} ${where}`);
    expect((await findLedgerProblems(prisma)).join('\n')).toMatch(problem);
    await prisma.$executeRawUnsafe(
      `UPDATE named_key_month SET used = 1, held = 0, highest_limit = 4 ${where}`,
    );
    await prisma.$executeRawUnsafe(
      `ALTER TABLE named_key_month ADD CONSTRAINT ${check} ${definition}`,
    );
    await expectNoProblems();
  });
});

// Random histories of one license with its master key and three named ones.

type Act =
  | { do: 'hold'; key: number; on: Provider; units: number }
  | { do: 'settle'; which: number; outcome: 'posted' | 'voided' }
  | { do: 'limit'; key: number; on: Provider; units: number | null }
  | { do: 'rotate'; key: number }
  | { do: 'withdraw'; key: number }
  | { do: 'grant'; units: number }
  | { do: 'clock'; ms: number }
  | { do: 'expire' };

const key = fc.nat(3);
const on = fc.constantFrom<Provider>('openrouter', 'openrouter', ...PROVIDERS);
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('hold' as const),
      key,
      on,
      units: fc.constantFrom(1, 1, 2),
    }),
  },
  {
    weight: 9,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      which: fc.nat(6),
      outcome: fc.constantFrom('posted' as const, 'posted' as const, 'voided' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('limit' as const),
      key,
      on,
      units: fc.option(fc.nat(4)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('rotate' as const), key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('withdraw' as const), key }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('grant' as const), units: fc.nat(3).map(n => n + 1) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('clock' as const),
      ms: fc.constantFrom(60_000, LEASE_MS, 31 * 86_400_000),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ do: 'expire' as const }) },
);
/** Units of this month's holds of a key that are posted or pending. */
async function takenBy(namedKeyId: string, provider: Provider): Promise<number> {
  const [{ units }] = await prisma.$queryRaw<[{ units: number }]>`
    SELECT coalesce(sum(units), 0)::int AS units FROM hold
    WHERE named_key_id = ${namedKeyId}::uuid AND provider = ${provider}
      AND period = sahm_month(sahm_now(), 'UTC') AND state IN ('pending', 'posted')`;
  return units;
}

/** Acts of one group start together. */
const history = fc.array(fc.array(act, { minLength: 1, maxLength: 5 }), {
  minLength: 1,
  maxLength: 14,
  size: 'max',
});

test(`verify stays clean over random histories with several keys (seed ${seed})`, async () => {
  let now = Date.parse(NOVEMBER);
  await fc.assert(
    fc.asyncProperty(fc.boolean(), history, async (isLimited, groups) => {
      const license = await createLicense(prisma, { openrouterLimit: 6 });
      const named = [
        await createNamedKey(prisma, license, isLimited ? { openrouter: 3 } : {}),
        await createNamedKey(prisma, license, isLimited ? { openrouter: 5, openai: 1 } : {}),
        await createNamedKey(prisma, license),
      ];
      const known: HoldWant[] = [];
      let turn = 0;

      async function run(each: Act): Promise<void> {
        const replica = turn++ % 2 ? ledger : other;
        const chosen = 'key' in each ? named[each.key] : undefined;
        switch (each.do) {
          case 'hold': {
            const options = { provider: each.on, units: each.units };
            const want = chosen ? wantOfKey(chosen, options) : wantOf(license, options);
            if ((await replica.hold(want)).kind === 'held') known.push(want);
            return;
          }
          case 'settle': {
            const want = known.at(-1 - each.which);
            if (want) await replica.settle({ ...want, outcome: each.outcome, reason: 'x' });
            return;
          }
          case 'limit': {
            if (!chosen) return;
            const where = { namedKeyId: chosen.id, provider: each.on };
            if (each.units === null) await prisma.namedKeyLimit.deleteMany({ where });
            else {
              await prisma.namedKeyLimit.upsert({
                where: { namedKeyId_provider: where },
                create: { ...where, units: each.units },
                update: { units: each.units },
              });
            }
            return;
          }
          case 'rotate':
            if (chosen) chosen.secretId = await addSecret(prisma, chosen.id);
            return;
          case 'withdraw':
            if (!chosen) return;
            await prisma.$executeRaw`UPDATE license_key SET valid_until = sahm_now()
              WHERE named_key_id = ${chosen.id}::uuid`;
            return;
          case 'grant':
            await addGrant(prisma, license, { units: each.units, createdAt: NOVEMBER });
            return;
          case 'expire':
            await replica.expireDue();
        }
      }

      const taken = new Map<string, number>();
      async function expectWithinLimits(group: Act[]): Promise<void> {
        for (const [index, { id }] of named.entries()) {
          for (const provider of PROVIDERS) {
            const name = `${id} ${provider}`;
            const before = taken.get(name) ?? 0;
            const after = await takenBy(id, provider);
            taken.set(name, after);
            const where = { namedKeyId_provider: { namedKeyId: id, provider } };
            const limit = await prisma.namedKeyLimit.findUnique({ where });
            const isOther = group.some(
              each => each.do === 'clock' || (each.do === 'limit' && each.key === index),
            );
            if (limit && !isOther) {
              expect(after).toBeLessThanOrEqual(Math.max(Number(limit.units), before));
            }
          }
        }
      }

      for (const group of groups) {
        await Promise.all(group.map(run));
        for (const each of group) if (each.do === 'clock') now += each.ms;
        await setClock(prisma, new Date(now).toISOString());
        await expectWithinLimits(group);
        for (const one of named) {
          const months = await prisma.namedKeyMonth.findMany({ where: { namedKeyId: one.id } });
          for (const month of months) {
            if (month.highestLimit !== null) {
              expect(month.used + month.held <= month.highestLimit).toBe(true);
            }
          }
        }
      }
      await expectNoProblems();
    }),
    { numRuns: HISTORIES, seed },
  );
}, 600_000);
