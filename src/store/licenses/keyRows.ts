// The rows of keys, of a license or of one of its named keys. Whoever writes them has locked the license.

import { v7 as uuidv7 } from 'uuid';
import { keyLast4, keyPrefix } from '../../domain/key.js';
import type { Transaction } from '../database/transaction.js';
import { Prisma } from '../generated/client.js';
import type { KeyVault } from '../secrets/keyVault.js';

/** Whose a row of `license_key` is, which is the license's own or a named key's. */
export const LICENSE_OF_KEY = Prisma.sql`coalesce(license_key.license_id, (
  SELECT named_key.license_id FROM named_key WHERE named_key.id = license_key.named_key_id))`;

export type KeyOwner =
  | { licenseId: string; namedKeyId?: never }
  | { licenseId?: never; namedKeyId: string };

interface NewKey {
  key: string;
  /** Its caller's own name of the rotation that made it. */
  rotation?: string | undefined;
}

export async function insertKey(
  transaction: Transaction,
  vault: KeyVault,
  owner: KeyOwner,
  { key, rotation }: NewKey,
): Promise<void> {
  const id = uuidv7();
  const { licenseId = null, namedKeyId = null } = owner;
  await transaction.$executeRaw`
    INSERT INTO license_key (id, license_id, named_key_id, digest, sealed, prefix, last4, rotation)
    VALUES (${id}::uuid, ${licenseId}::uuid, ${namedKeyId}::uuid, ${vault.digest(key)},
      ${vault.seal(key, id)}, ${keyPrefix(key)}, ${keyLast4(key)}, ${rotation ?? null})`;
}

/** Each hold compares this, so that it counts at once on every replica. */
export async function endKeys(
  transaction: Transaction,
  owner: KeyOwner,
  graceSeconds: number,
): Promise<void> {
  const ofOwner =
    owner.licenseId !== undefined
      ? Prisma.sql`license_id = ${owner.licenseId}::uuid`
      : Prisma.sql`named_key_id = ${owner.namedKeyId}::uuid`;
  await transaction.$executeRaw`
    UPDATE license_key SET valid_until = least(valid_until,
      sahm_now() + ${graceSeconds}::int * interval '1 second')
    WHERE ${ofOwner} AND (valid_until IS NULL OR valid_until > sahm_now())`;
}
