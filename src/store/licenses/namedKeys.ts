// Keys beside the master key: made, listed, changed, rotated and withdrawn one by one. What they may be used for
// is decided in the ledger, with the license's own quota.

import { validate as isUuid, v7 as uuidv7 } from 'uuid';
import type { AuditedAction } from '../../domain/auditedAction.js';
import { type Catalog, quotasOf } from '../../domain/catalog.js';
import type { Page, PageQuery } from '../../domain/page.js';
import { shownLimits } from '../../domain/provider.js';
import { type Refusal, refuse } from '../../domain/refusal.js';
import { type Actor, type AuditedState, licenseSubject, writeAudit } from '../admin/audit.js';
import { inTransaction, type Transaction } from '../database/transaction.js';
import type { PrismaClient } from '../generated/client.js';
import type { KeyVault } from '../secrets/keyVault.js';
import { type LockedLicense, lockLicense } from './entitlements.js';
import { endKeys, insertKey } from './keyRows.js';
import { refuseRevoked, refuseUnknownLicense } from './licenseChanges.js';
import {
  countActive,
  insertNamedKey,
  isNameTaken,
  listNamedKeys,
  type NamedKeyView,
  type NewNamedKey,
  raiseVersion,
  readNamedKey,
  readPreviousValidUntil,
  updateNamedKey,
  withdrawNamedKey,
  writeNamedLimits,
} from './namedKeyRows.js';
import { limitOfOtherMeter } from './otherMeter.js';

export type { NamedKeyView, NewNamedKey };

export interface NamedKeyChanges extends Omit<NewNamedKey, 'name'> {
  name?: string | undefined;
}

export interface ShownNamedKey {
  kind: 'key';
  key: NamedKeyView;
}

/** `secret` is shown this once: only a rotation gives another. */
export type MadeNamedKey = ShownNamedKey & { secret: string };

export type RotatedNamedKey = MadeNamedKey & { previousValidUntil: Date | null };

export interface NamedKeyStore {
  /** Newest first, withdrawn ones too. */
  list(licenseId: string, page: PageQuery): Promise<Page<NamedKeyView> | Refusal>;
  create(licenseId: string, wanted: NewNamedKey, by: Actor): Promise<MadeNamedKey | Refusal>;
  change(
    licenseId: string,
    keyId: string,
    changes: NamedKeyChanges,
    by: Actor,
  ): Promise<ShownNamedKey | Refusal>;
  /** Makes a new secret. The previous one works for this many seconds; 0 ends it at once. */
  rotate(
    licenseId: string,
    keyId: string,
    graceSeconds: number,
    by: Actor,
  ): Promise<RotatedNamedKey | Refusal>;
  /** Ends a key for good, at once and on every replica; doing it twice is fine. */
  withdraw(licenseId: string, keyId: string, by: Actor): Promise<ShownNamedKey | Refusal>;
}

/** The most keys of one license. Withdrawn keys do not count. */
const MOST_KEYS = 100;

