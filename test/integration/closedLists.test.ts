// A closed list exists once in the code and once in the database's checks. Both must have the same members.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { CALENDARS } from '../../src/domain/calendar.js';
import { OUTCOMES } from '../../src/domain/delivery.js';
import { GRANT_STATES, LASTS } from '../../src/domain/grant.js';
import { HOLD_STATES } from '../../src/domain/hold.js';
import { LANGUAGES } from '../../src/domain/language.js';
import { LICENSE_STATES } from '../../src/domain/license.js';
import { BUYER_MESSAGE_KINDS } from '../../src/domain/mail.js';
import { DELIVERY_STATES, NOTICE_KINDS } from '../../src/domain/notice.js';
import { MOVEMENT_KINDS } from '../../src/domain/orderMoney.js';
import { PROVIDERS, QUOTA_KEYS } from '../../src/domain/provider.js';
import { FACT_KINDS } from '../../src/domain/purchase.js';
import { ROLES } from '../../src/domain/role.js';
import { SELLERS } from '../../src/domain/shop.js';
import { VIDEO_STATES } from '../../src/domain/video.js';
import { openTestDatabase, type TestDatabase } from '../harness/testDatabase.js';

const IN_CODE: Record<string, readonly string[]> = {
  'account.language': LANGUAGES,
  'admin_token.role': ROLES,
  'administrator.role': ROLES,
  // Used only in the store's statements.
  'balance_change.kind': ['plan', 'limit', 'grant'],
  'buyer_session.kind': ['link', 'session'],
  'hold.provider': PROVIDERS,
  'hold.state': HOLD_STATES,
  'hold.unit': ['microusd'],
  'license.state': LICENSE_STATES,
  'license_grant.lasts': LASTS,
  'license_grant.provider': QUOTA_KEYS,
  'license_grant.state': GRANT_STATES,
  'license_limit.provider': QUOTA_KEYS,
  'license_notice.kind': NOTICE_KINDS,
  'named_key_limit.provider': QUOTA_KEYS,
  'named_key_month.provider': QUOTA_KEYS,
  'notice.kind': BUYER_MESSAGE_KINDS,
  'notice_delivery.state': DELIVERY_STATES,
  'purchase_event.outcome': OUTCOMES,
  'purchase_fact.kind': FACT_KINDS,
  'purchase_movement.kind': MOVEMENT_KINDS,
  'purchase_fact.shop': SELLERS,
  'quota_month.calendar': CALENDARS,
  'quota_period.provider': QUOTA_KEYS,
  'video_job.state': VIDEO_STATES,
  'wallet_use.provider': PROVIDERS,
};

let database: TestDatabase;
let inDatabase: Record<string, string[]>;
beforeAll(async () => {
  database = await openTestDatabase();
  inDatabase = await listsOf(database);
});
afterAll(() => database.close());

/** `column = ANY (ARRAY['a'::text, 'b'::text])` or `column = ANY ('{a,b}'::text[])`. */
const LIST = /(\w+) = ANY \((?:ARRAY\[(.*?)\]|'\{(.*?)\}'::text\[\])\)/g;

/** The values that the checks of each column allow. */
async function listsOf({ prisma }: TestDatabase): Promise<Record<string, string[]>> {
  const checks = await prisma.$queryRaw<Array<{ table: string; definition: string }>>`
    SELECT relname::text AS "table", pg_get_constraintdef(pg_constraint.oid, true) AS definition
    FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid WHERE contype = 'c'
      AND connamespace = current_schema()::regnamespace`;
  const lists = checks.flatMap(({ table, definition }) =>
    [...definition.matchAll(LIST)].map(([, column, quoted, plain]) => [
      `${table}.${column}`,
      quoted === undefined
        ? (plain ?? '').split(',')
        : [...quoted.matchAll(/'([^']*)'/g)].map(([, value]) => value),
    ]),
  );
  return Object.fromEntries(lists);
}

describe('the database accepts what the code has, and nothing else', () => {
  test.each(Object.entries(IN_CODE))('%s', (column, members) => {
    expect([...(inDatabase[column] ?? [])].sort()).toEqual([...members].sort());
  });
});

test('no list of the database is left out above', () => {
  expect(Object.keys(inDatabase).sort()).toEqual(Object.keys(IN_CODE).sort());
});

describe('a license has a quota of every provider, and of no other', () => {
  test.each([
    ['those of the list', [...PROVIDERS]],
    ['one more: neither a column nor a function has to change', [...PROVIDERS, 'another']],
  ])('%s', async (_name, providers) => {
    const { prisma } = database;
    // Not of the list yet, which is what the check is for.
    await prisma.$executeRaw`
      ALTER TABLE license_limit DROP CONSTRAINT IF EXISTS license_limit_provider`;
    const allowances = providers.map((provider, at) => ({ plan: 'vip', provider, units: at + 1 }));
    const last = providers.at(-1) as string;
    for (const [plan, expected] of [
      ['vip', allowances.map(({ provider, units }) => ({ provider, units }))],
      ['of an older catalogue', providers.map(provider => ({ provider, units: 0 }))],
    ] as const) {
      const id = uuidv7();
      await prisma.account.create({ data: { id, email: `${id}@example.com` } });
      await prisma.license.create({ data: { id, accountId: id, plan, state: 'active' } });
      expect(await entitled(id, allowances)).toEqual(sorted(expected));
      await prisma.licenseLimit.create({ data: { licenseId: id, provider: last, units: 70 } });
      const limited = expected.map(each =>
        each.provider === last ? { ...each, units: 70 } : each,
      );
      expect(await entitled(id, allowances)).toEqual(sorted(limited));
    }
  });

  const entitled = (id: string, allowances: object[]) =>
    database.prisma.$queryRaw<Array<{ provider: string; units: number }>>`
      SELECT provider, plan_limit::int AS units FROM sahm_entitled(
        ARRAY[${id}::uuid], '2026-01', ${JSON.stringify(allowances)}::json)
      ORDER BY provider COLLATE "C"`;
  const sorted = (rows: readonly { provider: string }[]) =>
    rows.toSorted((one, other) => (one.provider < other.provider ? -1 : 1));
});
