// Compares the ledger with its model: random acts, and after each the same answers and counters.
//
// PROPERTY_RUNS sets the number of runs. PROPERTY_SEED and PROPERTY_PATH (as a failure prints them) repeat
// one. The clock is a row in a table, so nothing depends on today's date or on a run's speed.

import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PROVIDERS, type Provider } from '../../src/domain/provider.js';
import { inTransaction, type Transaction } from '../../src/store/database/transaction.js';
import type { PrismaClient } from '../../src/store/generated/client.js';
import { createLedger, type Ledger } from '../../src/store/ledger/index.js';
import { findLedgerProblems } from '../../src/store/ledger/verify.js';
import {
  lockBuckets,
  lockLicense,
  refreshEntitlements,
} from '../../src/store/licenses/entitlements.js';
import { dropCounterConstraints, plantFault } from '../harness/plantedFault.js';
import { openTestDatabase, type TestDatabase } from '../harness/testDatabase.js';
import { catalog, LEASE_MS, settings } from './ledgerFixture.js';
import type { Model } from './ledgerModel.js';
import * as ledgerModel from './ledgerModel.js';

const isOnPostgres = process.env.TEST_DATABASE === 'postgres';
const runs = Number(process.env.PROPERTY_RUNS ?? (isOnPostgres ? 300 : 60));
const seed = Number(process.env.PROPERTY_SEED ?? Math.floor(Math.random() * 2 ** 31));
const path = process.env.PROPERTY_PATH;

const START = Date.parse('2026-11-29T22:00:00Z');
const PLANS = [...catalog.plans.keys()];

// What can happen.

type Act =
  | { do: 'hold'; on: Provider; units: number; isStale: boolean; by: number }
  /** `which` counts back from the newest hold that a caller knows. `isLate` includes ended ones. */
  | {
      do: 'settle';
      which: number;
      outcome: 'posted' | 'voided';
      /** Of a post: how many units, where that is said; more than are held count as all. */
      units: number | undefined;
      isLate: boolean;
      by: number;
    }
  | { do: 'expire' }
  | { do: 'usage' };

type Command =
  /** Several acts, started at the same time. */
  | { do: 'acts'; acts: Act[] }
  | {
      do: 'grant';
      on: Provider;
      units: number;
      lasts: 'until-used' | 'month' | 'subscription';
      ageDays: number;
    }
  | { do: 'refund'; which: number; units: number }
  | { do: 'withdraw'; which: number }
  | { do: 'plan'; plan: string }
  | { do: 'clock'; advanceMs: number }
  /** Moves the clock to the end of the oldest pending hold's lease, or to just before it. */
  | { do: 'lease'; beforeMs: number }
  /** A process dies. Its holds stay pending, and another process takes its place. */
  | { do: 'crash' };

const provider = fc.constantFrom<Provider>('openrouter', 'openrouter', ...PROVIDERS);
const rarely = fc.nat(9).map(number => number === 9);
const by = fc.nat(1);
const act = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('hold' as const),
      on: provider,
      units: fc.constantFrom(1, 1, 2, 3),
      isStale: rarely,
      by,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      which: fc.nat(5),
      outcome: fc.constantFrom('posted' as const, 'posted' as const, 'voided' as const),
      units: fc.constantFrom(undefined, undefined, 0, 1, 2, 3),
      isLate: rarely,
      by,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('expire' as const) }) },
);
const DAY_MS = 86_400_000;
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 11,
    arbitrary: fc.record({
      do: fc.constant('acts' as const),
      acts: fc.oneof(
        { weight: 2, arbitrary: act.map(one => [one]) },
        {
          weight: 1,
          arbitrary: fc.array(
            fc.oneof({ weight: 12, arbitrary: act }, fc.constant({ do: 'usage' as const })),
            {
              minLength: 2,
              maxLength: 4,
            },
          ),
        },
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('grant' as const),
      on: provider,
      units: fc.integer({ min: 1, max: 4 }),
      lasts: fc.constantFrom('until-used', 'until-used', 'until-used', 'month', 'subscription'),
      ageDays: fc.nat(9),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('refund' as const),
      which: fc.nat(3),
      units: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('withdraw' as const), which: fc.nat(3) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('plan' as const), plan: fc.constantFrom(...PLANS) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('clock' as const),
      advanceMs: fc.constantFrom(60_000, LEASE_MS, DAY_MS, 31 * DAY_MS),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('lease' as const), beforeMs: fc.constantFrom(0, 0, 1) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'crash' as const }) },
);
const script = fc.record({
  plan: fc.constantFrom(...PLANS),
  commands: fc.array(command, { minLength: 1, maxLength: 24, size: 'max' }),
});

