// What a fault of the database means. One table, by SQLSTATE, for HTTP, webhooks, jobs and retries.

export type DatabaseFault =
  /** It is gone, overloaded, read-only or full: that heals without us. */
  | 'unavailable'
  /** It gave the act up for another's sake: nothing was done, and the same again will do. */
  | 'conflict'
  /** It cannot hold a value: whoever sent that must change it. */
  | 'value'
  /** Ours or the operator's: no waiting heals it. */
  | 'fault';

/** By class (the first two characters) or whole; whatever is not here is a `fault`. */
const MEANINGS: Record<string, DatabaseFault> = {
  // Connection.
  '08': 'unavailable',
  // Data: what no column can hold. A parameter of ours (a time zone that it does not know) is no data.
  '22': 'value',
  '22023': 'fault',
  // A session that may only read: a standby, or an operator's setting. Left idle in a transaction.
  '25006': 'unavailable',
  '25P03': 'unavailable',
  '25P04': 'unavailable',
  // Serialization, deadlock.
  '40': 'conflict',
  // Memory, disk, connections.
  '53': 'unavailable',
  // Longer or deeper than an index, a row or a stack takes.
  '54': 'value',
  // A lock that somebody holds for longer than we wait.
  '55P03': 'unavailable',
  // Statements that took too long, a server that stops or starts.
  '57': 'unavailable',
  // The system below.
  '58': 'unavailable',
};

/** Of Prisma where the database said nothing: not reached, no connection free, a transaction out of time. */
const AWAY = /^(?:P1\d\d\d|P2024|P2028)$/;
const CONFLICT = 'P2034';
/** Of the driver's adapter. */
const AWAY_KINDS = [
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections',
];

interface Thrown extends Error {
  code?: unknown;
  sqlState?: unknown;
  cause?: { kind?: string; originalCode?: unknown };
  meta?: { driverAdapterError?: Thrown };
}

/** Null where the error is not of the database. */
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
  // What Prisma itself refuses is ours; the rest is a connection that broke, or was waited for in vain.
  return name.startsWith('PrismaClient') ? 'fault' : 'unavailable';
}

/**
 * Whether the act may have been done although it failed: the answer to it was lost. Of what the server
 * itself gave up it is known that it was not.
 */
export function mayBeDone(error: unknown): boolean {
  const state = sqlStateOf(error);
  return databaseFaultOf(error) === 'unavailable' && (!state || /^(?:08|57P)/.test(state));
}

/** Somebody's lock was in the way for longer than we wait: nothing was done. */
export function isHeldUp(error: unknown): boolean {
  return sqlStateOf(error) === '55P03';
}

function isOfDatabase(error: Thrown): boolean {
  const { name } = error;
  return (
    name === 'OverloadedError' ||
    name.startsWith('PrismaClient') ||
    name === 'DriverAdapterError' ||
    name === 'DatabaseError' ||
    // The driver's own errors (a connection that broke under a query) are plain; on the way through
    // the client this is added to them.
    'clientVersion' in error
  );
}

/** What the database said; undefined where it said nothing, and for what is not of the database. */
export function sqlStateOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { name, meta, cause, sqlState, code } = error as Thrown;
  const { originalCode } = meta?.driverAdapterError?.cause ?? cause ?? {};
  // A driver's own error has it as its code; what Prisma calls a code is one of its own.
  const state = sqlState ?? originalCode ?? (name.startsWith('PrismaClient') ? undefined : code);
  return typeof state === 'string' && /^[0-9FHPX][0-9A-Z]{4}$/.test(state) ? state : undefined;
}
