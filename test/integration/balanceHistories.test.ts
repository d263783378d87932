// Random histories of a license: whatever happens to it, the lines of its balance add up to what the ledger shows,
// to the last unit, in the present month and in those before, in the months of either calendar, whichever of its keys
// is used.
//
// HISTORIES sets how many. HISTORY_SEED repeats a run as it is printed.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { v7 as newId } from 'uuid';
import { CALENDARS, type Calendar } from '../../src/domain/calendar.js';
import { PROVIDERS, type Provider } from '../../src/domain/provider.js';
import { balanceOf, totalBalance, type Usage } from '../../src/domain/quota.js';
import { SYSTEM } from '../../src/store/admin/audit.js';
import { inTransaction, type Transaction } from '../../src/store/database/transaction.js';
import { writeMonths } from '../../src/store/ledger/months.js';
import { closePeriods } from '../../src/store/ledger/periods.js';
import { findLedgerProblems } from '../../src/store/ledger/verify.js';
import {
  lockBuckets,
  lockLicense,
  refreshEntitlements,
} from '../../src/store/licenses/entitlements.js';
import type { BalanceQuery, ExplainedBalance } from '../../src/store/reports/balanceReport.js';
import { createRandom, type Random } from '../harness/random.js';
import { type Service, startService } from '../harness/service.js';

const histories = Number(process.env.HISTORIES ?? 12);
const seed = Number(process.env.HISTORY_SEED ?? Math.floor(Math.random() * 2 ** 31));
const ACTS = 24;
const ACTS_BETWEEN_CHECKS = 6;
const PLANS = ['basic', 'pro', 'vip'];
const HOUR_S = 3_600;
const DAY_S = 24 * HOUR_S;
const ZONE = 'Asia/Tehran';

let service: Service;
beforeAll(async () => {
  service = await startService({ env: { QUOTA_TIME_ZONE: ZONE } });
  const { prisma } = service.database;
  await prisma.$executeRawUnsafe('CREATE TABLE test_clock (later interval NOT NULL)');
  await prisma.$executeRawUnsafe("INSERT INTO test_clock VALUES ('0')");
  await prisma.$executeRawUnsafe(`CREATE OR REPLACE FUNCTION sahm_now() RETURNS timestamptz
    LANGUAGE sql STABLE AS $$ SELECT statement_timestamp() + later FROM test_clock $$`);
});
afterAll(() => service.close());

interface History {
  random: Random;
  licenseId: string;
  /** The master key, and the named ones. */
  keys: Key[];
  grants: string[];
  /** Holds that are pending. */
  holds: string[];
  did: string[];
}

interface Key {
  /** Of the secret. */
  id: string;
  namedKeyId: string | null;
}

/** The clock goes on by so much; within a history never back. */
async function wait(seconds: number): Promise<void> {
  await service.database.prisma.$executeRaw`
    UPDATE test_clock SET later = later + ${seconds}::float8 * interval '1 second'`;
}

async function useCalendar(random: Random): Promise<void> {
  const calendar = random.pick([...CALENDARS]) as Calendar;
  await writeMonths(service.database.prisma, { calendar, timeZone: ZONE });
}

/** On an empty ledger, on any day of the next four years. */
async function begin(random: Random): Promise<History> {
  const { prisma } = service.database;
  await prisma.$executeRaw`
    TRUNCATE quota_month, hold, quota_period, period_statement, license_grant, named_key_month`;
  await prisma.$executeRaw`UPDATE test_clock SET later = '0'`;
  await wait(random.below(4 * 365) * DAY_S + random.below(DAY_S));
  await useCalendar(random);
  const { id } = await service.issue(random.pick(PLANS) as string);
  const key = await prisma.licenseKey.findFirstOrThrow({ where: { licenseId: id } });
  const master = { id: key.id, namedKeyId: null };
  const history: History = {
    random,
    licenseId: id,
    keys: [master],
    grants: [],
    holds: [],
    did: [],
  };
  // Where nothing is counted yet, another calendar names the month that has begun anew.
  await holdOne(history, master, 'openrouter', 1);
  return history;
}

async function holdOne(
  { licenseId, holds }: History,
  key: Key,
  provider: Provider,
  units: number,
): Promise<void> {
  const { prisma } = service.database;
  const { version } = await prisma.license.findUniqueOrThrow({ where: { id: licenseId } });
  const holdId = newId();
  const namedKey = key.namedKeyId === null ? null : { id: key.namedKeyId, areKeysLimited: false };
  const used = { licenseId, keyId: key.id, namedKey, version };
  const want = { ...used, holdId, provider, units, model: 'm' };
  const held = await service.deps.chat.ledger.hold(want);
  if (held.kind === 'held') holds.push(holdId);
}