// The ledger under test, and what its callers know.

const NO_SWEEP = -1;
/** More were never needed to find a fault, and each one triples the outcomes to compare. */
const MOST_CONTESTED = 2;

/** The ledger did something different from the model. */
class Mismatch extends Error {
  override name = 'Mismatch';
}

/** A database that is used by one run at a time. Each run starts with a new license. */
interface World {
  database: TestDatabase;
  prisma: PrismaClient;
  runs: number;
}

const ACCOUNT = '00000000-0000-7000-8000-00000000000a';
const worlds: World[] = [];

async function openWorld(): Promise<World> {
  const database = await openTestDatabase();
  const { prisma } = database;
  const world = { database, prisma, runs: 0 };
  worlds.push(world);
  await prisma.account.create({ data: { id: ACCOUNT, email: 'a@example.com' } });
  const statements = [
    'CREATE TABLE test_clock (instant timestamptz NOT NULL)',
    "INSERT INTO test_clock VALUES ('2026-11-01T00:00:00Z')",
    `CREATE OR REPLACE FUNCTION sahm_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
      AS $$ SELECT instant FROM test_clock $$`,
    `CREATE FUNCTION test_begin(run_license uuid, run_key uuid, run_plan text, instant_ms float8)
      RETURNS void LANGUAGE plpgsql AS $$ BEGIN
        DELETE FROM license_notice;
        DELETE FROM hold;
        DELETE FROM quota_period;
        DELETE FROM license_grant;
        DELETE FROM license_key;
        DELETE FROM license;
        UPDATE test_clock SET instant = to_timestamp(instant_ms / 1000);
        INSERT INTO license (id, account_id, plan, state)
          VALUES (run_license, '${ACCOUNT}', run_plan, 'active');
        INSERT INTO license_key (id, license_id, digest, sealed, prefix, last4)
          VALUES (run_key, run_license, 'x', 'x', 'x', 'x');
      END $$`,
  ];
  for (const statement of statements) await prisma.$executeRawUnsafe(statement);
  return world;
}

/** Ids made from numbers: the same in every repetition, and not in the order of time. */
function idOf(kind: number, number: number): string {
  const scattered = ((number * 40_503) % 65_536).toString(16).padStart(4, '0');
  return `${scattered}0000-0000-7000-800${kind}-${String(number).padStart(12, '0')}`;
}

