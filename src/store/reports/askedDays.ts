// The days that a report covers: whole days, in the quota's time zone.

import { Prisma } from '../generated/client.js';
import { monthEndsSql } from '../ledger/sql.js';

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
  /** The name of a named key, if rows are grouped by key. */
  name?: string | null;
}

/** The key of requests with a license's master key. */
export const MASTER = 'master';

/** What a hold counts under, by the key that made it and by the user it was made for. Empty: no user was named. */
export const KEY_OF_HOLD = Prisma.sql`coalesce(hold.named_key_id::text, ${MASTER})`;
export const USER_OF_HOLD = Prisma.sql`coalesce(hold.user_digest, '')`;

/** `shown`, with the names of named keys where it is by key. */
function namedSql(group: string): Prisma.Sql {
  if (group !== 'key') return Prisma.sql`shown`;
  return Prisma.sql`(SELECT shown.*, named_key.name FROM shown
    LEFT JOIN named_key
      ON named_key.id = CASE WHEN shown.key <> ${MASTER} THEN shown.key::uuid END) shown`;
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
    FROM (SELECT coalesce(${to ?? null}::date,
        greatest((sahm_now() AT TIME ZONE ${timeZone})::date, ${from ?? null}::date)) AS last_day) last) days
)`;
}

/** `from` and `to` of the answer. */
export const FROM_AND_TO = Prisma.sql`
to_char(first_day, 'YYYY-MM-DD') AS "from", to_char(last_day, 'YYYY-MM-DD') AS "to"`;

/**
 * The end of a report: at most `limit` rows of `counted`. A report by day or month shows the latest, in order.
 * Any other report shows the rows with the most of a column, the highest first.
 */
export function shownSql(
  group: string,
  mostOf: Prisma.Sql,
  limit: number,
  timeZone = 'UTC',
): Prisma.Sql {
  const times: Record<string, Prisma.Sql> = {
    day: Prisma.sql`key`,
    month: monthEndsSql(Prisma.sql`key`, timeZone),
  };
  const time = times[group];
  const byMost = Prisma.sql`${mostOf} DESC, key`;
  return Prisma.sql`
shown AS (SELECT * FROM counted ORDER BY ${time ? Prisma.sql`${time} DESC` : byMost} LIMIT ${limit}::int)
SELECT ${FROM_AND_TO},
  (SELECT coalesce(json_agg(shown ORDER BY ${time ?? byMost}), '[]')
    FROM ${namedSql(group)}) AS rows
FROM asked`;
}

/** The day of an instant, in this time zone. */
export function daySql(instant: Prisma.Sql, timeZone: string): Prisma.Sql {
  return Prisma.sql`to_char(${instant} AT TIME ZONE ${timeZone}, 'YYYY-MM-DD')`;
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
