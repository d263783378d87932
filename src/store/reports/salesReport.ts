// What the upstreams cost beside what buyers paid, as far as shops report money.

import { Prisma, type PrismaClient } from '../generated/client.js';
import {
  type AskedDays,
  askedSql,
  CHARGED_THEN,
  daySql,
  shownSql,
  type Totals,
} from './askedDays.js';

export type SalesGroup = 'day' | 'plan' | 'license';

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
}

export interface SalesRow {
  /** Empty for what orders without a license have brought so far. */
  key: string;
  costMicrousd: number;
  sold: Sold[];
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
    sum(paid)::float8 AS paid, sum(refunded)::float8 AS refunded
  FROM moved JOIN purchase_order bought USING (shop, order_id) ${keys.joinMoney}
  GROUP BY 1, 2
),
sold_by_key AS (
  SELECT key, json_agg(json_build_object('currency', currency, 'payments', payments, 'paid', paid,
    'refunded', refunded) ORDER BY currency) AS sold
  FROM sold GROUP BY 1
),
counted AS (
  SELECT key, coalesce("costMicrousd", 0) AS "costMicrousd", coalesce(sold, '[]') AS sold
  FROM cost FULL JOIN sold_by_key USING (key)
),
${shownSql(group, Prisma.sql`"costMicrousd"`, limit)}`;
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

/**
 * Money as it moved in the days asked for: payments, and what each refund or dispute took beyond the earlier
 * ones. What an order's refunds and disputes add up to is the rule of the fold (`moneyTaken`): the greater of
 * the sum of single refunds and their highest total, plus disputes, but never more than was paid. Every line
 * of an order repeats the whole amount of a payment or refund, so each counts once by its reference.
 */
const MOVED = Prisma.sql`
payment AS (
  SELECT shop, order_id, reference, max(currency) AS currency, min(occurred_at) AS at,
    max((details #>> '{amount,whole}')::bigint) AS paid
  FROM purchase_fact CROSS JOIN asked
  WHERE kind IN ('bought', 'renewed') AND currency IS NOT NULL
    AND occurred_at >= begins_at AND occurred_at < ends_at
  GROUP BY 1, 2, 3
),
touched AS (
  SELECT DISTINCT shop, order_id FROM purchase_fact CROSS JOIN asked
  WHERE kind IN ('refunded', 'disputed', 'dispute_lost') AND currency IS NOT NULL
    AND occurred_at >= begins_at AND occurred_at < ends_at
),
fact AS (
  SELECT fact.*, fact.details ->> 'about' AS about, (details #>> '{amount,part}')::bigint AS part,
    (details #>> '{amount,whole}')::bigint AS whole,
    coalesce((details #>> '{amount,isTotal}')::boolean, false) AS is_total
  FROM touched JOIN purchase_fact fact USING (shop, order_id)
  WHERE currency IS NOT NULL
),
taking AS (
  SELECT shop, order_id, about, kind = 'refunded' AS is_refund, reference,
    max(currency) AS currency, min(occurred_at) AS at, max(part) AS part, max(whole) AS whole,
    bool_or(is_total) AS is_total
  FROM fact
  WHERE kind IN ('refunded', 'disputed', 'dispute_lost') AND NOT EXISTS (
    SELECT FROM fact undone WHERE undone.shop = fact.shop AND undone.order_id = fact.order_id
      AND CASE WHEN fact.kind = 'refunded'
        THEN undone.kind = 'restored' AND undone.about = fact.reference
        WHEN fact.kind IN ('disputed', 'dispute_lost')
        THEN undone.kind = 'dispute_won' AND undone.reference = fact.reference END)
  GROUP BY 1, 2, 3, 4, 5
),
-- Where a refund says no amount, everything went back.
measured AS (
  SELECT taking.*, coalesce(nullif(whole, 0), paid) AS of_all, is_total OR part IS NULL AS is_sum,
    CASE WHEN is_total THEN greatest(0, part - failed) ELSE coalesce(part, paid, 0) END AS taken
  FROM taking
  CROSS JOIN LATERAL (SELECT sum(each.paid) AS paid FROM (SELECT max(whole) AS paid FROM fact
    WHERE fact.shop = taking.shop AND fact.order_id = taking.order_id
      AND kind IN ('bought', 'renewed') AND reference = coalesce(taking.about, reference)
    GROUP BY reference) each) payments
  CROSS JOIN LATERAL (SELECT coalesce(sum(part), 0) AS failed FROM fact
    WHERE fact.shop = taking.shop AND fact.order_id = taking.order_id AND kind = 'restored') restored
),
running AS (
  SELECT shop, order_id, about, currency, at, reference, least(
      greatest(coalesce(sum(taken) FILTER (WHERE is_refund AND NOT is_sum) OVER until_then, 0),
        coalesce(max(taken) FILTER (WHERE is_sum) OVER until_then, 0))
      + coalesce(sum(taken) FILTER (WHERE NOT is_refund) OVER until_then, 0),
      max(of_all) OVER (PARTITION BY shop, order_id, about)) AS taken
  FROM measured
  WINDOW until_then AS (PARTITION BY shop, order_id, about ORDER BY at, reference)
),
taken_more AS (
  SELECT shop, order_id, currency, at, taken - coalesce(lag(taken) OVER (
    PARTITION BY shop, order_id, about ORDER BY at, reference), 0) AS more
  FROM running
),
moved AS (
  SELECT shop, order_id, currency, at, 1 AS payments, paid, 0 AS refunded FROM payment
  UNION ALL
  SELECT shop, order_id, currency, at, 0, 0, more FROM taken_more CROSS JOIN asked
  WHERE more > 0 AND at >= begins_at AND at < ends_at
)`;