async function runScript(
  world: World,
  { plan, commands }: { plan: string; commands: Command[] },
): Promise<void> {
  const { prisma } = world;
  const run = ++world.runs;
  // Otherwise the dead rows of a thousand runs slow down each later one.
  if (run % 250 === 0) await prisma.$executeRawUnsafe('VACUUM');
  const licenseId = idOf(1, run % 60_000);
  const keyId = idOf(2, run % 60_000);
  await prisma.$queryRaw`
    SELECT test_begin(${licenseId}::uuid, ${keyId}::uuid, ${plan}, ${START}::float8)::text`;

  const { direct: queries, pipelined } = world.database;
  const newLedgers = (): [Ledger, Ledger] => [
    createLedger(prisma, () => catalog, { ...settings, queries, pipelined }),
    // On separate connections: on a single one the two would never meet.
    createLedger(prisma, () => catalog, { ...settings, queries }),
  ];
  let ledgers = newLedgers();
  let model: Model = { now: START, plan, version: 1, periods: {}, grants: [], holds: [] };
  /** Holds, ended or not, of callers that still live. */
  let known: string[] = [];
  let ids = 0;

  for (const [index, each] of commands.entries()) {
    const where = `after command ${index} (${JSON.stringify(each)})`;
    if (each.do === 'acts') await runActs(each.acts, where);
    else await runChange(each);
    const expected = json({ usage: ledgerModel.usage(model), ...dumpOfModel(model) });
    const actual = json({ usage: await ledgers[0].usage(licenseId), ...(await dump(prisma)) });
    compare(actual, expected, where);
  }
  const problems = await findLedgerProblems(prisma);
  if (problems.length > 0) throw new Mismatch(`verify finds: ${problems.join('\n')}`);

  /** Acts that start together must have answers and counters as if run one after another, in some order. */
  async function runActs(acts: Act[], where: string): Promise<void> {
    const calls = acts.map(prepare);
    const answers = json(await Promise.all(calls.map(call => call.real())));
    const state = await dump(prisma);
    let first: { answers: unknown; state: unknown } | undefined;
    for (const sweepers of sweepersOf(calls)) {
      for (const order of ordersOf(calls.length)) {
        const candidate = structuredClone(model);
        const outcome: unknown[] = [];
        for (const at of order) {
          outcome[at] = calls[at]?.modelled(candidate, id => (sweepers.get(id) ?? at) !== at);
        }
        const found = { answers: json(outcome), state: json(dumpOfModel(candidate)) };
        if (isDeepStrictEqual({ answers, state }, found)) {
          model = candidate;
          for (const { holdId } of calls) {
            if (holdId && model.holds.some(({ id }) => id === holdId)) known.push(holdId);
          }
          return;
        }
        first ??= found;
      }
    }
    compare({ answers, state }, first, where);
  }

  /**
   * A sweep skips holds that another act is working on at that moment. So a hold that several acts compete
   * for is expired by one of the sweeps or by none. Returns the possibilities, each as the sweep's place by
   * hold.
   */
  function sweepersOf(calls: Call[]): Array<Map<string, number>> {
    const sweeps = calls.flatMap(({ isSweep }, at) => (isSweep ? [at] : []));
    if (sweeps.length === 0) return [new Map()];
    const settled = calls.flatMap(({ settles }) => settles ?? []);
    const contested = sweeps.length > 1 ? ledgerModel.dueHolds(model).map(({ id }) => id) : settled;
    const choices = [...sweeps, NO_SWEEP];
    return [...new Set(contested)]
      .slice(0, MOST_CONTESTED)
      .reduce(
        (found, id) => found.flatMap(one => choices.map(at => new Map(one).set(id, at))),
        [new Map<string, number>()],
      );
  }

  interface Call {
    real(): Promise<unknown>;
    modelled(model: Model, passesBy: (holdId: string) => boolean): unknown;
    /** The hold that it creates. */
    holdId?: string;
    /** The hold that it ends. */
    settles?: string;
    isSweep?: boolean;
  }

  function prepare(one: Act): Call {
    if (one.do === 'hold') {
      const holdId = idOf(3, ++ids);
      const version = one.isStale ? model.version - 1 : model.version;
      const { on, units } = one;
      return {
        holdId,
        real: () =>
          (ledgers[one.by] as Ledger).hold({
            holdId,
            licenseId,
            keyId,
            version,
            provider: on,
            units,
            model: 'a/model',
          }),
        modelled: to => ledgerModel.hold(to, { id: holdId, provider: on, units, version }),
      };
    }
    if (one.do === 'settle') {
      const { outcome } = one;
      const charge = one.units === undefined ? {} : { units: one.units };
      const isPending = (id: string) =>
        model.holds.some(each => each.id === id && each.state === 'pending');
      const candidates = one.isLate ? known : known.filter(isPending);
      const id = candidates.at(-1 - (one.which % Math.max(1, candidates.length))) ?? idOf(4, ++ids);
      return {
        settles: id,
        real: () =>
          (ledgers[one.by] as Ledger).settle({
            holdId: id,
            licenseId: '',
            outcome,
            reason: outcome,
            ...charge,
          }),
        modelled: to => ledgerModel.settle(to, { id, outcome, ...charge }),
      };
    }
    if (one.do === 'expire') {
      return {
        isSweep: true,
        real: () => ledgers[0].expireDue(),
        modelled: (to, passesBy) => ledgerModel.expire(to, passesBy),
      };
    }
    return {
      real: () => ledgers[1].usage(licenseId),
      modelled: to => ledgerModel.usage(to),
    };
  }

  async function runChange(change: Exclude<Command, { do: 'acts' }>): Promise<void> {
    switch (change.do) {
      case 'clock':
        return advanceTo(model.now + change.advanceMs);
      case 'lease': {
        const [oldest] = model.holds.filter(({ state }) => state === 'pending');
        if (oldest) await advanceTo(Math.max(model.now, oldest.leaseEndsAt - change.beforeMs));
        return;
      }
      case 'crash':
        known = [];
        ledgers = newLedgers();
        return;
      case 'plan':
        model.plan = change.plan;
        model.version++;
        await changeLicense(
          transaction => transaction.$executeRaw`
          UPDATE license SET plan = ${change.plan}, version = version + 1
          WHERE id = ${licenseId}::uuid`,
        );
        return;
      case 'grant': {
        const { on, units, lasts, ageDays } = change;
        const id = idOf(5, ++ids);
        const period = lasts === 'month' ? ledgerModel.thisPeriod(model) : null;
        const minimumPlan = on === 'openai' ? 'vip' : 'basic';
        const createdAt = model.now - ageDays * DAY_MS;
        const counters = { entitled: units, used: 0, held: 0 };
        const terms = { provider: on, lasts, period, minimumPlan, createdAt };
        model.grants.push({ id, ...terms, ...counters, state: 'waiting' });
        await changeLicense(
          transaction => transaction.$executeRaw`
          INSERT INTO license_grant (id, license_id, provider, units, entitled, lasts, period,
            minimum_plan, state, source, created_at)
          VALUES (${id}::uuid, ${licenseId}::uuid, ${on}, ${units}, ${units}, ${lasts}, ${period},
            ${minimumPlan}, 'waiting', 'test', to_timestamp(${createdAt}::float8 / 1000))`,
        );
        return;
      }
      case 'refund': {
        const grant = model.grants.at(-1 - change.which);
        if (!grant) return;
        grant.entitled = Math.max(0, grant.entitled - change.units);
        await changeLicense(
          transaction => transaction.$executeRaw`
          UPDATE license_grant SET entitled = greatest(0, entitled - ${change.units})
          WHERE id = ${grant.id}::uuid`,
        );
        return;
      }
      case 'withdraw': {
        const grant = model.grants.at(-1 - change.which);
        if (!grant) return;
        grant.entitled = Math.min(grant.entitled, grant.used);
        grant.state = 'revoked';
        await changeLicense(
          transaction => transaction.$executeRaw`
          UPDATE license_grant SET entitled = least(entitled, used), state = 'revoked'
          WHERE id = ${grant.id}::uuid`,
        );
      }
    }
  }

  async function advanceTo(instant: number): Promise<void> {
    model.now = instant;
    await prisma.$executeRaw`
      UPDATE test_clock SET instant = to_timestamp(${instant}::float8 / 1000)`;
  }

  /** Changes the license's plan or grants in the way of the store. */
  async function changeLicense(write: (transaction: Transaction) => Promise<unknown>) {
    ledgerModel.refresh(model);
    await inTransaction(prisma, async transaction => {
      await lockLicense(transaction, licenseId);
      await lockBuckets(transaction, licenseId, settings.timeZone);
      await write(transaction);
      await refreshEntitlements(transaction, catalog, licenseId, settings.timeZone);
    });
  }
}

