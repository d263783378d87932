// How many requests all licenses made and where they went, and why some were refused.

import type { TotalGroup, TotalSort } from '../../domain/reportGroups.js';
import { Prisma, type PrismaClient } from '../generated/client.js';
import {
  type AskedDays,
  askedSql,
  CHARGED_THEN,
  daySql,
  FROM_AND_TO,
  KEY_OF_HOLD,
  shownSql,
  type Totals,
  USAGE_SUMS,
  USER_OF_HOLD,
  type UsageRow,
} from './askedDays.js';

export interface TotalsQuery extends AskedDays {
  group: TotalGroup;
  /** Undefined: all together. */
  license?: string | undefined;
  /** The most rows: by day the latest days, otherwise those with the most of `sort`. */
  limit: number;
  sort: TotalSort;
}

export interface RefusalRow {
  key: string;
  code: string;
  reason: string;
  dialect: string;
  /** Empty where the request was refused before a provider was chosen. */
  provider: string;
  requests: number;
}

/** A refusal as the chat routes report it. */
export interface CountedRefusal {
  dialect: string;
  provider: string;
  code: string;
  reason: string;
}

export interface UsageTotals {
  /** Charged requests only. */
  totals(query: TotalsQuery): Promise<Totals<UsageRow>>;
  refusals(query: AskedDays): Promise<Totals<RefusalRow>>;
  /** Adds to the day's counters, with one statement for many refusals. */
  addRefusals(counts: Array<CountedRefusal & { count: number }>): Promise<void>;
}

export function createUsageTotals(prisma: PrismaClient, timeZone: string): UsageTotals {
  return {
    async totals(query) {
      const { group, limit, sort, license: licenseId } = query;
      const key = {
        day: daySql(Prisma.sql`hold.created_at`, timeZone),
        model: Prisma.sql`hold.model`,
        provider: Prisma.sql`hold.provider`,
        plan: Prisma.sql`license.plan`,
        license: Prisma.sql`hold.license_id::text`,
        key: KEY_OF_HOLD,
        user: USER_OF_HOLD,
      }[group];
      const license =
        group === 'plan' ? Prisma.sql`JOIN license ON license.id = hold.license_id` : Prisma.empty;
      const ofLicense =
        licenseId === undefined
          ? Prisma.empty
          : Prisma.sql`AND hold.license_id = ${licenseId}::uuid`;
      const [answer] = await prisma.$queryRaw<[Totals<UsageRow>]>`
WITH ${askedSql(query, timeZone)},
counted AS (
  SELECT ${key} AS key, ${USAGE_SUMS}
  FROM hold CROSS JOIN asked ${license}
  WHERE ${CHARGED_THEN} ${ofLicense}
  GROUP BY 1
),
${shownSql(group, sort === 'cost' ? Prisma.sql`"costMicrousd"` : Prisma.sql`requests`, limit)}`;
      return answer;
    },
    async refusals(query) {
      const [answer] = await prisma.$queryRaw<[Totals<RefusalRow>]>`
WITH ${askedSql(query, timeZone)},
counted AS (
  SELECT day AS key, code, reason, dialect, provider, count::float8 AS requests
  FROM refusal_count CROSS JOIN asked
  WHERE day >= to_char(first_day, 'YYYY-MM-DD') AND day <= to_char(last_day, 'YYYY-MM-DD')
)
SELECT ${FROM_AND_TO},
  (SELECT coalesce(json_agg(counted ORDER BY key, requests DESC, code, reason), '[]') FROM counted) AS rows
FROM asked`;
      return answer;
    },
    async addRefusals(counts) {
      // Added in one order everywhere, so that replicas cannot deadlock.
      await prisma.$executeRaw`
INSERT INTO refusal_count (day, dialect, provider, code, reason, count)
SELECT to_char(sahm_now() AT TIME ZONE ${timeZone}, 'YYYY-MM-DD'), dialect, provider, code, reason,
  sum(count)
FROM json_to_recordset(${JSON.stringify(counts)}::json) AS added(
  dialect text, provider text, code text, reason text, count bigint)
GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
ON CONFLICT (day, dialect, provider, code, reason)
  DO UPDATE SET count = refusal_count.count + excluded.count`;
    },
  };
}
