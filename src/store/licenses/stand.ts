// The state of a license and what was paid for it, to show what a change would take away.

import type { PaidFor, Stand } from '../../domain/consequences.js';
import type { LicenseState } from '../../domain/license.js';
import { type Provider, perProvider } from '../../domain/provider.js';
import { dateOrNull, millisecondsSql } from '../database/instants.js';
import type { Transaction } from '../database/transaction.js';
import { Prisma } from '../generated/client.js';
import { PLAN_NOW, STATE_NOW } from './entitlements.js';

/** Null if there is no such license. */
export async function readStand(
  transaction: Transaction,
  licenseId: string,
): Promise<Stand | null> {
  const [row] = await transaction.$queryRaw<
    Array<{ plan: string; status: LicenseState; expires_at: number | null }>
  >`SELECT ${PLAN_NOW} AS plan, ${STATE_NOW} AS status,
      ${millisecondsSql(Prisma.sql`expires_at`)} AS expires_at
    FROM license WHERE id = ${licenseId}::uuid`;
  if (!row) return null;
  const grants = await transaction.$queryRaw<Array<{ provider: Provider; units: number }>>`
    SELECT provider, sum(entitled - used)::float8 AS units FROM license_grant
    WHERE license_id = ${licenseId}::uuid AND lasts = 'until-used' AND state = 'active'
      AND entitled > used
    GROUP BY provider`;
  const { plan, status } = row;
  const unspent = perProvider(name => grants.find(({ provider }) => provider === name)?.units ?? 0);
  return { plan, status, expiresAt: dateOrNull(row.expires_at), unspent };
}

export async function readPaidFor(
  transaction: Transaction,
  licenseId: string,
): Promise<PaidFor & { now: Date }> {
  const [row] = await transaction.$queryRaw<
    [{ paid_plan: string | null; paid_until: number | null; is_running: boolean; now: number }]
  >`SELECT paid_plan, ${millisecondsSql(Prisma.sql`paid_until`)} AS paid_until,
      coalesce(paid_plan, '') <> '' AND (paid_until IS NULL OR paid_until > sahm_now()) AS is_running,
      ${millisecondsSql(Prisma.sql`sahm_now()`)} AS now
    FROM license WHERE id = ${licenseId}::uuid`;
  const shops = await transaction.$queryRaw<Array<{ shop: string }>>`
    SELECT DISTINCT orders.shop FROM purchase_order orders
    JOIN purchase_fact paid USING (shop, order_id)
    WHERE orders.license_id = ${licenseId}::uuid
      AND (paid.details ->> 'paid_until')::timestamptz > sahm_now()
      AND NOT EXISTS (SELECT FROM purchase_fact ended WHERE ended.shop = orders.shop
        AND ended.order_id = orders.order_id AND ended.kind = 'cancelled')
    ORDER BY shop`;
  return {
    plan:
      row.is_running && row.paid_plan !== null
        ? { code: row.paid_plan, until: dateOrNull(row.paid_until) }
        : null,
    subscribedIn: shops.map(({ shop }) => shop),
    now: new Date(row.now),
  };
}