// Brings both sides into one form.

function dumpOfModel({ periods, grants, holds }: Model) {
  return {
    periods,
    grants: byId(
      grants.map(({ id, entitled, used, held, state }) => ({ id, entitled, used, held, state })),
    ),
    holds: byId(
      holds.map(({ id, period, grantId, units, state }) => ({ id, period, grantId, units, state })),
    ),
  };
}

function byId<Row extends { id: string }>(rows: Row[]): Record<string, Row> {
  return Object.fromEntries(rows.map(row => [row.id, row]));
}

async function dump(prisma: PrismaClient): Promise<object> {
  const [row] = await prisma.$queryRaw<Array<{ state: string }>>`
    SELECT json_build_object(
      'periods', (SELECT coalesce(json_object_agg(period || ' ' || provider, json_build_object(
          'planLimit', plan_limit, 'addonLimit', addon_limit, 'used', used, 'held', held,
          'grantsUsed', grants_used)), '{}') FROM quota_period),
      'grants', (SELECT coalesce(json_object_agg(id, json_build_object('id', id,
          'entitled', entitled, 'used', used, 'held', held, 'state', state)), '{}')
        FROM license_grant),
      'holds', (SELECT coalesce(json_object_agg(id, json_build_object('id', id, 'period', period,
          'grantId', grant_id, 'units', units, 'state', state)), '{}') FROM hold))::text AS state`;
  return JSON.parse(row?.state ?? '{}');
}

