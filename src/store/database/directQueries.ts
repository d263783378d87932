// Statements without Prisma between, for the ledger's acts: there it costs as much as they do.

import { Prisma } from '../generated/client.js';

/** What a Prisma client can do as well. */
export interface Queries {
  $queryRaw<Rows>(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<Rows>;
}

/** A statement failed, or the database did not answer. */
export class DatabaseError extends Error {
  override name = 'DatabaseError';
  /** Of the database, where it was reached. */
  readonly sqlState: string | undefined;

  constructor(cause: Error & { code?: string }) {
    super(cause.message, { cause });
    this.sqlState = cause.code;
  }
}

/** PGlite, or the way to PostgreSQL. */
export interface Driver {
  query(text: string, values: unknown[]): Promise<{ rows: unknown[] }>;
}

export function directQueries(driver: Driver): Queries {
  return {
    async $queryRaw<Rows>(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]) {
      const sql = query instanceof Prisma.Sql ? query : Prisma.sql(query, ...values);
      try {
        const { rows } = await driver.query(sql.text, sql.values);
        return rows as Rows;
      } catch (error) {
        throw new DatabaseError(error as Error);
      }
    },
  };
}

/** The same, and `hear` is told of each fault. */
export function toldOfFaults(queries: Queries, hear: (error: unknown) => void): Queries {
  return {
    async $queryRaw<Rows>(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]) {
      try {
        return await queries.$queryRaw<Rows>(query, ...values);
      } catch (error) {
        hear(error);
        throw error;
      }
    },
  };
}
