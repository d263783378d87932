// Writes what a license's purchases entitle it to: its plan, its end, and its grants.

import { v7 as uuidv7 } from 'uuid';
import type { Catalog } from '../../domain/catalog.js';
import {
  type AddonEntitlement,
  type Entitlements,
  type FoldRules,
  foldPurchases,
} from '../../domain/foldPurchases.js';
import { NOT_PAID, TAKEN_BACK } from '../../domain/grant.js';
import { lineKey } from '../../domain/purchase.js';
import { licenseSubject, SYSTEM, writeAudit } from '../admin/audit.js';
import { instantSql, millisecondsSql } from '../database/instants.js';
import type { Transaction } from '../database/transaction.js';
import { Prisma } from '../generated/client.js';
import { monthSql } from '../ledger/sql.js';
import {
  activeOrExpired,
  lockBuckets,
  lockLicense,
  refreshEntitlements,
} from '../licenses/entitlements.js';
import { readOrders, type StoredLine } from './facts.js';

export interface EntitleSettings {
  catalog: Catalog;
  timeZone: string;
  graceDays: number;
  subscriptionGraceDays: number;
}

/** Must be called in every transaction that changes facts of a license's orders. */
export async function entitle(
  transaction: Transaction,
  settings: EntitleSettings,
  licenseId: string,
  { isNew = false } = {},
): Promise<void> {
  const license = await lockLicense(transaction, licenseId);
  if (!license) throw new Error(`no license ${licenseId}`);
  const { lines, paid, entitlements } = await readEntitled(transaction, settings, licenseId);
  const hasPlan = lines.some(({ terms }) => terms.kind === 'plan');
  const isPlanWritten = hasPlan && (await writePlan(transaction, licenseId, entitlements, paid));
  const changesAt = entitlements.changesAt?.getTime() ?? null;
  if (!isPlanWritten && changesAt !== paid.paid_changes_at) {
    await transaction.$executeRaw`
      UPDATE license SET paid_changes_at = ${instantSql(entitlements.changesAt)}
      WHERE id = ${licenseId}::uuid`;
  }
  const areGrantsWritten = await writeGrants(transaction, settings, licenseId, lines, entitlements);
  // A license issued just now has no quota rows yet that its plan could change.
  if ((isPlanWritten && !isNew) || areGrantsWritten) {
    await refreshEntitlements(transaction, settings.catalog, licenseId, settings.timeZone);
  }
}

/** What a license's purchases entitle it to now. */
export async function readEntitled(
  db: Transaction,
  { catalog, graceDays, subscriptionGraceDays }: EntitleSettings,
  licenseId: string,
): Promise<{ lines: StoredLine[]; paid: PaidRow; entitlements: Entitlements }> {
  const { lines, facts } = await readOrders(db, { licenseId });
  const paid = await readPaid(db, licenseId);
  const rules = { ...givenRules(paid, catalog), graceDays, subscriptionGraceDays };
  const entitlements = foldPurchases(lines, facts, { ...rules, now: new Date(paid.now) });
  return { lines, paid, entitlements };
}

/** Usually one of many grants has changed, so the others are not written. Returns whether any was. */
async function writeGrants(
  transaction: Transaction,
  { timeZone }: EntitleSettings,
  licenseId: string,
  lines: StoredLine[],
  { addons }: Entitlements,
): Promise<boolean> {
  if (addons.length === 0) return false;
  const byKey = new Map(lines.map(line => [lineKey(line), line]));
  const written = await readWritten(transaction, licenseId);
  const changed = addons.flatMap(addon => {
    const line = byKey.get(lineKey(addon.line)) as StoredLine;
    const known = written.get(line.id);
    // An order that lost a line takes back what the line gave, and nothing where it gave nothing yet.
    if (!known && addon.units === 0) return [];
    const units = addon.units || (known?.units ?? 0);
    const isSame =
      known?.units === units &&
      known.entitled === addon.entitled &&
      known.reason === goneBecause(addon);
    return isSame ? [] : [{ line, addon: { ...addon, units } }];
  });
  if (changed.length === 0) return false;
  await lockBuckets(transaction, licenseId, timeZone);
  for (const { line, addon } of changed) {
    await writeGrant(transaction, licenseId, line, addon, timeZone);
  }
  return true;
}

interface WrittenGrant {
  units: number;
  entitled: number;
  reason: string;
}

/** The state in which each line's grant was last written, by line. */
async function readWritten(
  transaction: Transaction,
  licenseId: string,
): Promise<Map<string, WrittenGrant>> {
  const rows = await transaction.$queryRaw<Array<WrittenGrant & { line_id: string }>>`
    SELECT purchase_line_id AS line_id, units::float8 AS units, entitled::float8 AS entitled, reason
    FROM license_grant
    WHERE license_id = ${licenseId}::uuid AND purchase_line_id IS NOT NULL`;
  return new Map(rows.map(row => [row.line_id, row]));
}

/** Empty for a grant that counts. */
function goneBecause({ entitled, isPaid }: AddonEntitlement): string {
  return entitled === 0 ? TAKEN_BACK : isPaid ? '' : NOT_PAID;
}

interface PaidRow {
  now: number;
  plan: string;
  given_plan: string | null;
  given_until: number | null;
  created_at: number;
  paid_plan: string | null;
  paid_until: number | null;
  paid_changes_at: number | null;
  plan_until: number | null;
}

