// The rows of named keys. Whoever writes them has locked the license.

import type { NamedKeyState } from '../../domain/license.js';
import type { Page, PageQuery } from '../../domain/page.js';
import { type PerQuota, perQuota, QUOTA_KEYS } from '../../domain/provider.js';
import { dateOrNull, millisecondsSql } from '../database/instants.js';
import { readPage } from '../database/paging.js';
import type { Queryable } from '../database/queries.js';
import type { Transaction } from '../database/transaction.js';
import { Prisma } from '../generated/client.js';
import { clockSql, HOLD_QUOTA } from '../ledger/sql.js';
import type { LimitChanges } from './licenseLimits.js';

export interface NamedKeyView {
  id: string;
  name: string;
  state: NamedKeyState;
  /** The beginning of its current secret. */
  keyPrefix: string;
  keyLast4: string;
  /** Units a month, of a wallet micro-dollars; null means that only the license's quota counts. */
  limits: PerQuota<number | null>;
  /** Requests a minute; null means that only the license's limit counts. */
  rateLimit: number | null;
  /** The current month. */
  period: string;
  /** Null where the key has used nothing. */
  usage: PerQuota<{ used: number; held: number } | null>;
  createdAt: Date;
  lastUsedAt: Date | null;
  withdrawnAt: Date | null;
}

export interface NewNamedKey {
  name: string;
  limits?: LimitChanges | undefined;
  rateLimit?: number | null | undefined;
}

interface NamedKeyRow {
  id: string;
  license_id: string;
  name: string;
  prefix: string;
  last4: string;
  limits: Partial<PerQuota<number>> | null;
  rate_limit: number | null;
  period: string;
  usage: Partial<PerQuota<{ used: number; held: number }>> | null;
  created_at: number;
  last_used_at: number | null;
  withdrawn_at: number | null;
}

type StoredNamedKey = NamedKeyView & { licenseId: string };

function selectSql(timeZone: string): Prisma.Sql {
  return Prisma.sql`
WITH clock AS (${clockSql(timeZone)}),
pending AS MATERIALIZED (
  SELECT named_key_id, period, ${HOLD_QUOTA} AS provider, sum(units)::bigint AS units FROM hold
  WHERE ended_at IS NULL AND named_key_id IS NOT NULL GROUP BY 1, 2, 3
)
SELECT named.id, named.license_id, named.name, secret.prefix, secret.last4, named.rate_limit, clock.period,
  (SELECT json_object_agg(provider, units) FROM named_key_limit WHERE named_key_id = named.id) AS limits,
  (SELECT json_object_agg(provider, json_build_object('used', coalesce(month.used, 0),
      'held', coalesce(pending.units, 0)))
    FROM (SELECT * FROM named_key_month WHERE named_key_id = named.id AND period = clock.period
      AND last_used_at IS NOT NULL) month
    FULL JOIN (SELECT * FROM pending WHERE named_key_id = named.id AND period = clock.period) pending
      USING (provider)) AS usage,
  ${millisecondsSql(Prisma.sql`named.created_at`)} AS created_at,
  ${millisecondsSql(Prisma.sql`(SELECT max(last_used_at) FROM named_key_month WHERE named_key_id = named.id)`)}
    AS last_used_at,
  ${millisecondsSql(Prisma.sql`named.withdrawn_at`)} AS withdrawn_at
FROM named_key named CROSS JOIN clock
CROSS JOIN LATERAL (SELECT prefix, last4 FROM license_key WHERE named_key_id = named.id
  ORDER BY valid_until DESC NULLS FIRST, created_at DESC, id DESC LIMIT 1) secret`;
}

export async function readNamedKey(
  transaction: Transaction,
  id: string,
  timeZone: string,
): Promise<StoredNamedKey | null> {
  const [row] = await transaction.$queryRaw<NamedKeyRow[]>`
    ${selectSql(timeZone)} WHERE named.id = ${id}::uuid`;
  return row ? keyFrom(row) : null;
}

/** Newest first; null if there is no such license. */
export async function listNamedKeys(
  db: Queryable,
  licenseId: string,
  { cursor, limit }: PageQuery,
  timeZone: string,
): Promise<Page<NamedKeyView> | null> {
  const page = await readPage(
    limit,
    most => db.$queryRaw<NamedKeyRow[]>`${selectSql(timeZone)}
      WHERE named.license_id = ${licenseId}::uuid
        AND (${cursor ?? null}::uuid IS NULL OR named.id < ${cursor ?? null}::uuid)
      ORDER BY named.id DESC LIMIT ${most}::int`,
    row => row.id,
    keyFrom,
  );
  if (page.rows.length > 0) return page;
  const licenses = await db.$queryRaw<unknown[]>`
    SELECT 1 AS one FROM license WHERE id = ${licenseId}::uuid`;
  return licenses.length > 0 ? page : null;
}