export function createNamedKeyStore({
  prisma,
  vault,
  timeZone,
  catalog,
}: {
  prisma: PrismaClient;
  vault: KeyVault;
  catalog(): Catalog;
  timeZone: string;
}): NamedKeyStore {
  const read = (transaction: Transaction, id: string) => readNamedKey(transaction, id, timeZone);

  /** Changes one key of a locked license; a withdrawn one only where `act` says so. */
  async function ofKey<Done>(
    licenseId: string,
    keyId: string,
    act: (
      transaction: Transaction,
      key: NamedKeyView,
      license: LockedLicense,
    ) => Promise<Done | Refusal>,
    takes: { revoked?: boolean; withdrawn?: boolean } = {},
  ): Promise<Done | Refusal> {
    if (!isUuid(licenseId)) return refuseUnknownLicense();
    return inTransaction<Done | Refusal>(prisma, async transaction => {
      const license = await lockLicense(transaction, licenseId);
      if (!license) return refuseUnknownLicense();
      if (license.status === 'revoked' && !takes.revoked) return refuseRevoked();
      const key = isUuid(keyId) ? await read(transaction, keyId) : null;
      if (key?.licenseId !== licenseId) return refuse('not_found', 'not_found', { what: 'key' });
      if (key.state === 'withdrawn' && !takes.withdrawn) return refuseWithdrawn();
      return act(transaction, key, license);
    });
  }

  return {
    async list(licenseId, page) {
      if (!isUuid(licenseId)) return refuseUnknownLicense();
      const keys = await listNamedKeys(prisma, licenseId, page, timeZone);
      return keys ?? refuseUnknownLicense();
    },
    async create(licenseId, wanted, by) {
      if (!isUuid(licenseId)) return refuseUnknownLicense();
      return inTransaction<MadeNamedKey | Refusal>(prisma, async transaction => {
        const license = await lockLicense(transaction, licenseId);
        if (!license) return refuseUnknownLicense();
        if (license.status === 'revoked') return refuseRevoked();
        const mismatch = limitOfOtherMeter(wanted.limits ?? {}, quotasOf(catalog(), license.plan));
        if (mismatch) return mismatch;
        if (await isNameTaken(transaction, licenseId, wanted.name)) return refuseName();
        if ((await countActive(transaction, licenseId)) >= MOST_KEYS) return refuseMore();
        const id = uuidv7();
        const secret = vault.make();
        await insertNamedKey(transaction, licenseId, id, wanted);
        await writeNamedLimits(transaction, id, wanted.limits);
        if (wanted.limits) await raiseVersion(transaction, licenseId);
        await insertKey(transaction, vault, { namedKeyId: id }, { key: secret });
        const key = await known(read(transaction, id));
        await audit(transaction, licenseId, by, 'key.create', { after: audited(key) });
        return { kind: 'key', key, secret };
      });
    },
    change: (licenseId, keyId, changes, by) =>
      ofKey(licenseId, keyId, async (transaction, before, { plan }) => {
        const mismatch = limitOfOtherMeter(changes.limits ?? {}, quotasOf(catalog(), plan));
        if (mismatch) return mismatch;
        const { name = before.name, rateLimit = before.rateLimit } = changes;
        if (name !== before.name && (await isNameTaken(transaction, licenseId, name))) {
          return refuseName();
        }
        const isOther = name !== before.name || rateLimit !== before.rateLimit;
        if (isOther) await updateNamedKey(transaction, keyId, { name, rateLimit });
        await writeNamedLimits(transaction, keyId, changes.limits);
        if (isOther || changes.limits) await raiseVersion(transaction, licenseId);
        const key = await known(read(transaction, keyId));
        const states = { before: audited(before), after: audited(key) };
        await audit(transaction, licenseId, by, 'key.change', states);
        return { kind: 'key' as const, key };
      }),
    rotate: (licenseId, keyId, graceSeconds, by) =>
      ofKey(licenseId, keyId, async (transaction, before) => {
        const secret = vault.make();
        await endKeys(transaction, { namedKeyId: keyId }, graceSeconds);
        await insertKey(transaction, vault, { namedKeyId: keyId }, { key: secret });
        const key = await known(read(transaction, keyId));
        await audit(transaction, licenseId, by, 'key.rotate', {
          before: { key: keyId, name: key.name, key_last4: before.keyLast4 },
          after: { key_last4: key.keyLast4, grace_seconds: graceSeconds },
        });
        const previousValidUntil = await readPreviousValidUntil(transaction, keyId);
        return { kind: 'key' as const, key, secret, previousValidUntil };
      }),
    withdraw: (licenseId, keyId, by) =>
      ofKey(
        licenseId,
        keyId,
        async (transaction, before) => {
          if (before.state === 'withdrawn') return { kind: 'key' as const, key: before };
          await endKeys(transaction, { namedKeyId: keyId }, 0);
          await withdrawNamedKey(transaction, keyId);
          const key = await known(read(transaction, keyId));
          const states = { before: audited(before), after: audited(key) };
          await audit(transaction, licenseId, by, 'key.withdraw', states);
          return { kind: 'key' as const, key };
        },
        { revoked: true, withdrawn: true },
      ),
  };
}

async function known(read: Promise<NamedKeyView | null>): Promise<NamedKeyView> {
  const key = await read;
  if (!key) throw new Error('a named key that was just written is gone');
  return key;
}

function audit(
  transaction: Transaction,
  licenseId: string,
  by: Actor,
  action: AuditedAction,
  states: { before?: AuditedState; after?: AuditedState },
): Promise<void> {
  return writeAudit(transaction, by, { action, subject: licenseSubject(licenseId), ...states });
}

function audited({ id, name, state, keyLast4, limits, rateLimit }: NamedKeyView): AuditedState {
  const shown = shownLimits(limits);
  return { key: id, name, state, key_last4: keyLast4, limits: shown, rate_limit: rateLimit };
}

function refuseName(): Refusal {
  const reason = 'the license has a key of this name.';
  return refuse('conflict', 'conflict', { reason }, { field: 'name' });
}

function refuseMore(): Refusal {
  return refuse('conflict', 'conflict', { reason: `a license has at most ${MOST_KEYS} keys.` });
}

function refuseWithdrawn(): Refusal {
  return refuse('conflict', 'conflict', { reason: 'the key is withdrawn.' });
}
