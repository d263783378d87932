// Whole tables as streams of rows, for exports. They are read in pieces by keyset, so that an export of
// millions of rows holds only one piece in memory, and no transaction open.

import type { Page } from '../../domain/page.js';
import { readPage } from '../database/paging.js';
import { Prisma, type PrismaClient } from '../generated/client.js';
import { LENT_UNTIL, PLAN_AFTER, PLAN_EXPIRY, PLAN_NOW } from '../licenses/entitlements.js';
import { BOUGHT_FOR } from './salesReport.js';

export type ExportRow = Record<string, string | number | null>;

export interface ExportTable {
  columns: string[];
  /** Of all licenses, or of one. */
  rows(licenseId?: string): AsyncGenerator<ExportRow[]>;
}

/** Keyed by the name in the route. */
export type Exports = Record<string, ExportTable>;

const ROWS_A_PIECE = 1_000;
const LOWEST_ID = '00000000-0000-0000-0000-000000000000';

/** An instant in the form of all answers. */
function isoSql(instant: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`to_char(${instant} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

export function createExports(prisma: PrismaClient): Exports {
  return {
    licenses: table(
      prisma,
      'id email plan status key_prefix key_last4 created_at expires_at note plan_until plan_after'.split(
        ' ',
      ),
      (after, limit, of) => Prisma.sql`
        SELECT license.id::text, email, ${PLAN_NOW} AS plan, CASE WHEN state = 'active' AND expires_at <= sahm_now()
            THEN 'expired' ELSE state END AS status, key.prefix AS key_prefix, key.last4 AS key_last4,
          ${isoSql(Prisma.sql`license.created_at`)} AS created_at,
          ${isoSql(PLAN_EXPIRY)} AS expires_at, note, ${isoSql(LENT_UNTIL)} AS plan_until,
          ${PLAN_AFTER} AS plan_after
        FROM license JOIN account ON account.id = account_id
        CROSS JOIN LATERAL (SELECT prefix, last4 FROM license_key WHERE license_id = license.id
          ORDER BY valid_until DESC NULLS FIRST, created_at DESC LIMIT 1) key
        WHERE license.id > ${after}::uuid ${of(Prisma.sql`license.id`)} ORDER BY license.id LIMIT ${limit}`,
    ),
    requests: table(
      prisma,
      'id license_id at ended_at model provider period units outcome reason prompt_tokens completion_tokens cost_microusd unit'.split(
        ' ',
      ),
      (after, limit, of) => Prisma.sql`
        SELECT id::text, license_id::text, ${isoSql(Prisma.sql`created_at`)} AS at,
          ${isoSql(Prisma.sql`ended_at`)} AS ended_at, model, provider, period,
          units::float8 AS units, state AS outcome, reason, prompt_tokens, completion_tokens,
          cost_microusd::float8 AS cost_microusd, coalesce(unit, 'request') AS unit
        FROM hold WHERE id > ${after}::uuid ${of(Prisma.sql`license_id`)} ORDER BY id LIMIT ${limit}`,
    ),
    purchases: table(
      prisma,
      'id shop order_id kind reference items quantity email license_id amount currency tax left_out at'.split(
        ' ',
      ),
      (after, limit, of) => Prisma.sql`
        SELECT movement.id::text, shop, order_id, kind, reference, items, quantity::float8 AS quantity, email, license_id::text,
          amount::float8 AS amount, currency, tax::float8 AS tax, uncounted AS left_out,
          ${isoSql(Prisma.sql`movement.at`)} AS at
        FROM purchase_movement movement JOIN ${BOUGHT_FOR} bought USING (shop, order_id)
        LEFT JOIN account ON account.id = bought.account_id
        WHERE movement.id > ${after}::uuid ${of(Prisma.sql`bought.license_id`)}
        ORDER BY movement.id LIMIT ${limit}`,
    ),
  };
}

function table(
  prisma: PrismaClient,
  columns: string[],
  query: (after: string, limit: number, of: (licenseId: Prisma.Sql) => Prisma.Sql) => Prisma.Sql,
): ExportTable {
  const pieceAfter = (after: string, licenseId: string | undefined) =>
    readPage(
      ROWS_A_PIECE,
      most => prisma.$queryRaw<ExportRow[]>(query(after, most, onlyOf(licenseId))),
      row => String(row.id),
      row => row,
    );
  return {
    columns,
    async *rows(licenseId) {
      for (let after: string | null = LOWEST_ID; after !== null; ) {
        const piece: Page<ExportRow> = await pieceAfter(after, licenseId);
        if (piece.rows.length > 0) yield piece.rows;
        after = piece.nextCursor;
      }
    },
  };
}

/** The condition on a column that has a license's id. */
function onlyOf(licenseId: string | undefined): (column: Prisma.Sql) => Prisma.Sql {
  return column =>
    licenseId === undefined ? Prisma.empty : Prisma.sql`AND ${column} = ${licenseId}::uuid`;
}
