// What was given for a time and is over: plans, limits and grants. The ledger makes no hold for a license after such an
// end before it is written here, so whoever comes first writes it; the job only tidies.

import type { Catalog } from '../../domain/catalog.js';
import type { Provider, QuotaKey } from '../../domain/provider.js';
import { licenseSubject, SYSTEM, writeAudit } from '../admin/audit.js';
import type { Transaction } from '../database/transaction.js';
import { Prisma } from '../generated/client.js';
import { activeOrExpired, lockBuckets, lockLicense, refreshEntitlements } from './entitlements.js';

/** Whether something is over that is not written yet, in a statement that reads `license`. */
export const IS_DUE = Prisma.sql`coalesce(license.changes_at <= sahm_now(), false)`;

/** In a statement that reads `license`: when something is over next. */
const CHANGES_AT = Prisma.sql`least(license.lent_until,
  (SELECT min(until) FROM license_limit WHERE license_id = license.id),
  (SELECT min(pack.expires_at) FROM license_grant pack
    WHERE pack.license_id = license.id AND pack.state IN ('active', 'waiting')))`;

/** To be called after every change of what is given for a time. */
export async function writeNextEnd(transaction: Transaction, licenseId: string): Promise<void> {
  await transaction.$executeRaw`
    UPDATE license SET changes_at = ${CHANGES_AT} WHERE id = ${licenseId}::uuid`;
}

/** Does nothing where nothing is over. */
export async function endWhatIsOver(
  transaction: Transaction,
  catalog: Catalog,
  licenseId: string,
  timeZone: string,
): Promise<void> {
  const license = await lockLicense(transaction, licenseId);
  if (!license?.isDue) return;
  const subject = licenseSubject(licenseId);
  const expiry = Prisma.sql`expires_after`;
  const ended = await transaction.$executeRaw`
    UPDATE license SET plan = plan_after, expires_at = expires_after,
      state = CASE WHEN state IN ('active', 'expired') THEN ${activeOrExpired(expiry)} ELSE state END,
      lent_until = NULL, plan_after = NULL, expires_after = NULL
    WHERE id = ${licenseId}::uuid AND lent_until <= sahm_now()`;
  const limits = await transaction.$queryRaw<Array<{ provider: Provider; units: bigint }>>`
    DELETE FROM license_limit WHERE license_id = ${licenseId}::uuid AND until <= sahm_now()
    RETURNING provider, units`;
  await lockBuckets(transaction, licenseId, timeZone);
  // As where it is withdrawn: a request under way that holds some of it may still post what it holds.
  const grants = await transaction.$queryRaw<
    Array<{ id: string; provider: QuotaKey; lost: bigint }>
  >`
    UPDATE license_grant pack SET entitled = least(pack.entitled, pack.used), state = 'expired'
    FROM license_grant before
    WHERE pack.license_id = ${licenseId}::uuid AND pack.expires_at <= sahm_now()
      AND pack.state IN ('active', 'waiting') AND before.id = pack.id
    RETURNING pack.id, pack.provider, before.entitled - pack.entitled AS lost`;
  await transaction.$executeRaw`
    UPDATE license SET changes_at = ${CHANGES_AT}, version = version + 1
    WHERE id = ${licenseId}::uuid`;
  if (ended > 0) {
    const after = await lockLicense(transaction, licenseId);
    await writeAudit(transaction, SYSTEM, {
      action: 'license.plan-ended',
      subject,
      before: { plan: license.plan, plan_until: license.lent?.until.toISOString() ?? null },
      after: { plan: after?.plan ?? license.plan, status: after?.status ?? license.status },
    });
  }
  if (limits.length > 0) {
    const before = Object.fromEntries(
      limits.map(({ provider, units }) => [provider, Number(units)]),
    );
    const after = Object.fromEntries(limits.map(({ provider }) => [provider, null]));
    await writeAudit(transaction, SYSTEM, {
      action: 'license.limits-ended',
      subject,
      before: { limits: before },
      after: { limits: after },
    });
  }
  for (const { id: grant, provider, lost } of grants) {
    await writeAudit(transaction, SYSTEM, {
      action: 'grant.ended',
      subject,
      before: { grant, provider, remaining: Number(lost) },
      after: { grant, provider, remaining: 0, status: 'expired' },
    });
  }
  await refreshEntitlements(transaction, catalog, licenseId, timeZone);
}
