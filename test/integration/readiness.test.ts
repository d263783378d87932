import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { v7 as newId } from 'uuid';
import { createReadiness } from '../../src/store/database/readiness.js';
import { type Service, startService } from '../harness/service.js';
import { openTestDatabase, type TestDatabase } from '../harness/testDatabase.js';

const onPostgres = process.env.TEST_DATABASE === 'postgres' ? test : test.skip;

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

const whyNot = (zone = 'UTC') => createReadiness(database.pipelined, zone).whyNot();
const execute = (sql: string) => database.prisma.$executeRawUnsafe(sql);

test('without an administrator the service is starting', async () => {
  expect(await whyNot()).toBe('starting');
  await execute(`INSERT INTO administrator (id, email, password_hash, role)
    VALUES ('${newId()}', 'owner@example.com', 'x', 'owner')`);
  expect(await whyNot()).toBeNull();
});

test('a zone that the database does not know is named', async () => {
  expect(await whyNot('Middle/Earth')).toBe('time_zone_unknown');
});

test('asking leaves nothing behind', async () => {
  await whyNot();
  expect(await database.prisma.probe.count()).toBe(0);
});

onPostgres(
  'a database that may only be read is named, and a cured one is met at once',
  async () => {
    const own = await openTestDatabase();
    try {
      const name = new URL(own.url as string).pathname.slice(1);
      const setting = (to: string) =>
        own.prisma.$executeRawUnsafe(
          `ALTER DATABASE ${name} SET default_transaction_read_only ${to}`,
        );
      const ask = () => createReadiness(own.pipelined, 'UTC').whyNot();
      // Only sessions that begin from here on see it.
      await setting('= on');
      expect(await ask()).toBe('database_read_only');
      await own.prisma.$executeRawUnsafe('SET default_transaction_read_only = off');
      await setting('= off');
      expect(await ask()).toBe('starting');
    } finally {
      await own.close();
    }
  },
);

const newest = `(SELECT max(migration_name) FROM _prisma_migrations)`;
test.each([
  [
    'schema_too_old',
    `UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name = ${newest}`,
  ],
  ['database_fault', 'ALTER FUNCTION sahm_hold_own RENAME TO sahm_hold_lost'],
  ['schema_too_new', migrated('99990101000000_drops_a_column_breaking')],
  [null, migrated('99990101000000_adds_a_column')],
])('the schema: %s after %s', async (reason, change) => {
  const own = await openTestDatabase();
  try {
    await own.prisma.$executeRawUnsafe(`INSERT INTO administrator (id, email, password_hash, role)
      VALUES ('${newId()}', 'owner@example.com', 'x', 'owner')`);
    await own.prisma.$executeRawUnsafe(change);
    expect(await createReadiness(own.pipelined, 'UTC').whyNot()).toBe(reason);
  } finally {
    await own.close();
  }
});

function migrated(name: string): string {
  return `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at,
    applied_steps_count) VALUES ('${newId()}', '', '${name}', now(), now(), 1)`;
}

let service: Service | undefined;
afterEach(async () => {
  await service?.close();
  service = undefined;
});

test('/readyz says why it is not ready', async () => {
  service = await startService({});
  const ask = async () => {
    const response = await fetch(`${service?.url}/readyz`);
    return [response.status, await response.json()];
  };
  expect(await ask()).toMatchObject([503, { reason: 'starting' }]);
  await service.createAdministrator('owner@example.com', 'owner');
  while ((await ask())[0] !== 200);
  expect(await ask()).toEqual([200, { status: 'ready' }]);
  service.deps.beginShutdown();
  expect(await ask()).toEqual([
    503,
    { status: 'not ready', reason: 'stopping', message: expect.any(String) },
  ]);
});
