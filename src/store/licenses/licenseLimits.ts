// A license's own monthly limits: a row for each quota that it has one of: of a provider in
// requests, of a wallet in micro-dollars. Whoever writes them has locked
// the license.

import {
  type PerProvider,
  type PerQuota,
  perQuota,
  QUOTA_KEYS,
  type QuotaKey,
} from '../../domain/provider.js';
import { dateOrNull, millisecondsSql } from '../database/instants.js';
import type { Transaction } from '../database/transaction.js';
import { Prisma } from '../generated/client.js';

/** Null means the plan's allowance. */
export type OwnLimits = PerQuota<number | null>;
/** When each of them ends; null if it has no end, or if there is no limit. */
export type LimitEnds = PerQuota<Date | null>;

/** A quota that is not named keeps what it has. */
export type LimitChanges = Partial<PerQuota<number | null | undefined>>;

/** Milliseconds since 1970. Null if there is no row at all. */
export type LimitRows = Partial<PerQuota<{ units: number; until: number | null }>> | null;

/** In a statement that reads `license`. */
export const LIMIT_ROWS = Prisma.sql`(
  SELECT json_object_agg(provider, json_build_object('units', units, 'until', ${millisecondsSql(
    Prisma.sql`until`,
  )})) FROM license_limit WHERE license_id = license.id AND (until IS NULL OR until > sahm_now()))`;

export interface ShownLimits {
  limits: OwnLimits;
  limitEnds: LimitEnds;
}

export function limitsFrom(rows: LimitRows): ShownLimits {
  return {
    limits: perQuota(provider => rows?.[provider]?.units ?? null),
    limitEnds: perQuota(provider => dateOrNull(rows?.[provider]?.until ?? null)),
  };
}

export async function readLimits(
  transaction: Transaction,
  licenseId: string,
): Promise<ShownLimits> {
  const [row] = await transaction.$queryRaw<Array<{ limits: LimitRows }>>`
    SELECT ${LIMIT_ROWS} AS limits FROM license WHERE id = ${licenseId}::uuid`;
  return limitsFrom(row?.limits ?? null);
}

export interface NewLimit {
  provider: QuotaKey;
  units: number | null;
  until: Date | null;
}

/** Those that are not so already. `end`: when they are over; null: not before they are changed again. */
export function changedLimits(
  { limits, limitEnds }: ShownLimits,
  changes: LimitChanges,
  end: Date | null,
): NewLimit[] {
  return QUOTA_KEYS.flatMap(provider => {
    const units = changes[provider];
    if (units === undefined) return [];
    const until = units === null ? null : end;
    const isSame =
      units === limits[provider] && until?.getTime() === limitEnds[provider]?.getTime();
    return isSame ? [] : { provider, units, until };
  });
}

export async function writeLimits(
  transaction: Transaction,
  licenseId: string,
  limits: NewLimit[],
): Promise<void> {
  await transaction.$executeRaw`
    WITH change AS (
      SELECT * FROM json_to_recordset(${JSON.stringify(limits)}::json)
        AS each(provider text, units bigint, until timestamptz)
    ),
    removed AS (
      DELETE FROM license_limit WHERE license_id = ${licenseId}::uuid
        AND provider IN (SELECT provider FROM change WHERE units IS NULL)
    )
    INSERT INTO license_limit (license_id, provider, units, until)
    SELECT ${licenseId}::uuid, provider, units, until FROM change WHERE units IS NOT NULL
    ON CONFLICT (license_id, provider) DO UPDATE SET units = excluded.units, until = excluded.until`;
}

/** The wallet only appears if it has a value, because most licenses have none. */
export function namedOf<Value>({
  all,
  ...ofProviders
}: PerQuota<Value | null>): PerProvider<Value | null> & { all?: Value } {
  return all === null ? ofProviders : { ...ofProviders, all };
}
