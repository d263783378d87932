import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { PrismaPg } from '@prisma/adapter-pg';
import fc from 'fast-check';
import type { Plan } from '../../src/domain/catalog.js';
import { mayBeDone } from '../../src/domain/databaseFault.js';
import { PROVIDERS, perProvider } from '../../src/domain/provider.js';
import {
  type Balance,
  balanceOf,
  type Quota,
  totalBalance,
  type Usage,
} from '../../src/domain/quota.js';
import { DatabaseError, type Queries } from '../../src/store/database/directQueries.js';
import { inTransaction } from '../../src/store/database/transaction.js';
import { Prisma, PrismaClient } from '../../src/store/generated/client.js';
import {
  createLedger,
  type HoldResult,
  type HoldWant,
  type Ledger,
  type SettleResult,
  type SettleWant,
} from '../../src/store/ledger/index.js';
import { settleBatch } from '../../src/store/ledger/settle.js';
import { findLedgerProblems } from '../../src/store/ledger/verify.js';
import { lockLicense, refreshEntitlements } from '../../src/store/licenses/entitlements.js';
import { openTestDatabase, type TestDatabase } from '../harness/testDatabase.js';
import {
  addGrant,
  catalog,
  countWaiting,
  createLicense,
  LEASE_MS,
  setClock,
  settings,
  type TestLicense,
  times,
  wantOf,
} from './ledgerFixture.js';

/** Nothing allowed, nothing used. */
const EMPTY: Quota = {
  planLimit: 0,
  addonLimit: 0,
  used: 0,
  held: 0,
  grantsUsed: 0,
  grantsUnspent: 0,
};
const onPostgres = process.env.TEST_DATABASE === 'postgres' ? test : test.skip;
/** LEDGER_SEED=N repeats the random tests of a run with that seed. */
const seed = Number(process.env.LEDGER_SEED ?? Math.floor(Math.random() * 2 ** 31));

const NOVEMBER = '2026-11-15T12:00:00Z';
const LAST_OF_NOVEMBER = '2026-11-30T23:59:59.999Z';
const FIRST_OF_DECEMBER = '2026-12-01T00:00:00.000Z';

let database: TestDatabase;
let prisma: PrismaClient;
let ledger: Ledger;
beforeAll(async () => {
  database = await openTestDatabase();
  prisma = database.prisma;
});
afterAll(() => database.close());
beforeEach(async () => {
  await setClock(prisma, NOVEMBER);
  ledger = newLedger();
});

/** The database, but that the first `count` answers to such statements are lost. `onLoss` runs before each is missed. */
function losingAnswers(
  pattern: RegExp,
  count: number,
  onLoss: () => Promise<void> = async () => {},
): Queries {
  let lost = 0;
  return {
    async $queryRaw<Rows>(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]) {
      const rows = await database.direct.$queryRaw<Rows>(query, ...values);
      const text = query instanceof Prisma.Sql ? query.sql : query.join('');
      if (!pattern.test(text) || lost === count) return rows;
      lost += 1;
      await onLoss();
      throw new DatabaseError(new Error('Connection terminated unexpectedly'));
    },
  };
}

function newLedger(client = prisma): Ledger {
  const ways =
    client === prisma
      ? { queries: database.direct, pipelined: database.pipelined }
      : { queries: client };
  return createLedger(client, () => catalog, { ...settings, ...ways });
}

/** Runs `act` with ledgers on separate clients, like separate replicas. */
async function withReplicas<T>(
  count: number,
  act: (ledgers: Ledger[], conflicts: () => number) => Promise<T>,
): Promise<T> {
  let conflicts = 0;
  const clients = Array.from(
    { length: count },
    () => new PrismaClient({ adapter: new PrismaPg({ connectionString: database.url, max: 4 }) }),
  );
  const counting = clients.map(client =>
    client.$extends({
      query: {
        async $allOperations({ args, query }) {
          try {
            return await query(args);
          } catch (error) {
            conflicts++;
            throw error;
          }
        },
      },
    }),
  );
  try {
    return await act(
      counting.map(client => newLedger(client as unknown as PrismaClient)),
      () => conflicts,
    );
  } finally {
    await Promise.all(clients.map(client => client.$disconnect()));
  }
}

function count(results: HoldResult[], kind: HoldResult['kind']): number {
  return results.filter(result => result.kind === kind).length;
}

function post(want: HoldWant, on = ledger): Promise<SettleResult> {
  return on.settle({ ...want, outcome: 'posted', reason: 'success' });
}

function voidHold(want: HoldWant, on = ledger): Promise<SettleResult> {
  return on.settle({ ...want, outcome: 'voided', reason: 'upstream_failed' });
}

/** Holds one after the other, so that their order is known. */
async function holdInTurn(wants: HoldWant[]): Promise<HoldResult[]> {
  const results: HoldResult[] = [];
  for (const want of wants) results.push(await ledger.hold(want));
  return results;
}

/** The buckets that these holds were drawn from; null is the period's own. */
async function bucketsOf(wants: HoldWant[]): Promise<Array<string | null | undefined>> {
  const rows = await prisma.hold.findMany({ where: { id: { in: wants.map(w => w.holdId) } } });
  return wants.map(want => rows.find(row => row.id === want.holdId)?.grantId);
}

async function quotaOf(license: TestLicense, provider: 'openrouter' | 'openai' = 'openrouter') {
  return (await ledger.usage(license.id)).quotas[provider];
}

function quotaIn(result: SettleResult): Quota {
  if (result.kind !== 'ended') throw new Error(`the hold had ended before: ${result.state}`);
  return result.usage.quotas.openrouter;
}

/** Every test must leave a correct ledger. */
async function expectNoProblems(): Promise<void> {
  expect(await findLedgerProblems(prisma)).toEqual([]);
}

