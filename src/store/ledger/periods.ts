// The statements of past months. What is removed when they are old is in prune.ts.

import { inBatches } from '../database/batches.js';
import { retryConflicts } from '../database/retryConflicts.js';
import { Prisma, type PrismaClient } from '../generated/client.js';
import { HOLD_QUOTA, monthEndsSql } from './sql.js';

export { type PruneSettings, prune } from '../upkeep/prune.js';

/** Large, because finding the few that are left costs as much as finding many, and nobody waits for this. */
const BATCH = 10_000;

/**
 * Writes the statements of past months, each once, at most `most`; returns how many. A month with a pending
 * hold has to wait. So does a month that ended within the last ten minutes: a hold that was under way at
 * midnight belongs to the month in which it began, and is not visible before it commits.
 */
export async function closePeriods(
  prisma: PrismaClient,
  timeZone: string,
  most: number,
): Promise<number> {
  const [ended] = await prisma.$queryRaw<[{ periods: string[] }]>`
    SELECT coalesce(array_agg(period), '{}') AS periods FROM (SELECT DISTINCT period FROM quota_period) each
    WHERE ${monthEndsSql(Prisma.sql`period`, timeZone)}
      <= extract(epoch FROM sahm_now() - interval '10 minutes')`;
  return inBatches(
    most,
    limit =>
      retryConflicts(
        () => prisma.$executeRaw`
WITH unended AS MATERIALIZED (
  SELECT DISTINCT license_id, period, ${HOLD_QUOTA} AS provider FROM hold WHERE ended_at IS NULL
)
INSERT INTO period_statement (license_id, period, provider, plan_limit, addon_limit, used,
  grants_used, written_at)
SELECT license_id, period, provider, plan_limit, addon_limit, used, grants_used, sahm_now()
FROM quota_period own
WHERE period = ANY (${ended.periods}::text[])
  AND held = 0
  AND NOT EXISTS (SELECT FROM unended WHERE unended.license_id = own.license_id
    AND unended.period = own.period AND unended.provider = own.provider)
  AND NOT EXISTS (SELECT FROM period_statement done WHERE done.license_id = own.license_id
    AND done.period = own.period AND done.provider = own.provider)
LIMIT ${limit}::int
ON CONFLICT DO NOTHING`,
      ),
    BATCH,
  );
}
