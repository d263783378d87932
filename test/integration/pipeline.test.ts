// The connection that carries the ledger's batches.

import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { namedStatements } from '../../src/store/database/namedStatements.js';
import { openPipeline, type Pipeline } from '../../src/store/database/pipeline.js';
import { openTestDatabase, type TestDatabase } from '../harness/testDatabase.js';

const onPostgres = process.env.TEST_DATABASE === 'postgres' ? test : test.skip;
const LIVES_MS = 60_000;

let database: TestDatabase;
let pipeline: Pipeline;
beforeAll(async () => {
  database = await openTestDatabase();
});
beforeEach(() => {
  pipeline = openPipeline({ connectionString: database.url as string }, { livesMs: LIVES_MS });
});
afterEach(() => pipeline.close());
afterAll(() => database.close());

async function ask(text: string, values: unknown[] = [], through = pipeline): Promise<unknown> {
  const { rows } = await through.query({ text, values });
  return Object.values(rows[0] as object)[0];
}
const session = (through = pipeline) => ask('SELECT pg_backend_pid()', [], through);

/** A proxy to PostgreSQL that keeps back all answers until the statement `last` has been sent. */
async function startPatientProxy(last: string): Promise<Server> {
  const { hostname, port } = new URL(database.url as string);
  const server = createServer(client => {
    const target = connect(Number(port), hostname);
    client.on('error', () => {}).on('close', () => target.destroy());
    target.on('error', () => {}).on('close', () => client.destroy());
    target.on('data', chunk => void client.write(chunk));
    client.on('data', chunk => {
      if (chunk.includes('first')) target.pause();
      if (chunk.includes(last)) target.resume();
      target.write(chunk);
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return server;
}

onPostgres(
  'statements are sent before those ahead are answered, and answered in order',
  async () => {
    const proxy = await startPatientProxy('third');
    const url = new URL(database.url as string);
    url.host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    // If the pipeline waited for answers, it would never get one.
    const settings = { connectionString: url.href, query_timeout: 5_000 };
    const behind = openPipeline(settings, { livesMs: LIVES_MS });
    try {
      await session(behind);
      const answered: unknown[] = [];
      const askFor = async (word: string) =>
        answered.push(await ask('SELECT $1::text', [word], behind));
      await Promise.all(['first', 'second', 'third'].map(askFor));
      expect(answered).toEqual(['first', 'second', 'third']);
    } finally {
      await behind.close();
      proxy.close();
    }
  },
);

onPostgres('a statement that fails takes no other with it', async () => {
  const outcomes = await Promise.allSettled([
    ask('SELECT 1'),
    ask('SELECT 1 / $1::int', [0]),
    ask('SELECT 3'),
  ]);
  expect(outcomes.map(outcome => outcome.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(outcomes[1]).toMatchObject({ reason: { code: '22012' } });
});

onPostgres(
  'a session that breaks fails what is under way, and the next statement has another',
  async () => {
    const first = await session();
    const underWay = [ask('SELECT 1 FROM pg_sleep(60)'), ask('SELECT 2')];
    const outcomes = Promise.allSettled(underWay);
    await sleep(100);
    await database.prisma.$queryRawUnsafe(`SELECT pg_terminate_backend(${first}, 5000)`);
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await session()).not.toBe(first);
  },
);

onPostgres('a session that breaks while nobody asks is replaced', async () => {
  const first = await session();
  await database.prisma.$queryRawUnsafe(`SELECT pg_terminate_backend(${first}, 5000)`);
  // The news arrives on another connection than the command.
  await sleep(200);
  expect(await session()).not.toBe(first);
});

onPostgres('where nobody listens every statement fails, and the next one tries again', async () => {
  const nobody = openPipeline(
    { connectionString: 'postgres://127.0.0.1:1/none' },
    { livesMs: LIVES_MS },
  );
  const outcomes = await Promise.allSettled([session(nobody), session(nobody)]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await expect(session(nobody)).rejects.toThrow(/ECONNREFUSED/);
  await nobody.close();
});

onPostgres(
  'a session that has lived its time is replaced, and answers what is under way on it',
  async () => {
    const shortLived = openPipeline({ connectionString: database.url as string }, { livesMs: 0 });
    const slow = ask('SELECT pg_backend_pid() FROM pg_sleep(0.3)', [], shortLived);
    await sleep(50);
    const next = await session(shortLived);
    expect(await slow).not.toBe(next);
    await shortLived.close();
  },
);

onPostgres('who waits for a lock keeps nobody waiting for more than a second', async () => {
  const first = await session();
  const slow = ask('SELECT pg_backend_pid() FROM pg_sleep(2)');
  await sleep(1_100);
  expect(await session()).not.toBe(first);
  expect(await slow).toBe(first);
});

onPostgres('closing waits for what is under way, and takes nothing new', async () => {
  await session();
  const slow = ask('SELECT 1 FROM pg_sleep(0.3)');
  await sleep(50);
  await pipeline.close();
  expect(await slow).toBe(1);
  await expect(session()).rejects.toThrow('closed');
});

onPostgres('calls that a session does not know, sent together, are all answered', async () => {
  await database.prisma.$executeRaw`
    CREATE FUNCTION sahm_hold_twice(number int) RETURNS int LANGUAGE sql AS 'SELECT 2 * number'`;
  const driver = namedStatements(pipeline);
  const double = async (number: number) =>
    (await driver.query('SELECT sahm_hold_twice($1) AS answer', [number])).rows;
  await double(1);
  await pipeline.query({ text: 'DEALLOCATE ALL', values: [] });
  const answers = await Promise.all([double(2), double(3)]);
  expect(answers).toEqual([[{ answer: 4 }], [{ answer: 6 }]]);
});
