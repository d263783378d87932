// Issues, finds, shows and changes licenses. Every change is in the audit log.

import { validate as isUuid, v7 as uuidv7 } from 'uuid';
import type { AuditedAction } from '../../domain/auditedAction.js';
import { type Catalog, findPlan } from '../../domain/catalog.js';
import { type Consequence, consequencesOf, type Stand } from '../../domain/consequences.js';
import { hasValidForm } from '../../domain/key.js';
import type { License, LicenseState, LicenseTransition } from '../../domain/license.js';
import type { Page } from '../../domain/page.js';
import { type Refusal, refuse } from '../../domain/refusal.js';
import { type Actor, type AuditedState, licenseSubject, writeAudit } from '../admin/audit.js';
import type { Queries } from '../database/directQueries.js';
import { dateOrNull, instantSql, millisecondsSql } from '../database/instants.js';
import { inTransaction, inTransactionIf, type Transaction } from '../database/transaction.js';
import { Prisma, type PrismaClient } from '../generated/client.js';
import type { KeyVault } from '../secrets/keyVault.js';
import { endWhatIsOver, IS_DUE } from './endings.js';
import {
  activeOrExpired,
  LENT_UNTIL,
  lockLicense,
  PLAN_EXPIRY,
  STATE_NOW,
} from './entitlements.js';
import { type FoundKey, findPreviousKeys } from './foundKeys.js';
import { insertKey } from './keyRows.js';
import {
  type Changed,
  changeState,
  changeTerms,
  expireLicenses,
  type LicenseChanges,
  refusePlan,
  refuseRevoked,
  refuseUnknownLicense,
  type Undoes,
} from './licenseChanges.js';
import {
  type FoundLicense,
  type LicenseDetails,
  type LicenseFilter,
  listDetails,
  readDetails,
  readDetailsByDigest,
  readDetailsOfAccount,
} from './licenseDetails.js';
import { askForKeyMail, lockAccountOfEmail } from './licenseOwner.js';
import { readPaidFor, readStand } from './stand.js';
import { undoLastChange } from './undo.js';

export type { FoundKey, FoundLicense, LicenseChanges, LicenseDetails, LicenseFilter, Undoes };

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
  /** As the audit log tells them; both null if nothing changed. */
  before: AuditedState | null;
  after: AuditedState | null;
  /** Set for a rehearsal. */
  consequences?: Consequence[];
  /** Set for an undo. */
  undoes?: Undoes;
}

export interface How {
  /** Tells what the change would do, and does not make it. */
  rehearse?: boolean | undefined;
  /** Makes the change even if it takes something at once for which the customer paid. */
  confirm?: boolean | undefined;
}

export interface LicenseStore {
  /** The account of the e-mail address is found or made. */
  issue(wanted: NewLicense, by: Actor): Promise<IssuedLicense | Refusal>;
  /** Null for a malformed key, an unknown one, and one that is no longer valid. */
  findByKey(key: string): Promise<License | null>;
  /** Null for an unknown id, and for what is no id. */
  details(id: string): Promise<LicenseDetails | null>;
  list(filter: LicenseFilter): Promise<Page<FoundLicense> | Refusal>;
  /** All that the buyer has, revoked ones too; oldest first. */
  ofAccount(accountId: string): Promise<LicenseDetails[]>;
  /** Finds a license by any of its keys, in any state. */
  lookup(key: string): Promise<FoundLicense | null>;
  /** The keys of a license that were replaced and still work. */
  previousKeys(id: string): Promise<FoundKey[]>;
  /** Suspends, reinstates or revokes; doing it twice is fine. */
  transition(
    id: string,
    transition: LicenseTransition,
    reason: string,
    by: Actor,
    how?: How,
  ): Promise<ShownLicense | Refusal>;
  /** Plan, expiry, note, owner, own limits and rate limit; all or nothing. */
  change(
    id: string,
    changes: LicenseChanges,
    by: Actor,
    how?: How,
  ): Promise<ShownLicense | Refusal>;
  /** Takes back the last change that an administrator made, if nothing happened to the license since. */
  undo(id: string, by: Actor, how?: How): Promise<ShownLicense | Refusal>;
  /** Mails the owner a new link to the key. */
  sendKey(id: string, by: Actor): Promise<ShownLicense | Refusal>;
  /** Writes what is over of at most `most` licenses: their time, or what was given for a time; gives how many. */
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
  /** So that what is over is written before anybody looks. */
  const endOf = (id: string) =>
    inTransaction(prisma, transaction => endWhatIsOver(transaction, catalog(), id, timeZone));

