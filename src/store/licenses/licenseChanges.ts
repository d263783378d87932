// What changes a license that exists. Each runs in its caller's transaction and decides before it
// writes. The version is raised where a cached copy of the license would be wrong.

import { isDeepStrictEqual } from 'node:util';
import type { Catalog } from '../../domain/catalog.js';
import { findPlan, quotasOf } from '../../domain/catalog.js';
import { changedTerms, ownOf, type PlanTerms } from '../../domain/lentPlan.js';
import {
  LICENSE_TRANSITIONS,
  type LicenseState,
  type LicenseTransition,
} from '../../domain/license.js';
import { perQuota } from '../../domain/provider.js';
import { type Refusal, refuse, refuseField } from '../../domain/refusal.js';
import type { AuditedState } from '../admin/audit.js';
import { inBatches } from '../database/batches.js';
import { instantSql } from '../database/instants.js';
import type { Queryable } from '../database/queries.js';
import type { Transaction } from '../database/transaction.js';
import { Prisma } from '../generated/client.js';
import { writeSuspensionNotice } from '../notices/changes.js';
import { endWhatIsOver, writeNextEnd } from './endings.js';
import {
  activeOrExpired,
  type LockedLicense,
  lockLicense,
  refreshEntitlements,
} from './entitlements.js';
import {
  changedLimits,
  type LimitChanges,
  type NewLimit,
  namedOf,
  readLimits,
  type ShownLimits,
  writeLimits,
} from './licenseLimits.js';
import { giveToBuyer, lockBuyer } from './licenseOwner.js';
import { limitOfOtherMeter } from './otherMeter.js';

export interface LicenseChanges {
  /** In any case. */
  plan?: string | undefined;
  /** Until when the plan is given, and the license's own counts again; null: it is over now. */
  planUntil?: Date | null | undefined;
  /** Null: never. */
  expiresAt?: Date | null | undefined;
  note?: string | undefined;
  limits?: LimitChanges | undefined;
  /** When these limits are over; null: not before they are changed again. */
  limitsUntil?: Date | null | undefined;
  /** The buyer whose license it is from now on. */
  email?: string | undefined;
  /** Requests a minute; null: no limit of its own. */
  rateLimit?: number | null | undefined;
  /** Requests at once; null likewise. */
  concurrency?: number | null | undefined;
}

/** A change that was made, or was made before: then both are null. */
export interface Changed {
  kind: 'changed';
  before: AuditedState | null;
  after: AuditedState | null;
  undoes?: Undoes;
}