function keyFrom(row: NamedKeyRow): StoredNamedKey {
  return {
    id: row.id,
    licenseId: row.license_id,
    name: row.name,
    state: row.withdrawn_at === null ? 'active' : 'withdrawn',
    keyPrefix: row.prefix,
    keyLast4: row.last4,
    limits: perQuota(quota => row.limits?.[quota] ?? null),
    rateLimit: row.rate_limit,
    period: row.period,
    usage: perQuota(quota => row.usage?.[quota] ?? null),
    createdAt: new Date(row.created_at),
    lastUsedAt: dateOrNull(row.last_used_at),
    withdrawnAt: dateOrNull(row.withdrawn_at),
  };
}

export async function isNameTaken(
  transaction: Transaction,
  licenseId: string,
  name: string,
): Promise<boolean> {
  const taken = await transaction.$queryRaw<unknown[]>`
    SELECT 1 AS one FROM named_key
    WHERE license_id = ${licenseId}::uuid AND name = ${name} AND withdrawn_at IS NULL`;
  return taken.length > 0;
}

export async function countActive(transaction: Transaction, licenseId: string): Promise<number> {
  const [row] = await transaction.$queryRaw<[{ count: number }]>`
    SELECT count(*)::int AS count FROM named_key
    WHERE license_id = ${licenseId}::uuid AND withdrawn_at IS NULL`;
  return row.count;
}

export async function insertNamedKey(
  transaction: Transaction,
  licenseId: string,
  id: string,
  { name, rateLimit = null }: NewNamedKey,
): Promise<void> {
  await transaction.$executeRaw`
    INSERT INTO named_key (id, license_id, name, rate_limit)
    VALUES (${id}::uuid, ${licenseId}::uuid, ${name}, ${rateLimit}::int)`;
}

export async function updateNamedKey(
  transaction: Transaction,
  id: string,
  { name, rateLimit }: { name: string; rateLimit: number | null },
): Promise<void> {
  await transaction.$executeRaw`
    UPDATE named_key SET name = ${name}, rate_limit = ${rateLimit}::int WHERE id = ${id}::uuid`;
}

/** So that no cache goes on with an old name or rate limit, or without knowing that a key has a limit. */
export async function raiseVersion(transaction: Transaction, licenseId: string): Promise<void> {
  await transaction.$executeRaw`
    UPDATE license SET version = version + 1 WHERE id = ${licenseId}::uuid`;
}

export async function writeNamedLimits(
  transaction: Transaction,
  id: string,
  changes: LimitChanges = {},
): Promise<void> {
  const limits = QUOTA_KEYS.flatMap(provider => {
    const units = changes[provider];
    return units === undefined ? [] : { provider, units };
  });
  if (limits.length === 0) return;
  await transaction.$executeRaw`
    WITH change AS (
      SELECT * FROM json_to_recordset(${JSON.stringify(limits)}::json)
        AS each(provider text, units bigint)
    ),
    removed AS (
      DELETE FROM named_key_limit WHERE named_key_id = ${id}::uuid
        AND provider IN (SELECT provider FROM change WHERE units IS NULL)
    )
    INSERT INTO named_key_limit (named_key_id, provider, units)
    SELECT ${id}::uuid, provider, units FROM change WHERE units IS NOT NULL
    ON CONFLICT (named_key_id, provider) DO UPDATE SET units = excluded.units`;
}

/** Until when a previous secret works; null if none does. */
export async function readPreviousValidUntil(
  transaction: Transaction,
  namedKeyId: string,
): Promise<Date | null> {
  const [row] = await transaction.$queryRaw<Array<{ until: number | null }>>`
    SELECT ${millisecondsSql(Prisma.sql`max(valid_until)`)} AS until FROM license_key
    WHERE named_key_id = ${namedKeyId}::uuid AND valid_until > sahm_now()`;
  return dateOrNull(row?.until ?? null);
}

export async function withdrawNamedKey(transaction: Transaction, id: string): Promise<void> {
  await transaction.$executeRaw`
    UPDATE named_key SET withdrawn_at = sahm_now() WHERE id = ${id}::uuid`;
}
