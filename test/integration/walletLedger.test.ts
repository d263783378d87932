// Wallets in the ledger: one quota over all providers, in micro-dollars. A hold reserves the most, a post charges the
// true cost.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { PROVIDERS, type Provider, WALLET } from '../../src/domain/provider.js';
import { balanceFor, balanceOfProvider } from '../../src/domain/quota.js';
import { DatabaseError, type Queries } from '../../src/store/database/directQueries.js';
import { inTransaction } from '../../src/store/database/transaction.js';
import type { Prisma, PrismaClient } from '../../src/store/generated/client.js';
import { createLedger, type HoldWant, type Ledger } from '../../src/store/ledger/index.js';
import { closePeriods, prune } from '../../src/store/ledger/periods.js';
import { findLedgerProblems } from '../../src/store/ledger/verify.js';
import {
  lockBuckets,
  lockLicense,
  refreshEntitlements,
} from '../../src/store/licenses/entitlements.js';
import { createRandom } from '../harness/random.js';
import { openTestDatabase, type TestDatabase } from '../harness/testDatabase.js';
import {
  addGrant,
  walletCatalog as catalog,
  createLicense,
  LEASE_MS,
  setClock,
  settings,
  type TestLicense,
  times,
  wantOf,
} from './ledgerFixture.js';
import { createNamedKey, type TestKey, wantOfKey } from './namedKeysFixture.js';

const seed = Number(process.env.LEDGER_SEED ?? Math.floor(Math.random() * 2 ** 31));
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
  const all = { ...settings, queries, encryptionKey: Buffer.alloc(32, 7) };
  ledger = createLedger(prisma, () => catalog, { ...all, pipelined });
  other = createLedger(prisma, () => catalog, all);
});

interface Sized {
  least?: number;
  first?: number;
  provider?: Provider;
}

const costing = (license: TestLicense, units: number, sized: Sized = {}) => {
  const { least = units, first, ...to } = sized;
  return { ...wantOf(license, { ...to, units }), least, first };
};
const post = (want: HoldWant, units: number, on = ledger) =>
  on.settle({ ...want, outcome: 'posted', reason: 'success', units });
const giveBack = (want: HoldWant, on = ledger) =>
  on.settle({ ...want, outcome: 'voided', reason: 'upstream_failed' });
const newLicense = () => createLicense(prisma, { plan: 'wallet' });

async function leftIn(license: TestLicense): Promise<number> {
  return balanceFor(await ledger.usage(license.id), 'openai').remaining;
}

async function expectNoProblems(): Promise<void> {
  expect(await findLedgerProblems(prisma)).toEqual([]);
}

