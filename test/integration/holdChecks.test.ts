// Between the look at a license and its hold things change. Each of the ledger's functions that hold judges by itself what
// is true when it runs: here everything changes right before its statement.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Queries } from '../../src/store/database/directQueries.js';
import type { Prisma, PrismaClient } from '../../src/store/generated/client.js';
import { createLedger, type HoldWant, type Ledger } from '../../src/store/ledger/index.js';
import { findLedgerProblems } from '../../src/store/ledger/verify.js';
import { openTestDatabase, type TestDatabase } from '../harness/testDatabase.js';
import {
  addGrant,
  walletCatalog as catalog,
  createLicense,
  setClock,
  settings,
  type TestLicense,
  wallet,
  wantOf,
} from './ledgerFixture.js';
import { createNamedKey, type TestKey, wantOfKey } from './namedKeysFixture.js';

let database: TestDatabase;
let prisma: PrismaClient;
/** Called once, before the next statement that calls the function under test. */
let change: (() => Promise<unknown>) | undefined;
let changed = '';
let ledger: Ledger;
let other: TestLicense;
let otherKey: TestKey;
let emptyKey: TestKey;
beforeAll(async () => {
  database = await openTestDatabase();
  prisma = database.prisma;
  await setClock(prisma, '2026-11-15T12:00:00Z');
  other = await createLicense(prisma);
  const queries: Queries = {
    async $queryRaw(query: TemplateStringsArray | Prisma.Sql, ...values) {
      const text = 'raw' in query ? query.join('?') : query.sql;
      if (change && text.includes(`${changed}(`)) {
        const act = change;
        change = undefined;
        await act();
      }
      return database.direct.$queryRaw(query, ...values);
    },
  };
  ledger = createLedger(prisma, () => catalog, { ...settings, queries });
  otherKey = await createNamedKey(prisma, other);
  await use(wantOfKey(otherKey));
  emptyKey = await createNamedKey(prisma, other, { openrouter: 0 });
});
beforeEach(() => {
  change = undefined;
});
afterAll(() => database.close());

type Answer = { kind: string } | null;

interface Way {
  want: HoldWant;
  /** The same as `ledger.hold` if absent. */
  hold?: (want: HoldWant) => Promise<Answer>;
}

const money = (want: HoldWant, units: number): HoldWant => ({ ...want, units, least: 1 });
const TURN = { conversation: 'c', followUps: 2, minutes: 30 };
const once = (want: HoldWant) => ({
  ...want,
  idempotency: { idempotencyKeyDigest: 'a'.repeat(64), fingerprint: 'f'.repeat(64) },
});

/** Holds and posts, so that the month is open. */
async function use(want: HoldWant): Promise<void> {
  expect(await ledger.hold(want)).toMatchObject({ kind: 'held' });
  await ledger.settle({ ...want, outcome: 'posted', reason: 'success' });
}

const WAYS: Record<string, () => Promise<Way>> = {
  async sahm_hold_own() {
    const license = await createLicense(prisma);
    await use(wantOf(license));
    return { want: wantOf(license) };
  },
  async 'sahm_hold_own with a named key'() {
    const key = await createNamedKey(prisma, await createLicense(prisma));
    await use(wantOfKey(key));
    return { want: wantOfKey(key) };
  },
  async sahm_hold_any() {
    const license = await createLicense(prisma, { openrouterLimit: 0 });
    await addGrant(prisma, license, { createdAt: '2026-10-01' });
    return { want: wantOf(license) };
  },
  async sahm_hold_keys() {
    const key = await createNamedKey(prisma, await createLicense(prisma), { openrouter: 9 });
    await use(wantOfKey(key));
    return { want: wantOfKey(key) };
  },
  // Of a key that has nothing left: what has room, sahm_hold_any judges once more.
  async sahm_hold_named() {
    const license = await createLicense(prisma);
    await use(wantOf(license));
    return { want: wantOfKey(await createNamedKey(prisma, license, { openrouter: 0 })) };
  },
  async sahm_hold_wallets_own() {
    const license = await createLicense(prisma, { plan: wallet.code });
    await use(money(wantOf(license), 1));
    return { want: money(wantOf(license), 10) };
  },
  async sahm_hold_wallets() {
    const key = await createNamedKey(prisma, await createLicense(prisma, { plan: wallet.code }));
    await use(money(wantOfKey(key), 1));
    return { want: money(wantOfKey(key), 10) };
  },
  async sahm_hold_turn() {
    const license = await createLicense(prisma);
    const first = wantOf(license);
    await use(first);
    await ledger.beginTurn({ ...first, conversation: TURN.conversation });
    return { want: { ...wantOf(license), turn: TURN }, hold: want => ledger.holdInTurn(want) };
  },
  // A reply is given again only to whom a new one would be given.
  async sahm_hold_once() {
    const license = await createLicense(prisma);
    expect(await ledger.holdOnce(once(wantOf(license)))).toMatchObject({ kind: 'held' });
    return { want: wantOf(license), hold: want => ledger.holdOnce(once(want)) };
  },
};

/** How an unchanged license is answered, where it is not held. */
const GOES_ON: Record<string, string> = { sahm_hold_named: 'full', sahm_hold_once: 'claimed' };

const licenseSet = (what: string) => (want: HoldWant) =>
  prisma.$executeRawUnsafe(`UPDATE license SET ${what} WHERE id = '${want.licenseId}'`);
const secretSet = (what: string) => (want: HoldWant) =>
  prisma.$executeRawUnsafe(`UPDATE license_key SET ${what} WHERE id = '${want.keyId}'`);

const CHANGES: Record<string, (want: HoldWant) => Promise<unknown>> = {
  'the license has a newer version': licenseSet('version = version + 1'),
  'the license is suspended': licenseSet(`state = 'suspended'`),
  'the license expires at this instant': licenseSet('expires_at = sahm_now()'),
  'the license is due for a change at this instant': licenseSet('changes_at = sahm_now()'),
  'the key ends at this instant': secretSet('valid_until = sahm_now()'),
  'the key is of another license': want => {
    const { id } = changed === 'sahm_hold_named' ? emptyKey : otherKey;
    return secretSet(want.namedKey ? `named_key_id = '${id}'` : `license_id = '${other.id}'`)(want);
  },
};

describe.each(Object.entries(WAYS))('%s', (name, begin) => {
  async function changeRightBefore(act: (want: HoldWant) => Promise<unknown>) {
    const { want, hold = ledger.hold } = await begin();
    changed = name.split(' ')[0] as string;
    change = () => act(want);
    const answer = await hold(want);
    // Otherwise this was no test of that function.
    expect(change).toBeUndefined();
    return { want, answer };
  }

  test.each(Object.entries(CHANGES))('holds nothing when %s', async (_, act) => {
    const { want, answer } = await changeRightBefore(act);
    expect(answer).toEqual({ kind: 'stale' });
    expect(await prisma.hold.count({ where: { id: want.holdId } })).toBe(0);
  });

  test('goes on until the last moment', async () => {
    const later = `= sahm_now() + interval '1 millisecond'`;
    const { answer } = await changeRightBefore(async want => {
      await licenseSet(`expires_at ${later}, changes_at ${later}`)(want);
      await secretSet(`valid_until ${later}`)(want);
    });
    expect(answer?.kind).toBe(GOES_ON[name] ?? 'held');
  });
});

test('the ledger is right after all of them', async () => {
  expect(await findLedgerProblems(prisma)).toEqual([]);
});
