// Finds the account that an order belongs to, and the license that it counts for.

import { validate as isUuid, v7 as uuidv7 } from 'uuid';
import { nothingStands, paysForPlan } from '../../domain/foldPurchases.js';
import { hasValidForm } from '../../domain/key.js';
import { issuesPieces } from '../../domain/orderParts.js';
import type { Buyer, PurchaseLine, PurchaseReport } from '../../domain/purchase.js';
import { maskSecrets } from '../../domain/secretForms.js';
import { isShop, type Seller } from '../../domain/shop.js';
import type { Transaction } from '../database/transaction.js';
import { Prisma } from '../generated/client.js';
import { insertKey } from '../licenses/licenseKeys.js';
import type { KeyVault } from '../secrets/keyVault.js';
import type { OrderKey, UnderstoodOrder } from './facts.js';

export interface OrderRow extends OrderKey {
  accountId: string | null;
  namedLicense: string | null;
  licenseId: string | null;
  claimId: string | null;
  /** An administrator said whose it is: what the shop names changes nothing any more. */
  isAssigned: boolean;
  /** Why an administrator closed it without effect, or null. */
  settled: string | null;
  /** Whether this delivery is the order's first. */
  isNew: boolean;
}

/** An order by any of its ids: the id that counts, and the others. */
export interface OrderIds extends OrderKey {
  others: string[];
}

/** The id of an order that counts, of all that the shop tells. */
export async function idsOf(
  transaction: Transaction,
  {
    shop,
    orderId,
    sameAs = [],
    partOf,
  }: Pick<PurchaseReport, 'shop' | 'orderId' | 'sameAs' | 'partOf'>,
): Promise<OrderIds> {
  const told = partOf ?? orderId;
  const [known] = await transaction.$queryRaw<Array<{ same_as: string }>>`
    SELECT same_as FROM purchase_order
    WHERE shop = ${shop} AND order_id = ${told} AND same_as IS NOT NULL`;
  const counting = known?.same_as ?? told;
  const others = [...new Set([orderId, told, ...sameAs])].filter(id => id !== counting);
  return { shop, orderId: counting, others };
}

/**
 * Finds and locks an order's account: the one that it has, else the one of the shop's customer, else the one
 * of the e-mail address, which is created where it is new. Null where the shop tells none of them. Purchases
 * of an account are recorded one at a time, so this is always the first lock.
 */
