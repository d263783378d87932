// Whether a chat would be accepted now: asks the database on the ledger's connection, as a chat does.

import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { databaseFaultOf, sqlStateOf } from '../../domain/databaseFault.js';
import type { NotReady } from '../../domain/readiness.js';
import type { Queries } from './directQueries.js';
import { isBreaking, PRISMA_DIR, readMigrations } from './migrations.js';
import { within } from './within.js';

export interface Readiness {
  /** Null where chats are accepted. An answer is reused for half a second. */
  whyNot(): Promise<NotReady | null>;
  /** Call it with faults of the ledger's statements, which are the first to meet a full disk. */
  heard(error: unknown): void;
}

const KEPT_MS = 500;
const PATIENCE_MS = 2_000;
/**
 * After a full disk the probe is large enough to need new room: everybody uses up the little that is free.
 */
const FILLER_BYTES = { usual: 16, afterFull: 65_536 };

const REASONS: Record<string, NotReady> = {
  '25006': 'database_read_only',
  '53100': 'database_full',
  '22023': 'time_zone_unknown',
};

interface Probed {
  hasAdministrator: boolean;
  migrations: string[];
}

/** `queries`: the connection of the ledger's batches. */
export function createReadiness(queries: Queries, timeZone: string): Readiness {
  const known = readMigrations(PRISMA_DIR).then(all => all.map(({ name }) => name));
  let last: { reason: NotReady | null; at: number } = { reason: 'starting', at: -KEPT_MS };
  let asking: Promise<NotReady | null> | undefined;

  async function ask(): Promise<NotReady | null> {
    const bytes = FILLER_BYTES[last.reason === 'database_full' ? 'afterFull' : 'usual'];
    try {
      const { hasAdministrator, migrations } = await within(PATIENCE_MS, probe(bytes));
      const schema = await faultOfSchema(migrations);
      return schema ?? (hasAdministrator ? null : 'starting');
    } catch (error) {
      return isAboutSchema(error) ? faultOfSchemaThen(error) : reasonOf(error);
    }
  }

  async function probe(bytes: number): Promise<Probed> {
    const [row] = await queries.$queryRaw<[{ answer: string }]>`
      SELECT json_build_object(
        'hasAdministrator', sahm_probe(${uuidv7()}::uuid, ${randomBytes(bytes)}::bytea, ${timeZone}),
        'migrations', (SELECT json_agg(migration_name) FROM _prisma_migrations
          WHERE finished_at IS NOT NULL))::text AS answer`;
    return JSON.parse(row.answer);
  }

  async function faultOfSchema(applied: string[]): Promise<NotReady | null> {
    const names = await known;
    if (names.some(name => !applied.includes(name))) return 'schema_too_old';
    const isTooNew = applied.some(name => !names.includes(name) && isBreaking(name));
    return isTooNew ? 'schema_too_new' : null;
  }

  /** Something that this release needs is missing. Finds out which release removed it. */
  async function faultOfSchemaThen(error: unknown): Promise<NotReady> {
    const names = await known;
    const rows = await queries.$queryRaw<Array<{ name: string }>>`
      SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL`.catch(
      () => [],
    );
    const isNewer = rows.some(({ name }) => !names.includes(name));
    return isNewer
      ? 'schema_too_new'
      : ((await faultOfSchema(rows.map(row => row.name))) ?? reasonOf(error));
  }

  return {
    async whyNot() {
      if (performance.now() - last.at < KEPT_MS) return last.reason;
      asking ??= ask().finally(() => {
        asking = undefined;
      });
      const reason = await asking;
      last = { reason, at: performance.now() };
      return reason;
    },
    heard(error) {
      const reason = reasonOf(error);
      if (reason === 'database_full') last = { reason, at: performance.now() };
    },
  };
}

function reasonOf(error: unknown): NotReady {
  const state = sqlStateOf(error) ?? '';
  if (REASONS[state]) return REASONS[state];
  if (state.startsWith('53')) return 'database_overloaded';
  return databaseFaultOf(error) === 'fault' ? 'database_fault' : 'database_unreachable';
}

/** A table, a column or a function is missing or has changed. */
function isAboutSchema(error: unknown): boolean {
  return sqlStateOf(error)?.startsWith('42') ?? false;
}
