// Finds the account that an order belongs to, and the license that it counts for.

import { validate as isUuid, v7 as uuidv7 } from 'uuid';
import { nothingStands, paysForPlan } from '../../domain/foldPurchases.js';
import type { Buyer } from '../../domain/purchase.js';
import type { Seller } from '../../domain/shop.js';
import type { Transaction } from '../database/transaction.js';
import { insertKey } from '../licenses/licenseKeys.js';
import type { KeyVault } from '../secrets/keyVault.js';
import type { OrderKey, UnderstoodOrder } from './facts.js';

export interface OrderRow extends OrderKey {
  accountId: string | null;
  namedLicense: string | null;
  licenseId: string | null;
  claimId: string | null;
  /** Whether this delivery is the order's first. */
  isNew: boolean;
}

/**
 * Finds and locks an order's account: the one that it has, else the one of the shop's customer, else the one
 * of the e-mail address, which is created where it is new. Null where the shop tells none of them. Purchases
 * of an account are recorded one at a time, so this is always the first lock.
 */
export async function lockAccountOf(
  transaction: Transaction,
  { shop, orderId }: OrderKey,
  { email, customerId, licenseId }: Buyer,
): Promise<string | null> {
  const address = email?.toLowerCase() ?? null;
  const [row] = await transaction.$queryRaw<Array<{ known: string | null; made: string | null }>>`
    WITH known AS (
      SELECT account_id AS id, 1 AS turn FROM purchase_order
      WHERE shop = ${shop} AND order_id = ${orderId} AND account_id IS NOT NULL
      UNION ALL
      SELECT account_id, 2 FROM shop_customer
      WHERE shop = ${shop} AND customer_id = ${customerId ?? null}
      ORDER BY turn LIMIT 1
    ),
    made AS (
      INSERT INTO account (id, email)
      SELECT ${uuidv7()}::uuid, ${address}::text
      WHERE ${address}::text IS NOT NULL AND NOT EXISTS (SELECT FROM known)
      ON CONFLICT (email) DO UPDATE SET email = excluded.email RETURNING id
    )
    SELECT (SELECT id FROM known) AS known, (SELECT id FROM made) AS made`;
  // An account that was inserted or updated just now is locked by that.
  if (row?.made)
    return customerId ? linkCustomer(transaction, shop, customerId, row.made) : row.made;
  const accountId =
    row?.known ?? (licenseId ? await accountOfLicense(transaction, licenseId) : null);
  if (accountId) await lockAccount(transaction, accountId);
  return accountId;
}

/** If a customer seems to belong to two accounts, the first one stays. */
async function linkCustomer(
  transaction: Transaction,
  shop: Seller,
  customerId: string,
  accountId: string,
): Promise<string> {
  const [linked] = await transaction.$queryRaw<Array<{ id: string }>>`
    INSERT INTO shop_customer (shop, customer_id, account_id)
    VALUES (${shop}, ${customerId}, ${accountId}::uuid)
    ON CONFLICT (shop, customer_id) DO UPDATE SET customer_id = excluded.customer_id
    RETURNING account_id AS id`;
  const id = linked?.id ?? accountId;
  if (id !== accountId) await lockAccount(transaction, id);
  return id;
}

async function accountOfLicense(
  transaction: Transaction,
  licenseId: string,
): Promise<string | null> {
  if (!isUuid(licenseId)) return null;
  const [row] = await transaction.$queryRaw<Array<{ id: string }>>`
    SELECT account_id AS id FROM license WHERE id = ${licenseId}::uuid`;
  return row?.id ?? null;
}

export async function lockAccount(transaction: Transaction, accountId: string): Promise<void> {
  await transaction.$executeRaw`
    SELECT FROM account WHERE id = ${accountId}::uuid FOR NO KEY UPDATE`;
}

