// What can run a statement, and statements that return one document.

import type { Prisma, PrismaClient } from '../generated/client.js';
import type { Queries } from './directQueries.js';
import { retryConflicts } from './retryConflicts.js';

/** A client or a transaction. */
export type Queryable = Pick<PrismaClient, '$queryRaw' | '$executeRaw'>;

/** Runs a statement that returns one JSON document: a single value to convert, however many rows. */
export async function queryJson<T>(db: Queries, sql: Prisma.Sql): Promise<T> {
  const rows = await retryConflicts(() => db.$queryRaw<Array<{ answer: string }>>(sql));
  return JSON.parse(rows[0]?.answer ?? 'null') as T;
}
