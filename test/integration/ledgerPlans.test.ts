// A session plans each ledger function once, perhaps while the tables are empty. It keeps that plan until
// somebody analyses a table, and on the embedded database nobody does. So every plan must look rows up by
// key.

import { expect, test } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import type { PrismaClient } from '../../src/store/generated/client.js';
import { writeMonths } from '../../src/store/ledger/months.js';
import { type BareLicense, newLicenses, writeLicenses } from '../harness/manyLicenses.js';
import { openTestDatabase } from '../harness/testDatabase.js';
import { leaveUnanalysed, readMoreThan, rowsRead } from './rowsRead.js';

const TABLES = [
  'license',
  'license_key',
  'license_limit',
  'quota_month',
  'quota_period',
  'license_grant',
  'hold',
].concat(['named_key', 'named_key_limit', 'named_key_month']);
const OTHERS = 5_000;

test('a plan made on empty tables reads no other license’s rows once they are full', async () => {
  const database = await openTestDatabase();
  try {
    const { prisma } = database;
    await leaveUnanalysed(prisma, TABLES);
    const licenses = newLicenses(OTHERS + 1);
    const ours = licenses[0] as BareLicense;
    await actOnce(prisma, ours);
    await writeLicenses(prisma, 'vip', licenses);
    await fillMonth(prisma);
    await writeMonths(prisma, { calendar: 'gregorian', timeZone: 'UTC' });
    const before = await rowsRead(prisma, TABLES);
    await actOnce(prisma, ours);
    const after = await rowsRead(prisma, TABLES);
    expect(await prisma.hold.count({ where: { licenseId: ours.licenseId, state: 'posted' } })).toBe(
      3,
    );
    // The act itself reads only a few rows. A wrong plan would also read other licenses' rows.
    expect(readMoreThan(100, before, after)).toEqual([]);
  } finally {
    await database.close();
  }
});

/** Runs every act of the ledger, on a license that exists only the second time. */
async function actOnce(prisma: PrismaClient, { licenseId, keyId }: BareLicense): Promise<void> {
  const want = { ordinal: 0, license_id: licenseId, key_id: keyId, version: 1, provider: 'openai' };
  const quotas = (holdId: string, more = {}) =>
    JSON.stringify([{ ...want, ...more, size: 1, total: 1, holds: [{ id: holdId, model: 'x' }] }]);
  const [own, any, once, named, paid] = [uuidv7(), uuidv7(), uuidv7(), uuidv7(), uuidv7()];
  const together = uuidv7();
  const wants = JSON.stringify(
    [own, named, together].map(hold_id => ({ hold_id, outcome: 'posted', reason: 'x' })),
  );
  const byName = quotas(named, { key_id: secretOf(licenseId) });
  await prisma.$queryRaw`SELECT sahm_hold_own(${quotas(own)}::json, 'UTC', 60000)::text`;
  const wallets = JSON.stringify([
    { ...want, total: 1, most: 1, holds: [{ id: paid, provider: 'openai', units: 1, model: 'x' }] },
  ]);
  await prisma.$queryRaw`SELECT sahm_hold_wallets_own(${wallets}::json, 'UTC', 60000)::text`;
  await prisma.$queryRaw`SELECT sahm_hold_any(${quotas(any)}::json, 'UTC', 60000)::text`;
  await prisma.$queryRaw`SELECT sahm_hold_named(${byName}::json, 'UTC', 60000)::text`;
  await prisma.$queryRaw`SELECT sahm_hold_keys(${quotas('', { key_id: secretOf(licenseId) })}::json,
    ${JSON.stringify([{ ordinal: 0, id: together, model: 'x' }])}::json, 'UTC', 60000)::text`;
  await prisma.$queryRaw`SELECT sahm_hold_once(${quotas(once)}::json, 'UTC', 60000,
    ${Buffer.from(once)}, ${Buffer.from('body')})::text`;
  await prisma.$queryRaw`SELECT sahm_settle(${wants}::json, 'UTC')::text`;
  await prisma.$queryRaw`SELECT sahm_expire(100)`;
  const allowances = JSON.stringify([{ plan: 'vip', provider: 'openai', units: 10 }]);
  await prisma.$queryRaw`
    SELECT sahm_open_periods(ARRAY[${licenseId}::uuid], '2026-01', ${allowances}::json)::text`;
}

/** Of the license's named key: the same id, which is none of its master key's. */
const secretOf = (licenseId: string) => licenseId;

/** Writes this month, a named key, a limit of its own, a grant and an ended hold for every license. */
async function fillMonth(prisma: PrismaClient): Promise<void> {
  await prisma.$executeRaw`
    INSERT INTO quota_period (license_id, period, provider, plan_limit, addon_limit, highest_limit)
    SELECT id, to_char(sahm_now() AT TIME ZONE 'UTC', 'YYYY-MM'), provider, 10, 0, 10
    FROM license, unnest(ARRAY['all', 'openai', 'openrouter']) provider`;
  await prisma.$executeRaw`
    INSERT INTO license_limit (license_id, provider, units) SELECT id, 'openai', 10 FROM license`;
  await prisma.$executeRaw`
    INSERT INTO license_grant (id, license_id, provider, units, entitled, state, lasts, source,
      minimum_plan)
    SELECT gen_random_uuid(), id, 'openai', 10, 10, 'active', 'until-used', 'administrator', 'basic'
    FROM license`;
  await prisma.$executeRaw`
    INSERT INTO named_key (id, license_id, name) SELECT id, id, 'bot' FROM license`;
  await prisma.$executeRaw`
    INSERT INTO license_key (id, named_key_id, digest, sealed, prefix, last4)
    SELECT id, id, uuid_send(id), uuid_send(id), 'x', 'x' FROM license`;
  await prisma.$executeRaw`
    INSERT INTO named_key_limit (named_key_id, provider, units) SELECT id, 'openai', 10 FROM license`;
  await prisma.$executeRaw`
    INSERT INTO named_key_month (named_key_id, period, provider, highest_limit)
    SELECT license_id, period, provider, 10 FROM quota_period`;
  await prisma.$executeRaw`
    INSERT INTO hold (id, license_id, provider, period, units, state, model, created_at,
      lease_ends_at, ended_at)
    SELECT gen_random_uuid(), id, 'openai', '2026-01', 1, 'voided', 'x', now(), now(), now()
    FROM license`;
}
