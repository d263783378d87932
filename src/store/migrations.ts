// Which migrations a database still needs.

import { join } from 'node:path';
import type { PrismaClient } from './generated/client.js';
import { projectRoot } from './projectRoot.js';
import { readMigrations } from './schemaEngine.js';

export const PRISMA_DIR = join(projectRoot, 'prisma');

/** Of this release. */
export async function migrationNames(): Promise<string[]> {
  return (await readMigrations(PRISMA_DIR)).map(({ name }) => name);
}

/** Whether a migration on disk is not in Prisma's own table; asked so that the engine is loaded only then. */
export async function isBehind(prisma: PrismaClient): Promise<boolean> {
  const onDisk = await readMigrations(PRISMA_DIR);
  const [table] = await prisma.$queryRaw<Array<{ exists: boolean }>>`
    SELECT to_regclass('_prisma_migrations') IS NOT NULL AS exists`;
  if (!table?.exists) return true;
  const applied = await prisma.$queryRaw<Array<{ migration_name: string }>>`
    SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL`;
  const names = new Set(applied.map(row => row.migration_name));
  return onDisk.some(migration => !names.has(migration.name));
}