describe('a hold of a wallet', () => {
  test('reserves the most, charges the true cost, and frees the rest at once', async () => {
    const license = await newLicense();
    const want = costing(license, 900, { provider: 'openai' });
    expect(await ledger.hold(want)).toMatchObject({ kind: 'held', units: 900 });
    expect(await other.hold(costing(license, 101))).toMatchObject({ kind: 'full', reserved: true });
    const settled = await post(want, 250);
    expect(settled).toMatchObject({ kind: 'ended', charged: 250 });
    const { usage } = settled as { usage: Awaited<ReturnType<Ledger['usage']>> };
    expect(balanceFor(usage, 'openai')).toEqual({ used: 250, limit: 1_000, remaining: 750 });
    expect(balanceOfProvider(usage, 'openai')).toEqual({ used: 250, limit: 1_000, remaining: 750 });
    expect(balanceOfProvider(usage, 'openrouter')).toEqual({
      used: 0,
      limit: 1_000,
      remaining: 750,
    });
    expect(await other.hold(costing(license, 750))).toMatchObject({ kind: 'held', units: 750 });
    await expectNoProblems();
  });

  test('grows also where the database was away for a moment, and once', async () => {
    const { direct, pipelined } = database;
    const faults = [
      // The statement ran, and its answer was lost.
      new DatabaseError(new Error('Connection terminated')),
      // Somebody held a lock; the server started again.
      ...['55P03', '57P03', '40P01'].map(
        code => new DatabaseError(Object.assign(new Error(code), { code })),
      ),
    ];
    const failing = (on: Queries): Queries => ({
      async $queryRaw(query: TemplateStringsArray | Prisma.Sql, ...values) {
        const answer = await on.$queryRaw(query, ...values);
        const text = 'raw' in query ? query.join('?') : query.sql;
        const fault = text.includes('sahm_extend') ? faults.shift() : undefined;
        if (fault) throw fault;
        return answer as never;
      },
    });
    const encryptionKey = Buffer.alloc(32, 7);
    const queries = failing(direct);
    const all = { ...settings, queries, pipelined: failing(pipelined), encryptionKey };
    const license = await newLicense();
    const { holdId, ...want } = costing(license, 900, { first: 100 });
    await ledger.hold({ holdId, ...want });
    const grown = createLedger(prisma, () => catalog, all).extend({
      holdId,
      licenseId: license.id,
      units: 300,
    });
    expect(await grown).toBe(300);
    expect(faults).toEqual([]);
    await post({ holdId, ...want }, 250);
    expect(await leftIn(license)).toBe(750);
    await expectNoProblems();
  });

  test('is drawn from one wallet for all providers', async () => {
    // A limit of requests is no matter to it.
    const license = await createLicense(prisma, { plan: 'wallet', openrouterLimit: 5_000 });
    const wants = PROVIDERS.map(provider => costing(license, 400, { provider }));
    for (const want of wants) await ledger.hold(want);
    const settled = await Promise.all(wants.map((want, index) => post(want, 100 + index)));
    expect(settled.map(result => result.kind)).toEqual(['ended', 'ended']);
    const usage = await ledger.usage(license.id);
    expect(usage.wallet?.usedBy).toEqual({ openrouter: 100, openai: 101 });
    expect(balanceFor(usage, 'openrouter').used).toBe(201);
    await expectNoProblems();
  });

  test('takes what is left if that is enough, and is refused if not', async () => {
    const license = await newLicense();
    const first = costing(license, 700);
    await ledger.hold(first);
    expect(await ledger.hold(costing(license, 5_000, { least: 301 }))).toMatchObject({
      kind: 'full',
      reserved: true,
    });
    const less = costing(license, 5_000, { least: 300 });
    expect(await ledger.hold(less)).toMatchObject({ kind: 'held', units: 300 });
    await post(first, 700);
    await post(less, 300);
    expect(await leftIn(license)).toBe(0);
    expect(await ledger.hold(costing(license, 1))).toMatchObject({ kind: 'full', reserved: false });
    await expectNoProblems();
  });

  test('comes whole from the month, else from the oldest grant with room, else from the fullest', async () => {
    const license = await newLicense();
    const [older, newer] = [
      await addGrant(prisma, license, { provider: WALLET, units: 2_000, createdAt: '2026-01-01' }),
      await addGrant(prisma, license, { provider: WALLET, units: 3_000, createdAt: '2026-02-01' }),
    ];
    const wants = [
      costing(license, 600),
      costing(license, 500),
      costing(license, 2_500),
      costing(license, 9_000, { least: 10 }),
    ];
    for (const want of wants) await ledger.hold(want);
    const held = await prisma.hold.findMany({
      where: { licenseId: license.id },
      orderBy: { id: 'asc' },
    });
    expect(held.map(({ grantId, units }) => [grantId, Number(units)])).toEqual([
      [null, 600],
      [older, 500],
      [newer, 2_500],
      [older, 1_500],
    ]);
    for (const want of wants) await post(want, 7);
    const usage = await ledger.usage(license.id);
    expect(balanceFor(usage, 'openrouter')).toEqual({ used: 28, limit: 6_000, remaining: 5_972 });
    await expectNoProblems();
  });

  test('is refused by who has too little, and told whether pending holds are all that stands in the way', async () => {
    const license = await newLicense();
    const grantOf = (units: number, state: string) =>
      addGrant(prisma, license, { provider: WALLET, units, state, createdAt: '2026-01-01' });
    await grantOf(500, 'active');
    await grantOf(9_000, 'waiting');
    const key = await createNamedKey(prisma, license, { [WALLET]: 600 });
    await ledger.hold(costing(license, 950));
    const ask = (least: number) => ({ ...wantOfKey(key, { units: 2_000 }), least });
    const ofLicense = await ledger.hold(ask(600));
    expect(ofLicense).toMatchObject({ kind: 'full', reserved: true });
    expect(ofLicense).not.toHaveProperty('isOwnLimit');
    expect(await ledger.hold(costing(license, 1_001))).toMatchObject({ reserved: false });
    expect(await ledger.hold(ask(601))).toMatchObject({ isOwnLimit: true, reserved: false });
    await expectNoProblems();
  });

  test('is judged by its own license and its own key, also among those that come at once', async () => {
    const [poor, rich] = [await newLicense(), await newLicense()];
    for (const [license, units] of [
      [poor, 900],
      [rich, 1],
    ] as const) {
      await ledger.hold(costing(license, units));
    }
    const [small, free] = [
      await createNamedKey(prisma, rich, { [WALLET]: 30 }),
      await createNamedKey(prisma, rich),
    ];
    const most = (want: HoldWant) => ({ ...want, units: 200, least: 1 });
    const wants = [wantOf(poor), wantOf(rich), wantOfKey(small), wantOfKey(free)].map(most);
    const held = await Promise.all(wants.map(want => ledger.hold(want)));
    expect(held).toMatchObject([100, 200, 30, 200].map(units => ({ kind: 'held', units })));
    // A limit that is raised lets more through, and is then the highest that there was.
    await prisma.namedKeyLimit.updateMany({ where: { namedKeyId: small.id }, data: { units: 50 } });
    expect(await ledger.hold(most(wantOfKey(small)))).toMatchObject({ kind: 'held', units: 20 });
    await expectNoProblems();
  });

  test('shows the balance that usage shows, also of a grant that is half spent', async () => {
    const license = await newLicense();
    await addGrant(prisma, license, { provider: WALLET, units: 2_000, createdAt: '2026-01-01' });
    const fromGrant = costing(license, 1_500);
    await ledger.hold(fromGrant);
    await post(fromGrant, 700);
    const { balance } = (await ledger.hold(costing(license, 10))) as { balance: unknown };
    expect(balance).toEqual(balanceFor(await ledger.usage(license.id), 'openrouter'));
    expect(balance).toEqual({ used: 700, limit: 3_000, remaining: 2_300 });
    await expectNoProblems();
  });

  test('costs nothing if it is voided or expires', async () => {
    const license = await newLicense();
    const [one, two] = [costing(license, 300), costing(license, 300)];
    await ledger.hold(one);
    await ledger.hold(two);
    expect(await giveBack(one)).toMatchObject({ kind: 'ended', charged: 0 });
    await setClock(prisma, new Date(Date.parse(NOVEMBER) + LEASE_MS).toISOString());
    expect(await ledger.expireDue()).toBeGreaterThan(0);
    expect(await post(two, 5)).toEqual({ kind: 'refused', state: 'expired' });
    expect(await leftIn(license)).toBe(1_000);
    await expectNoProblems();
  });

  test('can be posted with nothing', async () => {
    const license = await newLicense();
    const want = costing(license, 3);
    await ledger.hold(want);
    expect(await post(want, 0)).toMatchObject({ kind: 'ended', charged: 0 });
    expect(await leftIn(license)).toBe(1_000);
    await expectNoProblems();
  });
});

