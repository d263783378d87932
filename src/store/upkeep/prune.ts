// Removes what is old. The sums of removed holds stay, so that the ledger can still be proven.

import { WALLET } from '../../domain/provider.js';
import { BATCH, inBatches } from '../database/batches.js';
import { eachPart } from '../database/eachPart.js';
import type { Queryable } from '../database/queries.js';
import { retryConflicts } from '../database/retryConflicts.js';
import { Prisma, type PrismaClient } from '../generated/client.js';
import { HOLD_QUOTA, monthEndsSql } from '../ledger/sql.js';

const LOWEST_ID = '00000000-0000-0000-0000-000000000000';

/** How many whole past months of requests are kept, beside the current month. */
export const KEPT_MONTHS = 13;

export interface PruneSettings {
  timeZone: string;
  /**
   * How many whole past months of holds are kept, beside the current month.
   * @default 13
   */
  keepMonths?: number;
  /** The most rows of each kind that are removed. */
  most: number;
}

/** Removes what is old; returns how many of each kind. Changes no counter and no statement. */
export function prune(
  prisma: PrismaClient,
  { timeZone, keepMonths = KEPT_MONTHS, most }: PruneSettings,
): Promise<{
  holds: number;
  changes: number;
  sessions: number;
  claims: number;
  turns: number;
}> {
  return eachPart({
    holds: () => pruneHolds(prisma, timeZone, keepMonths, most),
    changes: () => pruneChanges(prisma, keepMonths, most),
    sessions: () => pruneSessions(prisma, most),
    claims: () => pruneClaims(prisma, most),
    turns: () => pruneTurns(prisma, most),
  });
}

/**
 * Walks through the holds from the oldest id, until a batch has none that is old enough. An id tells only
 * roughly when a hold was made (by its process's clock), so the hold's period decides.
 */
async function pruneHolds(
  prisma: PrismaClient,
  timeZone: string,
  keepMonths: number,
  most: number,
): Promise<number> {
  const cutoff = await beginOfKept(prisma, timeZone, keepMonths);
  const isOld = Prisma.sql`${monthEndsSql(Prisma.sql`period`, timeZone)} <= ${cutoff}`;
  let [total, unproven] = [0, 0];
  let after = LOWEST_ID;
  while (total < most) {
    const limit = Math.min(BATCH, most - total);
    const batch = await retryConflicts(() =>
      prisma.$transaction(transaction => pruneBatch(transaction, isOld, after, limit), {
        timeout: 30_000,
      }),
    );
    if (batch.old === 0 || batch.last === null) break;
    total += batch.pruned;
    unproven += batch.unproven;
    after = batch.last;
  }
  if (unproven === 0) return total;
  throw new Error(
    `${unproven} old holds have no period, no grant or no month of their key, and stay: see verify`,
  );
}

/** When the oldest month begins whose holds are kept, in seconds since 1970. */
async function beginOfKept(
  prisma: PrismaClient,
  timeZone: string,
  keepMonths: number,
): Promise<number> {
  const [row] = await prisma.$queryRaw<[{ seconds: number }]>`
    SELECT extract(epoch FROM coalesce(
      (SELECT starts_at FROM quota_month WHERE starts_at <= sahm_now()
        ORDER BY starts_at DESC OFFSET ${keepMonths}::int LIMIT 1),
      (date_trunc('month', sahm_now() AT TIME ZONE ${timeZone})
        - ${keepMonths}::int * interval '1 month') AT TIME ZONE ${timeZone}))::float8 AS seconds`;
  return row.seconds;
}

interface PrunedBatch {
  /** The id of the last hold that was read; null where there was none. */
  last: string | null;
  /** How many of them belong to months that are no longer kept. */
  old: number;
  pruned: number;
  /** Left in place: removing them would remove the proof of what is wrong. */
  unproven: number;
}

/** What posted holds drew from one bucket in one month. */
interface Archived {
  license_id: string;
  period: string;
  provider: string;
  sent_to: string;
  grant_id: string | null;
  named_key_id: string | null;
  units: number;
}

