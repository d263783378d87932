// Reproduces what a pooler in transaction mode does to a session, without a pooler.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Pool } from 'pg';
import { namedStatements } from '../../src/store/database/namedStatements.js';
import { openTestDatabase, type TestDatabase } from '../harness/testDatabase.js';

const onPostgres = process.env.TEST_DATABASE === 'postgres' ? test : test.skip;
const CALL = 'SELECT sahm_hold_twice($1) AS answer';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
  await database.prisma.$executeRaw`
    CREATE FUNCTION sahm_hold_twice(number int) RETURNS int LANGUAGE sql AS 'SELECT 2 * number'`;
});
afterAll(() => database.close());

/** A new session, named statements on it that double a number, and the calls that it records. */
async function inOneSession(
  work: (session: {
    pool: Pool;
    ask(text: string, number: number): Promise<unknown>;
    double(number: number): Promise<unknown>;
    kept(): Promise<Array<{ name: string; runs: number }>>;
  }) => Promise<void>,
): Promise<void> {
  const pool = new Pool({ connectionString: database.url as string, max: 1 });
  const driver = namedStatements(pool);
  const ask = async (text: string, number: number) => (await driver.query(text, [number])).rows;
  try {
    await work({
      pool,
      ask,
      double: number => ask(CALL, number),
      kept: async () =>
        (
          await pool.query(
            'SELECT name, (generic_plans + custom_plans)::int AS runs FROM pg_prepared_statements',
          )
        ).rows,
    });
  } finally {
    await pool.end();
  }
}

onPostgres('a plain statement is planned each time, for the tables as they are', () =>
  inOneSession(async ({ ask, kept }) => {
    expect(await ask('SELECT 3 * $1::int AS answer', 5)).toEqual([{ answer: 15 }]);
    expect(await kept()).toEqual([]);
  }),
);

onPostgres('a session keeps a call of the ledger, and runs it from there', () =>
  inOneSession(async ({ double, kept }) => {
    expect(await double(4)).toEqual([{ answer: 8 }]);
    expect(await double(5)).toEqual([{ answer: 10 }]);
    expect(await kept()).toEqual([{ name: expect.stringMatching(/^sahm_\w{32}$/), runs: 2 }]);
  }),
);

onPostgres('a session that does not know the call answers, and keeps none any more', () =>
  inOneSession(async ({ pool, double, kept }) => {
    await double(4);
    await pool.query('DEALLOCATE ALL');
    expect(await double(5)).toEqual([{ answer: 10 }]);
    expect(await double(6)).toEqual([{ answer: 12 }]);
    expect(await kept()).toEqual([]);
  }),
);

onPostgres('a session that knows another by its name answers what was asked', async () => {
  let name = '';
  await inOneSession(async ({ double, kept }) => {
    await double(4);
    name = (await kept())[0]?.name as string;
  });
  await inOneSession(async ({ pool, double }) => {
    await pool.query(`PREPARE ${name} (int) AS SELECT 3 * $1 AS answer`);
    expect(await double(5)).toEqual([{ answer: 10 }]);
  });
});

onPostgres('any other error is told, and the call is kept', () =>
  inOneSession(async ({ double, kept }) => {
    await expect(double(2 ** 30)).rejects.toMatchObject({ code: '22003' });
    expect(await double(1)).toEqual([{ answer: 2 }]);
    expect(await kept()).toHaveLength(1);
  }),
);
