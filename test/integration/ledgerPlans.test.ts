// A session plans each of the ledger's acts once, perhaps while the tables are empty, and keeps the
// plan until somebody analyses a table; on the embedded database, nobody does. So it must be by key.

import { expect, test } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import type { PrismaClient } from '../../src/store/generated/client.js';
import { openTestDatabase } from '../harness/testDatabase.js';

const TABLES = ['license', 'license_key', 'quota_period', 'license_grant', 'hold'];
const OTHERS = 5_000;

test('a plan made on empty tables reads no rows of others when they are full', async () => {
  const database = await openTestDatabase();
  try {
    const { prisma } = database;
    const ours = { licenseId: uuidv7(), keyId: uuidv7() };
    await actOnce(prisma, ours);
    await addLicenses(prisma, ours);
    await fillMonth(prisma);
    const before = await rowsRead(prisma);
    await actOnce(prisma, ours);
    const after = await rowsRead(prisma);
    expect(await prisma.hold.count({ where: { licenseId: ours.licenseId, state: 'posted' } })).toBe(
      1,
    );
    // A few rows of ours each; a wrong plan reads those of the others.
    const readMany = TABLES.filter(
      table => (after.get(table) ?? 0) - (before.get(table) ?? 0) > 100,
    );
    expect(readMany).toEqual([]);
  } finally {
    await database.close();
  }
});

interface Ours {
  licenseId: string;
  keyId: string;
}

/** Every act of the ledger, on a license that is there only after `addLicenses`. */
async function actOnce(prisma: PrismaClient, { licenseId, keyId }: Ours): Promise<void> {
  const want = { ordinal: 0, license_id: licenseId, key_id: keyId, version: 1, provider: 'openai' };
  const quotas = (holdId: string) =>
    JSON.stringify([{ ...want, size: 1, total: 1, holds: [{ id: holdId, model: 'x' }] }]);
  const [own, any, once] = [uuidv7(), uuidv7(), uuidv7()];
  const wants = JSON.stringify([{ hold_id: own, outcome: 'posted', reason: 'x' }]);
  await prisma.$queryRaw`SELECT sahm_hold_own(${quotas(own)}::json, 'UTC', 60000)::text`;
  await prisma.$queryRaw`SELECT sahm_hold_any(${quotas(any)}::json, 'UTC', 60000)::text`;
  await prisma.$queryRaw`SELECT sahm_hold_once(${quotas(once)}::json, 'UTC', 60000,
    ${Buffer.from(once)}, ${Buffer.from('body')})::text`;
  await prisma.$queryRaw`SELECT sahm_settle(${wants}::json, 'UTC')::text`;
  await prisma.$queryRaw`SELECT sahm_expire(100)`;
}

/** `ours` and others of the same plan and state. */
async function addLicenses(prisma: PrismaClient, ours: Ours): Promise<void> {
  const accountId = uuidv7();
  await prisma.account.create({ data: { id: accountId, email: `${accountId}@test` } });
  const all = Array.from({ length: OTHERS }, () => ({ licenseId: uuidv7(), keyId: uuidv7() }));
  all.push(ours);
  await prisma.license.createMany({
    data: all.map(({ licenseId }) => ({ id: licenseId, accountId, plan: 'vip', state: 'active' })),
  });
  await prisma.licenseKey.createMany({
    data: all.map(({ licenseId, keyId }) => ({
      id: keyId,
      licenseId,
      digest: Buffer.from(keyId),
      sealed: Buffer.from(''),
      prefix: 'sahm_live_',
      last4: 'aaaa',
    })),
  });
}

/** This month, a grant and an ended hold of every license. */
async function fillMonth(prisma: PrismaClient): Promise<void> {
  await prisma.$executeRaw`
    INSERT INTO quota_period (license_id, period, provider, plan_limit, addon_limit, highest_limit)
    SELECT id, to_char(sahm_now() AT TIME ZONE 'UTC', 'YYYY-MM'), provider, 10, 0, 10
    FROM license, unnest(ARRAY['openai', 'openrouter']) provider`;
  await prisma.$executeRaw`
    INSERT INTO license_grant (id, license_id, provider, units, entitled, state, lasts, source,
      minimum_plan)
    SELECT gen_random_uuid(), id, 'openai', 10, 10, 'active', 'until-used', 'administrator', 'basic'
    FROM license`;
  await prisma.$executeRaw`
    INSERT INTO hold (id, license_id, provider, period, units, state, model, created_at,
      lease_ends_at, ended_at)
    SELECT gen_random_uuid(), id, 'openai', '2026-01', 1, 'voided', 'x', now(), now(), now()
    FROM license`;
}

/** Rows of each table that were read until now, by whole scans and by index. */
async function rowsRead(prisma: PrismaClient): Promise<Map<string, number>> {
  await prisma.$executeRaw`SELECT pg_stat_force_next_flush()`;
  const rows = await prisma.$queryRaw<Array<{ name: string; read: bigint }>>`
    SELECT relname AS name, seq_tup_read + idx_tup_fetch AS read
    FROM pg_stat_user_tables WHERE relname = ANY(${TABLES}::text[])`;
  return new Map(rows.map(({ name, read }) => [name, Number(read)]));
}