export async function lockAccountOf(
  transaction: Transaction,
  { shop, orderId, others }: OrderIds,
  { email, customerId, licenseId }: Buyer,
): Promise<string | null> {
  const address = email?.toLowerCase() ?? null;
  const [row] = await transaction.$queryRaw<Array<{ known: string | null; made: string | null }>>`
    WITH known AS (
      SELECT account_id AS id, 1 AS turn FROM purchase_order
      WHERE shop = ${shop} AND order_id = ANY (${[orderId, ...others]}) AND account_id IS NOT NULL
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

/** The license that a text names: by its id, or by a key of it. Any other text stays as it is, masked. */
export async function licenseIdOf(
  transaction: Transaction,
  vault: KeyVault,
  named: string,
): Promise<string> {
  if (!hasValidForm(named)) return maskSecrets(named);
  const [row] = await transaction.$queryRaw<Array<{ license_id: string }>>`
    SELECT license_id FROM license_key WHERE digest = ${vault.digest(named)}`;
  return row?.license_id ?? maskSecrets(named);
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
  { shop, orderId, others }: OrderIds,
  accountId: string | null,
  { licenseId, claimId, customerId }: Buyer,
): Promise<OrderRow> {
  const claim = claimId && isUuid(claimId) ? claimId : null;
  const [row] = await transaction.$queryRaw<
    Array<{
      account_id: string | null;
      named_license: string | null;
      license_id: string | null;
      claim_id: string | null;
      is_assigned: boolean;
      settled: string | null;
      is_new: boolean;
    }>
  >`INSERT INTO purchase_order AS known (shop, order_id, account_id, named_license, claim_id,
      customer_id)
    VALUES (${shop}, ${orderId}, ${accountId}::uuid, ${licenseId ?? null}, ${claim}::uuid,
      ${customerId ?? null})
    ON CONFLICT (shop, order_id) DO UPDATE SET
      account_id = coalesce(known.account_id, excluded.account_id),
      named_license = coalesce(known.named_license, excluded.named_license),
      claim_id = coalesce(known.claim_id, excluded.claim_id),
      customer_id = coalesce(known.customer_id, excluded.customer_id)
    RETURNING account_id, named_license, license_id, claim_id, is_assigned, settled,
      xmax = 0 AS is_new`;
  const order = {
    shop,
    orderId,
    accountId: row?.account_id ?? null,
    namedLicense: row?.named_license ?? null,
    licenseId: row?.license_id ?? null,
    claimId: row?.claim_id ?? null,
    isAssigned: row?.is_assigned === true,
    settled: row?.settled ?? null,
    isNew: row?.is_new === true,
  };
  return others.length > 0 ? joinOthers(transaction, order, others) : order;
}

/** Makes the other ids part of the order. What was bound under one of them is bound under all. */
async function joinOthers(
  transaction: Transaction,
  order: OrderRow,
  others: string[],
): Promise<OrderRow> {
  const { shop, orderId } = order;
  const [row] = await transaction.$queryRaw<
    Array<{ account_id: string | null; license_id: string | null }>
  >`WITH other AS (
      INSERT INTO purchase_order AS known (shop, order_id, same_as, is_booked)
      SELECT ${shop}, told.id, ${orderId}, true FROM unnest(${others}::text[]) AS told(id)
      ON CONFLICT (shop, order_id) DO UPDATE SET same_as = excluded.same_as, is_booked = true
      RETURNING account_id, license_id, issued_license
    )
    UPDATE purchase_order SET
      account_id = coalesce(account_id, (SELECT max(account_id::text) FROM other)::uuid),
      license_id = coalesce(license_id, (SELECT max(license_id::text) FROM other)::uuid),
      issued_license = issued_license OR (SELECT bool_or(issued_license) FROM other)
    WHERE shop = ${shop} AND order_id = ${orderId}
    RETURNING account_id, license_id`;
  await transaction.$executeRaw`
    DELETE FROM purchase_movement WHERE shop = ${shop} AND order_id = ANY (${others})`;
  const joined = {
    ...order,
    accountId: row?.account_id ?? null,
    licenseId: row?.license_id ?? null,
  };
  if (joined.licenseId) await writeBinding(transaction, joined, joined.licenseId);
  return joined;
}

/** Under all ids of the order. */
async function writeBinding(
  transaction: Transaction,
  { shop, orderId, accountId }: OrderRow,
  licenseId: string,
  { isIssued = false } = {},
): Promise<void> {
  await transaction.$executeRaw`
    UPDATE purchase_order SET license_id = ${licenseId}::uuid,
      account_id = coalesce(account_id, ${accountId}::uuid),
      issued_license = issued_license OR ${isIssued}
    WHERE shop = ${shop} AND (order_id = ${orderId} OR same_as = ${orderId})`;
}

/** What the newest statement of an order names, as long as the order counts for no license. */
export async function nameLicense(
  transaction: Transaction,
  { shop, orderId }: OrderKey,
  licenseId: string | null,
): Promise<void> {
  await transaction.$executeRaw`
    UPDATE purchase_order SET named_license = ${licenseId}
    WHERE shop = ${shop} AND order_id = ${orderId}`;
}

/** Other orders of the account that are not bound to a license yet. */
export async function unboundOrders(
  transaction: Transaction,
  accountId: string,
): Promise<OrderRow[]> {
  const rows = await transaction.$queryRaw<
    Array<{
      shop: Seller;
      order_id: string;
      named_license: string | null;
      claim_id: string | null;
      is_assigned: boolean;
    }>
  >`SELECT shop, order_id, named_license, claim_id, is_assigned FROM purchase_order
    WHERE account_id = ${accountId}::uuid AND license_id IS NULL AND same_as IS NULL
      AND settled IS NULL AND part_of IS NULL
    ORDER BY created_at, shop, order_id FOR NO KEY UPDATE`;
  return rows.map(row => ({
    shop: row.shop,
    orderId: row.order_id,
    accountId,
    namedLicense: row.named_license,
    licenseId: null,
    claimId: row.claim_id,
    isAssigned: row.is_assigned,
    settled: null,
    isNew: false,
  }));
}

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
  if (found && !found.isRevoked)
    return bindTo(transaction, order, found.id, { ...understood, lines });
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
  { lines }: UnderstoodOrder,
): Promise<Binding> {
  // The first plan that is bought is laid over the plan that an administrator gave.
  if (lines.some(({ terms }) => terms.kind === 'plan')) {
    await transaction.$executeRaw`
      UPDATE license SET given_plan = plan, given_until = expires_at
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
  await insertKey(transaction, vault, licenseId, vault.make());
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
