// Applies migrations. A script and the record that it is done are one transaction. That transaction also
// holds the lock that lets only one process migrate at a time. So if this process or the database is killed,
// the migration is either applied and recorded, or nothing is left of it; and nobody migrates beside a
// session that is still running.

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sqlStateOf } from '../../domain/databaseFault.js';
import { isApplied } from './leftMigration.js';
import { MigrationError } from './migrationError.js';
import { isBreaking, type Migration } from './migrations.js';
import type { SchemaSession } from './schemaSession.js';

/** A row of the table that Prisma's own tools read and write. */
interface Entry {
  name: string;
  finished: boolean;
  steps: number;
  logs: string | null;
}

/** An arbitrary number that nobody else in this database uses as an advisory lock. */
const MIGRATION_LOCK = 733_472_001;
/**
 * While we wait for a lock, everybody else who wants the table waits behind us. This is shorter than they
 * wait, and shorter than PostgreSQL's deadlock_timeout of a second, so it is always the migration that gives
 * up.
 */
const LOCK_TIMEOUT_MS = 500;
/** The session of a process that disappeared ends after this. */
const IDLE_MS = 15_000;
const TAKEN_PAUSE_MS = 250;
const SHORTEST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 5_000;
/** A lock that was not free, a deadlock, a serialization failure: a retry will work. */
const AGAIN = ['55P03', '40P01', '40001'];

/**
 * Applies the missing migrations, and waits as long as it takes for other processes that migrate and for
 * locks. Returns the names of those that it applied. `tell` is told what it waits for.
 * @throws MigrationError, in words for the operator
 */
export async function migrate(
  session: SchemaSession,
  migrations: Migration[],
  tell: (text: string) => void,
): Promise<string[]> {
  const applied: string[] = [];
  for (;;) {
    const entries = await readEntries(session);
    refuseOthers(entries, migrations);
    const next = migrations.find(({ name }) => !isFinished(entries, name));
    if (!next) return applied;
    if (await applyAll(session, next, tell)) applied.push(next.name);
  }
}

/** False where another process applied it. */
async function applyAll(
  session: SchemaSession,
  migration: Migration,
  tell: (text: string) => void,
): Promise<boolean> {
  const { name, steps } = migration;
  let pauseMs = SHORTEST_PAUSE_MS;
  for (const step of steps) {
    for (;;) {
      const outcome = await applyStep(session, migration, step);
      if (outcome === 'applied') break;
      if (outcome === 'done before') return false;
      if (outcome === 'blocked') {
        if (pauseMs === SHORTEST_PAUSE_MS) tell(await whoBlocks(session, name));
        await sleep(pauseMs);
        pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
      } else {
        await sleep(TAKEN_PAUSE_MS);
      }
    }
  }
  return true;
}

type StepOutcome =
  | 'applied'
  | 'done before'
  /** Another process is migrating. */
  | 'taken'
  /** Somebody uses a table that it would change. */
  | 'blocked';

async function applyStep(
  session: SchemaSession,
  migration: Migration,
  step: string,
): Promise<StepOutcome> {
  // Independent of the defaults of the role and the server.
  await session.run(`BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
    SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS};
    SET LOCAL statement_timeout = 0;
    SET LOCAL idle_in_transaction_session_timeout = ${IDLE_MS}`);
  try {
    const outcome = await actAlone(session, migration, step);
    await session.run(outcome === 'applied' ? 'COMMIT' : 'ROLLBACK');
    return outcome;
  } catch (error) {
    // A broken connection fails here too. The first error is the one to report.
    await session.run('ROLLBACK').catch(() => {});
    if (AGAIN.includes(sqlStateOf(error) ?? '')) return 'blocked';
    const explained = MigrationError.of(error, migration, step);
    // While we waited for its locks, the session of a killed process may have finished the migration.
    if (explained instanceof MigrationError && (await isLeftApplied(session, migration))) {
      return 'taken';
    }
    throw explained;
  }
}

