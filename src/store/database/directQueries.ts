// Runs the ledger's statements without Prisma, which would cost as much as the statements themselves.

import { Prisma } from '../generated/client.js';

/** The part of a Prisma client that the ledger uses. */
export interface Queries {
  $queryRaw<Rows>(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<Rows>;
}

/** A statement failed, or the database did not answer. */
export class DatabaseError extends Error {
  override name = 'DatabaseError';
  /** The database's SQLSTATE, where the database was reached. */
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

/** The same queries. `hear` is also called with each fault. */
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
