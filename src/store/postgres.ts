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
import {
  beginSession,
  connectionOf,
  OF_A_REQUEST,
  OF_THE_HOUSE,
  OF_THE_WHOLE,
  type SessionLimits,
} from './session.js';

/** A session plans the ledger's acts once: a new one plans for the tables as they have become. */
const SESSION_LIVES_MS = 600_000;
/** Any number that nobody else in this database uses as an advisory lock. */
const MIGRATION_LOCK = 733_472_001;

/** Connections at most: of administration and jobs, and of requests beside the ledger's one. */
const HOUSE_CONNECTIONS = 6;
const REQUEST_CONNECTIONS = 8;

/** Opens PostgreSQL and brings it up to date; replicas that start together migrate one at a time. */
export async function openPostgres(url: string): Promise<Database> {
  const prisma = clientOf(openPool(url, HOUSE_CONNECTIONS, OF_THE_HOUSE));
  while ((await isBehind(prisma)) && !(await migrateUnlessTaken(prisma, url))) await sleep(250);
  const { direct, pipelined, close } = openWays(url);
  return {
    kind: 'postgres',
    prisma,
    direct,
    pipelined,
    async patiently(act) {
      const patient = clientOf(openPool(url, 1, OF_THE_WHOLE));
      return act(patient).finally(() => patient.$disconnect());
    },
    async close() {
      await Promise.all([close(), prisma.$disconnect()]);
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

/** The ways of requests: a pool, and the ledger's one connection. */
export function openWays(url: string): Pick<Database, 'direct' | 'pipelined' | 'close'> {
  const pool = openPool(url, REQUEST_CONNECTIONS, OF_A_REQUEST);
  const pipeline = openPipeline(connectionOf(url, OF_A_REQUEST), {
    livesMs: SESSION_LIVES_MS,
    begin: client => beginSession(client, OF_A_REQUEST),
  });
  return {
    direct: directQueries(namedStatements(pool)),
    pipelined: directQueries(namedStatements(pipeline)),
    async close() {
      await Promise.all([pipeline.close(), pool.end()]);
    },
  };
}

function openPool(url: string, max: number, limits: SessionLimits): pg.Pool {
  const pool = new pg.Pool({
    ...connectionOf(url, limits),
    max,
    maxLifetimeSeconds: SESSION_LIVES_MS / 1000,
    onConnect: client => beginSession(client, limits),
  });
  // A connection that breaks while it is idle is replaced at its next use.
  pool.on('error', () => {});
  return pool;
}

function clientOf(pool: pg.Pool): PrismaClient {
  return new PrismaClient({ adapter: new PrismaPg(pool, { disposeExternalPool: true }) });
}
