import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startPostgresCluster } from '../harness/postgresCluster.js';
import { openTestDatabase, shiftClock, type TestDatabase } from '../harness/testDatabase.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

test('a test database is migrated and empty', async () => {
  expect(await database.prisma.account.count()).toBe(0);
});

test('two test databases do not see each other', async () => {
  const other = await openTestDatabase();
  try {
    const id = '00000000-0000-7000-8000-000000000001';
    await other.prisma.account.create({ data: { id, email: 'a@example.com' } });
    expect(await database.prisma.account.count()).toBe(0);
    expect(await other.prisma.account.count()).toBe(1);
  } finally {
    await other.close();
  }
});

test('shiftClock moves sahm_now and sets it right again', async () => {
  const offsetSeconds = async () => {
    const rows = await database.prisma.$queryRaw<Array<{ seconds: number }>>`
      SELECT extract(epoch FROM sahm_now() - statement_timestamp())::float8 AS seconds`;
    return rows[0]?.seconds;
  };
  await shiftClock(database.prisma, '-2 hours');
  expect(await offsetSeconds()).toBe(-7200);
  await shiftClock(database.prisma, '0');
  expect(await offsetSeconds()).toBe(0);
});

if (process.env.TEST_DATABASE === 'postgres') {
  test('a cluster keeps what was committed through a crash, and stop leaves nothing', async () => {
    const cluster = await startPostgresCluster({ durable: true });
    try {
      await cluster.query('CREATE TABLE kept AS SELECT 42 AS answer');
      await cluster.crash();
      await expect(cluster.query('SELECT 1')).rejects.toThrow();
      await cluster.restart();
      expect(await cluster.query('SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
      expect(await cluster.query('SHOW fsync')).toEqual([{ fsync: 'on' }]);
    } finally {
      await cluster.stop();
    }
    expect(existsSync(cluster.dataDirectory)).toBe(false);
  });
}