describe('buckets', () => {
  test("the period's own bucket is drawn first, then until-used grants, oldest first", async () => {
    const license = await createLicense(prisma);
    const newer = await addGrant(prisma, license, { createdAt: '2026-10-02' });
    const older = await addGrant(prisma, license, { createdAt: '2026-10-01' });
    const wants = times(10, () => wantOf(license));
    const results = await holdInTurn(wants);
    expect(results.map(({ kind }) => kind)).toEqual([...Array(9).fill('held'), 'full']);
    const order = [null, null, null, null, null, older, older, newer, newer, undefined];
    expect(await bucketsOf(wants)).toEqual(order);
    await expectNoProblems();
  });

  test('holds that come at once fill the buckets in the same order', async () => {
    const license = await createLicense(prisma);
    const newer = await addGrant(prisma, license, { createdAt: '2026-10-02' });
    const older = await addGrant(prisma, license, { createdAt: '2026-10-01' });
    const wants = times(10, () => wantOf(license));
    const results = await Promise.all(wants.map(ledger.hold));
    expect(results.map(({ kind }) => kind)).toEqual([...Array(9).fill('held'), 'full']);
    const order = [null, null, null, null, null, older, older, newer, newer, undefined];
    expect(await bucketsOf(wants)).toEqual(order);
    await expectNoProblems();
  });

  test.each([
    ['in turn', (wants: HoldWant[]) => holdInTurn(wants)],
    ['at once', (wants: HoldWant[]) => Promise.all(wants.map(ledger.hold))],
  ])(
    'a hold of several units is drawn whole from the first bucket with room (%s)',
    async (_how, hold) => {
      const license = await createLicense(prisma);
      const small = await addGrant(prisma, license, { units: 1, createdAt: '2026-10-01' });
      const large = await addGrant(prisma, license, { units: 4, createdAt: '2026-10-02' });
      const pairs = times(5, () => wantOf(license, { units: 2 }));
      const results = await hold(pairs);
      expect(results.map(({ kind }) => kind)).toEqual(['held', 'held', 'held', 'held', 'full']);
      expect(await bucketsOf(pairs)).toEqual([null, null, large, large, undefined]);
      // One unit is left in the period's own bucket and one in the small grant: two units fit nowhere.
      expect(results[4]).toMatchObject({ reserved: true });
      const singles = times(3, () => wantOf(license));
      expect((await holdInTurn(singles)).map(({ kind }) => kind)).toEqual(['held', 'held', 'full']);
      expect(await bucketsOf(singles)).toEqual([null, small, undefined]);
      await expectNoProblems();
    },
  );

  test('a voided hold gives its units back to the bucket that it was drawn from', async () => {
    const license = await createLicense(prisma);
    const grant = await addGrant(prisma, license, { units: 1, createdAt: '2026-10-01' });
    const own = times(5, () => wantOf(license));
    const last = wantOf(license);
    await holdInTurn([...own, last]);
    await voidHold(last);
    const again = wantOf(license);
    await ledger.hold(again);
    expect(await bucketsOf([again])).toEqual([grant]);
    await voidHold(own[0] as HoldWant);
    const early = wantOf(license);
    await ledger.hold(early);
    expect(await bucketsOf([early])).toEqual([null]);
    await expectNoProblems();
  });

  test('the two providers are counted apart', async () => {
    const license = await createLicense(prisma);
    const wants = times(12, index =>
      wantOf(license, { provider: index % 2 ? 'openai' : 'openrouter' }),
    );
    const results = await Promise.all(wants.map(ledger.hold));
    const heldOf = (parity: number) =>
      count(
        results.filter((_, i) => i % 2 === parity),
        'held',
      );
    expect([heldOf(0), heldOf(1)]).toEqual([5, 2]);
    await expectNoProblems();
  });

  test("month and subscription add-ons stand in the period's own bucket, each for its time", async () => {
    const license = await createLicense(prisma);
    const createdAt = '2026-10-01';
    await addGrant(prisma, license, { units: 3, lasts: 'subscription', createdAt });
    await addGrant(prisma, license, { units: 10, lasts: 'month', period: '2026-11', createdAt });
    await addGrant(prisma, license, { units: 100, lasts: 'month', period: '2026-12', createdAt });
    const wants = times(19, () => wantOf(license));
    const results = await Promise.all(wants.map(ledger.hold));
    expect(count(results, 'held')).toBe(18);
    expect(new Set((await bucketsOf(wants)).slice(0, 18))).toEqual(new Set([null]));
    expect(await quotaOf(license)).toMatchObject({ planLimit: 5, addonLimit: 13, held: 18 });
    await setClock(prisma, FIRST_OF_DECEMBER);
    expect(await quotaOf(license)).toMatchObject({ planLimit: 5, addonLimit: 103, held: 0 });
    await setClock(prisma, '2027-01-01T00:00:00Z');
    expect(await quotaOf(license)).toMatchObject({ planLimit: 5, addonLimit: 3, held: 0 });
    await expectNoProblems();
  });

  test.each(['waiting', 'revoked', 'expired'])(
    'a grant that is %s is not drawn on',
    async state => {
      const license = await createLicense(prisma, { openrouterLimit: 0 });
      await addGrant(prisma, license, { state, createdAt: '2026-10-01' });
      await addGrant(prisma, license, { state, lasts: 'subscription', createdAt: '2026-10-01' });
      const result = await ledger.hold(wantOf(license));
      expect(result).toMatchObject({ kind: 'full', reserved: false });
      expect(await quotaOf(license)).toMatchObject({ addonLimit: 0, grantsUnspent: 0 });
    },
  );

  test('a limit with an end counts until that instant, and a refunded add-on as far as it was paid', async () => {
    const license = await createLicense(prisma, { openrouterLimit: 9 });
    const until = new Date(Date.parse(NOVEMBER) + 1);
    await prisma.licenseLimit.updateMany({ where: { licenseId: license.id }, data: { until } });
    const lasts = 'subscription';
    const id = await addGrant(prisma, license, { units: 4, lasts, createdAt: '2026-10-01' });
    await prisma.grant.update({ where: { id }, data: { entitled: 3 } });
    expect(await quotaOf(license)).toMatchObject({ planLimit: 9, addonLimit: 3 });
    await setClock(prisma, until.toISOString());
    expect(await quotaOf(license)).toMatchObject({ planLimit: 5, addonLimit: 3 });
  });

  test("another license's grants and another provider's are not drawn on", async () => {
    const license = await createLicense(prisma, { openrouterLimit: 0 });
    const other = await createLicense(prisma, { openrouterLimit: 0 });
    await addGrant(prisma, license, { provider: 'openai', createdAt: '2026-10-01' });
    await addGrant(prisma, other, { units: 1, createdAt: '2026-10-01' });
    const results = await Promise.all(
      [license, other, license, other].map(each => ledger.hold(wantOf(each))),
    );
    expect(results.map(({ kind }) => kind)).toEqual(['full', 'held', 'full', 'full']);
    await expectNoProblems();
  });

  test('a refund below what is spent refuses new draws, claws nothing back, touches no other grant', async () => {
    const license = await createLicense(prisma, { openrouterLimit: 0 });
    const refunded = await addGrant(prisma, license, { units: 5, createdAt: '2026-10-01' });
    const wants = times(3, () => wantOf(license));
    await holdInTurn(wants);
    await post(wants[0] as HoldWant);
    await post(wants[1] as HoldWant);
    await prisma.grant.update({ where: { id: refunded }, data: { entitled: 1 } });
    expect(await ledger.hold(wantOf(license))).toMatchObject({ kind: 'full', reserved: false });
    // The holds from before are still valid.
    expect(await post(wants[2] as HoldWant)).toMatchObject({ kind: 'ended' });
    const row = await prisma.grant.findUniqueOrThrow({ where: { id: refunded } });
    expect(row).toMatchObject({ entitled: 1n, used: 3n, held: 0n });
    expect(balanceOf(await quotaOf(license))).toEqual({ used: 3, limit: 3, remaining: 0 });
    const bought = await addGrant(prisma, license, { units: 2, createdAt: '2026-10-02' });
    const next = wantOf(license);
    await ledger.hold(next);
    expect(await bucketsOf([next])).toEqual([bought]);
    expect(balanceOf(await quotaOf(license))).toEqual({ used: 3, limit: 5, remaining: 2 });
    await expectNoProblems();
  });

  test('a lowered limit refuses new draws until it is raised, and what was used stays used', async () => {
    const license = await createLicense(prisma, { openrouterLimit: 4 });
    const wants = times(3, () => wantOf(license));
    await holdInTurn(wants);
    await post(wants[0] as HoldWant);
    await post(wants[1] as HoldWant);
    const where = { licenseId: license.id, provider: 'openrouter' };
    await prisma.quotaPeriod.updateMany({ where, data: { planLimit: 1 } });
    expect(await ledger.hold(wantOf(license))).toMatchObject({ kind: 'full', reserved: false });
    expect(balanceOf(await quotaOf(license))).toEqual({ used: 2, limit: 1, remaining: 0 });
    expect(await post(wants[2] as HoldWant)).toMatchObject({ kind: 'ended' });
    await prisma.quotaPeriod.updateMany({ where, data: { planLimit: 4 } });
    const results = await holdInTurn(times(2, () => wantOf(license)));
    expect(results.map(({ kind }) => kind)).toEqual(['held', 'full']);
    await expectNoProblems();
  });

  test('what was lowered below what is held takes nothing from other buckets', async () => {
    const license = await createLicense(prisma, { openrouterLimit: 3 });
    const older = await addGrant(prisma, license, { units: 3, createdAt: '2026-10-01' });
    await holdInTurn(times(6, () => wantOf(license)));
    const where = { licenseId: license.id, provider: 'openrouter' };
    await prisma.quotaPeriod.updateMany({ where, data: { planLimit: 1 } });
    await prisma.grant.update({ where: { id: older }, data: { entitled: 1 } });
    const newer = await addGrant(prisma, license, { units: 1, createdAt: '2026-10-02' });
    const want = wantOf(license);
    expect(await ledger.hold(want)).toMatchObject({ kind: 'held' });
    expect(await bucketsOf([want])).toEqual([newer]);
    await expectNoProblems();
  });
});

