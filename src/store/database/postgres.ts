// PostgreSQL by its URL.

import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from '../generated/client.js';
import { Client, type Target } from './client.js';
import type { Database } from './database.js';
import { readDatabaseUrl } from './databaseUrl.js';
import { directQueries } from './directQueries.js';
import { namedStatements } from './namedStatements.js';
import { openPipeline } from './pipeline.js';
import { type Preparation, preparePostgres } from './preparePostgres.js';
import {
  beginSession,
  connectionOf,
  OF_A_REQUEST,
  OF_THE_HOUSE,
  OF_THE_WHOLE,
  type SessionLimits,
} from './session.js';

/**
 * A session plans the ledger's functions once. A new session plans them for the tables as they are by then.
 */
const SESSION_LIVES_MS = 600_000;

/** Connections at most: for administration and jobs, and for requests beside the ledger's own connection. */
const HOUSE_CONNECTIONS = 6;
const REQUEST_CONNECTIONS = 8;

/**
 * Opens PostgreSQL and brings it up to date. Replicas that start together migrate one at a time.
 * @throws StartError
 */
export async function openPostgres(
  url: string,
  preparation: Preparation = { timeZone: 'UTC', waitMs: 0, tell: () => {} },
): Promise<Database> {
  const target = readDatabaseUrl(url);
  const schema = await preparePostgres(target, preparation);
  const prisma = clientOf(openPool(target, HOUSE_CONNECTIONS, OF_THE_HOUSE), schema);
  const { direct, pipelined, close } = openWays(target);
  return {
    kind: 'postgres',
    prisma,
    direct,
    pipelined,
    async patiently(act) {
      const patient = clientOf(openPool(target, 1, OF_THE_WHOLE), schema);
      return act(patient).finally(() => patient.$disconnect());
    },
    async close() {
      await Promise.all([close(), prisma.$disconnect()]);
    },
  };
}

/** The connections for requests: a pool, and the ledger's single connection. */
export function openWays(target: Target): Pick<Database, 'direct' | 'pipelined' | 'close'> {
  const pool = openPool(target, REQUEST_CONNECTIONS, OF_A_REQUEST);
  const pipeline = openPipeline(connectionOf(target, OF_A_REQUEST), {
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

function openPool(target: Target, max: number, limits: SessionLimits): pg.Pool {
  const pool = new pg.Pool({
    ...connectionOf(target, limits),
    Client,
    max,
    maxLifetimeSeconds: SESSION_LIVES_MS / 1000,
    onConnect: client => beginSession(client, limits),
  });
  // A connection that breaks while idle is replaced at its next use.
  pool.on('error', () => {});
  return pool;
}

function clientOf(pool: pg.Pool, schema: string): PrismaClient {
  return new PrismaClient({ adapter: new PrismaPg(pool, { schema, disposeExternalPool: true }) });
}