/**
 * Reads the `limit` holds after an id, removes those of months that are `isOld`, and adds what they had
 * posted to the archived sums. Locks in the ledger's order: holds, named keys' months, periods, grants.
 */
async function pruneBatch(
  transaction: Queryable,
  isOld: Prisma.Sql,
  after: string,
  limit: number,
): Promise<PrunedBatch> {
  // A plan cached while the table was small would scan it whole.
  await transaction.$executeRaw`SET LOCAL plan_cache_mode = force_custom_plan`;
  const [batch] = await transaction.$queryRaw<[PrunedBatch & { archived: Archived[] }]>`
WITH oldest AS MATERIALIZED (
  SELECT id, license_id, period, ${HOLD_QUOTA} AS provider, grant_id, named_key_id, ended_at FROM hold WHERE id > ${after}::uuid
  ORDER BY id LIMIT ${limit}::int
),
old AS MATERIALIZED (
  SELECT id, ended_at,
    EXISTS (SELECT FROM quota_period own WHERE own.license_id = oldest.license_id
      AND own.period = oldest.period AND own.provider = oldest.provider)
    AND (grant_id IS NULL OR EXISTS (SELECT FROM license_grant pack WHERE pack.id = grant_id))
    AND (named_key_id IS NULL OR EXISTS (SELECT FROM named_key_month month
      WHERE month.named_key_id = oldest.named_key_id AND month.period = oldest.period
        AND month.provider = oldest.provider)) AS is_proven
  FROM oldest WHERE period = ANY (ARRAY(
    SELECT period FROM (SELECT DISTINCT period FROM oldest) each WHERE ${isOld}))
),
pruned AS (
  DELETE FROM hold WHERE id = ANY (ARRAY(
    SELECT id FROM old WHERE ended_at IS NOT NULL AND is_proven))
  RETURNING license_id, period, ${HOLD_QUOTA} AS provider, hold.provider AS sent_to, grant_id, named_key_id,
    units, state
),
archived AS (
  SELECT license_id, period, provider, sent_to, grant_id, named_key_id, sum(units) AS units
  FROM pruned WHERE state = 'posted' GROUP BY 1, 2, 3, 4, 5, 6
)
SELECT (SELECT id::text FROM oldest ORDER BY id DESC LIMIT 1) AS last,
  (SELECT count(*)::int FROM old) AS old,
  (SELECT count(*)::int FROM pruned) AS pruned,
  (SELECT count(*)::int FROM old WHERE NOT is_proven) AS unproven,
  (SELECT coalesce(json_agg(archived), '[]') FROM archived) AS archived`;
  const { archived, ...found } = batch;
  if (archived.length > 0) await archive(transaction, archived);
  return found;
}

async function archive(transaction: Queryable, archived: Archived[]): Promise<void> {
  const rows = JSON.stringify(archived);
  await archiveNamed(transaction, rows);
  const periods = await transaction.$executeRaw`
WITH change AS (
  SELECT license_id, period, provider,
    coalesce(sum(units) FILTER (WHERE grant_id IS NULL), 0) AS own,
    coalesce(sum(units) FILTER (WHERE grant_id IS NOT NULL), 0) AS grants
  FROM json_to_recordset(${rows}::json) AS each(license_id uuid, period text, provider text,
    grant_id uuid, units bigint)
  GROUP BY license_id, period, provider
),
locked AS (
  SELECT change.* FROM change JOIN quota_period USING (license_id, period, provider)
  ORDER BY license_id, period, provider FOR NO KEY UPDATE OF quota_period
)
UPDATE quota_period quota SET archived = quota.archived + locked.own,
  grants_archived = quota.grants_archived + locked.grants
FROM locked WHERE quota.license_id = locked.license_id AND quota.period = locked.period
  AND quota.provider = locked.provider`;
  await transaction.$executeRaw`
UPDATE wallet_use used_of SET archived = used_of.archived + change.units
FROM (
  SELECT license_id, period, sent_to, sum(units) AS units
  FROM json_to_recordset(${rows}::json) AS each(license_id uuid, period text, provider text, sent_to text,
    units bigint)
  WHERE provider = ${WALLET} GROUP BY license_id, period, sent_to
) change
WHERE used_of.license_id = change.license_id AND used_of.period = change.period
  AND used_of.provider = change.sent_to`;
  const grants = await transaction.$executeRaw`
WITH change AS (
  SELECT grant_id, sum(units) AS units
  FROM json_to_recordset(${rows}::json) AS each(grant_id uuid, units bigint)
  WHERE grant_id IS NOT NULL GROUP BY grant_id
),
locked AS (
  SELECT change.* FROM change JOIN license_grant ON license_grant.id = change.grant_id
  ORDER BY grant_id FOR NO KEY UPDATE OF license_grant
)
UPDATE license_grant pack SET archived = pack.archived + locked.units
FROM locked WHERE pack.id = locked.grant_id`;
  const wanted = new Set(archived.map(row => `${row.license_id} ${row.period} ${row.provider}`));
  const wantedGrants = new Set(archived.flatMap(row => row.grant_id ?? []));
  if (periods !== wanted.size || grants !== wantedGrants.size) {
    throw new Error('old holds name a period or a grant that does not exist: see verify');
  }
}

