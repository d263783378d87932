// Copies the whole database into one file and back, from either kind to either kind. A backup is JSON
// lines, gzipped: a header, then each table's rows, in an order in which they can be written again.

import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Queryable } from '../database/queries.js';
import { Prisma, type PrismaClient } from '../generated/client.js';

export const BACKUP_VERSION = 1;
const ROWS_A_PIECE = 1_000;
const LONGEST_MS = 3_600_000;

export interface BackupHeader {
  sahm_backup: number;
  /** The migrations of the database: one that lacks any of them cannot take the backup. */
  migrations: string[];
}

/**
 * Reads every table as it was at one instant, while the service goes on. The copy is made first and
 * sent then: however slow who fetches it is, the snapshot is not held for it.
 */
export async function makeBackup(prisma: PrismaClient): Promise<Readable> {
  const directory = await mkdtemp(join(tmpdir(), 'sahm-backup-'));
  const file = join(directory, 'backup.jsonl.gz');
  try {
    await prisma.$transaction(
      transaction =>
        pipeline(
          Readable.from(linesOf(transaction)),
          createGzip({ level: 3 }),
          createWriteStream(file, { mode: 0o600 }),
        ),
      { isolationLevel: 'RepeatableRead', timeout: LONGEST_MS, maxWait: 60_000 },
    );
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
  const stream = createReadStream(file);
  stream.once('close', () => void rm(directory, { recursive: true, force: true }));
  return stream;
}

async function* linesOf(db: Queryable): AsyncGenerator<string> {
  const migrations = await readMigrationNames(db);
  yield `${JSON.stringify({ sahm_backup: BACKUP_VERSION, migrations })}\n`;
  let rows = 0;
  for (const name of await tablesInOrder(db)) {
    const columns = await columnsOf(db, name);
    yield `${JSON.stringify({ table: name, columns })}\n`;
    const cursor = Prisma.raw(`"backup_${name}"`);
    await db.$executeRaw`DECLARE ${cursor} NO SCROLL CURSOR FOR
      SELECT row_to_json(each)::text AS line FROM ${Prisma.raw(`"${name}"`)} each`;
    for (;;) {
      const piece = await db.$queryRaw<Array<{ line: string }>>`
        FETCH ${Prisma.raw(String(ROWS_A_PIECE))} FROM ${cursor}`;
      if (piece.length > 0) yield `${piece.map(row => row.line).join('\n')}\n`;
      rows += piece.length;
      if (piece.length < ROWS_A_PIECE) break;
    }
    await db.$executeRaw`CLOSE ${cursor}`;
  }
  // Without this line a backup was cut off.
  yield `${JSON.stringify({ end: true, rows })}\n`;
}

export async function readMigrationNames(db: Queryable): Promise<string[]> {
  const rows = await db.$queryRaw<Array<{ migration_name: string }>>`
    SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL
    ORDER BY migration_name`;
  return rows.map(row => row.migration_name);
}

async function columnsOf(db: Queryable, table: string): Promise<string[]> {
  const rows = await db.$queryRaw<Array<{ name: string }>>`
    SELECT attname::text AS name FROM pg_attribute
    WHERE attrelid = to_regclass(${`"${table}"`}) AND attnum > 0 AND NOT attisdropped
    ORDER BY attnum`;
  return rows.map(row => row.name);
}

/** Every table of ours, those first that others refer to; without the processes that serve now. */
export async function tablesInOrder(db: Queryable): Promise<string[]> {
  const tables = await db.$queryRaw<Array<{ name: string; needs: string[] }>>`
    SELECT relname::text AS name, coalesce((SELECT array_agg(needed.relname::text)
      FROM pg_constraint JOIN pg_class needed ON needed.oid = confrelid
      WHERE contype = 'f' AND conrelid = pg_class.oid AND confrelid <> conrelid), '{}') AS needs
    FROM pg_class
    WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
      AND relname NOT IN ('_prisma_migrations', 'replica')
    ORDER BY relname`;
  const ordered: string[] = [];
  while (ordered.length < tables.length) {
    const ready = tables.filter(
      ({ name, needs }) =>
        !ordered.includes(name) && needs.every(needed => ordered.includes(needed)),
    );
    if (ready.length === 0) throw new Error('tables that refer to each other in a circle');
    ordered.push(...ready.map(({ name }) => name));
  }
  return ordered;
}