async function hold(history: History): Promise<void> {
  const { random, keys } = history;
  for (let count = 1 + random.below(4); count > 0; count--) {
    const provider = random.pick([...PROVIDERS]) as Provider;
    const units = 1 + random.below(3);
    await holdOne(history, random.pick(keys) as Key, provider, units);
  }
}

async function settle(history: History): Promise<void> {
  const { random, licenseId, holds } = history;
  for (let count = 1 + random.below(4); count > 0 && holds.length > 0; count--) {
    const [holdId = ''] = holds.splice(random.below(holds.length), 1);
    const outcome = random.below(4) === 0 ? 'voided' : 'posted';
    await service.deps.chat.ledger.settle({ holdId, licenseId, outcome, reason: outcome });
  }
}

/** Changes grants as the store does when a shop reports something. */
function changeGrants(licenseId: string, write: (transaction: Transaction) => Promise<unknown>) {
  return inTransaction(service.database.prisma, async transaction => {
    await lockLicense(transaction, licenseId);
    await lockBuckets(transaction, licenseId, ZONE);
    await write(transaction);
    await refreshEntitlements(transaction, service.deps.chat.catalog(), licenseId, ZONE);
  });
}

/** An end that is near, or beyond the month. */
async function inSome(random: Random): Promise<Date> {
  const hours = random.pick([1, 1 + random.below(60), 24 * random.below(50)]) as number;
  const [now] = await service.database.prisma.$queryRaw<[{ at: Date }]>`SELECT sahm_now() AS at`;
  return new Date(now.at.getTime() + (1 + hours) * HOUR_S * 1_000);
}

/** What can happen to a license. */
const ACTS_BY_NAME: Record<string, (history: History) => Promise<void>> = {
  hold,
  'hold again': hold,
  settle,
  'settle again': settle,
  'settle more': settle,
  async plan({ random, licenseId }) {
    const plan = random.pick(PLANS);
    await service.deps.admin.licenses.change(licenseId, { plan }, SYSTEM);
  },
  async limits({ random, licenseId }) {
    const limits = { [random.pick([...PROVIDERS]) as Provider]: random.pick([null, 0, 2, 5, 9]) };
    await service.deps.admin.licenses.change(licenseId, { limits }, SYSTEM);
  },
  async grant({ random, licenseId, grants }) {
    const id = newId();
    const lasts = random.pick(['until-used', 'until-used', 'month', 'subscription']) as string;
    const provider = random.pick([...PROVIDERS]) as Provider;
    const units = 1 + random.below(6);
    await changeGrants(
      licenseId,
      transaction => transaction.$executeRaw`
      INSERT INTO license_grant (id, license_id, provider, units, entitled, lasts, period,
        minimum_plan, state, source)
      VALUES (${id}::uuid, ${licenseId}::uuid, ${provider}, ${units}, ${units}, ${lasts},
        CASE WHEN ${lasts} = 'month' THEN sahm_month(sahm_now(), ${ZONE}) END,
        ${provider === 'openai' ? 'vip' : 'basic'}, 'waiting', 'administrator')`,
    );
    grants.push(id);
  },
  async 'give for a time'({ random, licenseId }) {
    const provider = random.pick([...PROVIDERS]) as Provider;
    const expiresAt = await inSome(random);
    const wanted = { provider, units: 1 + random.below(6), reason: 'x', expiresAt };
    await service.deps.admin.grants.grant(licenseId, wanted, 'administrator', SYSTEM);
  },
  async 'lend a plan'({ random, licenseId }) {
    const planUntil = await inSome(random);
    const plan = random.pick(PLANS);
    await service.deps.admin.licenses.change(licenseId, { plan, planUntil }, SYSTEM);
  },
  async 'lend limits'({ random, licenseId }) {
    const limits = { [random.pick([...PROVIDERS]) as Provider]: random.pick([0, 2, 5, 9]) };
    const limitsUntil = await inSome(random);
    await service.deps.admin.licenses.change(licenseId, { limits, limitsUntil }, SYSTEM);
  },
  async withdraw({ random, licenseId, grants }) {
    const grant = random.pick(grants);
    if (grant) await service.deps.admin.grants.withdraw(licenseId, grant, SYSTEM);
  },
  async refund({ random, licenseId, grants }) {
    const grant = random.pick(grants);
    if (!grant) return;
    await changeGrants(
      licenseId,
      transaction => transaction.$executeRaw`
      UPDATE license_grant SET entitled = greatest(0, entitled - ${1 + random.below(4)})
      WHERE id = ${grant}::uuid`,
    );
  },
  async 'name a key'({ random, licenseId, keys }) {
    const limits = { [random.pick([...PROVIDERS]) as Provider]: random.pick([null, 0, 3, 6]) };
    const name = newId();
    const made = await service.deps.admin.namedKeys.create(licenseId, { name, limits }, SYSTEM);
    if (made.kind === 'refusal') throw new Error(made.code);
    const namedKeyId = made.key.id;
    const { prisma } = service.database;
    const secret = await prisma.licenseKey.findFirstOrThrow({ where: { namedKeyId } });
    keys.push({ id: secret.id, namedKeyId });
  },
  async 'withdraw a key'({ random, licenseId, keys }) {
    const key = random.pick(keys.filter(({ namedKeyId }) => namedKeyId !== null));
    if (!key?.namedKeyId) return;
    keys.splice(keys.indexOf(key), 1);
    await service.deps.admin.namedKeys.withdraw(licenseId, key.namedKeyId, SYSTEM);
  },
  async calendar({ random }) {
    await useCalendar(random);
  },
  async hours({ random }) {
    await wait((1 + random.below(60)) * HOUR_S);
  },
  async month({ random }) {
    await wait((20 + random.below(20)) * DAY_S);
  },
  async close() {
    await closePeriods(service.database.prisma, ZONE, 1_000);
  },
};