async function actAlone(
  session: SchemaSession,
  migration: Migration,
  step: string,
): Promise<StepOutcome> {
  const [lock] = await session.query<{ taken: boolean }>(
    'SELECT pg_try_advisory_xact_lock($1) AS taken',
    [MIGRATION_LOCK],
  );
  if (!lock?.taken) return 'taken';
  const entries = await readEntries(session);
  if (isFinished(entries, migration.name)) return 'done before';
  if (!(await isLeftApplied(session, migration))) await session.run(step);
  if (step === migration.steps.at(-1)) await record(session, migration);
  return 'applied';
}

/**
 * Older releases recorded the end of a script after its transaction. So a script that was begun, has no
 * recorded end and did not fail may still have been applied completely.
 */
async function isLeftApplied(session: SchemaSession, migration: Migration): Promise<boolean> {
  const left = (await readEntries(session)).find(({ name }) => name === migration.name);
  if (!left) return false;
  return left.steps > 0 || (!left.logs && (await isApplied(session, migration)));
}

async function record(session: SchemaSession, { name, checksum }: Migration): Promise<void> {
  await session.run(CREATE_TABLE);
  // As Prisma's tools mark a migration that was begun in vain.
  await session.query(
    `UPDATE _prisma_migrations SET rolled_back_at = now()
     WHERE migration_name = $1 AND finished_at IS NULL AND rolled_back_at IS NULL`,
    [name],
  );
  await session.query(
    `INSERT INTO _prisma_migrations
       (id, checksum, migration_name, finished_at, applied_steps_count)
     VALUES ($1, $2, $3, clock_timestamp(), 1)`,
    [randomUUID(), checksum, name],
  );
}

async function readEntries(session: SchemaSession): Promise<Entry[]> {
  const [table] = await session.query<{ exists: boolean }>(
    `SELECT to_regclass('_prisma_migrations') IS NOT NULL AS exists`,
  );
  if (!table?.exists) return [];
  return session.query<Entry>(
    `SELECT migration_name AS name, finished_at IS NOT NULL AS finished,
       applied_steps_count AS steps, logs
     FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY started_at`,
  );
}

function isFinished(entries: Entry[], name: string): boolean {
  return entries.some(entry => entry.name === name && entry.finished);
}

/** A newer release may have used the database. Only a migration named as breaking keeps this one out. */
function refuseOthers(entries: Entry[], migrations: Migration[]): void {
  const known = new Set(migrations.map(({ name }) => name));
  const unknown = entries.filter(entry => entry.finished && !known.has(entry.name));
  const isOurs = entries.some(entry => known.has(entry.name));
  const refused = isOurs ? unknown.filter(({ name }) => isBreaking(name)) : unknown;
  if (refused.length === 0) return;
  const names = refused.map(({ name }) => name).join(', ');
  throw new MigrationError(
    isOurs
      ? `the database is of a newer release of Sahm than this one: it has ${names}. Start that release ` +
          'again, or restore a backup from before the upgrade into an empty database.'
      : `the database belongs to another program, which keeps its migrations in it as well (${names}). ` +
          'Give Sahm a database or a schema of its own.',
  );
}

/** Best effort: a role that may not see other sessions learns less. */
async function whoBlocks(session: SchemaSession, name: string): Promise<string> {
  const [oldest] = await session
    .query<{ pid: number; who: string; seconds: number }>(
      `SELECT pid, concat_ws(', ', usename, nullif(application_name, '')) AS who,
         extract(epoch FROM clock_timestamp() - xact_start)::int AS seconds
       FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
       ORDER BY xact_start LIMIT 1`,
    )
    .catch(() => []);
  const waits = `the migration ${name} waits until nobody reads what it changes`;
  if (!oldest) return `${waits}; it tries again by itself.`;
  const { pid, who, seconds } = oldest;
  return `${waits}; it tries again by itself. The oldest transaction is of process ${pid} (${who}), open for ${seconds} s.`;
}

/** Exactly the table that Prisma would create. */
const CREATE_TABLE = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum VARCHAR(64) NOT NULL,
  finished_at TIMESTAMPTZ,
  migration_name VARCHAR(255) NOT NULL,
  logs TEXT,
  rolled_back_at TIMESTAMPTZ,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  applied_steps_count INTEGER NOT NULL DEFAULT 0
)`;
