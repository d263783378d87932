// Finds or issues the license that an order counts for.

import { validate as isUuid, v7 as uuidv7 } from 'uuid';
import { nothingStands, paysForPlan } from '../../domain/foldPurchases.js';
import { issuesPieces } from '../../domain/orderParts.js';
import type { PurchaseLine } from '../../domain/purchase.js';
import { maskSecrets } from '../../domain/secretForms.js';
import { isShop } from '../../domain/shop.js';
import type { Transaction } from '../database/transaction.js';
import { Prisma } from '../generated/client.js';
import { insertKey } from '../licenses/keyRows.js';
import type { KeyVault } from '../secrets/keyVault.js';
import type { UnderstoodOrder } from './facts.js';
import { type OrderRow, writeBinding } from './orders.js';

/** What a person has to decide, or what will come by itself; `waitsFor` is null where nothing stands. */
export type Binding =
  | { licenseId: string; isIssued?: boolean }
  | { waitsFor: string | null }
  | { needsPerson: string };

/**
 * The license that an order counts for, from now on for good: the one that it names, else the account's own,
 * else a new one, if the order pays for a plan.
 */
export async function bindOrder(
  transaction: Transaction,
  order: OrderRow,
  understood: UnderstoodOrder,
  vault: KeyVault,
): Promise<Binding> {
  if (order.licenseId) return { licenseId: order.licenseId };
  if (understood.lines.length === 0) return { waitsFor: 'no line of this order is known yet' };
  // What issues by the piece has licenses of its own.
  const lines = understood.lines.filter(line => !issuesPieces(line));
  if (nothingStands(lines, understood.facts)) return { waitsFor: null };
  const found = await findLicense(transaction, order);
  if (found && !found.isRevoked) return bindTo(transaction, order, found.id, lines);
  const { namedLicense, isAssigned } = order;
  if (namedLicense && !found) {
    const named = `there is no license ${maskSecrets(namedLicense)}`;
    return { needsPerson: `${named}: correct the order in the shop, or assign it` };
  }
  if (found && !isAssigned) return { needsPerson: REVOKED };
  if (!paysForPlan(lines, understood.facts)) {
    return { waitsFor: 'the account has no license' };
  }
  return issueFor(transaction, order, lines, vault);
}

export const REVOKED =
  "the buyer's license is revoked: give the money back, or assign the order to the buyer for a new one";

async function findLicense(
  transaction: Transaction,
  { namedLicense, accountId }: OrderRow,
): Promise<{ id: string; isRevoked: boolean } | undefined> {
  if (namedLicense && !isUuid(namedLicense)) return undefined;
  const which = namedLicense
    ? Prisma.sql`id = ${namedLicense}::uuid`
    : Prisma.sql`account_id = ${accountId}::uuid`;
  // One that runs comes before one that has ended.
  const [found] = await transaction.$queryRaw<Array<{ id: string; isRevoked: boolean }>>`
    SELECT id, state = 'revoked' AS "isRevoked" FROM license WHERE ${which}
    ORDER BY state = 'revoked', state = 'expired', created_at, id LIMIT 1`;
  return found;
}

async function bindTo(
  transaction: Transaction,
  order: OrderRow,
  licenseId: string,
  lines: PurchaseLine[],
): Promise<Binding> {
  // The first plan that is bought is laid over the plan that an administrator gave.
  if (lines.some(({ terms }) => terms.kind === 'plan')) {
    await transaction.$executeRaw`
      UPDATE license SET given_plan = coalesce(plan_after, plan),
        given_until = CASE WHEN lent_until IS NULL THEN expires_at ELSE expires_after END
      WHERE id = ${licenseId}::uuid AND given_plan IS NULL AND paid_plan IS NULL`;
  }
  await writeBinding(transaction, order, licenseId);
  const { shop, orderId, accountId } = order;
  // Who redeems a code saw what it gave.
  if (isShop(shop)) {
    await transaction.$executeRaw`
      INSERT INTO notice (id, kind, account_id, license_id, shop, order_id)
      VALUES (${uuidv7()}::uuid, 'purchase_confirmed', ${accountId}::uuid, ${licenseId}::uuid, ${shop},
        ${orderId})
      ON CONFLICT DO NOTHING`;
  }
  return { licenseId };
}

/** Issues a license for what an order pays for. */
export async function issueFor(
  transaction: Transaction,
  order: OrderRow,
  lines: PurchaseLine[],
  vault: KeyVault,
): Promise<{ licenseId: string; isIssued: true }> {
  const { shop, orderId, accountId, claimId } = order;
  const licenseId = uuidv7();
  const plan = lines.flatMap(({ terms }) => (terms.kind === 'plan' ? [terms.plan] : []))[0] ?? '';
  // It is expired until its purchases are counted, a moment later in the same transaction.
  await transaction.$executeRaw`
    INSERT INTO license (id, account_id, plan, state, expires_at)
    VALUES (${licenseId}::uuid, ${accountId}::uuid, ${plan}, 'expired', sahm_now())`;
  await insertKey(transaction, vault, { licenseId }, { key: vault.make() });
  await writeBinding(transaction, order, licenseId, { isIssued: true });
  await transaction.$executeRaw`
    INSERT INTO notice (id, kind, account_id, license_id, shop, order_id)
    VALUES (${uuidv7()}::uuid, 'license_ready', ${accountId}::uuid, ${licenseId}::uuid, ${shop},
      ${orderId})
    ON CONFLICT DO NOTHING`;
  if (claimId) {
    await transaction.$executeRaw`
      UPDATE claim SET license_id = ${licenseId}::uuid, account_id = ${accountId}::uuid
      WHERE id = ${claimId}::uuid AND license_id IS NULL`;
  }
  return { licenseId, isIssued: true };
}