  /** Makes a change, writes it down, and shows the license after it. */
  async function audit(
    id: string,
    by: Actor,
    action: AuditedAction,
    act: (transaction: Transaction) => Promise<Changed | Refusal>,
    { rehearse = false, confirm = true }: How = {},
  ): Promise<ShownLicense | Refusal> {
    if (!isUuid(id)) return refuseUnknownLicense();
    await endOf(id);
    const isKept = (result: ShownLicense | Refusal) =>
      !rehearse && !(result.kind === 'refusal' && result.code === 'confirmation_required');
    return inTransactionIf<ShownLicense | Refusal>(
      prisma,
      async transaction => {
        const isAsked = rehearse || !confirm;
        const stand = isAsked ? await readStand(transaction, id) : null;
        const changed = await act(transaction);
        if (changed.kind === 'refusal') return changed;
        const consequences = stand ? await readConsequences(transaction, id, stand) : [];
        const stops = consequences.find(({ key }) => key === 'paid_plan_stops');
        if (stops?.key === 'paid_plan_stops' && !rehearse) {
          return refuse('confirmation_required', 'confirmation_required', stops.parameters);
        }
        const { before, after, undoes } = changed;
        if (before && after) {
          await writeAudit(transaction, by, { action, subject: licenseSubject(id), before, after });
        }
        const license = (await readDetails(transaction, id)) as LicenseDetails;
        return {
          kind: 'license',
          license,
          before,
          after,
          ...(rehearse && { consequences }),
          ...(undoes && { undoes }),
        };
      },
      isKept,
    );
  }

  async function readConsequences(transaction: Transaction, id: string, before: Stand) {
    const after = (await readStand(transaction, id)) as Stand;
    const { now, ...paid } = await readPaidFor(transaction, id);
    const rankOf = (plan: string) => catalog().plans.get(plan)?.rank ?? 0;
    return consequencesOf(before, after, paid, { rankOf, now, timeZone });
  }

