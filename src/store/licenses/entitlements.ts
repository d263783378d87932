// What a license is entitled to, after any change of its plan, its own limits or its grants.
//
// Rows are locked in one order, here and in the ledger: the license, which stands for its own limits
// too, then quota_period by (license, period, provider), then license_grant by id. Opening a month locks
// the license as well: so a change either is seen by it, or finds the rows that it opened.

import { type Catalog, plansCoveredBy } from '../../domain/catalog.js';
import type { LicenseState } from '../../domain/license.js';
import { dateOrNull, millisecondsSql } from '../database/instants.js';
import type { Transaction } from '../database/transaction.js';
import { Prisma } from '../generated/client.js';
import { clockSql } from '../ledger/sql.js';
import { entitledSql } from '../ledger/usage.js';
import { writeEntitlementNotices } from '../notices/changes.js';

/** When the plan of a license ends that counts now; where another follows, the license goes on after it. */
export const PLAN_EXPIRY = Prisma.sql`CASE WHEN license.plan_until > sahm_now() THEN license.plan_until
  ELSE license.expires_at END`;

/** The state that counts now: a license is over when its expiry is, also before the job wrote it. */
export const STATE_NOW = Prisma.sql`CASE
  WHEN license.state = 'active' AND license.expires_at <= sahm_now() THEN 'expired'
  ELSE license.state END`;

export interface LockedLicense {
  id: string;
  plan: string;
  status: LicenseState;
  expiresAt: Date | null;
  note: string;
  /** Requests a minute; null means no limit. */
  rateLimit: number | null;
}

/**
 * Locks a license and gives it as it is then; null where there is none. A statement of its own, so
 * that all that follows in the transaction sees what others committed before.
 */
export async function lockLicense(
  transaction: Transaction,
  licenseId: string,
): Promise<LockedLicense | null> {
  const [row] = await transaction.$queryRaw<
    Array<{
      plan: string;
      status: LicenseState;
      expires_at: number | null;
      note: string;
      rate_limit: number | null;
    }>
  >`SELECT plan, ${STATE_NOW} AS status, ${millisecondsSql(Prisma.sql`expires_at`)} AS expires_at, note,
      rate_limit
    FROM license WHERE id = ${licenseId}::uuid FOR NO KEY UPDATE`;
  if (!row) return null;
  const { plan, status, note, rate_limit: rateLimit } = row;
  const expiresAt = dateOrNull(row.expires_at);
  return { id: licenseId, plan, status, expiresAt, note, rateLimit };
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
  await writeEntitlementNotices(transaction, licenseId, period);
}