describe('a hold that grows', () => {
  const grow = ({ holdId, licenseId }: HoldWant, units: number, on = ledger) =>
    on.extend({ holdId, licenseId, units });

  test('has a part at first, and then as much as is wanted and free, the same however often', async () => {
    const license = await newLicense();
    const [one, two] = [
      costing(license, 5_000, { least: 10, first: 100 }),
      costing(license, 300, { least: 10, first: 100 }),
    ];
    expect(await ledger.hold(one)).toMatchObject({ kind: 'held', units: 100, affords: 1_000 });
    expect(await other.hold(two)).toMatchObject({ kind: 'held', units: 100, affords: 300 });
    expect(await grow(one, 250)).toBe(250);
    expect(await grow(one, 250, other)).toBe(250);
    expect(await grow(one, 200)).toBe(250);
    await expectNoProblems();
    expect(await grow(one, 5_000)).toBe(900);
    expect(await grow(two, 101)).toBe(100);
    expect(await ledger.hold(costing(license, 1))).toMatchObject({ kind: 'full', reserved: true });
    expect(await post(one, 400)).toMatchObject({ kind: 'ended', charged: 400 });
    expect(await grow(two, 300)).toBe(300);
    expect(await giveBack(two)).toMatchObject({ kind: 'ended', charged: 0 });
    expect(await leftIn(license)).toBe(600);
    await expectNoProblems();
  });

  test('grows in its own bucket and month, and not where that was taken back', async () => {
    const license = await newLicense();
    const grant = await addGrant(prisma, license, {
      provider: WALLET,
      units: 2_000,
      createdAt: '2026-01-01',
    });
    const [ofMonth, ofGrant] = [
      costing(license, 900, { first: 1 }),
      costing(license, 1_500, { first: 1 }),
    ];
    for (const want of [ofMonth, ofGrant]) await ledger.hold(want);
    await setClock(prisma, new Date(Date.parse(NOVEMBER) + LEASE_MS - 1).toISOString());
    expect(await grow(ofGrant, 1_200)).toBe(1_200);
    await setClock(prisma, '2026-12-01T00:00:00Z');
    expect(await grow(ofMonth, 1_100)).toBe(1_000);
    await prisma.grant.update({ where: { id: grant }, data: { state: 'revoked' } });
    expect(await grow(ofGrant, 1_201)).toBe(1_200);
    const ofDecember = costing(license, 900, { first: 1 });
    await ledger.hold(ofDecember);
    expect(await grow(ofDecember, 800)).toBe(800);
    await expectNoProblems();
    // The lease is as it was.
    expect(await ledger.expireDue()).toBeGreaterThan(0);
    expect(await grow(ofMonth, 1_000)).toBe(0);
    expect(await post(ofGrant, 5)).toEqual({ kind: 'refused', state: 'expired' });
    await expectNoProblems();
  });

  test('grows as far as the named key’s own limit goes, as it is then', async () => {
    const license = await newLicense();
    const key = await createNamedKey(prisma, license, { [WALLET]: 130 });
    const want = { ...wantOfKey(key, { units: 900 }), least: 1, first: 50 };
    expect(await ledger.hold(want)).toMatchObject({ kind: 'held', units: 50, affords: 130 });
    expect(await grow(want, 200)).toBe(130);
    const where = { namedKeyId: key.id, provider: WALLET };
    await prisma.namedKeyLimit.updateMany({ where, data: { units: 180 } });
    expect(await grow(want, 200)).toBe(180);
    await expectNoProblems();
    await prisma.namedKeyLimit.deleteMany({ where });
    expect(await grow(want, 5_000)).toBe(1_000);
    await post(want, 700);
    expect(await leftIn(license)).toBe(300);
    await expectNoProblems();
  });

  test(`random histories of growing holds are as a model says (seed ${seed})`, async () => {
    const random = createRandom(seed);
    for (let history = 0; history < 3; history++) {
      const license = await newLicense();
      const id = await addGrant(prisma, license, {
        provider: WALLET,
        units: 700,
        createdAt: '2026-01-01',
      });
      const free = new Map<string | null, number>([
        [null, 1_000],
        [id, 700],
      ]);
      const pending: Array<{ want: HoldWant; bucket: string | null; units: number }> = [];
      for (let step = 0; step < 60; step++) {
        const picked = pending[random.below(pending.length + 1)];
        if (!picked) {
          // Those that come at once are held in one batch, in their order.
          const wants = Array.from({ length: 1 + random.below(3) }, () => {
            const [units, least] = [1 + random.below(900), 1 + random.below(200)];
            const first = least + random.below(300);
            return costing(license, Math.max(units, least), { least, first });
          });
          const told = wants.map(want => {
            const { units: size, least = 0, first = 0 } = want;
            const [bucket, room] =
              [...free].find(([, left]) => left >= size) ??
              ([...free].toSorted(([, one], [, two]) => two - one)[0] as [string | null, number]);
            const affords = Math.min(size, room);
            if (affords < least) return { kind: 'full' };
            const units = Math.min(affords, first);
            free.set(bucket, room - units);
            pending.push({ want, bucket, units });
            return { kind: 'held', units, affords };
          });
          expect(await Promise.all(wants.map(want => ledger.hold(want)))).toMatchObject(told);
          continue;
        }
        const { want, bucket, units } = picked;
        const room = free.get(bucket) as number;
        if (random.below(2) === 0) {
          const wanted = units + random.below(300) - 50;
          picked.units = Math.max(units, Math.min(wanted, units + room));
          free.set(bucket, room - picked.units + units);
          expect(await grow(want, wanted, random.below(2) ? ledger : other)).toBe(picked.units);
          continue;
        }
        const cost = random.below(units + 100);
        const charged = Math.min(cost, units + room);
        expect(await post(want, cost)).toMatchObject({ kind: 'ended', charged });
        free.set(bucket, room + units - charged);
        pending.splice(pending.indexOf(picked), 1);
      }
      const rooms = await ledger.rooms(license.id, WALLET);
      expect(rooms.map(room => room.free)).toEqual([...free.values()]);
    }
    await expectNoProblems();
  });
});

