// A license's keys: rotated with a grace time in which old and new both work, and read again. The
// balance belongs to the license, so that it is one whatever key draws on it.

import { validate as isUuid } from 'uuid';
import { keyLast4 } from '../../domain/key.js';
import { type Refusal, refuse } from '../../domain/refusal.js';
import { type Actor, licenseSubject, writeAudit } from '../admin/audit.js';
import { dateOrNull, millisecondsSql } from '../database/instants.js';
import { inTransaction, type Transaction } from '../database/transaction.js';
import { Prisma, type PrismaClient } from '../generated/client.js';
import type { KeyVault } from '../secrets/keyVault.js';
import { lockLicense } from './entitlements.js';
import { endKeys, insertKey } from './keyRows.js';
import { refuseRevoked, refuseUnknownLicense } from './licenseChanges.js';
import { type LicenseDetails, readDetails } from './licenseDetails.js';

export interface WantedRotation {
  /** How long the keys that work now go on working; 0 ends them at once. */
  graceSeconds: number;
  /** The caller's own name of this rotation: the same again changes nothing. */
  rotation?: string | undefined;
  /** The key that the holder called with: one that was replaced makes no other. */
  usedKeyId?: string | undefined;
}

export interface RotatedKey {
  kind: 'rotated';
  license: LicenseDetails;
  key: string;
  /** Until when the previous key works; null if it does not work any more. */
  previousValidUntil: Date | null;
}

export interface LicenseKeyStore {
  /**
   * A new key. A repetition whose answer was lost gets the key that was made: one of the same
   * `rotation`, or one without any while the grace time of the last rotation runs.
   */
  rotate(licenseId: string, wanted: WantedRotation, by: Actor): Promise<RotatedKey | Refusal>;
  /** The current key, read again; written into the audit log. */
  reveal(licenseId: string, by: Actor): Promise<{ kind: 'key'; key: string } | Refusal>;
}

interface KeyRow {
  id: string;
  sealed: Uint8Array;
  rotation: string | null;
  valid_until: number | null;
  last4: string;
}

export function createLicenseKeyStore({
  prisma,
  vault,
}: {
  prisma: PrismaClient;
  vault: KeyVault;
}): LicenseKeyStore {
  const open = (row: KeyRow) => vault.open(row.sealed, row.id);

  async function rotated(
    transaction: Transaction,
    licenseId: string,
    current: KeyRow,
    previous: KeyRow | undefined,
  ): Promise<RotatedKey> {
    const license = (await readDetails(transaction, licenseId)) as LicenseDetails;
    const previousValidUntil = dateOrNull(previous?.valid_until ?? null);
    return { kind: 'rotated', license, key: open(current), previousValidUntil };
  }

  return {
    async rotate(licenseId, wanted, by) {
      if (!isUuid(licenseId)) return refuseUnknownLicense();
      return inTransaction(prisma, async transaction => {
        const license = await lockLicense(transaction, licenseId);
        if (!license) return refuseUnknownLicense();
        if (license.status === 'revoked') return refuseRevoked();
        const keys = await readValidKeys(transaction, licenseId);
        const [current, previous] = keys;
        if (!current) throw new Error(`license ${licenseId} has no key`);
        if (isRepetition(wanted, keys)) {
          return rotated(transaction, licenseId, current, previous);
        }
        // A caller with only a replaced key must not get the new one.
        if (wanted.usedKeyId !== undefined && wanted.usedKeyId !== current.id) {
          return refuse('conflict', 'conflict', { reason: 'this key was replaced already.' });
        }
        await endKeys(transaction, { licenseId }, wanted.graceSeconds);
        const key = vault.make();
        await insertKey(transaction, vault, { licenseId }, { key, rotation: wanted.rotation });
        await writeAudit(transaction, by, {
          action: 'license.rotate',
          subject: licenseSubject(licenseId),
          before: { key_last4: current.last4 },
          after: { key_last4: keyLast4(key), grace_seconds: wanted.graceSeconds },
        });
        const [made, replaced] = await readValidKeys(transaction, licenseId);
        return rotated(transaction, licenseId, made as KeyRow, replaced);
      });
    },
    async reveal(licenseId, by) {
      if (!isUuid(licenseId)) return refuseUnknownLicense();
      return inTransaction(prisma, async transaction => {
        if (!(await lockLicense(transaction, licenseId))) return refuseUnknownLicense();
        const [current] = await readValidKeys(transaction, licenseId);
        if (!current) return refuse('not_found', 'not_found', { what: 'key' });
        await writeAudit(transaction, by, {
          action: 'license.reveal',
          subject: licenseSubject(licenseId),
          after: { key_last4: current.last4 },
        });
        return { kind: 'key', key: open(current) };
      });
    },
  };
}

function isRepetition({ rotation, graceSeconds }: WantedRotation, keys: KeyRow[]): boolean {
  const [current, ...replaced] = keys;
  if (rotation !== undefined) return current?.rotation === rotation;
  return graceSeconds > 0 && replaced.length > 0;
}

/** The current key first, then those in their grace time, the latest first. */
function readValidKeys(transaction: Transaction, licenseId: string): Promise<KeyRow[]> {
  return transaction.$queryRaw<KeyRow[]>`
    SELECT id, sealed, rotation, last4,
      ${millisecondsSql(Prisma.sql`valid_until`)} AS valid_until
    FROM license_key
    WHERE license_id = ${licenseId}::uuid AND (valid_until IS NULL OR valid_until > sahm_now())
    ORDER BY valid_until DESC NULLS FIRST, created_at DESC`;
}
