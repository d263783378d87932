// What changes a license that exists. Each runs in its caller's transaction and decides before it
// writes. The version is raised where a cached copy of the license would be wrong.

import type { Catalog } from '../../domain/catalog.js';
import { findPlan } from '../../domain/catalog.js';
import {
  LICENSE_TRANSITIONS,
  type LicenseState,
  type LicenseTransition,
} from '../../domain/license.js';
import { type Refusal, refuse, refuseField } from '../../domain/refusal.js';
import type { AuditedState } from '../admin/audit.js';
import { inBatches } from '../database/batches.js';
import { instantSql } from '../database/instants.js';
import type { Queryable } from '../database/queries.js';
import type { Transaction } from '../database/transaction.js';
import { Prisma } from '../generated/client.js';
import { writeSuspensionNotice } from '../notices/changes.js';
import { type LockedLicense, lockLicense, refreshEntitlements } from './entitlements.js';
import {
  changedLimits,
  type LimitChanges,
  type OwnLimits,
  readLimits,
  writeLimits,
} from './licenseLimits.js';
import { giveToBuyer, lockBuyer } from './licenseOwner.js';

export interface LicenseChanges {
  /** In any case. */
  plan?: string | undefined;
  /** Null: never. */
  expiresAt?: Date | null | undefined;
  note?: string | undefined;
  limits?: LimitChanges | undefined;
  /** The buyer whose license it is from now on. */
  email?: string | undefined;
  /** Requests a minute; null: no limit. */
  rateLimit?: number | null | undefined;
}

/** A change that was made, or was made before: then both are null. */
export interface Changed {
  kind: 'changed';
  before: AuditedState | null;
  after: AuditedState | null;
}

const UNCHANGED: Changed = { kind: 'changed', before: null, after: null };

export function refuseUnknownLicense(): Refusal {
  return refuse('not_found', 'not_found', { what: 'license' });
}

export function refusePlan(catalog: Catalog): Refusal {
  return refuseField('plan', [...catalog.plans.keys()].join(' | '));
}

/** A revoked license never works again: nothing but its note can change. */
export function refuseRevoked(): Refusal {
  return refuse('conflict', 'conflict', { reason: 'the license is revoked, for good.' });
}

/** `active` or `expired`, whichever the license's own expiry says. */
export function activeOrExpired(expiresAt: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`CASE WHEN ${expiresAt} <= sahm_now() THEN 'expired' ELSE 'active' END`;
}

/** Suspends, reinstates or revokes. What is done already is done. */
export async function changeState(
  transaction: Transaction,
  licenseId: string,
  transition: LicenseTransition,
  reason: string,
): Promise<Changed | Refusal> {
  const license = await lockLicense(transaction, licenseId);
  if (!license) return refuseUnknownLicense();
  const { from, to } = LICENSE_TRANSITIONS[transition];
  // An expired license that is reinstated is expired, as it was.
  const done: LicenseState[] = to === 'active' ? ['active', 'expired'] : [to];
  if (done.includes(license.status)) return UNCHANGED;
  if (license.status === 'revoked') return refuseRevoked();
  if (!(from as readonly LicenseState[]).includes(license.status)) {
    const parameters = { reason: `the license is ${license.status}.` };
    return refuse('conflict', 'conflict', parameters);
  }
  const state = to === 'active' ? activeOrExpired(Prisma.sql`expires_at`) : Prisma.sql`${to}`;
  const [row] = await transaction.$queryRaw<
    [{ status: string; plan: string; version: number }]
  >`UPDATE license SET state = ${state}, version = version + 1 WHERE id = ${licenseId}::uuid
    RETURNING state AS status, plan, version`;
  if (to === 'suspended') await writeSuspensionNotice(transaction, licenseId, row);
  const after = { status: row.status, reason };
  return { kind: 'changed', before: { status: license.status }, after };
}

