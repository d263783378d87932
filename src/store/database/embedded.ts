// PGlite: PostgreSQL in this process, with its files in a folder.

import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import { PrismaClient } from '../generated/client.js';
import { runInChildProcess } from './childScript.js';
import type { Database } from './database.js';
import { lockDirectory } from './directoryLock.js';
import { directQueries } from './directQueries.js';
import { migrate } from './migrate.js';
import { PRISMA_DIR, readMigrations } from './migrations.js';
import type { SchemaSession } from './schemaSession.js';
import { checkServer } from './serverCheck.js';
import { StartError } from './startError.js';

const UNFINISHED = 'postgres.new';

/**
 * Opens the embedded database in `dataDir`, and creates it first where needed.
 * @throws DirectoryLockedError, StartError, and errors of the file system
 */
export async function openEmbedded(dataDir: string, timeZone = 'UTC'): Promise<Database> {
  await mkdir(dataDir, { recursive: true });
  const lock = await lockDirectory(dataDir);
  try {
    const directory = join(dataDir, 'postgres');
    await createElsewhere(dataDir, directory);
    const pglite = await openPglite(directory);
    const session = sessionOf(pglite);
    await checkServer(session, timeZone);
    await migrate(session, await readMigrations(PRISMA_DIR), () => {});
    const prisma = new PrismaClient({ adapter: new PrismaPGlite(pglite) });
    const direct = directQueries(pglite);
    return {
      kind: 'embedded',
      prisma,
      direct,
      pipelined: direct,
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

/** Its file system throws objects that are no errors. */
function wordsOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  return typeof error === 'object' ? JSON.stringify(error) : String(error);
}

/** PGlite's default of 128 MiB of buffers is a third of the process; the system caches the files too. */
async function openPglite(dataDir: string): Promise<PGlite> {
  const startParams = [...PGlite.defaultStartParams, '-c', 'shared_buffers=32MB'];
  try {
    return await PGlite.create({ dataDir, startParams });
  } catch (error) {
    throw new StartError(
      `the embedded database in ${dataDir} does not open (${wordsOf(error)}). ` +
        'Is its disk full, or may this user not write there? If its files are damaged, restore a backup ' +
        'with another DATA_DIR.',
      { cause: error },
    );
  }
}

/** PGlite as a single connection. */
export function sessionOf(pglite: PGlite): SchemaSession {
  return {
    run: script => pglite.exec(script),
    query: async <Row>(text: string, values?: unknown[]) =>
      (await pglite.query<Row>(text, values)).rows,
  };
}

/**
 * Creating the files takes three times the memory of using them, so another process does it. That process may
 * outlive this one if this one is killed. So each creates a folder of its own, which is renamed when it is
 * complete.
 */
async function createElsewhere(dataDir: string, directory: string): Promise<void> {
  const left = (await readdir(dataDir)).filter(name => name.startsWith(UNFINISHED));
  for (const name of left) {
    // If its process still writes, it is removed at a later start.
    await rm(join(dataDir, name), { recursive: true, force: true }).catch(() => {});
  }
  if (existsSync(directory)) return;
  const unfinished = join(dataDir, `${UNFINISHED}-${randomUUID()}`);
  await runInChildProcess('createEmbedded', [unfinished]);
  await rename(unfinished, directory);
}

/** Creates a migrated embedded database in an empty folder. */
export async function createEmbedded(directory: string): Promise<void> {
  const pglite = await openPglite(directory);
  await migrate(sessionOf(pglite), await readMigrations(PRISMA_DIR), () => {});
  await pglite.close();
}