async function readPaid(transaction: Transaction, licenseId: string): Promise<PaidRow> {
  const [row] = await transaction.$queryRaw<PaidRow[]>`
    SELECT ${millisecondsSql(Prisma.sql`sahm_now()`)} AS now, coalesce(plan_after, plan) AS plan, given_plan,
      ${millisecondsSql(Prisma.sql`given_until`)} AS given_until,
      ${millisecondsSql(Prisma.sql`created_at`)} AS created_at, paid_plan,
      ${millisecondsSql(Prisma.sql`paid_until`)} AS paid_until,
      ${millisecondsSql(Prisma.sql`paid_changes_at`)} AS paid_changes_at,
      ${millisecondsSql(Prisma.sql`plan_until`)} AS plan_until
    FROM license WHERE id = ${licenseId}::uuid`;
  return row as PaidRow;
}

function givenRules(row: PaidRow, catalog: Catalog): Pick<FoldRules, 'given' | 'rankOf'> {
  const rankOf = (plan: string) => catalog.plans.get(plan)?.rank ?? 0;
  if (row.given_plan === null) return { rankOf, given: null };
  const plan = row.given_plan;
  const endsAt = row.given_until ?? Number.POSITIVE_INFINITY;
  return { rankOf, given: { plan, rank: rankOf(plan), startsAt: row.created_at, endsAt } };
}

/**
 * Writes only changes, so that an administrator's correction stays until the next; returns whether it did.
 */
async function writePlan(
  transaction: Transaction,
  licenseId: string,
  { plan, endsAt, planEndsAt, changesAt }: Entitlements,
  paid: PaidRow,
): Promise<boolean> {
  const until = endsAt?.getTime() ?? null;
  // A term that simply ended needs no update: the license ends by its own expiry.
  const hasEnded = plan === null && until !== null && until <= paid.now;
  const isLower = planEndsAt !== null && (endsAt === null || planEndsAt < endsAt);
  const planUntil = isLower ? planEndsAt : null;
  const isSame =
    until === paid.paid_until &&
    (plan === paid.paid_plan || hasEnded) &&
    (planUntil?.getTime() ?? null) === paid.plan_until;
  if (isSame && paid.paid_plan !== null) return false;
  const expiry =
    plan === null ? Prisma.sql`least(${instantSql(endsAt)}, sahm_now())` : instantSql(endsAt);
  const own = plan ?? paid.plan;
  // What an administrator gave for a time lies over this until it is over.
  const isLent = Prisma.sql`lent_until IS NOT NULL`;
  const expiryNow = Prisma.sql`CASE WHEN ${expiry} IS NOT NULL THEN greatest(${expiry}, lent_until) END`;
  await transaction.$executeRaw`
    UPDATE license SET plan = CASE WHEN ${isLent} THEN plan ELSE ${own} END, expires_at = ${expiryNow},
      plan_after = CASE WHEN ${isLent} THEN ${own} END, expires_after = CASE WHEN ${isLent} THEN ${expiry} END,
      state = CASE WHEN state IN ('active', 'expired') THEN ${activeOrExpired(expiryNow)} ELSE state END,
      version = version + 1, paid_plan = ${plan ?? ''}, paid_until = ${instantSql(endsAt)},
      paid_changes_at = ${instantSql(changesAt)}, plan_until = ${instantSql(planUntil)}
    WHERE id = ${licenseId}::uuid`;
  await writeAudit(
    transaction,
    { ...SYSTEM, name: 'purchases' },
    {
      action: 'license.purchase',
      subject: licenseSubject(licenseId),
      before: { plan: paid.plan },
      after: {
        plan: plan ?? paid.plan,
        paid: plan !== null,
        expires_at: endsAt?.toISOString() ?? null,
      },
    },
  );
  return true;
}

async function writeGrant(
  transaction: Transaction,
  licenseId: string,
  line: StoredLine,
  addon: AddonEntitlement,
  timeZone: string,
): Promise<void> {
  const { units, entitled, isPaid, boughtAt } = addon;
  const { terms, shop, orderId, lineId } = line;
  if (terms.kind !== 'addon') return;
  const { id: product, provider, lasts, minimumPlan } = terms;
  const bought = instantSql(boughtAt);
  const gone = goneBecause(addon);
  const state = entitled === 0 ? 'revoked' : isPaid ? 'waiting' : 'expired';
  // The shop's restoring revives a grant that was taken back, but not one that an administrator withdrew.
  await transaction.$executeRaw`
    INSERT INTO license_grant AS pack (id, license_id, product_id, provider, units, entitled, lasts,
      period, minimum_plan, state, source, reason, created_at, purchase_line_id)
    VALUES (${uuidv7()}::uuid, ${licenseId}::uuid, ${product}, ${provider}, ${units}::bigint,
      ${entitled}::bigint, ${lasts},
      CASE WHEN ${lasts} = 'month' THEN ${monthSql(bought, timeZone)} END,
      ${minimumPlan}, ${state}, ${`${shop}:${orderId}:${lineId}`}, ${gone},
      least(${bought}, sahm_now()), ${line.id}::uuid)
    ON CONFLICT (purchase_line_id) DO UPDATE SET
      units = greatest(excluded.units, pack.used + pack.held), entitled = excluded.entitled,
      reason = excluded.reason,
      state = CASE WHEN excluded.state = 'waiting' AND pack.state = 'active' THEN 'active'
        ELSE excluded.state END
    WHERE (pack.state IN ('active', 'waiting') OR pack.reason IN (${TAKEN_BACK}, ${NOT_PAID}))
      AND (pack.units, pack.entitled, pack.reason) IS DISTINCT FROM
        (greatest(excluded.units, pack.used + pack.held), excluded.entitled, excluded.reason)`;
}