/** What an undo takes back: a change, or an undo of one. The states are those before and after the undo. */
export interface Undoes {
  action: string;
  actor: string;
  at: Date;
  before: AuditedState;
  after: AuditedState;
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

/** Changes plan, expiry, note, own limits, rate limit and concurrency, all or nothing. What is so already is not written. */
export async function changeTerms(
  transaction: Transaction,
  catalog: Catalog,
  licenseId: string,
  changes: LicenseChanges,
  timeZone: string,
): Promise<Changed | Refusal> {
  const {
    plan: planCode,
    planUntil,
    expiresAt,
    note,
    limits,
    limitsUntil = null,
    rateLimit,
    concurrency,
    email,
  } = changes;
  const plan = planCode === undefined ? undefined : findPlan(catalog, planCode);
  if (planCode !== undefined && !plan) return refusePlan(catalog);
  const buyerId = email === undefined ? null : await lockBuyer(transaction, licenseId, email);
  await endWhatIsOver(transaction, catalog, licenseId, timeZone);
  const license = await lockTerms(transaction, licenseId);
  if (!license) return refuseUnknownLicense();
  const onlyNote = [plan, planUntil, expiresAt, limits, rateLimit, concurrency, email].every(
    change => change === undefined,
  );
  if (license.status === 'revoked' && !onlyNote) return refuseRevoked();
  if (limitsUntil && limitsUntil <= license.now) {
    return refuseField('limits.until', 'an instant in the future');
  }
  const asked = { plan: plan?.code, planUntil, expiresAt };
  const terms = changedTerms(license, asked, license.now);
  if ('kind' in terms) return terms;
  const mismatch = limitOfOtherMeter(limits ?? {}, quotasOf(catalog, terms.plan));
  if (mismatch) return mismatch;

  const wanted = {
    terms,
    note: note ?? license.note,
    rateLimit: rateLimit === undefined ? license.rateLimit : rateLimit,
    concurrency: concurrency === undefined ? license.concurrency : concurrency,
    limits: changedLimits(license, limits ?? {}, limitsUntil),
  };
  const formerEmail = buyerId === null ? null : await giveToBuyer(transaction, licenseId, buyerId);
  const isWritten = await writeWanted(transaction, catalog, license, wanted, timeZone);
  if (!isWritten && formerEmail === null) return UNCHANGED;
  const after = (await lockTerms(transaction, licenseId)) as Terms;
  const owner = (address: string | undefined) =>
    formerEmail === null || address === undefined ? {} : { email: address };
  return {
    kind: 'changed',
    before: { ...audited(license), ...owner(formerEmail ?? undefined) },
    after: { ...audited(after), ...owner(email?.toLowerCase()) },
  };
}

/** What a license is to have from now on; of limits those that are others than now. */
export interface WantedTerms {
  terms: PlanTerms;
  note: string;
  rateLimit: number | null;
  concurrency: number | null;
  limits: NewLimit[];
}

/** Writes what is not so already; returns whether anything was not. The license is locked. */
export async function writeWanted(
  transaction: Transaction,
  catalog: Catalog,
  license: Terms,
  { terms, note, rateLimit, concurrency, limits }: WantedTerms,
  timeZone: string,
): Promise<boolean> {
  const areTermsNew = !isDeepStrictEqual(planTermsOf(license), terms);
  const isRateNew = rateLimit !== license.rateLimit;
  const isConcurrencyNew = concurrency !== license.concurrency;
  const assignments = [
    ...(areTermsNew ? termsAssignments(license, terms) : []),
    ...(note !== license.note ? [Prisma.sql`note = ${note}`] : []),
    ...(isRateNew ? [Prisma.sql`rate_limit = ${rateLimit}::int`] : []),
    ...(isConcurrencyNew ? [Prisma.sql`concurrency = ${concurrency}::int`] : []),
    ...(areTermsNew || isRateNew || isConcurrencyNew ? [Prisma.sql`version = version + 1`] : []),
  ];
  if (assignments.length > 0) {
    await transaction.$executeRaw`
      UPDATE license SET ${Prisma.join(assignments)} WHERE id = ${license.id}::uuid`;
  }
  if (limits.length > 0) await writeLimits(transaction, license.id, limits);
  if (areTermsNew || limits.length > 0) {
    await writeNextEnd(transaction, license.id);
    await refreshEntitlements(transaction, catalog, license.id, timeZone);
  }
  return assignments.length > 0 || limits.length > 0;
}

/** A suspended license stays so; an expired one lives again when its expiry moves into the future. */
function termsAssignments(before: PlanTerms, { plan, expiresAt, lent }: PlanTerms): Prisma.Sql[] {
  const expiry = instantSql(expiresAt);
  const isOwnNew = !isDeepStrictEqual(ownOf(before), ownOf({ plan, expiresAt, lent }));
  return [
    Prisma.sql`plan = ${plan}`,
    Prisma.sql`expires_at = ${expiry}`,
    Prisma.sql`lent_until = ${instantSql(lent?.until ?? null)}`,
    Prisma.sql`plan_after = ${lent?.planAfter ?? null}`,
    Prisma.sql`expires_after = ${instantSql(lent?.expiresAfter ?? null)}`,
    Prisma.sql`state = CASE WHEN state IN ('active', 'expired') THEN ${activeOrExpired(expiry)}
      ELSE state END`,
    ...(isOwnNew ? [Prisma.sql`plan_until = NULL`] : []),
  ];
}

function planTermsOf({ plan, expiresAt, lent }: PlanTerms): PlanTerms {
  return { plan, expiresAt, lent };
}

export interface Terms extends LockedLicense, ShownLimits {}

/** The limits in a statement of their own: the one that waits for the lock sees them as they were before. */
export async function lockTerms(
  transaction: Transaction,
  licenseId: string,
): Promise<Terms | null> {
  const license = await lockLicense(transaction, licenseId);
  return license && { ...license, ...(await readLimits(transaction, licenseId)) };
}

export function audited(license: Terms): AuditedState {
  const { plan, status, expiresAt, lent, note, limits, limitEnds } = license;
  const { rateLimit: rate_limit, concurrency } = license;
  const limits_until = perQuota(quota => limitEnds[quota]?.toISOString() ?? null);
  return {
    plan,
    status,
    expires_at: expiresAt?.toISOString() ?? null,
    ...(lent && {
      plan_until: lent.until.toISOString(),
      plan_after: lent.planAfter,
      expires_after: lent.expiresAfter?.toISOString() ?? null,
    }),
    note,
    limits: namedOf(limits),
    ...(Object.values(limits_until).some(until => until !== null) && {
      limits_until: namedOf(limits_until),
    }),
    rate_limit,
    concurrency,
  };
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