describe('exactness', () => {
  test('500 holds at once with 100 left: exactly 100 are held, and voids make room again', async () => {
    const license = await createLicense(prisma, { openrouterLimit: 100 });
    const wants = times(500, () => wantOf(license));
    const results = await Promise.all(wants.map(ledger.hold));
    expect([count(results, 'held'), count(results, 'full')]).toEqual([100, 400]);
    for (const result of results) {
      if (result.kind === 'full') expect(result.reserved).toBe(true);
    }
    const held = wants.filter((_, index) => results[index]?.kind === 'held');
    await Promise.all(held.slice(0, 10).map(want => voidHold(want)));
    const retried = times(20, () => wantOf(license));
    const again = await Promise.all(retried.map(ledger.hold));
    expect([count(again, 'held'), count(again, 'full')]).toEqual([10, 10]);
    const rest = [
      ...held.slice(10),
      ...retried.filter((_, index) => again[index]?.kind === 'held'),
    ];
    await Promise.all(rest.map(want => post(want)));
    expect(await ledger.hold(wantOf(license))).toMatchObject({ kind: 'full', reserved: false });
    expect(balanceOf(await quotaOf(license))).toEqual({ used: 100, limit: 100, remaining: 0 });
    await expectNoProblems();
  });

  test('1,000 holds at once with one left: exactly one is held', async () => {
    const license = await createLicense(prisma, { openrouterLimit: 1 });
    const results = await Promise.all(times(1_000, () => ledger.hold(wantOf(license))));
    expect([count(results, 'held'), count(results, 'full')]).toEqual([1, 999]);
  });

  test("the first requests of a license come at once: one row a provider, the month's allowance once", async () => {
    const license = await createLicense(prisma);
    const replicas = times(3, () => newLedger());
    const results = await Promise.all(
      times(60, index => (replicas[index % 3] as Ledger).hold(wantOf(license))),
    );
    expect([count(results, 'held'), count(results, 'full')]).toEqual([5, 55]);
    const rows = await prisma.quotaPeriod.findMany({ where: { licenseId: license.id } });
    const { allowances } = catalog.plans.get('vip') as Plan;
    expect(rows.map(row => [row.provider, row.period, Number(row.planLimit)]).sort()).toEqual(
      PROVIDERS.map(provider => [provider, '2026-11', allowances[provider]]).sort(),
    );
    await expectNoProblems();
  });

  onPostgres(
    'a month that is opened while the plan changes has the allowance of the new plan',
    async () => {
      const license = await createLicense(prisma, { plan: 'basic' });
      let held: Promise<HoldResult> | undefined;
      await inTransaction(prisma, async transaction => {
        await lockLicense(transaction, license.id);
        await transaction.$executeRaw`
          UPDATE license SET plan = 'pro', version = 2 WHERE id = ${license.id}::uuid`;
        await refreshEntitlements(transaction, catalog, license.id, settings.timeZone);
        // Goes on once the hold waits for this, or has wrongly answered without it.
        let hasAnswered = false;
        held = ledger.hold(wantOf(license)).finally(() => {
          hasAnswered = true;
        });
        while (!hasAnswered && (await countWaiting(prisma)) === 0) await setImmediate();
      });
      expect(await held).toEqual({ kind: 'stale' });
      const again = await ledger.hold({ ...wantOf(license), version: 2 });
      expect(again).toMatchObject({ kind: 'held', balance: { limit: 5 } });
      await expectNoProblems();
    },
  );

  test('the first requests of a month come at once: one row a provider, the allowance once', async () => {
    const license = await createLicense(prisma);
    await Promise.all(times(6, () => ledger.hold(wantOf(license))));
    await setClock(prisma, FIRST_OF_DECEMBER);
    const replicas = times(3, () => newLedger());
    const results = await Promise.all(
      times(60, index => (replicas[index % 3] as Ledger).hold(wantOf(license))),
    );
    expect([count(results, 'held'), count(results, 'full')]).toEqual([5, 55]);
    const where = { licenseId: license.id, period: '2026-12' };
    expect(await prisma.quotaPeriod.count({ where })).toBe(PROVIDERS.length);
    await expectNoProblems();
  });

  onPostgres('three replicas at once, 500 holds with 100 left: exactly 100 are held', async () => {
    // These requests open the month themselves: 90 units in the own bucket and 10 in two grants.
    const license = await createLicense(prisma, { openrouterLimit: 90 });
    await addGrant(prisma, license, { units: 4, createdAt: '2026-10-01' });
    await addGrant(prisma, license, { units: 6, createdAt: '2026-10-02' });
    await withReplicas(3, async ledgers => {
      const wants = times(500, () => wantOf(license));
      const results = await Promise.all(
        wants.map((want, index) => (ledgers[index % 3] as Ledger).hold(want)),
      );
      expect([count(results, 'held'), count(results, 'full')]).toEqual([100, 400]);
      const held = wants.filter((_, index) => results[index]?.kind === 'held');
      const posted = await Promise.all(
        held.map((want, index) => post(want, ledgers[index % 3] as Ledger)),
      );
      expectOneByOne(
        posted.map(result => balanceOf(quotaIn(result))),
        { from: 0, limit: 100 },
      );
    });
    await expectNoProblems();
  });
});

