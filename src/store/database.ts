// Opens the database: PostgreSQL by URL, or PGlite in this process. Both get the same migrations.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { PGlite } from '@electric-sql/pglite';
import { PrismaPg } from '@prisma/adapter-pg';
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import { lockDirectory } from './directoryLock.js';
import { directQueries, type Queries } from './directQueries.js';
import { PrismaClient } from './generated/client.js';
import { projectRoot } from './projectRoot.js';
import { applyMigrations, readMigrations } from './schemaEngine.js';

export interface Database {
  kind: 'postgres' | 'embedded';
  prisma: PrismaClient;
  /** For the ledger. */
  direct: Queries;
  /** Runs what reads the whole database: on a connection of its own, without the usual time limit. */
  patiently<T>(act: (prisma: PrismaClient) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const PRISMA_DIR = join(projectRoot, 'prisma');
const QUERY_TIMEOUT_MS = 15_000;
const PATIENT_TIMEOUT_MS = 900_000;
/** Any number that nobody else in this database uses as an advisory lock. */
const MIGRATION_LOCK = 733_472_001;

/** Opens PostgreSQL and brings it up to date; replicas that start together migrate one at a time. */
export async function openPostgres(url: string, poolSize = 10): Promise<Database> {
  const { prisma, pool } = connect(url, poolSize, QUERY_TIMEOUT_MS);
  while ((await isBehind(prisma)) && !(await migrateUnlessTaken(prisma, url))) await sleep(250);
  return {
    kind: 'postgres',
    prisma,
    direct: directQueries(pool),
    async patiently(act) {
      const { prisma: patient } = connect(url, 1, PATIENT_TIMEOUT_MS);
      return act(patient).finally(() => patient.$disconnect());
    },
    close: () => prisma.$disconnect(),
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

function connect(url: string, poolSize: number, queryTimeoutMs: number) {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: 2_000,
    query_timeout: queryTimeoutMs,
    // A session plans the ledger's acts once: a new one plans for the tables as they have become.
    maxLifetimeSeconds: 600,
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

/** Opens the embedded database in `dataDir`, creating it first; throws DirectoryLockedError. */
export async function openEmbedded(dataDir: string): Promise<Database> {
  await mkdir(dataDir, { recursive: true });
  const lock = await lockDirectory(dataDir);
  try {
    const directory = join(dataDir, 'postgres');
    if (!existsSync(directory)) await createElsewhere(directory);
    const pglite = await openPglite(directory);
    const adapter = new PrismaPGlite(pglite);
    const prisma = new PrismaClient({ adapter });
    if (await isBehind(prisma)) await applyMigrations(adapter, PRISMA_DIR);
    return {
      kind: 'embedded',
      prisma,
      direct: prisma,
      patiently: act => act(prisma),
      async close() {
        await prisma.$disconnect();
        await pglite.close();
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** PGlite's own 128 MiB of buffers are a third of the process; the operating system caches the files too. */
function openPglite(dataDir: string): Promise<PGlite> {
  const startParams = [...PGlite.defaultStartParams, '-c', 'shared_buffers=32MB'];
  return PGlite.create({ dataDir, startParams });
}

/** Creating the files takes three times the memory of using them: another process does it. */
async function createElsewhere(directory: string): Promise<void> {
  const unfinished = `${directory}.new`;
  await rm(unfinished, { recursive: true, force: true });
  await runElsewhere('createEmbedded', [unfinished]);
  await rename(unfinished, directory);
}

/** Runs a script beside this file to its end; its memory ends with it. What is secret goes as input. */
async function runElsewhere(script: string, words: string[], input = ''): Promise<void> {
  const path = fileURLToPath(new URL(`./${script}.js`, import.meta.url));
  const running = promisify(execFile)(process.execPath, [path, ...words]);
  running.child.stdin?.end(input);
  await running;
}

/** Creates a migrated embedded database in an empty folder. */
export async function createEmbedded(directory: string): Promise<void> {
  const pglite = await openPglite(directory);
  const adapter: SqlMigrationAwareDriverAdapterFactory = new PrismaPGlite(pglite);
  await applyMigrations(adapter, PRISMA_DIR);
  await pglite.close();
}

/** Whether a migration on disk is not in Prisma's own table; asked so that the engine is loaded only then. */
async function isBehind(prisma: PrismaClient): Promise<boolean> {
  const onDisk = await readMigrations(PRISMA_DIR);
  const [table] = await prisma.$queryRaw<Array<{ exists: boolean }>>`
    SELECT to_regclass('_prisma_migrations') IS NOT NULL AS exists`;
  if (!table?.exists) return true;
  const applied = await prisma.$queryRaw<Array<{ migration_name: string }>>`
    SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL`;
  const names = new Set(applied.map(row => row.migration_name));
  return onDisk.some(migration => !names.has(migration.name));
}
