// The keys of licenses as administrators must tell them apart: whose secret it is, and whether it still works.

import type { KeyState } from '../../domain/key.js';
import { dateOrNull, millisecondsSql } from '../database/instants.js';
import type { Queryable } from '../database/queries.js';
import { Prisma } from '../generated/client.js';
import { LICENSE_OF_KEY } from './keyRows.js';

export interface FoundKey {
  licenseId: string;
  /** Null for a master key. */
  name: string | null;
  last4: string;
  state: KeyState;
  /** When it stops or stopped working; null for a current one. */
  validUntil: Date | null;
}

interface FoundKeyRow extends Omit<FoundKey, 'validUntil'> {
  valid_until: number | null;
}

const SELECT_KEYS = Prisma.sql`
SELECT ${LICENSE_OF_KEY} AS "licenseId", named.name, license_key.last4,
  CASE WHEN named.withdrawn_at IS NOT NULL THEN 'withdrawn'
    WHEN license_key.valid_until IS NULL THEN 'current'
    WHEN license_key.valid_until > sahm_now() THEN 'previous'
    ELSE 'replaced' END AS state,
  ${millisecondsSql(Prisma.sql`license_key.valid_until`)} AS valid_until
FROM license_key LEFT JOIN named_key named ON named.id = license_key.named_key_id`;
const ORDER = Prisma.sql`ORDER BY license_key.created_at DESC, license_key.id DESC`;

export function findKeyByDigest(db: Queryable, digest: Uint8Array): Promise<FoundKey[]> {
  return readKeys(db, Prisma.sql`license_key.digest = ${digest}`);
}

/** Those of these licenses that end or begin so. */
export function findKeysByParts(
  db: Queryable,
  licenseIds: string[],
  { keyPrefix, keyLast4 }: { keyPrefix?: string | undefined; keyLast4?: string | undefined },
): Promise<FoundKey[]> {
  const conditions = [
    Prisma.sql`${LICENSE_OF_KEY} = ANY (${licenseIds}::uuid[])`,
    ...(keyLast4 === undefined ? [] : [Prisma.sql`license_key.last4 = ${keyLast4}`]),
    ...(keyPrefix === undefined ? [] : [inPrefix(keyPrefix)]),
  ];
  return readKeys(db, Prisma.join(conditions, ' AND '));
}

/** The keys of a license that were replaced and still work. */
export function findPreviousKeys(db: Queryable, licenseId: string): Promise<FoundKey[]> {
  return readKeys(
    db,
    Prisma.sql`license_key.valid_until > sahm_now() AND (license_key.license_id = ${licenseId}::uuid
      OR license_key.named_key_id IN (SELECT id FROM named_key WHERE license_id = ${licenseId}::uuid))`,
  );
}

/** A range and no LIKE: the index serves it, and no character in it means another. */
export function inPrefix(keyPrefix: string): Prisma.Sql {
  return Prisma.sql`(license_key.prefix COLLATE "C" >= ${keyPrefix}
    AND license_key.prefix COLLATE "C" < ${`${keyPrefix}~`})`;
}

async function readKeys(db: Queryable, condition: Prisma.Sql): Promise<FoundKey[]> {
  const rows = await db.$queryRaw<FoundKeyRow[]>`${SELECT_KEYS} WHERE ${condition} ${ORDER}`;
  return rows.map(({ valid_until, ...row }) => ({ ...row, validUntil: dateOrNull(valid_until) }));
}