function json(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function compare(actual: unknown, expected: unknown, where: string): void {
  if (isDeepStrictEqual(actual, expected)) return;
  const show = (value: unknown) => JSON.stringify(value, null, 1);
  throw new Mismatch(`${where}\nthe ledger: ${show(actual)}\nthe model: ${show(expected)}`);
}

const orders = new Map<number, number[][]>();

/** Every order of 0 ... length - 1, beginning with the ascending one. */
function ordersOf(length: number): number[][] {
  let found = orders.get(length);
  if (!found) {
    found =
      length === 0
        ? [[]]
        : Array.from({ length }, (_, first) =>
            ordersOf(length - 1).map(rest => [
              first,
              ...rest.map(position => (position < first ? position : position + 1)),
            ]),
          ).flat();
    orders.set(length, found);
  }
  return found;
}

// The property, and the proof that it can fail.

interface CheckOptions {
  numRuns: number;
  seed: number;
  path?: string;
  /** Ends without looking for a smaller counter-example. */
  endOnFailure?: boolean;
}

function check(world: World, options: CheckOptions) {
  return fc.check(
    fc.asyncProperty(script, each => runScript(world, each)),
    options,
  );
}

beforeAll(async () => {
  await openWorld();
  // PostgreSQL works while this process computes, so runs go side by side on several databases.
  if (isOnPostgres && path === undefined) await openWorld();
});
afterAll(() => Promise.all(worlds.map(({ database }) => database.close())));

test(`the ledger does what its model does (${runs} runs, seed ${seed})`, async () => {
  const share = Math.ceil(runs / worlds.length);
  const results = await Promise.all(
    worlds.map((world, index) =>
      check(world, { numRuns: share, seed: seed + index, ...(path === undefined ? {} : { path }) }),
    ),
  );
  for (const result of results) {
    if (result.failed) {
      throw new Error(`${fc.defaultReportMessage(result)}\n${result.errorInstance}`);
    }
  }
}, 7_200_000);

describe('the property finds a fault that is planted in the SQL', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
    // The constraints would catch some of these faults first; without them the property is on its own.
    await dropCounterConstraints(sql => world.prisma.$executeRawUnsafe(sql));
  });

  const faults: Array<[fault: string, name: string, from: string, to: string]> = [
    [
      'a hold is admitted without asking for room',
      'sahm_hold_own',
      'AND own.used + own.held + want.total <= own.plan_limit + own.addon_limit',
      '',
    ],
    [
      'room is asked for without what is held',
      'sahm_hold_own',
      'own.used + own.held + want.total <=',
      'own.used + want.total <=',
    ],
    [
      'a balance counts what grants have given as if it were left',
      'sahm_hold_own',
      'greatest(0, entitled - used)',
      'entitled',
    ],
    ['a changed license is not noticed', 'sahm_hold_own', 'license.version = each.version AND', ''],
    [
      'a hold from a grant does not count what is held there',
      'sahm_hold_any',
      'pack.entitled - pack.used - pack.held',
      'pack.entitled - pack.used',
    ],
    [
      'the newest grant is drawn on first',
      'sahm_hold_any',
      'ORDER BY pack.created_at, pack.id',
      'ORDER BY pack.created_at DESC, pack.id',
    ],
    [
      'a grant that does not count is drawn on',
      'sahm_hold_any',
      "AND state = 'active' AND entitled > used",
      'AND entitled > used',
    ],
    [
      'a post is not added to what is used',
      'sahm_count_ended',
      'used = own.used + change.used',
      'used = own.used',
    ],
    [
      'a void is added to what is used',
      'sahm_count_ended',
      "grant_id IS NULL AND state = 'posted'",
      'grant_id IS NULL',
    ],
    [
      'a grant is not spent by a post',
      'sahm_count_ended',
      'used = pack.used + locked.used',
      'used = pack.used',
    ],
    [
      'what a post of less leaves stays held',
      'sahm_settle',
      'coalesce(hold.held_units, hold.units) AS held',
      'hold.units AS held',
    ],
    ['a post of less charges all', 'sahm_settle', 'least(hold.units, want.units)', 'hold.units'],
    ['a hold is settled twice', 'sahm_settle', "AND hold.state = 'pending'", ''],
    [
      'a hold expires although its lease is not over',
      'sahm_expire',
      'AND lease_ends_at <= sahm_now()',
      '',
    ],
    [
      'a hold expires a moment late',
      'sahm_expire',
      'lease_ends_at <= sahm_now()',
      'lease_ends_at < sahm_now()',
    ],
    [
      'a period is a year',
      'sahm_hold_own',
      'sahm_month(instant, zone)',
      'to_char(instant AT TIME ZONE zone, \'YYYY-"11"\')',
    ],
  ];

  // What the property can see does not depend on the database.
  (isOnPostgres ? test : test.skip).each(faults)(
    `%s (seed ${seed})`,
    async (_fault, name, from, to) => {
      const { prisma } = world;
      const query = (sql: string) => prisma.$queryRawUnsafe(sql);
      const takeBack = await plantFault(query, { name, from, to });
      try {
        const result = await check(world, { numRuns: 1_000, seed, endOnFailure: true });
        expect(result.failed).toBe(true);
        // Found by comparing or by a CHECK of the counts, and not because the fault broke a statement.
        const { errorInstance: found } = result;
        if (!/violates check constraint/.test(String(found)))
          expect(found).toBeInstanceOf(Mismatch);
      } finally {
        await takeBack();
      }
    },
    300_000,
  );
});