describe('a call that was dearer than what is held for it', () => {
  test('is paid as far as its bucket has it free, and never by what others hold', async () => {
    const license = await newLicense();
    const [small, neighbour, later] = [
      costing(license, 100),
      costing(license, 600),
      costing(license, 100),
    ];
    for (const want of [small, neighbour, later]) await ledger.hold(want);
    expect(await post(small, 150)).toMatchObject({ kind: 'ended', charged: 150 });
    expect(await post(later, 900)).toMatchObject({ kind: 'ended', charged: 250 });
    expect(await post(neighbour, 601)).toMatchObject({ kind: 'ended', charged: 600 });
    expect(await leftIn(license)).toBe(0);
    expect((await ledger.usage(license.id)).wallet?.usedBy.openrouter).toBe(1_000);
    await expectNoProblems();
  });

  test('pays alone: who is given back or counted in requests at the same time pays nothing more', async () => {
    const license = await newLicense();
    const requests = await createLicense(prisma, { openrouterLimit: 9 });
    const [dear, failed, request] = [
      costing(license, 100),
      costing(license, 300, { first: 100 }),
      wantOf(requests),
    ];
    for (const want of [dear, failed, request]) await ledger.hold(want);
    const settled = [post(dear, 150), giveBack(failed), post(request, 5)];
    expect(await Promise.all(settled)).toMatchObject([
      { kind: 'ended', charged: 150 },
      { kind: 'ended', charged: 0 },
      { kind: 'ended', usage: { quotas: { openrouter: { used: 1 } } } },
    ]);
    expect(await leftIn(license)).toBe(850);
    await expectNoProblems();
  });

  test('is not paid from a grant that no longer counts, and the hold tells what had been held', async () => {
    const license = await newLicense();
    const units = 2_000;
    const id = await addGrant(prisma, license, {
      provider: WALLET,
      units,
      createdAt: '2026-01-01',
    });
    const [dear, later] = [costing(license, 1_100), costing(license, 800)];
    for (const want of [dear, later]) await ledger.hold(want);
    expect(await post(dear, 1_150)).toMatchObject({ charged: 1_150 });
    const row = await prisma.hold.findUniqueOrThrow({ where: { id: dear.holdId } });
    expect(row).toMatchObject({ grantId: id, units: 1_150n, heldUnits: 1_100n });
    const other = costing(license, 820);
    expect(await ledger.hold(other)).toMatchObject({ kind: 'held', units: 820 });
    await prisma.grant.update({ where: { id }, data: { state: 'waiting' } });
    expect(await post(other, 830)).toMatchObject({ charged: 820 });
    await expectNoProblems();
  });

  test('is paid from its grant, and by a named key within its own limit', async () => {
    const license = await newLicense();
    await prisma.licenseLimit.create({
      data: { licenseId: license.id, provider: WALLET, units: 0 },
    });
    await addGrant(prisma, license, { provider: WALLET, units: 500, createdAt: '2026-01-01' });
    const key = await createNamedKey(prisma, license, { [WALLET]: 130 });
    const want = { ...wantOfKey(key, { units: 100 }), least: 100 };
    expect(await ledger.hold(want)).toMatchObject({ kind: 'held', units: 100 });
    expect(await post(want, 400)).toMatchObject({ kind: 'ended', charged: 130 });
    expect(await leftIn(license)).toBe(370);
    expect(await ledger.hold({ ...wantOfKey(key, { units: 1 }), least: 1 })).toMatchObject({
      kind: 'full',
      isOwnLimit: true,
      reserved: false,
    });
    await expectNoProblems();
  });

  test('is paid in full by a named key without a limit of its own, and as far as a limit goes by then', async () => {
    const license = await newLicense();
    for (const [before, after, charged] of [
      [undefined, undefined, 150],
      [100, null, 150],
      [100, 130, 130],
      [100, 50, 100],
    ] as const) {
      const key = await createNamedKey(prisma, license, before ? { [WALLET]: before } : {});
      const want = { ...wantOfKey(key, { units: 100 }), least: 100 };
      expect(await ledger.hold(want)).toMatchObject({ kind: 'held', units: 100 });
      const limit = { where: { namedKeyId: key.id } };
      if (after === null) await prisma.namedKeyLimit.deleteMany(limit);
      else if (after) await prisma.namedKeyLimit.updateMany({ ...limit, data: { units: after } });
      expect(await post(want, 150)).toMatchObject({ kind: 'ended', charged });
    }
    expect(await leftIn(license)).toBe(1_000 - 150 - 150 - 130 - 100);
    await expectNoProblems();
  });
});

