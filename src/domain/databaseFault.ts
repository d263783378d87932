// What a database fault means: one table by SQLSTATE, used for HTTP, webhooks, jobs and retries.

export type DatabaseFault =
  /** The database is gone, overloaded, read-only or full. This heals without a change of ours. */
  | 'unavailable'
  /** The database aborted this act in favour of another. Nothing was done, and a retry will work. */
  | 'conflict'
  /** The database cannot store a value. Whoever sent the value must change it. */
  | 'value'
  /** A bug of ours or an operator's mistake. Waiting does not heal it. */
  | 'fault';

/** The database, the role or a standby makes the session read-only. Once mended, a new session works. */
export const READ_ONLY = '25006';

/** By SQLSTATE class (its first two characters) or by the whole code. Anything else is a `fault`. */
const MEANINGS: Record<string, DatabaseFault> = {
  // Connection.
  '08': 'unavailable',
  // Data that no column can hold. A bad parameter of ours (an unknown time zone) is not the caller's data.
  '22': 'value',
  '22023': 'fault',
  [READ_ONLY]: 'unavailable',
  // A session that was idle in a transaction for too long.
  '25P03': 'unavailable',
  '25P04': 'unavailable',
  // Serialization, deadlock.
  '40': 'conflict',
  // Memory, disk, connections.
  '53': 'unavailable',
  // Longer than an index or a row may be, or deeper than the stack allows.
  '54': 'value',
  // A lock that somebody held for longer than we wait.
  '55P03': 'unavailable',
  // Statements that took too long, and servers that stop or start.
  '57': 'unavailable',
  // The operating system below the database.
  '58': 'unavailable',
};

/** Prisma's codes where the database said nothing: unreachable, no free connection, transaction timed out. */
const AWAY = /^(?:P1\d\d\d|P2024|P2028)$/;
const CONFLICT = 'P2034';
/** Kinds that the driver adapter reports. */
const AWAY_KINDS = [
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections',
];

/** What the driver says of a connection that broke. Inside a transaction Prisma passes that on as it is. */
const BROKEN = /^Client (?:has encountered a connection error|was closed) and is not queryable$/;

interface Thrown extends Error {
  code?: unknown;
  sqlState?: unknown;
  cause?: { kind?: string; originalCode?: unknown };
  meta?: { driverAdapterError?: Thrown };
}

/** Null where the error does not come from the database. */
export function databaseFaultOf(error: unknown): DatabaseFault | null {
  if (!(error instanceof Error)) return null;
  const thrown = error as Thrown;
  if (!isOfDatabase(thrown)) return null;
  const state = sqlStateOf(thrown);
  if (state) return MEANINGS[state] ?? MEANINGS[state.slice(0, 2)] ?? 'fault';
  const { name, code, meta } = thrown;
  if (code === CONFLICT) return 'conflict';
  if (AWAY.test(String(code))) return 'unavailable';
  const adapter = name === 'DriverAdapterError' ? thrown : meta?.driverAdapterError;
  if (adapter) return AWAY_KINDS.includes(adapter.cause?.kind ?? '') ? 'unavailable' : 'fault';
  // A Prisma error is our own mistake. The rest are connections that broke or that never came.
  return name.startsWith('PrismaClient') ? 'fault' : 'unavailable';
}

/**
 * Whether the act may have been done although it failed, because its answer was lost. Where the server itself
 * aborted the act, it was not done.
 */
export function mayBeDone(error: unknown): boolean {
  const state = sqlStateOf(error);
  return databaseFaultOf(error) === 'unavailable' && (!state || /^(?:08|57P)/.test(state));
}

/** A lock was held for longer than we wait, so nothing was done. */
export function isHeldUp(error: unknown): boolean {
  return sqlStateOf(error) === '55P03';
}

function isOfDatabase(error: Thrown): boolean {
  const { name } = error;
  return (
    BROKEN.test(error.message) ||
    name === 'OverloadedError' ||
    name.startsWith('PrismaClient') ||
    name === 'DriverAdapterError' ||
    name === 'DatabaseError' ||
    // The driver's own errors (a connection that broke during a query) are plain errors; the Prisma client
    // adds this field to them.
    'clientVersion' in error
  );
}

/** The SQLSTATE; undefined where the database said nothing, and for errors that are not of the database. */
export function sqlStateOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { name, meta, cause, sqlState, code } = error as Thrown;
  const { originalCode } = meta?.driverAdapterError?.cause ?? cause ?? {};
  // A driver's own error has it as its code; what Prisma calls a code is one of its own.
  const state = sqlState ?? originalCode ?? (name.startsWith('PrismaClient') ? undefined : code);
  return typeof state === 'string' && /^[0-9FHPX][0-9A-Z]{4}$/.test(state) ? state : undefined;
}
