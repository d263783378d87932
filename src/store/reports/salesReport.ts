// What the upstreams cost beside what buyers paid, as far as shops report money.

import type { SalesGroup } from '../../domain/reportGroups.js';
import { Prisma, type PrismaClient } from '../generated/client.js';
import { monthSql } from '../ledger/sql.js';
import {
  type AskedDays,
  askedSql,
  CHARGED_THEN,
  daySql,
  shownSql,
  type Totals,
} from './askedDays.js';

export interface SalesQuery extends AskedDays {
  group: SalesGroup;
  /** The most rows: by day the latest days, otherwise those that cost most. */
  limit: number;
}

/** Sales in one currency, in its smallest unit. */
export interface Sold {
  currency: string;
  /** The number of payments. */
  payments: number;
  paid: number;
  /** The money that went back, including disputes that are open or lost. */
  refunded: number;
  /** The tax in what was paid, as far as shops tell it; absent where none does. */
  tax?: number;
}

export interface SalesRow {
  /** Empty for what orders without a license have brought so far. */
  key: string;
  costMicrousd: number;
  sold: Sold[];
  /** Payments that are not in the sums, because their amount was not told or cannot be counted. */
  leftOut: number;
}

export interface SalesReport {
  read(query: SalesQuery): Promise<Totals<SalesRow>>;
}

export function createSalesReport(prisma: PrismaClient, timeZone: string): SalesReport {
  return {
    async read({ group, limit, ...days }) {
      const keys = keysOf(group, timeZone);
      const [answer] = await prisma.$queryRaw<[Totals<SalesRow>]>`
WITH ${askedSql(days, timeZone)},
cost AS (
  SELECT ${keys.ofHold} AS key, coalesce(sum(cost_microusd), 0)::float8 AS "costMicrousd"
  FROM hold CROSS JOIN asked ${keys.joinHold}
  WHERE ${CHARGED_THEN}
  GROUP BY 1
),
${MOVED},
sold AS (
  SELECT ${keys.ofMoney} AS key, moved.currency, sum(payments)::float8 AS payments,
    sum(paid)::float8 AS paid, sum(refunded)::float8 AS refunded, sum(tax)::float8 AS tax
  FROM moved JOIN ${BOUGHT_FOR} bought USING (shop, order_id) ${keys.joinMoney}
  GROUP BY 1, 2
),
sold_by_key AS (
  SELECT key, coalesce(json_agg(json_strip_nulls(json_build_object('currency', currency,
      'payments', payments, 'paid', paid, 'refunded', refunded, 'tax', tax)) ORDER BY currency) FILTER (WHERE currency IS NOT NULL), '[]') AS sold,
    coalesce(sum(payments) FILTER (WHERE currency IS NULL), 0)::int AS "leftOut"
  FROM sold GROUP BY 1
),
counted AS (
  SELECT key, coalesce("costMicrousd", 0) AS "costMicrousd", coalesce(sold, '[]') AS sold,
    coalesce("leftOut", 0) AS "leftOut"
  FROM cost FULL JOIN sold_by_key USING (key)
),
${shownSql(group, Prisma.sql`"costMicrousd"`, limit, timeZone)}`;
      return answer;
    },
  };
}

/** The keys by which costs and money are grouped. */
function keysOf(group: SalesGroup, timeZone: string) {
  const none = Prisma.empty;
  return {
    day: {
      ofHold: daySql(Prisma.sql`hold.created_at`, timeZone),
      ofMoney: daySql(Prisma.sql`moved.at`, timeZone),
      joinHold: none,
      joinMoney: none,
    },
    month: {
      ofHold: monthSql(Prisma.sql`hold.created_at`, timeZone),
      ofMoney: monthSql(Prisma.sql`moved.at`, timeZone),
      joinHold: none,
      joinMoney: none,
    },
    // What an order's requests cost cannot be told: they are the license's.
    order: {
      ofHold: Prisma.sql`''`,
      ofMoney: Prisma.sql`bought.shop || ':' || bought.order_id`,
      joinHold: Prisma.sql`JOIN (SELECT) nothing ON false`,
      joinMoney: none,
    },
    plan: {
      ofHold: Prisma.sql`license.plan`,
      ofMoney: Prisma.sql`coalesce(license.plan, '')`,
      joinHold: Prisma.sql`JOIN license ON license.id = hold.license_id`,
      joinMoney: Prisma.sql`LEFT JOIN license ON license.id = bought.license_id`,
    },
    license: {
      ofHold: Prisma.sql`hold.license_id::text`,
      ofMoney: Prisma.sql`coalesce(bought.license_id::text, '')`,
      joinHold: none,
      joinMoney: none,
    },
  }[group];
}

/** Orders with the license that they count for; of one that is bought by the piece, the first piece's. */
export const BOUGHT_FOR = Prisma.sql`(SELECT orders.shop, orders.order_id, orders.account_id,
    coalesce(orders.license_id, (SELECT part.license_id FROM purchase_order part
      WHERE part.shop = orders.shop AND part.part_of = orders.order_id AND part.license_id IS NOT NULL
      ORDER BY part.piece LIMIT 1)) AS license_id
  FROM purchase_order orders)`;

/** Money as it moved in the days asked for, as the orders' books have it. */
const MOVED = Prisma.sql`
moved AS (
  SELECT shop, order_id, currency, movement.at,
    (kind = 'paid')::int AS payments, tax,
    CASE WHEN kind = 'paid' THEN amount ELSE 0 END AS paid,
    CASE WHEN kind = 'paid' THEN 0 ELSE amount END AS refunded
  FROM purchase_movement movement CROSS JOIN asked
  WHERE movement.at >= begins_at AND movement.at < ends_at
)`;
