// What a buyer is told about an order for an existing license, with the state at the time of the mail.

import { standingLines } from '../../domain/foldPurchases.js';
import type { QuotaKey } from '../../domain/provider.js';
import type { Seller } from '../../domain/shop.js';
import { dateOrNull, millisecondsSql } from '../database/instants.js';
import { Prisma, type PrismaClient } from '../generated/client.js';
import { type EntitleSettings, readEntitled } from '../purchases/entitle.js';
import { readOrders } from '../purchases/facts.js';
import { LENT_UNTIL, PLAN_AFTER, PLAN_EXPIRY, PLAN_NOW } from './entitlements.js';

export interface BoughtForLicense {
  /** The plans of the order that were not taken back, each with the end of its last term. */
  plans: Array<{ plan: string; endsAt: Date | null }>;
  units: Array<{ provider: QuotaKey; units: number }>;
  /** The license's plan and its end; null if the license is not the buyer's, or is neither active nor expired. */
  license: { plan: string; endsAt: Date | null; isExpired: boolean } | null;
}

export async function readBoughtForLicense(
  prisma: PrismaClient,
  settings: EntitleSettings,
  of: { shop: Seller; orderId: string; licenseId: string; accountId: string },
): Promise<BoughtForLicense> {
  const { shop, orderId, licenseId, accountId } = of;
  const { lines, facts } = await readOrders(prisma, { shop, orderId });
  const standing = standingLines(lines, facts);
  const plans = standing.flatMap(({ terms }) => (terms.kind === 'plan' ? [terms.plan] : []));
  const { endsOfPlans } = (await readEntitled(prisma, settings, licenseId)).entitlements;
  const addons = standing.filter(({ terms }) => terms.kind === 'addon').map(({ id }) => id);
  const units = await prisma.$queryRaw<BoughtForLicense['units']>`
    SELECT provider, sum(entitled)::float8 AS units FROM license_grant
    WHERE purchase_line_id = ANY (${addons}::uuid[]) AND entitled > 0
    GROUP BY provider ORDER BY provider DESC`;
  const [row] = await prisma.$queryRaw<
    Array<{ plan: string; ends_at: number | null; is_expired: boolean }>
  >`SELECT ${PLAN_NOW} AS plan, ${millisecondsSql(Prisma.sql`coalesce(${LENT_UNTIL}, ${PLAN_EXPIRY})`)} AS ends_at,
      state = 'expired' OR coalesce(expires_at <= sahm_now(), false) AS is_expired
    FROM license WHERE id = ${licenseId}::uuid AND account_id = ${accountId}::uuid
      AND state IN ('active', 'expired')`;
  const license = row && {
    plan: row.plan,
    endsAt: dateOrNull(row.ends_at),
    isExpired: row.is_expired,
  };
  const bought = [...new Set(plans)].map(plan => ({ plan, endsAt: endsOfPlans.get(plan) ?? null }));
  return { plans: bought, units, license: license ?? null };
}

export interface LicenseStanding {
  plan: string;
  endsAt: Date | null;
  /** Set for a plan that is given for a time. */
  given: { until: Date; planAfter: string } | null;
}

interface StandingRow {
  plan: string;
  ends_at: number | null;
  plan_until: number | null;
  plan_after: string | null;
}

export async function readStanding(
  prisma: PrismaClient,
  licenseId: string,
): Promise<LicenseStanding> {
  const [row] = await prisma.$queryRaw<StandingRow[]>`
    SELECT ${PLAN_NOW} AS plan, ${millisecondsSql(PLAN_EXPIRY)} AS ends_at,
      ${millisecondsSql(LENT_UNTIL)} AS plan_until, ${PLAN_AFTER} AS plan_after
    FROM license WHERE id = ${licenseId}::uuid`;
  if (!row) throw new Error(`there is no license ${licenseId}`);
  const { plan, ends_at, plan_until, plan_after } = row;
  const isGiven = plan_until !== null && plan_after !== null;
  const given = isGiven ? { until: new Date(plan_until), planAfter: plan_after } : null;
  return { plan, endsAt: dateOrNull(ends_at), given };
}
