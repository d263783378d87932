// Checks whether Sahm can use a database.

import { sqlStateOf } from '../../domain/databaseFault.js';
import type { SchemaSession } from './schemaSession.js';
import { StartError } from './startError.js';

/** The oldest version that PostgreSQL still maintains. */
const OLDEST_VERSION = 14;

export interface ServerFacts {
  /** In the form of `server_version_num`: 150008. */
  version: number;
  encoding: string;
  /** The schema of new tables; null where no schema of the search path exists. */
  schema: string | null;
  searchPath: string;
  /** The schema where migrations were recorded, if any were. */
  migratedSchema: string | null;
}

/** The database takes no writes right now. */
export class ReadOnlyError extends StartError {}

/** Returns the schema that holds everything. @throws StartError */
export async function checkServer(session: SchemaSession, timeZone: string): Promise<string> {
  const [facts] = await session.query<ServerFacts & { isReadOnly: boolean }>(
    `SELECT current_setting('server_version_num')::int AS version,
       current_setting('server_encoding') AS encoding,
       current_schema()::text AS schema,
       current_setting('search_path') AS "searchPath",
       (SELECT relnamespace::regnamespace::text FROM pg_class
         WHERE oid = to_regclass('_prisma_migrations')) AS "migratedSchema",
       pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' AS "isReadOnly"`,
  );
  if (!facts) throw new Error('the database answers nothing');
  const fault = faultOfServer(facts);
  if (fault) throw new StartError(fault);
  if (facts.isReadOnly) {
    throw new ReadOnlyError(
      'the database is read-only: it is a standby, or default_transaction_read_only is on. Let DATABASE_URL lead to the server that takes writes.',
    );
  }
  await requireZone(session, timeZone);
  return facts.schema as string;
}

/** What is wrong, and what to do; null where nothing is. */
export function faultOfServer(facts: ServerFacts): string | null {
  const { version, encoding, schema, searchPath, migratedSchema } = facts;
  const major = Math.floor(version / 10_000);
  if (major < OLDEST_VERSION) {
    return `the server is PostgreSQL ${major}; Sahm needs ${OLDEST_VERSION} or newer.`;
  }
  if (encoding !== 'UTF8') {
    return `the database has the encoding ${encoding}, which cannot hold every text. Create one with ENCODING 'UTF8' TEMPLATE template0, and let DATABASE_URL name that.`;
  }
  if (schema === null) {
    return `no schema of the search path (${searchPath}) is in the database: create it with CREATE SCHEMA, or name another.`;
  }
  if (migratedSchema !== null && migratedSchema !== schema) {
    return `Sahm's tables are in the schema ${migratedSchema}, and new ones would go to ${schema}: let the search path (${searchPath}) begin with ${migratedSchema}.`;
  }
  return null;
}

/** Node and the database have separate lists of time zones. */
async function requireZone(session: SchemaSession, timeZone: string): Promise<void> {
  try {
    await session.query('SELECT now() AT TIME ZONE $1', [timeZone]);
  } catch (error) {
    if (sqlStateOf(error) !== '22023') throw error;
    throw new StartError(
      `QUOTA_TIME_ZONE: the database does not know ${timeZone}. Take another name of the same zone, or update the server's time zones.`,
    );
  }
}
