// A license's posted requests: how many, their tokens, their cost.

import type { UsageGroup } from '../../domain/reportGroups.js';
import { Prisma, type PrismaClient } from '../generated/client.js';
import {
  type AskedDays,
  askedSql,
  daySql,
  FROM_AND_TO,
  KEY_OF_HOLD,
  shownSql,
  type Totals,
  USAGE_SUMS,
  USER_OF_HOLD,
  type UsageRow,
} from './askedDays.js';

export interface UsageQuery extends AskedDays {
  group: UsageGroup;
}

export type UsageReport = Totals<UsageRow>;

/** These have as many rows as the holder makes keys and has users: those with the most requests are shown. */
const MANY: UsageGroup[] = ['key', 'user'];
const MOST_ROWS = 1_000;
const ALL_SHOWN = Prisma.sql`
shown AS (SELECT * FROM counted)
SELECT ${FROM_AND_TO}, (SELECT coalesce(json_agg(shown ORDER BY key), '[]') FROM shown) AS rows
FROM asked`;

/** By the day on which a request was held, like its period. */
export async function readUsageReport(
  prisma: PrismaClient,
  licenseId: string,
  query: UsageQuery,
  timeZone: string,
): Promise<UsageReport> {
  const key = {
    day: daySql(Prisma.sql`hold.created_at`, timeZone),
    model: Prisma.sql`hold.model`,
    provider: Prisma.sql`hold.provider`,
    key: KEY_OF_HOLD,
    user: USER_OF_HOLD,
  }[query.group];
  const [report] = await prisma.$queryRaw<[UsageReport]>`
WITH ${askedSql(query, timeZone)},
counted AS (
  SELECT ${key} AS key, ${USAGE_SUMS}
  FROM hold CROSS JOIN asked
  WHERE license_id = ${licenseId}::uuid AND state = 'posted'
    AND hold.created_at >= asked.begins_at AND hold.created_at < asked.ends_at
  GROUP BY 1
),
${MANY.includes(query.group) ? shownSql(query.group, Prisma.sql`requests`, MOST_ROWS) : ALL_SHOWN}`;
  return report;
}
