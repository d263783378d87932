// PGlite: PostgreSQL in this process, with its files in a folder.

import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import type { Database } from './database.js';
import { lockDirectory } from './directoryLock.js';
import { directQueries } from './directQueries.js';
import { runElsewhere } from './elsewhere.js';
import { PrismaClient } from './generated/client.js';
import { isBehind, PRISMA_DIR } from './migrations.js';
import { applyMigrations } from './schemaEngine.js';

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

/** Creates a migrated embedded database in an empty folder. */
export async function createEmbedded(directory: string): Promise<void> {
  const pglite = await openPglite(directory);
  const adapter: SqlMigrationAwareDriverAdapterFactory = new PrismaPGlite(pglite);
  await applyMigrations(adapter, PRISMA_DIR);
  await pglite.close();
}