test('a month begins anew, its statement is written, and what is pruned can still be proven', async () => {
  const license = await newLicense();
  const want = costing(license, 500, { provider: 'openai' });
  await ledger.hold(want);
  await post(want, 321);
  await setClock(prisma, '2026-12-02T00:00:00Z');
  expect(await leftIn(license)).toBe(1_000);
  const next = costing(license, 9);
  await ledger.hold(next);
  const usedBy = { openrouter: 5, openai: 0 };
  expect(await post(next, 5)).toMatchObject({ usage: { wallet: { usedBy } } });
  await closePeriods(prisma, 'UTC', 1_000);
  const statement = await prisma.periodStatement.findFirstOrThrow({
    where: { licenseId: license.id, provider: WALLET },
  });
  expect(Number(statement.used)).toBe(321);
  await setClock(prisma, '2028-02-02T00:00:00Z');
  const { holds } = await prune(prisma, { timeZone: 'UTC', most: 10_000 });
  expect(holds).toBeGreaterThan(0);
  const use = await prisma.walletUse.findFirstOrThrow({
    where: { licenseId: license.id, provider: 'openai' },
  });
  expect(use).toMatchObject({ provider: 'openai', used: 321n, archived: 321n });
  await expectNoProblems();
});

test('an Idempotency-Key is claimed with the hold, and charged once', async () => {
  const license = await newLicense();
  const idempotency = { idempotencyKeyDigest: 'ab'.repeat(32), fingerprint: 'cd'.repeat(32) };
  const want = { ...costing(license, 5_000, { least: 10 }), idempotency };
  const held = await ledger.holdOnce(want);
  expect(held).toMatchObject({ kind: 'held', units: 1_000 });
  expect(await other.holdOnce({ ...costing(license, 10), idempotency })).toEqual({
    kind: 'claimed',
    how: 'under_way',
  });
  const kept = {
    idempotencyKeyDigest: idempotency.idempotencyKeyDigest,
    expected: await ledger.usage(license.id),
    replyOf: () => Buffer.from('reply'),
  };
  const settled = await ledger.settle(
    { ...want, outcome: 'posted', reason: 'success', units: 12 },
    kept,
  );
  expect(settled).toMatchObject({ kind: 'ended', charged: 12 });
  const again = await other.holdOnce({ ...costing(license, 10), idempotency });
  expect(again).toMatchObject({ kind: 'claimed', how: 'replied' });
  await expectNoProblems();
});