/** Changes plan, expiry, note, own limits and rate limit, all or nothing. */
export async function changeTerms(
  transaction: Transaction,
  catalog: Catalog,
  licenseId: string,
  changes: LicenseChanges,
  timeZone: string,
): Promise<Changed | Refusal> {
  const { plan: planCode, expiresAt, note, limits, rateLimit, email } = changes;
  const plan = planCode === undefined ? undefined : findPlan(catalog, planCode);
  if (planCode !== undefined && !plan) return refusePlan(catalog);
  const buyerId = email === undefined ? null : await lockBuyer(transaction, licenseId, email);
  const license = await lockTerms(transaction, licenseId);
  if (!license) return refuseUnknownLicense();
  const onlyNote = [plan, expiresAt, limits, rateLimit, email].every(
    change => change === undefined,
  );
  if (license.status === 'revoked' && !onlyNote) return refuseRevoked();

  const assignments = [
    ...(plan ? [Prisma.sql`plan = ${plan.code}`] : []),
    ...(expiresAt !== undefined ? expiryAssignments(expiresAt) : []),
    ...(note !== undefined ? [Prisma.sql`note = ${note}`] : []),
    ...(rateLimit !== undefined ? [Prisma.sql`rate_limit = ${rateLimit}::int`] : []),
    ...(plan || expiresAt !== undefined ? [Prisma.sql`plan_until = NULL`] : []),
    ...(plan || expiresAt !== undefined || rateLimit !== undefined
      ? [Prisma.sql`version = version + 1`]
      : []),
  ];
  const newLimits = changedLimits(limits);
  const formerEmail = buyerId === null ? null : await giveToBuyer(transaction, licenseId, buyerId);
  const isSame = assignments.length === 0 && newLimits.length === 0 && formerEmail === null;
  if (isSame) return UNCHANGED;
  if (assignments.length > 0) {
    await transaction.$executeRaw`
      UPDATE license SET ${Prisma.join(assignments)} WHERE id = ${licenseId}::uuid`;
  }
  if (newLimits.length > 0) await writeLimits(transaction, licenseId, newLimits);
  if (plan || limits) await refreshEntitlements(transaction, catalog, licenseId, timeZone);
  const after = (await lockTerms(transaction, licenseId)) as Terms;
  const owner = (address: string | undefined) =>
    formerEmail === null || address === undefined ? {} : { email: address };
  return {
    kind: 'changed',
    before: { ...audited(license), ...owner(formerEmail ?? undefined) },
    after: { ...audited(after), ...owner(email?.toLowerCase()) },
  };
}

/** A suspended license stays so; an expired one lives again when its expiry moves into the future. */
function expiryAssignments(expiresAt: Date | null): Prisma.Sql[] {
  const expiry = instantSql(expiresAt);
  return [
    Prisma.sql`expires_at = ${expiry}`,
    Prisma.sql`state = CASE WHEN state IN ('active', 'expired') THEN ${activeOrExpired(expiry)}
      ELSE state END`,
  ];
}

interface Terms extends LockedLicense {
  limits: OwnLimits;
}

/** The limits in a statement of their own: the one that waits for the lock sees them as they were before. */
async function lockTerms(transaction: Transaction, licenseId: string): Promise<Terms | null> {
  const license = await lockLicense(transaction, licenseId);
  return license && { ...license, limits: await readLimits(transaction, licenseId) };
}

function audited(license: Terms): AuditedState {
  const { plan, status, expiresAt, note, limits, rateLimit: rate_limit } = license;
  return { plan, status, expires_at: expiresAt?.toISOString() ?? null, note, limits, rate_limit };
}

/** Writes the expiry of at most `most` licenses whose time is over; gives how many. */
export function expireLicenses(db: Queryable, most: number): Promise<number> {
  return inBatches(
    most,
    limit => db.$executeRaw`
      WITH ended AS (
        UPDATE license SET state = 'expired', version = version + 1
        WHERE id = ANY (ARRAY(
          SELECT id FROM license WHERE state = 'active' AND expires_at <= sahm_now()
          LIMIT ${limit} FOR NO KEY UPDATE SKIP LOCKED))
        RETURNING id
      )
      INSERT INTO audit_entry (actor, address, action, subject, before, after)
      SELECT 'system', '', 'license.expire', 'license:' || id, '{"status": "active"}'::jsonb,
        '{"status": "expired"}'::jsonb
      FROM ended`,
  );
}