/** Locks the order's row, created where it is new, and adds what the delivery tells. */
export async function lockOrder(
  transaction: Transaction,
  { shop, orderId }: OrderKey,
  accountId: string | null,
  { licenseId, claimId }: Buyer,
): Promise<OrderRow> {
  const claim = claimId && isUuid(claimId) ? claimId : null;
  const [row] = await transaction.$queryRaw<
    Array<{
      account_id: string | null;
      named_license: string | null;
      license_id: string | null;
      claim_id: string | null;
      is_new: boolean;
    }>
  >`INSERT INTO purchase_order AS known (shop, order_id, account_id, named_license, claim_id)
    VALUES (${shop}, ${orderId}, ${accountId}::uuid, ${licenseId ?? null}, ${claim}::uuid)
    ON CONFLICT (shop, order_id) DO UPDATE SET
      account_id = coalesce(known.account_id, excluded.account_id),
      named_license = coalesce(known.named_license, excluded.named_license),
      claim_id = coalesce(known.claim_id, excluded.claim_id)
    RETURNING account_id, named_license, license_id, claim_id, xmax = 0 AS is_new`;
  return {
    shop,
    orderId,
    accountId: row?.account_id ?? null,
    namedLicense: row?.named_license ?? null,
    licenseId: row?.license_id ?? null,
    claimId: row?.claim_id ?? null,
    isNew: row?.is_new === true,
  };
}

/** Other orders of the account that are not bound to a license yet. */
export async function unboundOrders(
  transaction: Transaction,
  accountId: string,
): Promise<OrderRow[]> {
  const rows = await transaction.$queryRaw<
    Array<{ shop: Seller; order_id: string; named_license: string | null; claim_id: string | null }>
  >`SELECT shop, order_id, named_license, claim_id FROM purchase_order
    WHERE account_id = ${accountId}::uuid AND license_id IS NULL
    ORDER BY created_at, shop, order_id FOR NO KEY UPDATE`;
  return rows.map(row => ({
    shop: row.shop,
    orderId: row.order_id,
    accountId,
    namedLicense: row.named_license,
    licenseId: null,
    claimId: row.claim_id,
    isNew: false,
  }));
}

/** `waitsFor` is null where nothing of the order stands. */
export type Binding = { licenseId: string; isIssued?: boolean } | { waitsFor: string | null };

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
  if (nothingStands(understood.lines, understood.facts)) return { waitsFor: null };
  const found = await findLicense(transaction, order);
  if (found) return bindTo(transaction, order, found, understood);
  if (order.namedLicense) return { waitsFor: `there is no license ${order.namedLicense}` };
  if (!paysForPlan(understood.lines, understood.facts)) {
    return { waitsFor: 'the account has no license' };
  }
  return issueFor(transaction, order, understood, vault);
}

async function findLicense(
  transaction: Transaction,
  { namedLicense, accountId }: OrderRow,
): Promise<string | undefined> {
  if (namedLicense) {
    if (!isUuid(namedLicense)) return undefined;
    const [named] = await transaction.$queryRaw<Array<{ id: string }>>`
      SELECT id FROM license WHERE id = ${namedLicense}::uuid AND state <> 'revoked'`;
    return named?.id;
  }
  const [own] = await transaction.$queryRaw<Array<{ id: string }>>`
    SELECT id FROM license WHERE account_id = ${accountId}::uuid AND state <> 'revoked'
    ORDER BY created_at, id LIMIT 1`;
  return own?.id;
}

async function bindTo(
  transaction: Transaction,
  { shop, orderId }: OrderKey,
  licenseId: string,
  { lines }: UnderstoodOrder,
): Promise<Binding> {
  // The first plan that is bought is laid over the plan that an administrator gave.
  if (lines.some(({ terms }) => terms.kind === 'plan')) {
    await transaction.$executeRaw`
      UPDATE license SET given_plan = plan, given_until = expires_at
      WHERE id = ${licenseId}::uuid AND given_plan IS NULL AND paid_plan IS NULL`;
  }
  await transaction.$executeRaw`
    UPDATE purchase_order SET license_id = ${licenseId}::uuid
    WHERE shop = ${shop} AND order_id = ${orderId}`;
  return { licenseId };
}

async function issueFor(
  transaction: Transaction,
  order: OrderRow,
  { lines }: UnderstoodOrder,
  vault: KeyVault,
): Promise<Binding> {
  const { shop, orderId, accountId, claimId } = order;
  const licenseId = uuidv7();
  const plan = lines.flatMap(({ terms }) => (terms.kind === 'plan' ? [terms.plan] : []))[0] ?? '';
  // It is expired until its purchases are counted, a moment later in the same transaction.
  await transaction.$executeRaw`
    INSERT INTO license (id, account_id, plan, state, expires_at)
    VALUES (${licenseId}::uuid, ${accountId}::uuid, ${plan}, 'expired', sahm_now())`;
  await insertKey(transaction, vault, licenseId, vault.make());
  await transaction.$executeRaw`
    UPDATE purchase_order SET license_id = ${licenseId}::uuid, issued_license = true
    WHERE shop = ${shop} AND order_id = ${orderId}`;
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