/** Expects that replies show 1, 2, 3 ... used, in any order, under one limit. */
function expectOneByOne(
  balances: Balance[],
  { from, limit }: { from: number; limit: number },
): void {
  const sorted = balances.toSorted((a, b) => a.used - b.used);
  expect(sorted).toEqual(
    sorted.map((_, index) => {
      const used = from + index + 1;
      return { used, limit, remaining: limit - used };
    }),
  );
}

describe('a hold ends once', () => {
  async function heldWant(): Promise<HoldWant> {
    const want = wantOf(await createLicense(prisma));
    expect(await ledger.hold(want)).toEqual({
      kind: 'held',
      balance: { used: 0, limit: 5, remaining: 5 },
      resetsAt: new Date(FIRST_OF_DECEMBER),
    });
    return want;
  }

  async function expire(): Promise<number> {
    await setClock(prisma, new Date(Date.parse(NOVEMBER) + LEASE_MS).toISOString());
    return ledger.expireDue();
  }

  const ways: Record<string, (want: HoldWant) => Promise<unknown>> = {
    posted: want => post(want),
    voided: want => voidHold(want),
    expired: () => expire(),
  };

  test.each(
    Object.keys(ways).flatMap(first =>
      ['posted', 'voided'].map(second => [first, second] as const),
    ),
  )(
    'what was %s cannot be %s afterwards, and the refusal says how it ended',
    async (first, second) => {
      const want = await heldWant();
      await ways[first]?.(want);
      const before = await prisma.hold.findUniqueOrThrow({ where: { id: want.holdId } });
      expect(await ways[second]?.(want)).toEqual({ kind: 'refused', state: first });
      const after = await prisma.hold.findUniqueOrThrow({ where: { id: want.holdId } });
      expect(after).toEqual(before);
      const used = first === 'posted' ? 1 : 0;
      const license = { id: want.licenseId, keyId: want.keyId, version: want.version };
      expect(await quotaOf(license)).toMatchObject({ used, held: 0 });
      await expectNoProblems();
    },
  );

  test.each(['posted', 'voided'])('a hold that was %s does not expire', async state => {
    const want = await heldWant();
    await ways[state]?.(want);
    expect(await expire()).toBe(0);
    const row = await prisma.hold.findUniqueOrThrow({ where: { id: want.holdId } });
    expect(row.state).toBe(state);
  });

  test('a hold expires when its lease is over and not a millisecond earlier', async () => {
    const want = await heldWant();
    const leaseEnd = new Date(Date.parse(NOVEMBER) + LEASE_MS);
    await setClock(prisma, new Date(leaseEnd.getTime() - 1).toISOString());
    expect(await ledger.expireDue()).toBe(0);
    await setClock(prisma, leaseEnd.toISOString());
    expect(await ledger.expireDue()).toBe(1);
    expect(await ledger.expireDue()).toBe(0);
    const row = await prisma.hold.findUniqueOrThrow({ where: { id: want.holdId } });
    expect(row).toMatchObject({ state: 'expired', endedAt: leaseEnd, reason: 'lease_over' });
    await expectNoProblems();
  });

  test('after its lease a hold is still charged when its post comes before the sweeper', async () => {
    const want = await heldWant();
    await setClock(prisma, new Date(Date.parse(NOVEMBER) + 2 * LEASE_MS).toISOString());
    expect(await post(want)).toMatchObject({ kind: 'ended' });
    expect(await ledger.expireDue()).toBe(0);
    await expectNoProblems();
  });

  test('more due holds than one sweep takes are all expired by one call', async () => {
    const license = await createLicense(prisma, { openrouterLimit: 1_100 });
    await Promise.all(times(1_100, () => ledger.hold(wantOf(license))));
    expect(await expire()).toBe(1_100);
    expect(await quotaOf(license)).toMatchObject({ used: 0, held: 0 });
    await expectNoProblems();
  });

  test('a hold that never existed is refused as unknown', async () => {
    expect(await post(wantOf(await createLicense(prisma)))).toEqual({
      kind: 'refused',
      state: 'unknown',
    });
  });

  test.each([
    ['in one batch', () => [ledger, ledger]],
    ['across batches', () => [ledger, newLedger()]],
  ])('settled twice %s, it has one effect', async (_how, ledgers) => {
    const [one, other] = ledgers() as [Ledger, Ledger];
    for (const [first, second] of [
      ['posted', 'posted'],
      ['posted', 'voided'],
      ['voided', 'posted'],
      ['voided', 'voided'],
    ] as const) {
      const want = await heldWant();
      const settle = (on: Ledger, outcome: SettleWant['outcome']) =>
        on.settle({ ...want, outcome, reason: outcome });
      const results = await Promise.all([settle(one, first), settle(other, second)]);
      expect(results.map(({ kind }) => kind).sort()).toEqual(['ended', 'refused']);
      const state = results[0]?.kind === 'ended' ? first : second;
      expect(results.find(({ kind }) => kind === 'refused')).toEqual({ kind: 'refused', state });
      const row = await prisma.hold.findUniqueOrThrow({ where: { id: want.holdId } });
      expect(row.state).toBe(state);
      const license = { id: want.licenseId, keyId: want.keyId, version: want.version };
      expect(await quotaOf(license)).toMatchObject({ used: state === 'posted' ? 1 : 0, held: 0 });
    }
    await expectNoProblems();
  });

  onPostgres(
    'posts, voids and sweeps of the same holds from three replicas have one effect each',
    async () => {
      const license = await createLicense(prisma, { openrouterLimit: 200 });
      const wants = times(200, () => wantOf(license));
      await Promise.all(wants.map(ledger.hold));
      await setClock(prisma, new Date(Date.parse(NOVEMBER) + LEASE_MS).toISOString());
      await withReplicas(3, async ([first, second, third]) => {
        const [posts, voids, expired] = await Promise.all([
          Promise.all(wants.slice(0, 150).map(want => post(want, first))),
          Promise.all(wants.slice(50).map(want => voidHold(want, second))),
          (third as Ledger).expireDue(),
        ]);
        const ended = (results: SettleResult[]) => results.filter(r => r.kind === 'ended').length;
        expect(ended(posts) + ended(voids) + expired).toBe(200);
        expect(await quotaOf(license)).toMatchObject({ used: ended(posts), held: 0 });
      });
      await expectNoProblems();
    },
  );

  function losingPosts(count: number): Ledger {
    const way = losingAnswers(/sahm_settle/, count);
    return createLedger(prisma, () => catalog, { ...settings, queries: way, pipelined: way });
  }

  test('a post whose answer is lost is found to be done, and counts once', async () => {
    const want = await heldWant();
    const settled = await post(want, losingPosts(1));
    expect(settled).toMatchObject({
      kind: 'ended',
      usage: { quotas: { openrouter: { used: 1 } } },
    });
    await expectNoProblems();
  });

  test('if the outcome is unknown, the fault says that it may have been done', async () => {
    const want = await heldWant();
    const fault = await post(want, losingPosts(2)).catch(error => error);
    expect(mayBeDone(fault)).toBe(true);
    expect((await prisma.hold.findUniqueOrThrow({ where: { id: want.holdId } })).state).toBe(
      'posted',
    );
  });

  test('the hold has the request’s cost and the reason of its end', async () => {
    const want = await heldWant();
    const cost = { promptTokens: 12, completionTokens: 34, costMicrousd: 56 };
    await ledger.settle({ ...want, outcome: 'posted', reason: 'success', ...cost });
    const row = await prisma.hold.findUniqueOrThrow({ where: { id: want.holdId } });
    expect(row).toMatchObject({
      ...cost,
      costMicrousd: 56n,
      reason: 'success',
      model: 'a/model',
      createdAt: new Date(NOVEMBER),
      leaseEndsAt: new Date(Date.parse(NOVEMBER) + LEASE_MS),
      endedAt: new Date(NOVEMBER),
    });
  });

  test('the hold has the model that answered, where it is another than was asked for', async () => {
    const want = await heldWant();
    const answered = { outcome: 'posted', reason: 'success', answeredBy: 'a/fallback' } as const;
    await ledger.settle({ ...want, ...answered });
    const row = await prisma.hold.findUniqueOrThrow({ where: { id: want.holdId } });
    expect(row.model).toBe('a/fallback');
  });
});

