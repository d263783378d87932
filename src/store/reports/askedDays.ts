// The days that a report covers: whole days, in the quota's time zone.

import { Prisma } from '../generated/client.js';

export interface AskedDays {
  /** `2026-11-22`, both days included; absent for the last 30 days. */
  from?: string | null | undefined;
  to?: string | null | undefined;
}

/** What every report over some days returns. */
export interface Totals<Row> {
  from: string;
  to: string;
  rows: Row[];
}

/** What requests came to, under a key such as a day or a model. */
export interface UsageRow {
  key: string;
  requests: number;
  promptTokens: number;
  completionTokens: number;
  costMicrousd: number;
}

/** The columns of a usage row, beside its key, of many holds. A request without tokens counts as none. */
export const USAGE_SUMS = Prisma.sql`
count(*)::float8 AS requests,
  coalesce(sum(prompt_tokens), 0)::float8 AS "promptTokens",
  coalesce(sum(completion_tokens), 0)::float8 AS "completionTokens",
  coalesce(sum(cost_microusd), 0)::float8 AS "costMicrousd"`;

const DEFAULT_DAYS = 30;

/** The days as a common table expression of one row: `asked (first_day, last_day, begins_at, ends_at)`. */
export function askedSql({ from, to }: AskedDays, timeZone: string): Prisma.Sql {
  return Prisma.sql`
asked AS (
  SELECT first_day, last_day, first_day::timestamp AT TIME ZONE ${timeZone} AS begins_at,
    (last_day + 1)::timestamp AT TIME ZONE ${timeZone} AS ends_at
  FROM (SELECT last_day, coalesce(${from ?? null}::date, last_day - ${DEFAULT_DAYS - 1}::int) AS first_day
    FROM (SELECT coalesce(${to ?? null}::date, (sahm_now() AT TIME ZONE ${timeZone})::date)
      AS last_day) last) days
)`;
}

/** `from` and `to` of the answer. */
export const FROM_AND_TO = Prisma.sql`
to_char(first_day, 'YYYY-MM-DD') AS "from", to_char(last_day, 'YYYY-MM-DD') AS "to"`;

/**
 * The end of a report: at most `limit` rows of `counted`. A report by day or month shows the latest, in order.
 * Any other report shows the rows with the most of a column, the highest first.
 */
export function shownSql(group: string, mostOf: Prisma.Sql, limit: number): Prisma.Sql {
  const isByDay = group === 'day' || group === 'month';
  const byMost = Prisma.sql`${mostOf} DESC, key`;
  return Prisma.sql`
shown AS (SELECT * FROM counted ORDER BY ${isByDay ? Prisma.sql`key DESC` : byMost} LIMIT ${limit}::int)
SELECT ${FROM_AND_TO},
  (SELECT coalesce(json_agg(shown ORDER BY ${isByDay ? Prisma.sql`key` : byMost}), '[]') FROM shown) AS rows
FROM asked`;
}

/** The day of an instant, in this time zone. */
export function daySql(instant: Prisma.Sql, timeZone: string): Prisma.Sql {
  return Prisma.sql`to_char(${instant} AT TIME ZONE ${timeZone}, 'YYYY-MM-DD')`;
}

/** The month of an instant, in this time zone. */
export function monthSql(instant: Prisma.Sql, timeZone: string): Prisma.Sql {
  return Prisma.sql`to_char(${instant} AT TIME ZONE ${timeZone}, 'YYYY-MM')`;
}

/**
 * The charged holds of the days. Ids are in the order of time except for differences of clocks, so ids only
 * narrow down the rows, and the instant decides.
 */
export const CHARGED_THEN = Prisma.sql`
hold.state = 'posted'
  AND hold.id >= sahm_first_id(asked.begins_at - interval '1 day')
  AND hold.id < sahm_first_id(asked.ends_at + interval '1 day')
  AND hold.created_at >= asked.begins_at AND hold.created_at < asked.ends_at`;
