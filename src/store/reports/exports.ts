// Whole tables as streams of rows, for exports. They are read in pieces by keyset, so that an export of
// millions of rows holds only one piece in memory, and no transaction open.

import type { Exported } from '../../domain/exported.js';
import type { Page } from '../../domain/page.js';
import { readPage } from '../database/paging.js';
import { Prisma, type PrismaClient } from '../generated/client.js';
import { LENT_UNTIL, PLAN_AFTER, PLAN_EXPIRY, PLAN_NOW } from '../licenses/entitlements.js';
import { type Within, withinSql } from './requestFilter.js';
import { BOUGHT_FOR } from './salesReport.js';

export type ExportRow = Record<string, string | number | null>;

export interface ExportFilter extends Within {
  /** Only what is of this license. */
  license?: string | undefined;
}

export interface ExportTable {
  columns: string[];
  rows(asked?: ExportFilter): AsyncGenerator<ExportRow[]>;
}

export type Exports = Record<Exported, ExportTable>;

const ROWS_A_PIECE = 1_000;
const LOWEST_ID = '00000000-0000-0000-0000-000000000000';

/** An instant in the form of all answers. */
function isoSql(instant: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`to_char(${instant} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

export function createExports(prisma: PrismaClient, timeZone: string): Exports {
  const table = tableOf(prisma, timeZone);
  return {
    licenses: table(
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
        WHERE license.id > ${after}::uuid
          ${of(Prisma.sql`license.id`, Prisma.sql`license.created_at`)} ORDER BY license.id LIMIT ${limit}`,
    ),
    requests: table(
      'id license_id at ended_at model provider period units outcome reason prompt_tokens completion_tokens cost_microusd unit email key'.split(
        ' ',
      ),
      (after, limit, of, idsWithin) => Prisma.sql`
        SELECT hold.id::text, hold.license_id::text, ${isoSql(Prisma.sql`hold.created_at`)} AS at,
          ${isoSql(Prisma.sql`hold.ended_at`)} AS ended_at, model, provider, period,
          units::float8 AS units, hold.state AS outcome, hold.reason, prompt_tokens, completion_tokens,
          cost_microusd::float8 AS cost_microusd, coalesce(unit, 'request') AS unit, email,
          named_key.name AS key
        FROM hold LEFT JOIN license ON license.id = hold.license_id
        LEFT JOIN account ON account.id = license.account_id
        LEFT JOIN named_key ON named_key.id = hold.named_key_id
        WHERE hold.id > ${after}::uuid
          ${of(Prisma.sql`hold.license_id`, Prisma.sql`hold.created_at`)} ${idsWithin}
        ORDER BY hold.id LIMIT ${limit}`,
    ),
    purchases: table(
      'id shop order_id kind reference items quantity email license_id amount currency tax left_out at'.split(
        ' ',
      ),
      (after, limit, of) => Prisma.sql`
        SELECT movement.id::text, shop, order_id, kind, reference, items, quantity::float8 AS quantity, email, license_id::text,
          amount::float8 AS amount, currency, tax::float8 AS tax, uncounted AS left_out,
          ${isoSql(Prisma.sql`movement.at`)} AS at
        FROM purchase_movement movement JOIN ${BOUGHT_FOR} bought USING (shop, order_id)
        LEFT JOIN account ON account.id = bought.account_id
        WHERE movement.id > ${after}::uuid ${of(Prisma.sql`bought.license_id`, Prisma.sql`movement.at`)}
        ORDER BY movement.id LIMIT ${limit}`,
    ),
  };
}

/** The conditions on the columns that have a license's id and the instant. */
type Of = (licenseId: Prisma.Sql, at: Prisma.Sql) => Prisma.Sql;

function tableOf(prisma: PrismaClient, timeZone: string) {
  return (
    columns: string[],
    query: (after: string, limit: number, of: Of, idsWithin: Prisma.Sql) => Prisma.Sql,
  ): ExportTable => ({
    columns,
    async *rows({ license, ...within } = {}) {
      const of: Of = (licenseId, at) => {
        const conditions = withinSql(within, at, timeZone);
        if (license !== undefined) conditions.push(Prisma.sql`${licenseId} = ${license}::uuid`);
        return Prisma.join([Prisma.empty, ...conditions], ' AND ');
      };
      const ids = idsSql(within);
      for (let after: string | null = LOWEST_ID; after !== null; ) {
        const last: string = after;
        const piece: Page<ExportRow> = await readPage(
          ROWS_A_PIECE,
          most => prisma.$queryRaw<ExportRow[]>(query(last, most, of, ids)),
          row => String(row.id),
          row => row,
        );
        if (piece.rows.length > 0) yield piece.rows;
        after = piece.nextCursor;
      }
    },
  });
}

/**
 * By their ids, which begin with the time, only a part of all requests is read; the instants decide. A day begins and
 * ends elsewhere in other zones, and the clocks of processes differ.
 */
function idsSql({ from, to }: Within): Prisma.Sql {
  const ids = [
    ...(from === undefined
      ? []
      : [Prisma.sql`hold.id >= sahm_first_id(${from}::timestamptz - interval '3 days')`]),
    ...(to === undefined
      ? []
      : [Prisma.sql`hold.id < sahm_first_id(${to}::timestamptz + interval '3 days')`]),
  ];
  return Prisma.join([Prisma.empty, ...ids], ' AND ');
}
