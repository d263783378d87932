// What every session of ours tells PostgreSQL about itself, whatever the server, the database or the role
// has set: so that nobody waits long for anybody, and whoever dies or stands still leaves no lock behind.

import type pg from 'pg';

export interface SessionLimits {
  /** The server gives a statement up after this long. */
  statementMs: number;
  /** We give it up after this long: later than the server, so that what timed out did not happen. */
  answerMs: number;
  /** A transaction that its process leaves idle for so long is rolled back, and its locks are free. */
  idleInTransactionMs: number;
}

/** Acts of a request: a caller hears within three seconds that the database is away. */
export const OF_A_REQUEST: SessionLimits = {
  statementMs: 2_000,
  answerMs: 2_500,
  idleInTransactionMs: 1_000,
};
/** Administration, purchases and jobs. */
export const OF_THE_HOUSE: SessionLimits = {
  statementMs: 12_000,
  answerMs: 13_000,
  idleInTransactionMs: 1_000,
};
/** What reads the whole database. */
export const OF_THE_WHOLE: SessionLimits = {
  statementMs: 900_000,
  answerMs: 901_000,
  idleInTransactionMs: 300_000,
};

export const CONNECT_WITHIN_MS = 2_000;
/** Whoever finds somebody's lock in the way goes another way after this long. */
const LOCK_MS = 400;
/** Of a host that vanished the server hears nothing: it asks after some seconds, and gives up soon. */
const KEEPALIVES = {
  tcp_keepalives_idle: '5',
  tcp_keepalives_interval: '2',
  tcp_keepalives_count: '3',
  tcp_user_timeout: '10s',
  client_connection_check_interval: '2s',
};

/** The session may only read: its database, its role or a standby says so. What is cured is met by a new one. */
export const READ_ONLY = '25006';

/** Where to, and how long we wait. */
export function connectionOf(
  target: pg.ClientConfig,
  { answerMs }: SessionLimits,
): pg.ClientConfig {
  return {
    ...target,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    query_timeout: answerMs,
  };
}

/** To be called with each new connection, before anything else is asked. */
export async function beginSession(client: pg.ClientBase, limits: SessionLimits): Promise<void> {
  endWhereReadOnly(client);
  const settings: Record<string, string> = {
    // Prisma reads instants without their zone.
    TimeZone: 'UTC',
    // What is decided is decided by rows that are locked: no other isolation is needed, and others fail.
    default_transaction_isolation: 'read committed',
    statement_timeout: `${limits.statementMs}ms`,
    lock_timeout: `${LOCK_MS}ms`,
    idle_in_transaction_session_timeout: `${limits.idleInTransactionMs}ms`,
    ...KEEPALIVES,
  };
  // Of an older server only those that it knows.
  await client.query(
    `SELECT set_config(name, value, false) FROM json_each_text($1::json) AS wanted(name, value)
     JOIN pg_settings USING (name)`,
    [JSON.stringify(settings)],
  );
}

function endWhereReadOnly(client: pg.ClientBase): void {
  const { connection } = client as unknown as { connection: NodeJS.EventEmitter };
  connection.on('errorMessage', ({ code }: { code?: string }) => {
    if (code === READ_ONLY) void (client as pg.Client).end();
  });
}
