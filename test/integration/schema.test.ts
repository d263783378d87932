import { readFile } from 'node:fs/promises';
import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import { v7 as uuidv7 } from 'uuid';
import { draftMigration } from '../../prisma/draftMigration.js';
import { currentFunctions, describeStructure } from '../../prisma/structure.js';
import { readMigrations } from '../../src/store/database/migrations.js';
import { diffMigrationsToSchema } from '../../src/store/database/schemaEngine.js';
import type { SchemaSession } from '../../src/store/database/schemaSession.js';
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
});

describe('the database’s functions, checks and triggers', () => {
  const session: SchemaSession = {
    run: script => database.prisma.$executeRawUnsafe(script),
    query: (text, values = []) => database.prisma.$queryRawUnsafe(text, ...values),
  };
  const definitions = () =>
    session.query(`SELECT pg_get_functiondef(oid) AS text FROM pg_proc
      WHERE pronamespace = current_schema()::regnamespace ORDER BY oid`);

  test('are in prisma/structure.sql, which `npm run structure` writes', async () => {
    const structure = await describeStructure(session, await readMigrations('prisma'));
    expect(await readFile('prisma/structure.sql', 'utf8')).toBe(structure);
  });

  test('the functions there are exactly those of the database', async () => {
    const before = await definitions();
    expect(before.length).toBeGreaterThan(10);
    for (const { text } of await currentFunctions(session, await readMigrations('prisma'))) {
      await session.run(text);
    }
    expect(await definitions()).toEqual(before);
  });

  test('a function whose text no migration has is a fault', async () => {
    const older = (await readMigrations('prisma')).filter(
      ({ name }) => !/keys_without_limits/.test(name),
    );
    await expect(describeStructure(session, older)).rejects.toThrow(
      /no migration has the function sahm_open_periods/,
    );
  });

  test('a migration that changes a function begins with its current text and comment', async () => {
    const known = await currentFunctions(session, await readMigrations('prisma'));
    const draft = draftMigration('-- This is an empty migration.', known, ['sahm_settle']);
    expect(draft).toMatch(
      /^-- Posts and voids pending holds; .*\n(--.*\n)+CREATE OR REPLACE FUNCTION sahm_settle\(/,
    );
    const [settle] = await session.query<{ body: string }>(
      `SELECT prosrc AS body FROM pg_proc WHERE proname = 'sahm_settle'`,
    );
    expect(draft.endsWith(`AS $$${settle?.body}$$;\n`)).toBe(true);
  });

  test('a migration changes tables first, and names only functions that exist', () => {
    const known = ['sahm_now', 'sahm_settle'].map(name => ({ name, text: `-- ${name}` }));
    const table = 'CREATE TABLE "some_table" ();\n';
    expect(draftMigration(table, known, [])).toBe(table);
    expect(draftMigration(table, known, ['sahm_now'])).toBe(`${table}\n-- sahm_now\n`);
    expect(() => draftMigration(table, known, ['sahm_setle'])).toThrow(
      'there is no function sahm_setle; there are sahm_now, sahm_settle',
    );
  });
});

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