test('a hold with an Idempotency-Key tells what any hold tells', async () => {
  const license = await newLicense();
  const key = await createNamedKey(prisma, license, { [WALLET]: 600 });
  const hold = (name: string, least: number) =>
    ledger.holdOnce({
      ...wantOfKey(key, { units: 900 }),
      least,
      first: 100,
      idempotency: { idempotencyKeyDigest: name.repeat(64), fingerprint: 'f'.repeat(64) },
    });
  const usage = { ownLimit: { used: 0, limit: 600 }, wallet: { quota: { held: 100 } } };
  expect(await hold('a', 1)).toMatchObject({ kind: 'held', units: 100, affords: 600, usage });
  const full = { kind: 'full', isOwnLimit: true, usage };
  expect(await hold('b', 600)).toMatchObject({ ...full, reserved: true });
  expect(await hold('b', 601)).toMatchObject({ ...full, reserved: false });
  await expectNoProblems();
});

test('a first reply that a repeated request was given is that of the caller too, with what it says of the charge', async () => {
  const license = await newLicense();
  const idempotency = { idempotencyKeyDigest: 'c'.repeat(64), fingerprint: 'd'.repeat(64) };
  const want = { ...costing(license, 100), idempotency };
  const { direct, pipelined } = database;
  // The repeated request comes between the two writings of the reply.
  const queries: Queries = {
    async $queryRaw(query: TemplateStringsArray | Prisma.Sql, ...values) {
      const text = 'raw' in query ? query.join('?') : query.sql;
      const isWriting = text.includes('UPDATE idempotency_claim');
      if (isWriting) await other.holdOnce({ ...costing(license, 100), idempotency });
      return direct.$queryRaw(query, ...values);
    },
  };
  const encryptionKey = Buffer.alloc(32, 7);
  const all = { ...settings, queries, pipelined, encryptionKey };
  const interrupted = createLedger(prisma, () => catalog, all);
  await interrupted.holdOnce(want);
  await ledger.hold(costing(license, 900));
  const expected = await ledger.usage(license.id);
  const settled = await interrupted.settle(
    { ...want, outcome: 'posted', reason: 'success', units: 300 },
    {
      idempotencyKeyDigest: idempotency.idempotencyKeyDigest,
      expected,
      replyOf: (_, charged = 300) => Buffer.from(String(charged)),
    },
  );
  expect(settled).toEqual({ kind: 'ended', usage: expected });
  const again = await other.holdOnce({ ...costing(license, 100), idempotency });
  expect(again).toMatchObject({ how: 'replied', reply: Buffer.from('300') });
  expect((await ledger.usage(license.id)).wallet?.usedBy.openrouter).toBe(100);
  await expectNoProblems();
});

