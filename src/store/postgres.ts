// PostgreSQL by its URL.

import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import type { Database } from './database.js';
import { readDatabaseUrl } from './databaseUrl.js';
import { directQueries } from './directQueries.js';
import { PrismaClient } from './generated/client.js';
import { namedStatements } from './namedStatements.js';
import { openPipeline } from './pipeline.js';
import { type Preparation, preparePostgres } from './preparePostgres.js';

const QUERY_TIMEOUT_MS = 15_000;
const PATIENT_TIMEOUT_MS = 900_000;
const CONNECT_TIMEOUT_MS = 2_000;
/** A session plans the ledger's acts once: a new one plans for the tables as they have become. */
const SESSION_LIVES_MS = 600_000;
const POOL_SIZE = 10;

/**
 * Opens PostgreSQL and brings it up to date; replicas that start together migrate one at a time.
 * Throws StartError.
 */
export async function openPostgres(
  url: string,
  preparation: Preparation = { timeZone: 'UTC', waitMs: 0, tell: () => {} },
): Promise<Database> {
  const target = readDatabaseUrl(url);
  const schema = await preparePostgres(target, preparation);
  const { prisma, pool } = connect(target, schema, POOL_SIZE, QUERY_TIMEOUT_MS);
  const pipeline = openPipeline(connectionTo(target, QUERY_TIMEOUT_MS), SESSION_LIVES_MS);
  return {
    kind: 'postgres',
    prisma,
    direct: directQueries(namedStatements(pool)),
    pipelined: directQueries(namedStatements(pipeline)),
    async patiently(act) {
      const { prisma: patient } = connect(target, schema, 1, PATIENT_TIMEOUT_MS);
      return act(patient).finally(() => patient.$disconnect());
    },
    async close() {
      await pipeline.close();
      await prisma.$disconnect();
    },
  };
}

function connectionTo(target: pg.ClientConfig, queryTimeoutMs: number) {
  return {
    ...target,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: queryTimeoutMs,
  };
}

function connect(
  target: pg.ClientConfig,
  schema: string,
  poolSize: number,
  queryTimeoutMs: number,
) {
  const pool = new pg.Pool({
    ...connectionTo(target, queryTimeoutMs),
    max: poolSize,
    maxLifetimeSeconds: SESSION_LIVES_MS / 1000,
    // Prisma reads instants without their zone: the session's must be UTC, whatever the server's is.
    onConnect: async client => {
      await client.query("SET TIME ZONE 'UTC'");
    },
  });
  // A connection that breaks while it is idle is replaced at its next use.
  pool.on('error', () => {});
  const adapter = new PrismaPg(pool, { schema, disposeExternalPool: true });
  return { pool, prisma: new PrismaClient({ adapter }) };
}