async function explain(licenseId: string, query: BalanceQuery): Promise<ExplainedBalance> {
  const explained = await service.deps.admin.balanceReport.read(licenseId, query);
  if (explained.kind === 'refusal') throw new Error(JSON.stringify(explained.message));
  return explained;
}

function remainingOf(usage: Usage, provider: Provider | undefined): number {
  const balance = provider ? balanceOf(usage.quotas[provider]) : totalBalance(usage);
  return balance.remaining;
}

function expectToAddUp({ balance, lines }: ExplainedBalance): void {
  let sum = 0;
  let last = 0;
  for (const line of lines) {
    sum += line.units;
    expect(line.sum).toBe(sum);
    expect(line.sum).toBeGreaterThanOrEqual(0);
    expect(line.told.at).toBeGreaterThanOrEqual(last);
    last = line.told.at;
  }
  expect(balance).toBe(sum);
  expect(lines.map(({ told }) => told.code)).not.toContain('difference');
}

/** The requests that lines charge are those that the ledger charged. */
function expectAllCharges({ lines }: ExplainedBalance, usage: Usage, provider: Provider): void {
  const own = lines.filter(({ told }) => told.charges && told.charges.grantId === null);
  const charged = own.reduce((sum, { told }) => sum + (told.charges?.units ?? 0), 0);
  expect(charged).toBe(usage.quotas[provider].used);
}

async function check(history: History, ended: Map<string, number>): Promise<void> {
  const { licenseId } = history;
  const usage = await service.deps.chat.ledger.usage(licenseId);
  for (const provider of [undefined, ...PROVIDERS]) {
    const explained = await explain(licenseId, { provider });
    expectToAddUp(explained);
    expect(explained.balance).toBe(remainingOf(usage, provider));
    if (provider) expectAllCharges(explained, usage, provider);
    ended.set(`${usage.period} ${provider ?? ''}`, explained.balance);
  }
}

test(`lines add up to the ledger’s balance (${histories} histories, seed ${seed})`, async () => {
  const acts = Object.keys(ACTS_BY_NAME);
  for (let number = 0; number < histories; number++) {
    const random = createRandom(seed + number);
    const history = await begin(random);
    const ended = new Map<string, number>();
    try {
      for (let count = 0; count < ACTS; count++) {
        const name = random.pick(acts) as string;
        history.did.push(name);
        await ACTS_BY_NAME[name]?.(history);
        if (count % ACTS_BETWEEN_CHECKS === 0) await check(history, ended);
      }
      await check(history, ended);
      for (const period of new Set([...ended.keys()].map(key => key.slice(0, 7)))) {
        for (const provider of [undefined, ...PROVIDERS]) {
          expectToAddUp(await explain(history.licenseId, { period, provider }));
        }
      }
      expect(await findLedgerProblems(service.database.prisma, ZONE)).toEqual([]);
    } catch (error) {
      const where = `history ${number} of seed ${seed}: ${history.did.join(', ')}`;
      throw new Error(`${where}\n${(error as Error).message}`, { cause: error });
    }
  }
}, 7_200_000);
