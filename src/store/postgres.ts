// PostgreSQL by its URL.

import { setTimeout as sleep } from 'node:timers/promises';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import type { Database } from './database.js';
import { directQueries } from './directQueries.js';
import { runElsewhere } from './elsewhere.js';
import { PrismaClient } from './generated/client.js';
import { isBehind } from './migrations.js';
import { namedStatements } from './namedStatements.js';
import { openPipeline } from './pipeline.js';

const QUERY_TIMEOUT_MS = 15_000;
const PATIENT_TIMEOUT_MS = 900_000;
const CONNECT_TIMEOUT_MS = 2_000;
/** A session plans the ledger's acts once: a new one plans for the tables as they have become. */
const SESSION_LIVES_MS = 600_000;
/** Any number that nobody else in this database uses as an advisory lock. */
const MIGRATION_LOCK = 733_472_001;

/** Opens PostgreSQL and brings it up to date; replicas that start together migrate one at a time. */
export async function openPostgres(url: string, poolSize = 10): Promise<Database> {
  const { prisma, pool } = connect(url, poolSize, QUERY_TIMEOUT_MS);
  while ((await isBehind(prisma)) && !(await migrateUnlessTaken(prisma, url))) await sleep(250);
  const pipeline = openPipeline(connectionTo(url, QUERY_TIMEOUT_MS), SESSION_LIVES_MS);
  return {
    kind: 'postgres',
    prisma,
    direct: directQueries(namedStatements(pool)),
    pipelined: directQueries(namedStatements(pipeline)),
    async patiently(act) {
      const { prisma: patient } = connect(url, 1, PATIENT_TIMEOUT_MS);
      return act(patient).finally(() => patient.$disconnect());
    },
    async close() {
      await pipeline.close();
      await prisma.$disconnect();
    },
  };
}

/** False where another process is at it: that one is asked again, and no connection kept for waiting. */
function migrateUnlessTaken(prisma: PrismaClient, url: string): Promise<boolean> {
  return prisma.$transaction(
    async transaction => {
      // Held by a transaction, not by a session, so that it works behind a pooler too.
      const [lock] = await transaction.$queryRaw<[{ taken: boolean }]>`
        SELECT pg_try_advisory_xact_lock(${MIGRATION_LOCK}) AS taken`;
      if (lock.taken) await runElsewhere('migrateProcess', [], url);
      return lock.taken;
    },
    { timeout: 120_000, maxWait: 10_000 },
  );
}

function connectionTo(url: string, queryTimeoutMs: number) {
  return {
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: queryTimeoutMs,
  };
}

function connect(url: string, poolSize: number, queryTimeoutMs: number) {
  const pool = new pg.Pool({
    ...connectionTo(url, queryTimeoutMs),
    max: poolSize,
    maxLifetimeSeconds: SESSION_LIVES_MS / 1000,
    // Prisma reads instants without their zone: the session's must be UTC, whatever the server's is.
    onConnect: async client => {
      await client.query("SET TIME ZONE 'UTC'");
    },
  });
  // A connection that breaks while it is idle is replaced at its next use.
  pool.on('error', () => {});
  const adapter = new PrismaPg(pool, { disposeExternalPool: true });
  return { pool, prisma: new PrismaClient({ adapter }) };
}
