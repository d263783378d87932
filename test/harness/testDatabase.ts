import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { PGlite } from '@electric-sql/pglite';
import { PrismaPg } from '@prisma/adapter-pg';
import { Client } from 'pg';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import { directQueries, type Queries } from '../../src/store/database/directQueries.js';
import { openWays } from '../../src/store/database/postgres.js';
import { type Prisma, PrismaClient } from '../../src/store/generated/client.js';

export interface TestDatabase {
  prisma: PrismaClient;
  /** The ledger's own connections. */
  direct: Queries;
  pipelined: Queries;
  /** How many statements were sent, not counting the ledger's batches. */
  statements(): number;
  /** The URL for other processes and pools; absent on PGlite, which lives in this process. */
  url?: string;
  close(): Promise<void>;
}

// The test environment reads this after the test file: a database that is still open fails the file.
const guard = globalThis as unknown as Record<symbol, Set<TestDatabase>>;
const openDatabases = new Set<TestDatabase>();
guard[Symbol.for('sahm.openTestDatabases')] = openDatabases;

/**
 * A migrated database for the caller, cloned from the run's template: PGlite in memory, or PostgreSQL with
 * TEST_DATABASE=postgres. Open it in beforeAll, close it in afterAll.
 */
export async function openTestDatabase(): Promise<TestDatabase> {
  const template = process.env.SAHM_TEST_TEMPLATE;
  if (!template) {
    throw new Error('No template database: tests that open one belong in test/integration/');
  }
  const opened = template.startsWith('postgres://')
    ? await cloneOnPostgres(template)
    : await cloneInMemory(template);
  const database: TestDatabase = {
    ...opened,
    async close() {
      if (!openDatabases.delete(database)) return;
      await opened.close();
    },
  };
  openDatabases.add(database);
  return database;
}

type Adapter = PrismaPg | PrismaPGlite;

function createClient(adapter: Adapter): { prisma: PrismaClient; statements(): number } {
  const prisma = new PrismaClient({ adapter, log: [{ emit: 'event', level: 'query' }] });
  let statements = 0;
  prisma.$on('query', () => {
    statements += 1;
  });
  return { prisma, statements: () => statements };
}

function counted(queries: Queries): Queries & { statements(): number } {
  let statements = 0;
  return {
    $queryRaw<Rows>(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]) {
      statements += 1;
      return queries.$queryRaw<Rows>(query, ...values);
    },
    statements: () => statements,
  };
}

async function cloneInMemory(templateFile: string): Promise<TestDatabase> {
  const dump = new Blob([await readFile(templateFile)]);
  const pglite = await PGlite.create({ loadDataDir: dump });
  const { prisma, statements } = createClient(new PrismaPGlite(pglite));
  const pipelined = directQueries(pglite);
  const direct = counted(pipelined);
  return {
    prisma,
    direct,
    pipelined,
    statements: () => statements() + direct.statements(),
    async close() {
      await prisma.$disconnect();
      if (!pglite.closed) await pglite.close();
    },
  };
}

async function cloneOnPostgres(templateUrl: string): Promise<TestDatabase> {
  const server = new URL(templateUrl);
  const templateName = server.pathname.slice(1);
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  server.pathname = '/postgres';
  await execute(server.href, `CREATE DATABASE ${name} TEMPLATE ${templateName}`);
  const url = new URL(`/${name}`, templateUrl).href;
  const { prisma, statements } = createClient(new PrismaPg({ connectionString: url }));
  const ways = openWays({ connectionString: url });
  const direct = counted(ways.direct);
  return {
    prisma,
    direct,
    pipelined: ways.pipelined,
    url,
    statements: () => statements() + direct.statements(),
    async close() {
      await ways.close();
      await prisma.$disconnect();
      await execute(server.href, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/**
 * Shifts the clock that decides (`sahm_now()`) by an interval such as '2 hours' or '-1 month', for this
 * database only. '0' resets it.
 */
export async function shiftClock(prisma: PrismaClient, interval: string): Promise<void> {
  if (!/^[-+a-z0-9 .:]+$/i.test(interval)) throw new Error(`not an interval: ${interval}`);
  await prisma.$executeRawUnsafe(
    `CREATE OR REPLACE FUNCTION sahm_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
       AS $$ SELECT statement_timestamp() + interval '${interval}' $$`,
  );
}