describe('an outdated cache', () => {
  const now = new Date(NOVEMBER);
  const later = new Date(now.getTime() + 1);

  test.each<[string, (license: TestLicense) => TestLicense | Promise<unknown>]>([
    ['the version is behind', license => ({ ...license, version: license.version - 1 })],
    ['the version is ahead', license => ({ ...license, version: license.version + 1 })],
    ...['suspended', 'revoked', 'expired'].map(
      state =>
        [
          `the license is ${state}`,
          (license: TestLicense) =>
            prisma.license.update({ where: { id: license.id }, data: { state } }),
        ] as [string, (license: TestLicense) => Promise<unknown>],
    ),
    [
      'the license has expired',
      license => prisma.license.update({ where: { id: license.id }, data: { expiresAt: now } }),
    ],
    [
      'the key has expired',
      license =>
        prisma.licenseKey.update({ where: { id: license.keyId }, data: { validUntil: now } }),
    ],
    ['the key is unknown', license => ({ ...license, keyId: license.id })],
    ['the license is unknown', license => ({ ...license, id: license.keyId })],
  ])('the hold is stale, and leaves nothing behind, when %s', async (_what, change) => {
    const license = await createLicense(prisma);
    await addGrant(prisma, license, { createdAt: '2026-10-01' });
    const fresh = await createLicense(prisma);
    const changed = await change(license);
    const used = typeof changed === 'object' && changed && 'keyId' in changed ? changed : license;
    // Before and after the month's rows are opened. Requests in the same batch are served.
    for (let turn = 0; turn < 2; turn++) {
      const [result, other] = await Promise.all([
        ledger.hold(wantOf(used as TestLicense)),
        ledger.hold(wantOf(fresh)),
      ]);
      expect([result?.kind, other?.kind]).toEqual(['stale', 'held']);
    }
    expect(await prisma.hold.count({ where: { licenseId: license.id } })).toBe(0);
    await expectNoProblems();
  });

  test("a hold by another license's key is stale", async () => {
    const [license, other] = [await createLicense(prisma), await createLicense(prisma)];
    expect(await ledger.hold(wantOf({ ...license, keyId: other.keyId }))).toEqual({
      kind: 'stale',
    });
  });

  test('the hold is not stale until the instant of expiry, of the license or the key', async () => {
    const license = await createLicense(prisma, { expiresAt: later, keyValidUntil: later });
    expect(await ledger.hold(wantOf(license))).toMatchObject({ kind: 'held' });
    await setClock(prisma, later.toISOString());
    expect(await ledger.hold(wantOf(license))).toEqual({ kind: 'stale' });
  });

  test('a change is seen also when the buckets are full', async () => {
    const license = await createLicense(prisma, { openrouterLimit: 0 });
    expect(await ledger.hold(wantOf(license))).toMatchObject({ kind: 'full' });
    expect(await ledger.hold(wantOf({ ...license, version: 2 }))).toEqual({ kind: 'stale' });
  });

  test('requests of two keys and two versions that come at once are each judged by their own', async () => {
    const license = await createLicense(prisma, { openrouterLimit: 10 });
    const other = await createLicense(prisma);
    const wants = times(
      12,
      index =>
        [
          wantOf(license),
          wantOf({ ...license, version: 9 }),
          wantOf({ ...license, keyId: other.keyId }),
          wantOf(license, { units: 2 }),
        ][index % 4] as HoldWant,
    );
    const kinds = (await Promise.all(wants.map(ledger.hold))).map(({ kind }) => kind);
    const turn = ['held', 'stale', 'stale', 'held'];
    expect(kinds).toEqual([...turn, ...turn, ...turn]);
    expect(await quotaOf(license)).toMatchObject({ held: 9 });
    await expectNoProblems();
  });
});

