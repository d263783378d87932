// The settings that every session of ours makes, whatever the server, the database or the role has set:
// nobody waits long for anybody, and a process that dies or stands still leaves no lock behind.

import type pg from 'pg';
import type { Target } from './client.js';

export interface SessionLimits {
  /** The server gives up a statement after this long. */
  statementMs: number;
  /** We give up after this long: later than the server, so what timed out did not happen. */
  answerMs: number;
  /** A transaction that its process leaves idle for this long is rolled back, which frees its locks. */
  idleInTransactionMs: number;
}

/** For requests: a caller hears within three seconds that the database is away. */
export const OF_A_REQUEST: SessionLimits = {
  statementMs: 2_000,
  answerMs: 2_500,
  idleInTransactionMs: 1_000,
};
/** For administration, purchases and jobs. */
export const OF_THE_HOUSE: SessionLimits = {
  statementMs: 12_000,
  answerMs: 13_000,
  idleInTransactionMs: 1_000,
};
/** For acts that read the whole database. */
export const OF_THE_WHOLE: SessionLimits = {
  statementMs: 900_000,
  answerMs: 901_000,
  idleInTransactionMs: 300_000,
};

export const CONNECT_WITHIN_MS = 2_000;
/** A statement that meets somebody's lock gives up after this long, and its caller goes another way. */
const LOCK_MS = 400;
/**
 * The server hears nothing from a host that disappeared, so it probes after some seconds and gives up soon.
 */
const KEEPALIVES = {
  tcp_keepalives_idle: '5',
  tcp_keepalives_interval: '2',
  tcp_keepalives_count: '3',
  tcp_user_timeout: '10s',
  client_connection_check_interval: '2s',
};

/** Where to connect, and how long to wait. */
export function connectionOf(target: Target, { answerMs }: SessionLimits): Target {
  return {
    ...target,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    query_timeout: answerMs,
  };
}

/** Must be called with each new connection, before anything else is sent on it. */
export async function beginSession(client: pg.ClientBase, limits: SessionLimits): Promise<void> {
  const settings: Record<string, string> = {
    // Prisma reads instants without their zone.
    TimeZone: 'UTC',
    // Locked rows protect every decision, so no stricter isolation is needed; a stricter one would fail acts.
    default_transaction_isolation: 'read committed',
    statement_timeout: `${limits.statementMs}ms`,
    lock_timeout: `${LOCK_MS}ms`,
    idle_in_transaction_session_timeout: `${limits.idleInTransactionMs}ms`,
    ...KEEPALIVES,
  };
  // An older server gets only the settings that it knows.
  await client.query(
    `SELECT set_config(name, value, false) FROM json_each_text($1::json) AS wanted(name, value)
     JOIN pg_settings USING (name)`,
    [JSON.stringify(settings)],
  );
}
