// What a license's posted requests were: how many, their tokens, their cost.

import { Prisma, type PrismaClient } from './generated/client.js';

export const USAGE_GROUPS = ['day', 'model', 'provider'] as const;
export type UsageGroup = (typeof USAGE_GROUPS)[number];

export interface UsageQuery {
  /** Whole days in the quota's time zone, `2026-11-22`, both included; null for the last 30. */
  from: string | null;
  to: string | null;
  group: UsageGroup;
}

export interface UsageRow {
  key: string;
  requests: number;
  promptTokens: number;
  completionTokens: number;
  costMicrousd: number;
}

export interface UsageReport {
  from: string;
  to: string;
  rows: UsageRow[];
}

const DEFAULT_DAYS = 30;

/** By the day on which a request was held, as its period is. A request without tokens counts as none. */
export async function readUsageReport(
  prisma: PrismaClient,
  licenseId: string,
  { from, to, group }: UsageQuery,
  timeZone: string,
): Promise<UsageReport> {
  const key = {
    day: Prisma.sql`to_char(hold.created_at AT TIME ZONE ${timeZone}, 'YYYY-MM-DD')`,
    model: Prisma.sql`hold.model`,
    provider: Prisma.sql`hold.provider`,
  }[group];
  const [report] = await prisma.$queryRaw<[UsageReport]>`
WITH last AS (
  SELECT coalesce(${to}::date, (sahm_now() AT TIME ZONE ${timeZone})::date) AS day
),
asked AS (
  SELECT day AS last_day, coalesce(${from}::date, day - ${DEFAULT_DAYS - 1}::int) AS first_day
  FROM last
),
counted AS (
  SELECT ${key} AS key, count(*)::float8 AS requests,
    coalesce(sum(prompt_tokens), 0)::float8 AS "promptTokens",
    coalesce(sum(completion_tokens), 0)::float8 AS "completionTokens",
    coalesce(sum(cost_microusd), 0)::float8 AS "costMicrousd"
  FROM hold CROSS JOIN asked
  WHERE license_id = ${licenseId}::uuid AND state = 'posted'
    AND hold.created_at >= asked.first_day::timestamp AT TIME ZONE ${timeZone}
    AND hold.created_at < (asked.last_day + 1)::timestamp AT TIME ZONE ${timeZone}
  GROUP BY 1
)
SELECT to_char(first_day, 'YYYY-MM-DD') AS "from", to_char(last_day, 'YYYY-MM-DD') AS "to",
  (SELECT coalesce(json_agg(counted ORDER BY key), '[]') FROM counted) AS rows
FROM asked`;
  return report;
}