  return {
    async issue(wanted, by) {
      const plan = findPlan(catalog(), wanted.plan);
      if (!plan) return refusePlan(catalog());
      const key = vault.make();
      return inTransaction(prisma, async transaction => {
        const id = await insertLicense(transaction, { ...wanted, plan: plan.code });
        await insertKey(transaction, vault, { licenseId: id }, { key });
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
      if (!hasValidForm(key)) return null;
      const digest = vault.digest(key);
      const found = await readByDigest(queries, digest);
      if (!found?.isDue) return found;
      await endOf(found.id);
      return readByDigest(queries, digest);
    },
    async lookup(key) {
      return hasValidForm(key) ? readDetailsByDigest(prisma, vault.digest(key)) : null;
    },
    async details(id) {
      if (!isUuid(id)) return null;
      const found = await readDetails(prisma, id);
      if (!found?.isDue) return found;
      await endOf(id);
      return readDetails(prisma, id);
    },
    list: filter => listDetails(prisma, filter, timeZone),
    previousKeys: id => findPreviousKeys(prisma, id),
    ofAccount: accountId => readDetailsOfAccount(prisma, accountId),
    transition: (id, transition, reason, by, { rehearse } = {}) =>
      audit(
        id,
        by,
        `license.${transition}`,
        transaction => changeState(transaction, id, transition, reason),
        { rehearse },
      ),
    change: (id, changes, by, { rehearse, confirm = true } = {}) =>
      audit(
        id,
        by,
        'license.change',
        transaction => changeTerms(transaction, catalog(), id, changes, timeZone),
        // Only an end in the past is surely a mistake: see docs/decisions/0065-what-is-asked-before.md.
        { rehearse, confirm: confirm || !changes.expiresAt },
      ),
    undo: (id, by, { rehearse, confirm } = {}) =>
      audit(
        id,
        by,
        'license.undo',
        transaction => undoLastChange(transaction, catalog(), id, timeZone),
        { rehearse, confirm },
      ),
    sendKey: (id, by) =>
      audit(id, by, 'license.send-key', async transaction => {
        const license = await lockLicense(transaction, id);
        if (!license) return refuseUnknownLicense();
        if (license.status === 'revoked') return refuseRevoked();
        await askForKeyMail(transaction, id);
        return { kind: 'changed', before: {}, after: {} };
      }),
    async expireDue(most) {
      const due = await prisma.$queryRaw<Array<{ id: string }>>`
        SELECT id FROM license WHERE changes_at <= sahm_now() ORDER BY changes_at LIMIT ${most}::int`;
      for (const { id } of due) await endOf(id);
      return due.length + (await expireLicenses(prisma, most));
    },
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

/** On the way of every request: one statement, two rows by unique indexes, three with a named key. */
async function readByDigest(
  db: Queries,
  digest: Uint8Array,
): Promise<(License & { isDue: boolean }) | null> {
  const [row] = await db.$queryRaw<
    Array<{
      id: string;
      plan: string;
      state: LicenseState;
      expires_at: number | null;
      plan_ends_at: number | null;
      version: number;
      key_id: string;
      lent_until: number | null;
      rate_limit: number | null;
      concurrency: number | null;
      is_due: boolean;
      named_key_id: string | null;
      name: string | null;
      key_rate_limit: number | null;
      are_keys_limited: boolean;
    }>
  >`
    SELECT license.id, license.plan, ${STATE_NOW} AS state,
      ${millisecondsSql(Prisma.sql`license.expires_at`)} AS expires_at,
      ${millisecondsSql(PLAN_EXPIRY)} AS plan_ends_at, license.version, license_key.id AS key_id,
      ${millisecondsSql(LENT_UNTIL)} AS lent_until, license.rate_limit, license.concurrency,
      ${IS_DUE} AS is_due,
      named_key.id AS named_key_id, named_key.name, named_key.rate_limit AS key_rate_limit,
      named_key.id IS NOT NULL AND EXISTS (SELECT FROM named_key other
        JOIN named_key_limit own ON own.named_key_id = other.id
        WHERE other.license_id = named_key.license_id) AS are_keys_limited
    FROM license_key LEFT JOIN named_key ON named_key.id = license_key.named_key_id
    JOIN license ON license.id = coalesce(license_key.license_id, named_key.license_id)
    WHERE license_key.digest = ${digest}
      AND (license_key.valid_until IS NULL OR license_key.valid_until > sahm_now())`;
  if (!row) return null;
  const { id, plan, state, version, key_id: keyId, rate_limit: rateLimit, is_due: isDue } = row;
  const { concurrency } = row;
  const expiresAt = dateOrNull(row.expires_at);
  const planEndsAt = dateOrNull(row.plan_ends_at);
  const isUsable = state === 'active';
  const lentUntil = dateOrNull(row.lent_until);
  const ends = { expiresAt, planEndsAt, lentUntil };
  const { named_key_id: namedKeyId, name, key_rate_limit, are_keys_limited } = row;
  const ofKey = { name: name ?? '', rateLimit: key_rate_limit, areKeysLimited: are_keys_limited };
  const namedKey = namedKeyId === null ? null : { id: namedKeyId, ...ofKey };
  return {
    id,
    plan,
    state,
    ...ends,
    version,
    keyId,
    namedKey,
    rateLimit,
    concurrency,
    isUsable,
    isDue,
  };
}
