// Prepares PostgreSQL before use: waits for it, checks it, and brings it up to date.

import { setTimeout as sleep } from 'node:timers/promises';
import { databaseFaultOf, sqlStateOf } from '../../domain/databaseFault.js';
import { Client, type Target } from './client.js';
import { describeTarget } from './databaseUrl.js';
import { DatabaseError } from './directQueries.js';
import { migrate } from './migrate.js';
import { PRISMA_DIR, readMigrations } from './migrations.js';
import type { SchemaSession } from './schemaSession.js';
import { checkServer, ReadOnlyError } from './serverCheck.js';
import { StartError } from './startError.js';

const PAUSE_MS = 500;
const CONNECT_TIMEOUT_MS = 5_000;

export interface Preparation {
  timeZone: string;
  /** How long to wait for a database that is away or takes no writes. */
  waitMs: number;
  tell(text: string): void;
}

/**
 * Returns the schema that holds everything. If the database goes away in the middle, it is waited for again.
 * @throws StartError
 */
export async function preparePostgres(
  connection: Target,
  { timeZone, waitMs, tell }: Preparation,
): Promise<string> {
  let giveUpAt = performance.now() + waitMs;
  let isTold = false;
  for (;;) {
    try {
      return await withSession(connection, async session => {
        const schema = await checkServer(session, timeZone);
        giveUpAt = performance.now() + waitMs;
        await migrate(session, await readMigrations(PRISMA_DIR), tell);
        return schema;
      });
    } catch (error) {
      const reason = explain(error, connection);
      if (!isAway(error) || performance.now() > giveUpAt) throw reason;
      if (!isTold)
        tell(`${reason.message} Waiting for it, ${Math.round(waitMs / 1000)} s at most.`);
      isTold = true;
    }
    await sleep(PAUSE_MS);
  }
}

export async function withSession<Result>(
  connection: Target,
  act: (session: SchemaSession) => Promise<Result>,
): Promise<Result> {
  const client = new Client({
    ...connection,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  });
  // If the connection breaks, the next query fails.
  client.on('error', () => {});
  try {
    await client.connect();
    return await act({
      run: script => client.query(script),
      query: async <Row>(text: string, values?: unknown[]) =>
        (await client.query(text, values)).rows as Row[],
    });
  } finally {
    // Does not wait for a server that is gone.
    void client.end().catch(() => {});
  }
}

const NETWORK = /^E(CONN|HOST|NET|TIMEDOUT|PIPE|AI_AGAIN)|^ENOTFOUND$/;
/** Messages of the driver, which has no codes for these errors. */
const BROKEN = /^(Connection (terminated|ended)|timeout exp|Client (has encountered|was closed))/;

/** Heals without us: the server is starting, moving, or has no room right now. */
function isAway(error: unknown): boolean {
  if (error instanceof ReadOnlyError) return true;
  if (!(error instanceof Error) || error instanceof StartError) return false;
  if (sqlStateOf(error)) return databaseFaultOf(new DatabaseError(error)) === 'unavailable';
  const { code } = error as { code?: unknown };
  return NETWORK.test(String(code)) || BROKEN.test(error.message);
}

/** The server's own words, and what to do. */
function explain(error: unknown, connection: Target): Error {
  if (error instanceof StartError || !(error instanceof Error)) return error as Error;
  const state = sqlStateOf(error);
  const words = [state ? error.message : wordsOf(error), state && `(${state})`];
  const advice = adviceFor(state, error, connection);
  // Neither ours nor the server's: a fault of the program, which keeps its stack.
  if (!state && !advice && !isAway(error)) return error;
  const target = describeTarget(connection);
  return new StartError(
    `the database ${target} cannot be used: ${words.filter(Boolean).join(' ')}. ${advice ?? ''}`.trim(),
    { cause: error },
  );
}

/** Where several addresses were tried, the error itself has no message. */
function wordsOf(error: Error): string {
  const [first] = error instanceof AggregateError ? (error.errors as Error[]) : [];
  return first?.message ?? error.message;
}

function adviceFor(
  state: string | undefined,
  error: Error,
  { user = 'its user', database = 'its database', host }: Target,
): string | undefined {
  const { code = '' } = error as { code?: string };
  if (/CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL/.test(code)) {
    return (
      'Its certificate was not accepted: name its authority with sslrootcert=FILE in DATABASE_URL (and let ' +
      'the URL have the name that the certificate has), or take it unchecked with sslmode=no-verify.'
    );
  }
  if (/does not support SSL/.test(error.message)) {
    return 'Switch TLS on in the server, or say sslmode=disable in DATABASE_URL.';
  }
  if (/password must be a string|SASL|SCRAM/.test(error.message)) {
    return 'It asks for a password: put the right one into DATABASE_URL, special characters percent-encoded.';
  }
  switch (state) {
    case '28P01':
      return 'Check the user and the password in DATABASE_URL; special characters are percent-encoded.';
    case '28000':
      return `Check the user in DATABASE_URL, whether it may log in (ALTER ROLE), and pg_hba.conf of the server.`;
    case '3D000':
      return `Create it: CREATE DATABASE "${database}" ENCODING 'UTF8' TEMPLATE template0.`;
    case '42501':
      return `The user ${user} may not do that. Let an administrator of the database say GRANT CREATE, USAGE ON SCHEMA public TO "${user}" (or of whichever schema it uses), and let it own Sahm's tables.`;
    case '53100':
      return 'Its disk is full: make room there.';
    case '53300':
      return 'Raise max_connections of the server, or start fewer processes.';
    case undefined:
      return isAway(error)
        ? `Check that it runs and that ${host ?? 'its host'} can be reached.`
        : undefined;
    default:
      return undefined;
  }
}
