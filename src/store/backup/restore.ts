// Brings a backup back into an empty database, in one transaction: all of it or nothing.

import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Queryable } from '../database/queries.js';
import { Prisma, type PrismaClient } from '../generated/client.js';
import { NOTED_SINCE } from '../reports/balanceReport.js';
import { BACKUP_VERSION, type BackupHeader, readMigrationNames, tablesInOrder } from './backup.js';

/** What is wrong with a backup or with where it is to go; nothing was changed. */
export class RestoreError extends Error {
  override name = 'RestoreError';
}

const CUT_OFF = 'the backup is incomplete: it was cut off';
const ROWS_A_STATEMENT = 500;
const LONGEST_MS = 3_600_000;

/** Made at a start; a backup brings its own. */
const MADE_AT_START = ['secret_fingerprint', 'quota_month'];

/** Written last: the first limit of a named key marks months of its license, which must stand there by then. */
const WRITTEN_LAST = 'named_key_limit';

interface Table {
  name: string;
  columns: string[];
}

/**
 * Gives how many rows were written. `refuse` looks at what was restored, and says why that may not stay.
 * Throws RestoreError.
 */
export async function restoreBackup(
  prisma: PrismaClient,
  backup: Readable,
  refuse: (db: Queryable) => Promise<string | null> = async () => null,
): Promise<number> {
  const unzipped = backup.pipe(createGunzip());
  backup.once('error', error => unzipped.destroy(error));
  // It may fail before anybody reads: whoever reads then is told.
  unzipped.on('error', () => {});
  try {
    return await prisma.$transaction(
      async transaction => {
        const rows = await restoreLines(transaction, linesOf(unzipped));
        const fault = await refuse(transaction);
        if (fault !== null) throw new RestoreError(fault);
        return rows;
      },
      { timeout: LONGEST_MS, maxWait: 60_000 },
    );
  } catch (error) {
    throw damageOf(error) ?? error;
  }
}

/** What unzipping says of a file that is not whole. */
function damageOf(error: unknown): RestoreError | null {
  const { code } = (error ?? {}) as { code?: unknown };
  if (code === 'Z_BUF_ERROR') return new RestoreError(CUT_OFF, { cause: error });
  if (typeof code !== 'string' || !code.startsWith('Z_')) return null;
  return new RestoreError('the file is no backup, or it is damaged', { cause: error });
}

/** Reads nothing before it is asked, and passes on what goes wrong with the stream. */
async function* linesOf(stream: Readable): AsyncGenerator<string> {
  let rest = '';
  stream.setEncoding('utf8');
  for await (const text of stream) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}

async function restoreLines(db: Queryable, lines: AsyncIterable<string>): Promise<number> {
  const tables = await requireEmpty(db);
  let table: Table | undefined;
  let waiting: string[] = [];
  let last: { table: Table; lines: string[] } | undefined;
  let rows = 0;
  let isComplete = false;
  let isFirst = true;
  let isOlderThanNotes = false;

  async function write(): Promise<void> {
    if (table && waiting.length > 0) rows += await insertRows(db, table, waiting);
    waiting = [];
  }

  for await (const line of lines) {
    if (isFirst) {
      const { migrations } = await requireHeader(db, line);
      isOlderThanNotes = !migrations.includes(NOTED_SINCE);
      isFirst = false;
    } else if (line.startsWith('{"table":')) {
      await write();
      const { table: name, columns } = JSON.parse(line) as { table: string; columns: string[] };
      if (!tables.includes(name)) throw new RestoreError(`this database has no table ${name}`);
      table = { name, columns };
      if (name === WRITTEN_LAST) last = { table, lines: [] };
    } else if (line.startsWith('{"end":')) {
      await write();
      if (last) rows += await insertInParts(db, last.table, last.lines);
      isComplete = (JSON.parse(line) as { rows: number }).rows === rows;
    } else if (last && table === last.table) {
      last.lines.push(line);
    } else {
      waiting.push(line);
      if (waiting.length === ROWS_A_STATEMENT) await write();
    }
  }
  if (isFirst) throw new RestoreError('the backup is empty');
  if (!isComplete) throw new RestoreError(CUT_OFF);
  if (isOlderThanNotes) await forgetWhenNoted(db);
  await setSequences(db);
  return rows;
}

async function requireEmpty(db: Queryable): Promise<string[]> {
  const tables = await tablesInOrder(db);
  for (const name of MADE_AT_START) await db.$executeRaw`DELETE FROM ${Prisma.raw(name)}`;
  for (const name of tables) {
    const found = await db.$queryRaw<unknown[]>`SELECT 1 FROM ${Prisma.raw(`"${name}"`)} LIMIT 1`;
    if (found.length > 0) {
      throw new RestoreError(`the database is not empty: ${name} has rows. Restore into a new one`);
    }
  }
  return tables;
}

async function requireHeader(db: Queryable, line: string): Promise<BackupHeader> {
  let header: BackupHeader | undefined;
  try {
    header = JSON.parse(line) as BackupHeader;
  } catch {}
  if (header?.sahm_backup !== BACKUP_VERSION) {
    throw new RestoreError('this is no backup that this version can read');
  }
  const own = await readMigrationNames(db);
  const missing = header.migrations.filter(name => !own.includes(name));
  if (missing.length > 0) {
    throw new RestoreError(
      `the backup is of a newer version: it has the migration ${missing.join(', ')}`,
    );
  }
  return header;
}

/** When grants were given and months opened is unknown, and not the time of the restore. */
async function forgetWhenNoted(db: Queryable): Promise<void> {
  await db.$executeRaw`UPDATE license_grant SET given_at = NULL`;
  await db.$executeRaw`UPDATE quota_period SET opened_at = NULL`;
}

async function insertInParts(db: Queryable, table: Table, lines: string[]): Promise<number> {
  let rows = 0;
  for (let from = 0; from < lines.length; from += ROWS_A_STATEMENT) {
    rows += await insertRows(db, table, lines.slice(from, from + ROWS_A_STATEMENT));
  }
  return rows;
}

function insertRows(db: Queryable, { name, columns }: Table, lines: string[]): Promise<number> {
  const into = Prisma.raw(`"${name}"`);
  const names = Prisma.raw(columns.map(column => `"${column}"`).join(', '));
  // Columns that are newer than the backup get their defaults.
  return db.$executeRaw`INSERT INTO ${into} (${names})
    SELECT ${names} FROM json_populate_recordset(NULL::${into}, ${`[${lines.join(',')}]`}::json)`;
}

/** Numbers that the database gives out go on after those that were restored. */
async function setSequences(db: Queryable): Promise<void> {
  const serials = await db.$queryRaw<Array<{ table: string; column: string; sequence: string }>>`
    SELECT relname::text AS "table", attname::text AS "column",
      pg_get_serial_sequence(quote_ident(relname), attname) AS sequence
    FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
    WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace AND attnum > 0
      AND NOT attisdropped AND pg_get_serial_sequence(quote_ident(relname), attname) IS NOT NULL`;
  for (const { table, column, sequence } of serials) {
    await db.$executeRaw`SELECT setval(${sequence}::regclass,
      greatest(1, (SELECT coalesce(max(${Prisma.raw(`"${column}"`)}), 0) + 1
        FROM ${Prisma.raw(`"${table}"`)})), false)`;
  }
}
