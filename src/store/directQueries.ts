// Statements without Prisma between, for the ledger's acts: there it costs as much as they do.

import type pg from 'pg';
import { Prisma } from './generated/client.js';

/** What a Prisma client can do as well. */
export interface Queries {
  $queryRaw<Rows>(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<Rows>;
}

/** A statement failed, or the database did not answer. */
export class DatabaseError extends Error {
  override name = 'DatabaseError';
  /** Of PostgreSQL, where it was reached. */
  readonly sqlState: string | undefined;

  constructor(cause: Error & { code?: string }) {
    super(cause.message, { cause });
    this.sqlState = cause.code;
  }
}

export function directQueries(pool: pg.Pool): Queries {
  return {
    async $queryRaw<Rows>(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]) {
      const sql = query instanceof Prisma.Sql ? query : Prisma.sql(query, ...values);
      try {
        const { rows } = await pool.query({ text: sql.text, values: sql.values });
        return rows as Rows;
      } catch (error) {
        throw new DatabaseError(error as Error);
      }
    },
  };
}
