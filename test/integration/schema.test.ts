import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import { v7 as uuidv7 } from 'uuid';
import { diffMigrationsToSchema } from '../../src/store/schemaEngine.js';
import { openTestDatabase, type TestDatabase } from '../harness/testDatabase.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

test('the migrations lead to exactly the schema', async () => {
  const pglite = await PGlite.create();
  const difference = await diffMigrationsToSchema(new PrismaPGlite(pglite), 'prisma');
  await pglite.close();
  expect(difference.trim()).toBe('-- This is an empty migration.');
}, 120_000);

describe('a row that breaks the ledger is refused by the database itself', () => {
  const licenseId = uuidv7();
  beforeAll(async () => {
    const { prisma } = database;
    const account = await prisma.account.create({
      data: { id: uuidv7(), email: 'a@example.com' },
    });
    await prisma.license.create({
      data: { id: licenseId, accountId: account.id, plan: 'pro', state: 'active' },
    });
    await prisma.quotaPeriod.create({
      data: {
        licenseId,
        period: '2026-01',
        provider: 'openai',
        planLimit: 10,
        addonLimit: 0,
        highestLimit: 10,
      },
    });
  });

  test.each([
    ['more held than there is', 'held = 11'],
    ['used and held together more than there is', 'used = 6, held = 5'],
    ['a negative count', 'used = -1'],
    ['a limit above the highest', 'plan_limit = 11'],
    ['a period that is no month', "period = '2026-13'"],
    ['an unknown provider', "provider = 'mistral'"],
  ])('%s', async (_name, assignment) => {
    const act = database.prisma.$executeRawUnsafe(`UPDATE quota_period SET ${assignment}`);
    await expect(act).rejects.toThrow(/23514/);
  });

  test('a hold that is pending and ended at once', async () => {
    const data = {
      id: uuidv7(),
      licenseId,
      provider: 'openai',
      period: '2026-01',
      units: 1,
      state: 'pending',
      model: 'x',
      createdAt: new Date(),
      leaseEndsAt: new Date(),
      endedAt: new Date(),
    };
    await expect(database.prisma.hold.create({ data })).rejects.toThrow(/23514|constraint/);
  });
});
