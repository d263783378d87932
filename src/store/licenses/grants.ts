// Grants: add-ons on a license. One that the license's plan does not cover waits for a plan that does.

import { validate as isUuid, v7 as uuidv7 } from 'uuid';
import { type Catalog, quotasOf } from '../../domain/catalog.js';
import type { Lasts } from '../../domain/grant.js';
import type { QuotaKey } from '../../domain/provider.js';
import { type Refusal, refuse, refuseField } from '../../domain/refusal.js';
import { type Actor, type AuditedState, licenseSubject, writeAudit } from '../admin/audit.js';
import { instantSql } from '../database/instants.js';
import { inTransaction, inTransactionIf, type Transaction } from '../database/transaction.js';
import type { PrismaClient } from '../generated/client.js';
import { clockSql } from '../ledger/sql.js';
import { endWhatIsOver, writeNextEnd } from './endings.js';
import { lockBuckets, lockLicense, refreshEntitlements } from './entitlements.js';
import { type GrantView, readGrant, readGrants } from './grantViews.js';
import { refuseRevoked, refuseUnknownLicense } from './licenseChanges.js';
import { grantOfOtherMeter } from './otherMeter.js';

/** An add-on product of the catalogue with its quantity, or units with the reason for giving them. */
export type WantedGrant =
  | { product: string; quantity?: number | undefined; reason?: string | undefined }
  /** For a wallet (`all`), units are micro-dollars. */
  | { provider: QuotaKey; units: number; reason: string };

/** `expiresAt`: when what is left of it is taken back; undefined: never. */
export type GrantForATime = WantedGrant & { expiresAt: Date | undefined };

export type { GrantView };

export interface ShownGrant {
  kind: 'grant';
  grant: GrantView;
  /** Units that were taken back, by a withdrawal. */
  withdrawn?: number;
  /** Set for a grant that was given just now: what the audit log says of it. */
  after?: AuditedState;
}

export interface HowToGrant {
  /** Whether it could be given; nothing is. */
  rehearse?: boolean | undefined;
  /** The id of a grant that is given only once. If it exists, nothing is given. */
  id?: string | undefined;
}

export interface GrantStore {
  grant(
    licenseId: string,
    wanted: GrantForATime,
    source: string,
    by: Actor,
    how?: HowToGrant,
  ): Promise<ShownGrant | Refusal>;
  /** Takes back what is not used. Doing it twice is fine. */
  withdraw(licenseId: string, grantId: string, by: Actor): Promise<ShownGrant | Refusal>;
  /** Oldest first, as they are drawn on. */
  list(licenseId: string): Promise<GrantView[]>;
}

