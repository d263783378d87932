// The months of a license, and what was charged in one of them, request by request. A month is read in pieces, so that
// it may have any number of requests; no transaction is open meanwhile.

import { millisecondsSql } from '../database/instants.js';
import { readPage } from '../database/paging.js';
import { Prisma, type PrismaClient } from '../generated/client.js';
import { KEPT_MONTHS } from '../upkeep/prune.js';
import { REQUEST_COLUMNS, type RequestRow, type RequestView, viewOf } from './requestLog.js';

export interface StatementMonth {
  /** `2026-11` */
  period: string;
  /** Null for the first of all months, which has no beginning. */
  beginsAt: Date | null;
  endsAt: Date;
  /** It is over, and no request of it is under way: what is charged stays as it is. */
  isFinal: boolean;
  /** When this was read: what ended later is not in it. */
  asOf: Date;
}

export interface Statements {
  /** Those whose requests are kept, newest first. */
  months(licenseId: string): Promise<StatementMonth[]>;
  /** What was charged until `asOf`, in the order in which it was asked. */
  charged(
    licenseId: string,
    month: Pick<StatementMonth, 'period' | 'asOf'>,
  ): AsyncGenerator<RequestView[]>;
}

const ROWS_A_PIECE = 1_000;
const LOWEST_ID = '00000000-0000-0000-0000-000000000000';

interface MonthRow {
  period: string;
  begins: number | null;
  ends: number;
  isFinal: boolean;
  now: number;
}

export function createStatements(prisma: PrismaClient): Statements {
  return {
    async months(licenseId) {
      // A request that was under way when the month ended may be of it and not yet be seen, for some minutes.
      const rows = await prisma.$queryRaw<MonthRow[]>`
        SELECT label AS period, ${millisecondsSql(Prisma.sql`ends_at`)} AS ends,
          ${millisecondsSql(Prisma.sql`sahm_now()`)} AS now,
          CASE WHEN isfinite(starts_at) THEN ${millisecondsSql(Prisma.sql`starts_at`)} END AS begins,
          ends_at <= sahm_now() - interval '10 minutes' AND NOT EXISTS (
            SELECT FROM quota_period own WHERE own.license_id = ${licenseId}::uuid
              AND own.period = label AND own.held > 0) AND NOT EXISTS (
            SELECT FROM hold WHERE hold.license_id = ${licenseId}::uuid
              AND hold.period = label AND hold.ended_at IS NULL) AS "isFinal"
        FROM quota_month
        WHERE starts_at <= sahm_now() AND ends_at > (
          SELECT created_at FROM license WHERE id = ${licenseId}::uuid)
        ORDER BY starts_at DESC LIMIT ${KEPT_MONTHS + 1}`;
      return rows.map(({ period, begins, ends, isFinal, now }) => ({
        period,
        beginsAt: begins === null ? null : new Date(begins),
        endsAt: new Date(ends),
        isFinal,
        asOf: new Date(now),
      }));
    },
    async *charged(licenseId, { period, asOf }) {
      for (let after: string | null = LOWEST_ID; after !== null; ) {
        const from: string = after;
        const piece = await readPage(
          ROWS_A_PIECE,
          most => prisma.$queryRaw<RequestRow[]>`
            SELECT ${REQUEST_COLUMNS} FROM hold
            WHERE license_id = ${licenseId}::uuid AND id > ${from}::uuid AND period = ${period}
              AND state = 'posted' AND ended_at < ${asOf.toISOString()}::timestamptz
            ORDER BY id LIMIT ${most}`,
          row => row.id,
          viewOf,
        );
        if (piece.rows.length > 0) yield piece.rows;
        after = piece.nextCursor;
      }
    },
  };
}