describe('months', () => {
  test("a hold of November posted in December counts in November; December's allowance is whole", async () => {
    await setClock(prisma, LAST_OF_NOVEMBER);
    const license = await createLicense(prisma);
    const wants = times(5, () => wantOf(license));
    await Promise.all(wants.map(ledger.hold));
    expect(await ledger.hold(wantOf(license))).toMatchObject({ kind: 'full' });

    await setClock(prisma, FIRST_OF_DECEMBER);
    const inDecember = times(6, () => wantOf(license));
    const results = await Promise.all(inDecember.map(ledger.hold));
    expect([count(results, 'held'), count(results, 'full')]).toEqual([5, 1]);
    expect(results[0]).toMatchObject({
      balance: { used: 0, limit: 5, remaining: 5 },
      resetsAt: new Date('2027-01-01T00:00:00Z'),
    });

    const late = await Promise.all(wants.map(want => post(want)));
    for (const result of late) {
      expect(result).toMatchObject({
        usage: { period: '2026-11', resetsAt: new Date(FIRST_OF_DECEMBER) },
      });
    }
    expectOneByOne(
      late.map(result => balanceOf(quotaIn(result))),
      { from: 0, limit: 5 },
    );
    const usage = await ledger.usage(license.id);
    expect(usage).toMatchObject({ period: '2026-12', resetsAt: new Date('2027-01-01T00:00:00Z') });
    expect(usage.quotas.openrouter).toMatchObject({ planLimit: 5, used: 0, held: 5 });
    await expectNoProblems();
  });

  test('a hold of November voided in December gives December nothing', async () => {
    await setClock(prisma, LAST_OF_NOVEMBER);
    const license = await createLicense(prisma);
    const want = wantOf(license);
    await ledger.hold(want);
    await setClock(prisma, FIRST_OF_DECEMBER);
    await voidHold(want);
    const results = await Promise.all(times(6, () => ledger.hold(wantOf(license))));
    expect([count(results, 'held'), count(results, 'full')]).toEqual([5, 1]);
    await expectNoProblems();
  });

  test('the rest of an until-used grant stays; used units do not come back', async () => {
    const license = await createLicense(prisma);
    const grant = await addGrant(prisma, license, { units: 4, createdAt: '2026-10-01' });
    const wants = times(7, () => wantOf(license));
    await holdInTurn(wants);
    await Promise.all(wants.map(want => post(want)));
    expect(balanceOf(await quotaOf(license))).toEqual({ used: 7, limit: 9, remaining: 2 });
    await setClock(prisma, FIRST_OF_DECEMBER);
    expect(balanceOf(await quotaOf(license))).toEqual({ used: 0, limit: 7, remaining: 7 });
    const inDecember = times(8, () => wantOf(license));
    const results = await holdInTurn(inDecember);
    expect([count(results, 'held'), count(results, 'full')]).toEqual([7, 1]);
    expect((await bucketsOf(inDecember)).filter(bucket => bucket === grant)).toHaveLength(2);
    await expectNoProblems();
  });

  test('a grant drawn on in November and posted in December counts in November and is spent', async () => {
    await setClock(prisma, LAST_OF_NOVEMBER);
    const license = await createLicense(prisma, { openrouterLimit: 0 });
    await addGrant(prisma, license, { units: 3, createdAt: '2026-10-01' });
    const want = wantOf(license);
    await ledger.hold(want);
    await setClock(prisma, FIRST_OF_DECEMBER);
    const posted = balanceOf(quotaIn(await post(want)));
    expect(posted).toEqual({ used: 1, limit: 3, remaining: 2 });
    expect(balanceOf(await quotaOf(license))).toEqual({ used: 0, limit: 2, remaining: 2 });
    await expectNoProblems();
  });

  test("if the next month's rows are open already, a balance is that of the month of its hold", async () => {
    const license = await createLicense(prisma, { openrouterLimit: 1 });
    await addGrant(prisma, license, { units: 3, createdAt: '2026-10-01' });
    await setClock(prisma, FIRST_OF_DECEMBER);
    await ledger.hold(wantOf(license));
    // Like a hold that was requested just before midnight and had to wait.
    await setClock(prisma, LAST_OF_NOVEMBER);
    const once = (name: string) => ({
      ...wantOf(license),
      idempotency: { idempotencyKeyDigest: name.repeat(64), fingerprint: 'f'.repeat(64) },
    });
    const resetsAt = new Date(FIRST_OF_DECEMBER);
    const own = wantOf(license);
    const balance = (used: number) => ({ used, limit: 4, remaining: 4 - used });
    expect(await ledger.hold(own)).toEqual({ kind: 'held', balance: balance(0), resetsAt });
    await post(own);
    const fromGrant = [
      await ledger.hold(wantOf(license)),
      await ledger.holdOnce(once('a')),
      await ledger.holdOnce(once('b')),
    ];
    for (const held of fromGrant) {
      expect(held).toMatchObject({ kind: 'held', balance: balance(1), resetsAt });
    }
    const usage = { period: '2026-11', resetsAt };
    expect(await ledger.hold(wantOf(license))).toMatchObject({ kind: 'full', usage });
    expect(await ledger.holdOnce(once('c'))).toMatchObject({ kind: 'full', usage });
    await expectNoProblems();
  });

  test('a reply that a repeated request was given stays as it is, whoever writes it again', async () => {
    const license = await createLicense(prisma);
    const want = {
      ...wantOf(license),
      idempotency: { idempotencyKeyDigest: 'e'.repeat(64), fingerprint: 'f'.repeat(64) },
    };
    const again = { ...want, holdId: wantOf(license).holdId };
    const given: unknown[] = [];
    const encryptionKey = Buffer.alloc(32, 7);
    const { direct, pipelined } = database;
    const replica = createLedger(prisma, () => catalog, {
      ...settings,
      encryptionKey,
      queries: direct,
      pipelined,
    });
    // The repeated request comes between the two writings of the reply.
    const queries: Queries = {
      $queryRaw(query: TemplateStringsArray | Prisma.Sql, ...values) {
        const text = 'raw' in query ? query.join('?') : query.sql;
        const first = text.includes('UPDATE idempotency_claim') ? replica.holdOnce(again) : null;
        return Promise.resolve(first).then(result => {
          if (result) given.push(result);
          return direct.$queryRaw(query, ...values);
        });
      },
    };
    const interrupted = createLedger(prisma, () => catalog, {
      ...settings,
      encryptionKey,
      queries,
      pipelined,
    });
    const expected = { ...(await ledger.usage(license.id)), period: 'as expected' };
    expect(await interrupted.holdOnce(want)).toMatchObject({ kind: 'held' });
    const settled = await interrupted.settle(
      { ...want, outcome: 'posted', reason: 'success' },
      {
        idempotencyKeyDigest: want.idempotency.idempotencyKeyDigest,
        expected,
        replyOf: usage => Buffer.from(usage.period),
      },
    );
    expect(settled).toMatchObject({ kind: 'ended', usage: { period: 'as expected' } });
    const reply = Buffer.from('as expected');
    expect(given).toEqual([{ kind: 'claimed', how: 'replied', reply }]);
    expect(await replica.holdOnce(again)).toMatchObject({ how: 'replied', reply });
    await expectNoProblems();
  });

  test('the month begins at midnight of the configured zone', async () => {
    const inTehran = createLedger(prisma, () => catalog, { ...settings, timeZone: 'Asia/Tehran' });
    const license = await createLicense(prisma);
    const midnight = '2026-11-30T20:30:00.000Z';
    await setClock(prisma, new Date(Date.parse(midnight) - 1).toISOString());
    const resetsAt = new Date(midnight);
    expect(await inTehran.hold(wantOf(license))).toMatchObject({ kind: 'held', resetsAt });
    expect(await inTehran.usage(license.id)).toMatchObject({ period: '2026-11', resetsAt });
    await setClock(prisma, midnight);
    expect(await inTehran.hold(wantOf(license))).toMatchObject({
      kind: 'held',
      resetsAt: new Date('2026-12-31T20:30:00Z'),
    });
    expect(await inTehran.usage(license.id)).toMatchObject({ period: '2026-12' });
    expect((await inTehran.usage(license.id)).resetsAt).toEqual(new Date('2026-12-31T20:30:00Z'));
  });
});