/** Notes of changes before the months whose requests are kept. Ids are nearly in the order of time. */
async function pruneChanges(
  prisma: PrismaClient,
  keepMonths: number,
  most: number,
): Promise<number> {
  return inBatches(
    most,
    limit => prisma.$executeRaw`
DELETE FROM balance_change WHERE id IN (
  SELECT id FROM (SELECT id, at FROM balance_change ORDER BY id LIMIT ${limit}::int) oldest
  WHERE at < sahm_now() - (${keepMonths}::int + 1) * interval '1 month')`,
  );
}

async function archiveNamed(transaction: Queryable, rows: string): Promise<void> {
  await transaction.$executeRaw`
WITH change AS (
  SELECT named_key_id, period, provider, sum(units) AS units
  FROM json_to_recordset(${rows}::json) AS each(named_key_id uuid, period text, provider text,
    units bigint)
  WHERE named_key_id IS NOT NULL GROUP BY named_key_id, period, provider
),
locked AS (
  SELECT change.* FROM change JOIN named_key_month USING (named_key_id, period, provider)
  ORDER BY named_key_id, period, provider FOR NO KEY UPDATE OF named_key_month
)
UPDATE named_key_month month SET archived = month.archived + locked.units
FROM locked WHERE month.named_key_id = locked.named_key_id AND month.period = locked.period
  AND month.provider = locked.provider`;
}

/** Sessions that ended more than 30 days ago, and failed sign-ins that no longer count. */
async function pruneSessions(prisma: PrismaClient, most: number): Promise<number> {
  await prisma.$executeRaw`DELETE FROM sign_in_failure WHERE expire < sahm_now() - interval '1 day'`;
  return inBatches(
    most,
    limit => prisma.$executeRaw`
DELETE FROM admin_session WHERE id IN (
  SELECT id FROM admin_session WHERE ends_at < sahm_now() - interval '30 days'
  ORDER BY ends_at LIMIT ${limit}::int)`,
  );
}

/** Idempotency-Keys count for 24 hours; after that nobody can read their replies. */
async function pruneClaims(prisma: PrismaClient, most: number): Promise<number> {
  return inBatches(
    most,
    limit => prisma.$executeRaw`
DELETE FROM idempotency_claim WHERE (license_id, key_digest) IN (
  SELECT license_id, key_digest FROM idempotency_claim
  WHERE created_at <= sahm_now() - interval '24 hours'
  ORDER BY created_at LIMIT ${limit}::int FOR UPDATE SKIP LOCKED)`,
  );
}

/** No turn is as long as a day (LONGEST_TURN_MINUTES). */
async function pruneTurns(prisma: PrismaClient, most: number): Promise<number> {
  return inBatches(
    most,
    limit => prisma.$executeRaw`
DELETE FROM turn WHERE hold_id IN (
  SELECT hold_id FROM turn WHERE begun_at <= sahm_now() - interval '1 day'
  ORDER BY begun_at LIMIT ${limit}::int FOR UPDATE SKIP LOCKED)`,
  );
}
