// Licenses: issued, found by a key, shown, and changed. Every change stands in the audit log.

import { validate as isUuid, v7 as uuidv7 } from 'uuid';
import { type Catalog, findPlan } from '../../domain/catalog.js';
import { hasValidForm } from '../../domain/key.js';
import type { License, LicenseState, LicenseTransition } from '../../domain/license.js';
import type { Page } from '../../domain/page.js';
import type { Refusal } from '../../domain/refusal.js';
import { type Actor, licenseSubject, writeAudit } from '../admin/audit.js';
import type { Queries } from '../database/directQueries.js';
import { dateOrNull, instantSql, millisecondsSql } from '../database/instants.js';
import { inTransaction, type Transaction } from '../database/transaction.js';
import { Prisma, type PrismaClient } from '../generated/client.js';
import type { KeyVault } from '../secrets/keyVault.js';
import { lockLicense, PLAN_EXPIRY, STATE_NOW } from './entitlements.js';
import {
  activeOrExpired,
  type Changed,
  changeState,
  changeTerms,
  expireLicenses,
  type LicenseChanges,
  refusePlan,
  refuseRevoked,
  refuseUnknownLicense,
} from './licenseChanges.js';
import {
  type LicenseDetails,
  type LicenseFilter,
  listDetails,
  readDetails,
  readDetailsByDigest,
} from './licenseDetails.js';
import { insertKey } from './licenseKeys.js';
import { askForKeyMail, lockAccountOfEmail } from './licenseOwner.js';

export type { LicenseChanges, LicenseDetails, LicenseFilter };

export interface NewLicense {
  email: string;
  /** In any case. */
  plan: string;
  expiresAt?: Date | null | undefined;
  note?: string | undefined;
}

export interface IssuedLicense {
  kind: 'issued';
  license: LicenseDetails;
  /** Shown this once. */
  key: string;
}

export interface ShownLicense {
  kind: 'license';
  license: LicenseDetails;
}

export interface LicenseStore {
  /** The account of the e-mail address is found or made. */
  issue(wanted: NewLicense, by: Actor): Promise<IssuedLicense | Refusal>;
  /** Null for what is no key, for one that nobody has and for one that is no longer valid. */
  findByKey(key: string): Promise<License | null>;
  /** Null for an unknown id, and for what is no id. */
  details(id: string): Promise<LicenseDetails | null>;
  list(filter: LicenseFilter): Promise<Page<LicenseDetails> | Refusal>;
  /** By any of its keys, whatever the license's state. */
  lookup(key: string): Promise<LicenseDetails | null>;
  /** Suspends, reinstates or revokes; doing it twice is fine. */
  transition(
    id: string,
    transition: LicenseTransition,
    reason: string,
    by: Actor,
  ): Promise<ShownLicense | Refusal>;
  /** Plan, expiry, note, owner, own limits and rate limit; all or nothing. */
  change(id: string, changes: LicenseChanges, by: Actor): Promise<ShownLicense | Refusal>;
  /** Mails the owner a new link to the key. */
  sendKey(id: string, by: Actor): Promise<ShownLicense | Refusal>;
  /** Writes the expiry of at most `most` licenses whose time is over; gives how many. */
  expireDue(most: number): Promise<number>;
}