describe('an Idempotency-Key', () => {
  const keyOf = (name: string) => name.repeat(64);
  const once = (license: TestLicense, name = 'a') => ({
    ...wantOf(license),
    idempotency: { idempotencyKeyDigest: keyOf(name), fingerprint: keyOf('f') },
  });
  /** Posts, and keeps a reply that says how much is used: at first as if nothing were. */
  const postKept = async (want: HoldWant, on = ledger) =>
    on.settle(
      { ...want, outcome: 'posted', reason: 'success' },
      {
        idempotencyKeyDigest: keyOf('a'),
        expected: await ledger.usage(want.licenseId),
        replyOf: ({ quotas }) => Buffer.from(`${quotas.openrouter.used} used`),
      },
    );

  test('is free again 24 hours after it was claimed, and not a moment before', async () => {
    const license = await createLicense(prisma);
    const first = once(license);
    expect(await ledger.holdOnce(first)).toMatchObject({ kind: 'held' });
    await postKept(first);
    const [dayLater, momentBefore] = [0, -1].map(ms =>
      new Date(Date.parse(NOVEMBER) + 86_400_000 + ms).toISOString(),
    ) as [string, string];
    await setClock(prisma, momentBefore);
    const replied = { kind: 'claimed', how: 'replied' };
    expect(await ledger.holdOnce(once(license))).toEqual({
      ...replied,
      reply: Buffer.from('1 used'),
    });
    await setClock(prisma, dayLater);
    const second = once(license);
    expect(await ledger.holdOnce(second)).toMatchObject({ kind: 'held' });
    expect(await ledger.holdOnce(once(license))).toEqual({ kind: 'claimed', how: 'under_way' });
    await postKept(second);
    const again = { ...replied, reply: Buffer.from('2 used') };
    expect(await ledger.holdOnce(once(license))).toEqual(again);
    await expectNoProblems();
  });

  test('has one reply for all, also if the answer to the writing of the exact one is lost, and it is given at once', async () => {
    const license = await createLicense(prisma);
    const want = once(license);
    const sealed = { ...settings, encryptionKey: Buffer.alloc(32, 1) };
    const replica = createLedger(prisma, () => catalog, sealed);
    const given: unknown[] = [];
    const queries = losingAnswers(/UPDATE idempotency_claim/, 1, async () => {
      given.push(await replica.holdOnce(once(license)));
    });
    const cut = createLedger(prisma, () => catalog, { ...sealed, queries });
    expect(await cut.holdOnce(want)).toMatchObject({ kind: 'held' });
    const settled = await postKept(want, cut);
    expect(settled).toMatchObject({ usage: { quotas: { openrouter: { used: 1 } } } });
    expect(given).toEqual([{ kind: 'claimed', how: 'replied', reply: Buffer.from('1 used') }]);
    await expectNoProblems();
  });

  test('has the exact reply in the end, also if somebody else used it meanwhile for another body', async () => {
    const license = await createLicense(prisma);
    const want = once(license);
    const another = { ...want.idempotency, fingerprint: keyOf('9') };
    const queries: Queries = {
      async $queryRaw(query: TemplateStringsArray | Prisma.Sql, ...values) {
        const text = 'raw' in query ? query.join('?') : query.sql;
        if (text.includes('UPDATE idempotency_claim')) {
          const mismatch = { ...wantOf(license), idempotency: another };
          expect(await ledger.holdOnce(mismatch)).toMatchObject({ how: 'mismatch' });
        }
        return database.direct.$queryRaw(query, ...values);
      },
    };
    const interrupted = createLedger(prisma, () => catalog, { ...settings, queries });
    await ledger.holdOnce(want);
    expect(quotaIn(await postKept(want, interrupted))).toMatchObject({ used: 1 });
    await expectNoProblems();
  });

  test('that a later request took over keeps no reply of the earlier one', async () => {
    const license = await createLicense(prisma);
    const [earlier, later] = [once(license), once(license)];
    await ledger.holdOnce(earlier);
    // Nobody swept meanwhile.
    await setClock(prisma, new Date(Date.parse(NOVEMBER) + 86_400_000).toISOString());
    expect(await ledger.holdOnce(later)).toMatchObject({ kind: 'held' });
    expect(await postKept(earlier)).toMatchObject({ kind: 'ended' });
    expect(await ledger.holdOnce(once(license))).toEqual({ kind: 'claimed', how: 'under_way' });
    await expectNoProblems();
  });

  test('is free again when its request expired or was refused, and never when it was charged', async () => {
    const license = await createLicense(prisma, { openrouterLimit: 1 });
    expect(await ledger.holdOnce(once(license))).toMatchObject({ kind: 'held' });
    const full = { kind: 'full', usage: { quotas: { openrouter: { planLimit: 1 } } } };
    const other = () => ledger.holdOnce(once(license, 'b'));
    expect(await other()).toMatchObject({ ...full, reserved: true });
    await setClock(prisma, new Date(Date.parse(NOVEMBER) + LEASE_MS).toISOString());
    await ledger.expireDue();
    const next = once(license);
    expect(await ledger.holdOnce(next)).toMatchObject({ kind: 'held' });
    await post(next);
    expect(await other()).toMatchObject({ ...full, reserved: false });
    expect(await ledger.holdOnce(once(license))).toEqual({ kind: 'claimed', how: 'lost' });
    await expectNoProblems();
  });

  test('of one license is no other’s, and its reply neither', async () => {
    const [license, other] = [await createLicense(prisma), await createLicense(prisma)];
    const [want, same] = [once(license), once(other)];
    for (const each of [want, same]) {
      expect(await ledger.holdOnce(each)).toMatchObject({ kind: 'held' });
    }
    const free = once(license, 'b');
    await ledger.holdOnce(free);
    await postKept(want);
    for (const each of [same, once(license, 'b')]) {
      const again = { ...each, holdId: wantOf(license).holdId };
      expect(await ledger.holdOnce(again)).toEqual({ kind: 'claimed', how: 'under_way' });
    }
    await expectNoProblems();
  });
});