test('a license that changes between the two meters keeps the counts of each', async () => {
  const license = await newLicense();
  const want = costing(license, 400);
  await ledger.hold(want);
  await post(want, 400);
  await inTransaction(prisma, async transaction => {
    await lockLicense(transaction, license.id);
    await lockBuckets(transaction, license.id, 'UTC');
    await transaction.$executeRaw`
      UPDATE license SET plan = 'vip', version = 2 WHERE id = ${license.id}::uuid`;
    await refreshEntitlements(transaction, catalog, license.id, 'UTC');
  });
  const asked = { ...wantOf(license), version: 2 };
  expect(await ledger.hold(asked)).toMatchObject({ kind: 'held' });
  const usage = await ledger.usage(license.id);
  expect(usage.wallet).toBeUndefined();
  expect(usage.quotas.openrouter.used).toBe(0);
  await expectNoProblems();
});

test(`many at once over two replicas: exact, never below zero, and none refused that fits (seed ${seed})`, async () => {
  const random = createRandom(seed);
  const license = await newLicense();
  await addGrant(prisma, license, { provider: WALLET, units: 4_000, createdAt: '2026-01-01' });
  const keys: Array<TestKey | null> = [null, await createNamedKey(prisma, license, { all: 1_500 })];
  let [charged, refused] = [0, 0];
  const replicas = [ledger, other];
  const one = async (index: number) => {
    const on = replicas[index % 2] as Ledger;
    const units = 20 + random.below(120);
    const cost = random.below(units + 20);
    const key = random.pick(keys);
    const sent = { units, provider: random.pick([...PROVIDERS]) as Provider };
    const first = 15 + random.below(units);
    const want = { ...(key ? wantOfKey(key, sent) : wantOf(license, sent)), least: 15, first };
    let held = await on.hold(want);
    while (held.kind === 'full' && held.reserved) held = await on.hold(want);
    if (held.kind !== 'held') {
      // A named key may be refused for its own limit.
      refused += key ? 0 : 1;
      return;
    }
    for (let more = first; more < units && random.below(4); more += 20) {
      await on.extend({ ...want, units: Math.min(more, held.affords as number) });
    }
    const settled = random.below(9) ? await post(want, cost, on) : await giveBack(want, on);
    if (settled.kind !== 'ended') throw new Error('refused');
    charged += settled.charged as number;
  };
  await Promise.all(times(300, one));
  const { remaining, used } = balanceFor(await ledger.usage(license.id), 'openai');
  expect({ used, remaining }).toEqual({ used: charged, remaining: 5_000 - charged });
  expect(refused).toBeGreaterThan(0);
  // Less than the least call is left in each of its two buckets.
  expect(remaining).toBeLessThan(2 * 15);
  const [totals] = await prisma.$queryRaw<[{ sum: number }]>`
    SELECT sum(units)::int AS sum FROM hold WHERE license_id = ${license.id}::uuid AND state = 'posted'`;
  expect(totals.sum).toBe(charged);
  await expectNoProblems();
});

describe('verify finds', () => {
  test.each([
    ['use of a provider that no hold explains', 'UPDATE wallet_use SET used = used + 1'],
    [
      'a wallet that differs from its holds',
      `UPDATE quota_period SET used = used + 1 WHERE provider = 'all'`,
    ],
  ])('%s', async (_name, damage) => {
    const license = await newLicense();
    const want = costing(license, 10);
    await ledger.hold(want);
    await post(want, 5);
    await expect(
      prisma.$transaction(async transaction => {
        await transaction.$executeRawUnsafe(
          `${damage} ${damage.includes('WHERE') ? 'AND' : 'WHERE'} license_id = '${license.id}'`,
        );
        const problems = await findLedgerProblems({
          $transaction: (act: (client: unknown) => unknown) => act(transaction),
        } as unknown as PrismaClient);
        throw new Error(problems.join());
      }),
    ).rejects.toThrow(license.id);
  });
});