/** `catalog` is asked at each use, because it can be reloaded. */
export function createGrantStore({
  prisma,
  catalog,
  timeZone,
}: {
  prisma: PrismaClient;
  catalog: () => Catalog;
  timeZone: string;
}): GrantStore {
  return {
    async grant(licenseId, wanted, source, by, { rehearse = false, id: givenId } = {}) {
      const terms = termsOf(wanted, catalog());
      if ('kind' in terms) return terms;
      if (!isUuid(licenseId)) return refuseUnknownLicense();
      const give = async (transaction: Transaction): Promise<ShownGrant | Refusal> => {
        await endWhatIsOver(transaction, catalog(), licenseId, timeZone);
        const license = await lockLicense(transaction, licenseId);
        if (!license) return refuseUnknownLicense();
        if (license.status === 'revoked') return refuseRevoked();
        const { expiresAt } = wanted;
        if (expiresAt && expiresAt <= license.now) {
          return refuseField('expires_at', 'an instant in the future');
        }
        const quotas = quotasOf(catalog(), license.plan);
        if (!quotas.includes(terms.provider)) return grantOfOtherMeter(terms, quotas);
        const [given] = givenId ? await readGrants(transaction, licenseId, timeZone, givenId) : [];
        if (given) return { kind: 'grant', grant: given };
        const id = givenId ?? uuidv7();
        await insertGrant(transaction, { id, licenseId, expiresAt }, terms, source, timeZone);
        if (expiresAt) await writeNextEnd(transaction, licenseId);
        await refreshEntitlements(transaction, catalog(), licenseId, timeZone);
        const grant = await readGrant(transaction, id, timeZone);
        const { status } = grant;
        const { productId: product, provider, units, reason } = terms;
        const expires = expiresAt && { expires_at: expiresAt.toISOString() };
        const after = { product, provider, units, status, reason, source, ...expires };
        await writeAudit(transaction, by, {
          action: 'grant.give',
          subject: licenseSubject(licenseId),
          after: { grant: id, ...after },
        });
        return { kind: 'grant', grant, after };
      };
      return inTransactionIf(prisma, give, () => !rehearse);
    },
    async withdraw(licenseId, grantId, by) {
      if (!isUuid(licenseId) || !isUuid(grantId)) return refuseUnknownGrant();
      return inTransaction(prisma, async transaction => {
        if (!(await lockLicense(transaction, licenseId))) return refuseUnknownGrant();
        await lockBuckets(transaction, licenseId, timeZone);
        const [before] = await readGrants(transaction, licenseId, timeZone, grantId);
        if (!before) return refuseUnknownGrant();
        if (before.status === 'revoked') return { kind: 'grant', grant: before, withdrawn: 0 };
        // A request under way that holds some of it may still post what it holds.
        await transaction.$executeRaw`
          UPDATE license_grant SET entitled = least(entitled, used), state = 'revoked'
          WHERE id = ${grantId}::uuid`;
        await writeNextEnd(transaction, licenseId);
        await refreshEntitlements(transaction, catalog(), licenseId, timeZone);
        const grant = await readGrant(transaction, grantId, timeZone);
        await writeAudit(transaction, by, {
          action: 'grant.withdraw',
          subject: licenseSubject(licenseId),
          before: { grant: grantId, status: before.status, remaining: before.remaining },
          after: { grant: grantId, status: grant.status, remaining: grant.remaining },
        });
        return { kind: 'grant', grant, withdrawn: before.remaining };
      });
    },
    list: licenseId => readGrants(prisma, licenseId, timeZone),
  };
}

interface GrantTerms {
  productId: string | null;
  provider: QuotaKey;
  units: number;
  lasts: Lasts;
  minimumPlan: string;
  reason: string;
}

function termsOf(wanted: WantedGrant, catalog: Catalog): GrantTerms | Refusal {
  if (!('product' in wanted)) {
    const { provider, units, reason } = wanted;
    const minimumPlan = leastPlanFor(provider, catalog);
    return { productId: null, provider, units, lasts: 'until-used', minimumPlan, reason };
  }
  const { quantity = 1, reason = '' } = wanted;
  const product = catalog.products.get(wanted.product);
  if (product?.kind !== 'addon') {
    return refuseField('product', 'the id of an add-on product');
  }
  const { id: productId, provider, lasts, minimumPlan } = product;
  return { productId, provider, units: product.units * quantity, lasts, minimumPlan, reason };
}

/** Units that no model of the license's plan can use wait like any add-on. */
function leastPlanFor(provider: QuotaKey, catalog: Catalog): string {
  const needed = new Set<string>();
  for (const model of catalog.models.values()) {
    if (model.provider === provider) needed.add(model.minimumPlan);
  }
  const plans = [...catalog.plans.keys()];
  return plans.find(plan => needed.has(plan)) ?? (plans[0] as string);
}

/** It waits until `refreshEntitlements` has compared its least plan. */
async function insertGrant(
  transaction: Transaction,
  { id, licenseId, expiresAt }: { id: string; licenseId: string; expiresAt: Date | undefined },
  terms: GrantTerms,
  source: string,
  timeZone: string,
): Promise<void> {
  const { productId, provider, units, lasts, minimumPlan, reason } = terms;
  await transaction.$executeRaw`
    INSERT INTO license_grant (id, license_id, product_id, provider, units, entitled, lasts, period,
      minimum_plan, state, source, reason, expires_at)
    SELECT ${id}::uuid, ${licenseId}::uuid, ${productId}, ${provider}, ${units}::bigint,
      ${units}::bigint, ${lasts}, CASE WHEN ${lasts} = 'month' THEN clock.period END,
      ${minimumPlan}, 'waiting', ${source}, ${reason},
      ${instantSql(expiresAt ?? null)}
    FROM (${clockSql(timeZone)}) clock`;
}

function refuseUnknownGrant(): Refusal {
  return refuse('not_found', 'not_found', { what: 'grant' });
}