describe('replies', () => {
  test('each of many posts at once shows the state right after itself, under a constant limit', async () => {
    const license = await createLicense(prisma, { openrouterLimit: 20 });
    await addGrant(prisma, license, { units: 7, createdAt: '2026-10-01' });
    await addGrant(prisma, license, { units: 33, createdAt: '2026-10-02' });
    const wants = times(60, () => wantOf(license));
    await Promise.all(wants.map(ledger.hold));
    const first = await Promise.all(wants.slice(0, 25).map(want => post(want)));
    const second = await Promise.all(wants.slice(25).map(want => post(want)));
    expectOneByOne(
      first.map(result => balanceOf(quotaIn(result))),
      { from: 0, limit: 60 },
    );
    expectOneByOne(
      second.map(result => balanceOf(quotaIn(result))),
      { from: 25, limit: 60 },
    );
    for (const result of [...first, ...second]) {
      const { used, grantsUsed, grantsUnspent, held } = quotaIn(result);
      expect(used + grantsUsed + held).toBe(60);
      expect(grantsUsed + grantsUnspent).toBe(40);
      expect(used).toBeLessThanOrEqual(20);
      expect(Math.min(used, grantsUsed, grantsUnspent, held)).toBeGreaterThanOrEqual(0);
    }
  });

  onPostgres(
    "a post sees another replica's post of the other provider that came first",
    async () => {
      const license = await createLicense(prisma);
      const first = wantOf(license);
      const second = wantOf(license, { provider: 'openai' });
      await holdInTurn([first, second]);
      const result = await withReplicas(1, async ([other]) => {
        let later: Promise<SettleResult> | undefined;
        await prisma.$transaction(async transaction => {
          const want = { ...first, outcome: 'posted' as const, reason: 'success' };
          await settleBatch(transaction, [want], { ...settings, sellsMoney: () => false });
          // Not committed yet. Goes on once the second post waits for it, or has wrongly answered without it.
          let hasAnswered = false;
          later = post(second, other).finally(() => {
            hasAnswered = true;
          });
          while (!hasAnswered && (await countWaiting(prisma)) === 0) await setImmediate();
        });
        return later;
      });
      expect(result).toMatchObject({ kind: 'ended' });
      expect(totalBalance((result as { usage: Usage }).usage).used).toBe(2);
    },
  );

  test('voids at once among posts show the state right after themselves', async () => {
    const license = await createLicense(prisma);
    await addGrant(prisma, license, { units: 5, createdAt: '2026-10-01' });
    const wants = times(10, () => wantOf(license));
    await Promise.all(wants.map(ledger.hold));
    const results = await Promise.all(
      wants.map((want, index) => (index % 2 ? voidHold(want) : post(want))),
    );
    const seen = results.map(quotaIn).map(quota => [balanceOf(quota).used, quota.held]);
    const inOrder = times(10, index => [Math.ceil((index + 1) / 2), 9 - index]);
    expect(seen).toEqual(inOrder);
    expect(new Set(results.map(result => balanceOf(quotaIn(result)).limit))).toEqual(new Set([10]));
  });

  test('posts at once from a grant that was taken back show the limit right after themselves', async () => {
    const license = await createLicense(prisma, { openrouterLimit: 0 });
    const grant = await addGrant(prisma, license, { units: 4, createdAt: '2026-10-01' });
    const wants = times(4, () => wantOf(license));
    await Promise.all(wants.map(ledger.hold));
    await prisma.grant.update({ where: { id: grant }, data: { entitled: 2 } });
    const results = await Promise.all(wants.map(want => post(want)));
    expect(results.map(result => balanceOf(quotaIn(result)))).toEqual([
      { used: 1, limit: 2, remaining: 1 },
      { used: 2, limit: 2, remaining: 0 },
      { used: 3, limit: 3, remaining: 0 },
      { used: 4, limit: 4, remaining: 0 },
    ]);
  });

  test('posts at once from a grant that waits again show no limit but what they used', async () => {
    const license = await createLicense(prisma, { openrouterLimit: 0 });
    const grant = await addGrant(prisma, license, { units: 4, createdAt: '2026-10-01' });
    const wants = times(2, () => wantOf(license));
    await Promise.all(wants.map(ledger.hold));
    await prisma.grant.update({ where: { id: grant }, data: { state: 'waiting' } });
    const results = await Promise.all(wants.map(want => post(want)));
    expect(results.map(result => balanceOf(quotaIn(result)))).toEqual([
      { used: 1, limit: 1, remaining: 0 },
      { used: 2, limit: 2, remaining: 0 },
    ]);
  });

  test("a refusal shows every provider's counters as they are", async () => {
    const license = await createLicense(prisma);
    const wants = times(3, () => wantOf(license));
    await holdInTurn([...wants, ...times(2, () => wantOf(license, { provider: 'openai' }))]);
    await post(wants[0] as HoldWant);
    const result = await ledger.hold(wantOf(license, { provider: 'openai' }));
    expect(result).toEqual({
      kind: 'full',
      reserved: true,
      usage: await ledger.usage(license.id),
    });
    expect((result as { usage: Usage }).usage.quotas).toEqual({
      ...perProvider(() => EMPTY),
      openrouter: { ...EMPTY, planLimit: 5, used: 1, held: 2 },
      openai: { ...EMPTY, planLimit: 2, held: 2 },
    });
  });

  test('usage before the first request of a month equals usage after its rows are opened', async () => {
    const license = await createLicense(prisma, { plan: 'vip' });
    const createdAt = '2026-10-01';
    await addGrant(prisma, license, { units: 3, createdAt });
    await addGrant(prisma, license, { units: 4, lasts: 'subscription', createdAt });
    await addGrant(prisma, license, { units: 6, state: 'waiting', createdAt });
    const before = await ledger.usage(license.id);
    expect(await prisma.quotaPeriod.count({ where: { licenseId: license.id } })).toBe(0);
    expect(before).toEqual({
      plan: 'vip',
      period: '2026-11',
      resetsAt: new Date(FIRST_OF_DECEMBER),
      quotas: {
        ...perProvider(() => EMPTY),
        openrouter: { ...EMPTY, planLimit: 5, addonLimit: 4, grantsUnspent: 3 },
        openai: { ...EMPTY, planLimit: 2 },
      },
    });
    const want = wantOf(license);
    await ledger.hold(want);
    expect(await voidHold(want)).toEqual({ kind: 'ended', usage: before });
    expect(await prisma.quotaPeriod.count({ where: { licenseId: license.id } })).toBe(
      PROVIDERS.length,
    );
    expect(await ledger.usage(license.id)).toEqual(before);
  });
});

onPostgres(
  `many licenses in random order from three replicas never deadlock (seed ${seed})`,
  async () => {
    const licenses = await Promise.all(
      times(24, () => createLicense(prisma, { openrouterLimit: 10 })),
    );
    for (const license of licenses) {
      await addGrant(prisma, license, { units: 4, createdAt: '2026-10-01' });
      await addGrant(prisma, license, { units: 4, createdAt: '2026-10-02' });
    }
    const order = fc.sample(fc.array(fc.nat(23), { minLength: 1_500, maxLength: 1_500 }), {
      seed,
      numRuns: 1,
    })[0] as number[];
    await withReplicas(3, async (ledgers, conflicts) => {
      let posted = 0;
      const request = async (index: number, which: number) => {
        const on = ledgers[index % 3] as Ledger;
        const want = wantOf(licenses[which] as TestLicense, { units: 1 + (index % 2) });
        const result = await on.hold(want);
        if (result.kind !== 'held') return;
        if (index % 3 === 0) {
          await voidHold(want, on);
        } else {
          await post(want, ledgers[(index + 1) % 3] as Ledger);
          posted += want.units;
        }
        if (index % 50 === 0) await on.expireDue();
      };
      await Promise.all(order.map((which, index) => request(index, which)));
      // Retrying would heal a deadlock. Here none may happen at all.
      expect(conflicts()).toBe(0);
      const sums = await prisma.quotaPeriod.aggregate({
        where: { licenseId: { in: licenses.map(({ id }) => id) } },
        _sum: { used: true, grantsUsed: true, held: true },
      });
      expect(Number(sums._sum.used) + Number(sums._sum.grantsUsed)).toBe(posted);
      expect(sums._sum.held).toBe(0n);
    });
    await expectNoProblems();
  },
);