/** `catalog` is asked at each use, because it can be reloaded. */
export function createLicenseStore({
  prisma,
  queries,
  catalog,
  vault,
  timeZone,
}: {
  prisma: PrismaClient;
  /** For what a request asks. */
  queries: Queries;
  catalog: () => Catalog;
  vault: KeyVault;
  timeZone: string;
}): LicenseStore {
  /** Makes a change, writes it down, and shows the license after it. */
  async function audit(
    id: string,
    by: Actor,
    action: string,
    act: (transaction: Transaction) => Promise<Changed | Refusal>,
  ): Promise<ShownLicense | Refusal> {
    if (!isUuid(id)) return refuseUnknownLicense();
    return inTransaction(prisma, async transaction => {
      const changed = await act(transaction);
      if (changed.kind === 'refusal') return changed;
      const { before, after } = changed;
      if (before && after) {
        await writeAudit(transaction, by, { action, subject: licenseSubject(id), before, after });
      }
      return { kind: 'license', license: (await readDetails(transaction, id)) as LicenseDetails };
    });
  }

  return {
    async issue(wanted, by) {
      const plan = findPlan(catalog(), wanted.plan);
      if (!plan) return refusePlan(catalog());
      const key = vault.make();
      return inTransaction(prisma, async transaction => {
        const id = await insertLicense(transaction, { ...wanted, plan: plan.code });
        await insertKey(transaction, vault, id, key);
        const license = (await readDetails(transaction, id)) as LicenseDetails;
        const { status, expiresAt, note } = license;
        const expires_at = expiresAt?.toISOString() ?? null;
        const after = { plan: plan.code, status, expires_at, note };
        const subject = licenseSubject(id);
        await writeAudit(transaction, by, { action: 'license.issue', subject, after });
        return { kind: 'issued', license, key };
      });
    },
    async findByKey(key) {
      return hasValidForm(key) ? readByDigest(queries, vault.digest(key)) : null;
    },
    async lookup(key) {
      return hasValidForm(key) ? readDetailsByDigest(prisma, vault.digest(key)) : null;
    },
    async details(id) {
      return isUuid(id) ? readDetails(prisma, id) : null;
    },
    list: filter => listDetails(prisma, filter),
    transition: (id, transition, reason, by) =>
      audit(id, by, `license.${transition}`, transaction =>
        changeState(transaction, id, transition, reason),
      ),
    change: (id, changes, by) =>
      audit(id, by, 'license.change', transaction =>
        changeTerms(transaction, catalog(), id, changes, timeZone),
      ),
    sendKey: (id, by) =>
      audit(id, by, 'license.send-key', async transaction => {
        const license = await lockLicense(transaction, id);
        if (!license) return refuseUnknownLicense();
        if (license.status === 'revoked') return refuseRevoked();
        await askForKeyMail(transaction, id);
        return { kind: 'changed', before: {}, after: {} };
      }),
    expireDue: most => expireLicenses(prisma, most),
  };
}

/** Gives the license's id. Two at once for one new e-mail address share one account. */
async function insertLicense(transaction: Transaction, wanted: NewLicense): Promise<string> {
  const { email, plan, expiresAt = null, note = '' } = wanted;
  const accountId = await lockAccountOfEmail(transaction, email);
  const id = uuidv7();
  const expiry = instantSql(expiresAt);
  await transaction.$executeRaw`
    INSERT INTO license (id, account_id, plan, state, expires_at, note)
    VALUES (${id}::uuid, ${accountId}::uuid, ${plan}, ${activeOrExpired(expiry)}, ${expiry}, ${note})`;
  return id;
}

/** On the way of every request: one statement, two rows by unique indexes. */
async function readByDigest(db: Queries, digest: Uint8Array): Promise<License | null> {
  const [row] = await db.$queryRaw<
    Array<{
      id: string;
      plan: string;
      state: LicenseState;
      expires_at: number | null;
      plan_ends_at: number | null;
      version: number;
      key_id: string;
      rate_limit: number | null;
    }>
  >`
    SELECT license.id, license.plan, ${STATE_NOW} AS state,
      ${millisecondsSql(Prisma.sql`license.expires_at`)} AS expires_at,
      ${millisecondsSql(PLAN_EXPIRY)} AS plan_ends_at, license.version, license_key.id AS key_id, license.rate_limit
    FROM license_key JOIN license ON license.id = license_key.license_id
    WHERE license_key.digest = ${digest}
      AND (license_key.valid_until IS NULL OR license_key.valid_until > sahm_now())`;
  if (!row) return null;
  const { id, plan, state, version, key_id: keyId, rate_limit: rateLimit } = row;
  const expiresAt = dateOrNull(row.expires_at);
  const planEndsAt = dateOrNull(row.plan_ends_at);
  const isUsable = state === 'active';
  return { id, plan, state, expiresAt, planEndsAt, version, keyId, rateLimit, isUsable };
}
