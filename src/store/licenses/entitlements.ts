// What a license is entitled to, after any change of its plan, its own limits or its grants.
//
// Rows are locked in one order, here and in the ledger: the license, which stands for its own limits
// too, then quota_period by (license, period, provider), then license_grant by id. Opening a month locks
// the license as well: so a change either is seen by it, or finds the rows that it opened.

import { type Catalog, plansCoveredBy, quotasOf } from '../../domain/catalog.js';
import type { PlanTerms } from '../../domain/lentPlan.js';
import type { LicenseState } from '../../domain/license.js';
import { dateOrNull, millisecondsSql } from '../database/instants.js';
import type { Transaction } from '../database/transaction.js';
import { Prisma } from '../generated/client.js';
import { clockSql } from '../ledger/sql.js';
import { entitledSql } from '../ledger/usage.js';
import { writeEntitlementNotices } from '../notices/changes.js';

/**
 * When the license ends; of plans that were bought and follow each other, when the one ends that counts now. A
 * plan that is given for a time has its end beside it.
 */
export const PLAN_EXPIRY = Prisma.sql`CASE WHEN license.lent_until > sahm_now() THEN license.expires_at
  WHEN license.plan_until > sahm_now() THEN license.plan_until
  WHEN license.lent_until IS NOT NULL THEN license.expires_after
  ELSE license.expires_at END`;

/** The plan that counts now: one that was given for a time is over when its time is, also before that is written. */
export const PLAN_NOW = Prisma.sql`CASE WHEN license.lent_until <= sahm_now() THEN license.plan_after
  ELSE license.plan END`;

/** Until when the plan that counts now was given, and the plan after it; null where it is the license's own. */
export const LENT_UNTIL = Prisma.sql`CASE WHEN license.lent_until > sahm_now() THEN license.lent_until END`;
export const PLAN_AFTER = Prisma.sql`CASE WHEN license.lent_until > sahm_now() THEN license.plan_after END`;

/** The state that counts now: a license is over when its expiry is, also before the job wrote it. */
export const STATE_NOW = Prisma.sql`CASE
  WHEN license.state = 'active' AND license.expires_at <= sahm_now() THEN 'expired'
  ELSE license.state END`;

/** `active` or `expired`, whichever the license's own expiry says. */
export function activeOrExpired(expiresAt: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`CASE WHEN ${expiresAt} <= sahm_now() THEN 'expired' ELSE 'active' END`;
}

export interface LockedLicense extends PlanTerms {
  id: string;
  status: LicenseState;
  note: string;
  /** Requests a minute; null means no limit. */
  rateLimit: number | null;
  /** Requests at once; null likewise. */
  concurrency: number | null;
  /** Something that was given for a time is over, and that is not written yet. */
  isDue: boolean;
  /** The database's clock. */
  now: Date;
}

interface LockedRow {
  plan: string;
  status: LicenseState;
  expires_at: number | null;
  lent_until: number | null;
  plan_after: string | null;
  expires_after: number | null;
  note: string;
  rate_limit: number | null;
  concurrency: number | null;
  is_due: boolean;
  now: number;
}

/**
 * Locks a license and gives it as it is then; null where there is none. A statement of its own, so
 * that all that follows in the transaction sees what others committed before.
 */
export async function lockLicense(
  transaction: Transaction,
  licenseId: string,
): Promise<LockedLicense | null> {
  const [row] = await transaction.$queryRaw<LockedRow[]>`
    SELECT plan, ${STATE_NOW} AS status, ${millisecondsSql(Prisma.sql`expires_at`)} AS expires_at,
      ${millisecondsSql(Prisma.sql`lent_until`)} AS lent_until, plan_after,
      ${millisecondsSql(Prisma.sql`expires_after`)} AS expires_after, note, rate_limit, concurrency,
      coalesce(changes_at <= sahm_now(), false) AS is_due, ${millisecondsSql(Prisma.sql`sahm_now()`)} AS now
    FROM license WHERE id = ${licenseId}::uuid FOR NO KEY UPDATE`;
  if (!row) return null;
  const { plan, status, note, rate_limit: rateLimit, is_due: isDue, plan_after: planAfter } = row;
  const until = dateOrNull(row.lent_until);
  return {
    id: licenseId,
    plan,
    status,
    expiresAt: dateOrNull(row.expires_at),
    lent:
      until && planAfter !== null
        ? { until, planAfter, expiresAfter: dateOrNull(row.expires_after) }
        : null,
    note,
    rateLimit,
    concurrency: row.concurrency,
    isDue,
    now: new Date(row.now),
  };
}

/**
 * Locks the buckets of a license, which is locked already, and gives the current period. Needed before
 * a change of a grant that exists.
 */
export async function lockBuckets(
  transaction: Transaction,
  licenseId: string,
  timeZone: string,
): Promise<string> {
  const [clock] = await transaction.$queryRaw<Array<{ period: string }>>(clockSql(timeZone));
  const period = clock?.period as string;
  await transaction.$executeRaw`
    SELECT FROM quota_period WHERE license_id = ${licenseId}::uuid AND period = ${period}
    ORDER BY license_id, period, provider FOR NO KEY UPDATE`;
  await transaction.$executeRaw`
    SELECT FROM license_grant WHERE license_id = ${licenseId}::uuid
    ORDER BY id FOR NO KEY UPDATE`;
  return period;
}

/**
 * Brings a license's grants and its current month into agreement with its plan, limits and grants. To
 * be called in the transaction of every change of these, after the change, which itself comes after
 * `lockLicense`. What is used and held stays as it is.
 */
export async function refreshEntitlements(
  transaction: Transaction,
  catalog: Catalog,
  licenseId: string,
  timeZone: string,
): Promise<void> {
  const license = await lockLicense(transaction, licenseId);
  if (!license) throw new Error(`no license ${licenseId}`);
  const period = await lockBuckets(transaction, licenseId, timeZone);
  await transaction.$executeRaw`
    UPDATE license_grant SET state = CASE state WHEN 'active' THEN 'waiting'
      WHEN 'waiting' THEN 'active' END
    WHERE license_id = ${licenseId}::uuid AND state IN ('active', 'waiting')
      AND (state = 'active') <> (minimum_plan = ANY(${plansCoveredBy(catalog, license.plan)}::text[]))`;
  // A month that nobody has opened yet takes these numbers when it is opened.
  await transaction.$executeRaw`
    UPDATE quota_period own SET plan_limit = entitled.plan_limit, addon_limit = entitled.addon_limit,
      highest_limit = greatest(own.highest_limit, entitled.plan_limit + entitled.addon_limit)
    FROM (${entitledSql(catalog, Prisma.sql`${[licenseId]}`, Prisma.sql`${period}`)}) entitled
    WHERE own.license_id = entitled.license_id AND own.provider = entitled.provider
      AND own.license_id = ${licenseId}::uuid AND own.period = ${period}`;
  await writeEntitlementNotices(transaction, licenseId, period, quotasOf(catalog, license.plan));
}
