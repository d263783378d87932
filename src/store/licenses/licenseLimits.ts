// A license's own monthly limits: a row for each provider that it has one of. Whoever writes them has locked
// the license.

import { type PerProvider, PROVIDERS, type Provider, perProvider } from '../../domain/provider.js';
import type { Transaction } from '../database/transaction.js';
import { Prisma } from '../generated/client.js';

/** Null means the plan's allowance. */
export type OwnLimits = PerProvider<number | null>;
/** A provider that is not named keeps what it has. */
export type LimitChanges = Partial<PerProvider<number | null | undefined>>;
/** Null where there is no row at all. */
export type LimitRows = Partial<PerProvider<number>> | null;

/** In a statement that reads `license`. */
export const LIMIT_ROWS = Prisma.sql`(
  SELECT json_object_agg(provider, units) FROM license_limit WHERE license_id = license.id)`;

export function limitsFrom(rows: LimitRows): OwnLimits {
  return perProvider(provider => rows?.[provider] ?? null);
}

export async function readLimits(transaction: Transaction, licenseId: string): Promise<OwnLimits> {
  const [row] = await transaction.$queryRaw<Array<{ limits: LimitRows }>>`
    SELECT ${LIMIT_ROWS} AS limits FROM license WHERE id = ${licenseId}::uuid`;
  return limitsFrom(row?.limits ?? null);
}

interface NewLimit {
  provider: Provider;
  units: number | null;
}

export function changedLimits(changes: LimitChanges = {}): NewLimit[] {
  return PROVIDERS.flatMap(provider => {
    const units = changes[provider];
    return units === undefined ? [] : { provider, units };
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
        AS each(provider text, units bigint)
    ),
    removed AS (
      DELETE FROM license_limit WHERE license_id = ${licenseId}::uuid
        AND provider IN (SELECT provider FROM change WHERE units IS NULL)
    )
    INSERT INTO license_limit (license_id, provider, units)
    SELECT ${licenseId}::uuid, provider, units FROM change WHERE units IS NOT NULL
    ON CONFLICT (license_id, provider) DO UPDATE SET units = excluded.units`;
}
