// The rows of orders: by which of its ids an order counts, whose account it belongs to, what it names.

import { validate as isUuid, v7 as uuidv7 } from 'uuid';
import { hasValidForm } from '../../domain/key.js';
import type { Buyer, PurchaseReport } from '../../domain/purchase.js';
import { maskSecrets } from '../../domain/secretForms.js';
import type { Seller } from '../../domain/shop.js';
import type { Transaction } from '../database/transaction.js';
import { Prisma } from '../generated/client.js';
import { LICENSE_OF_KEY } from '../licenses/keyRows.js';
import type { KeyVault } from '../secrets/keyVault.js';
import type { OrderKey } from './facts.js';

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

interface OrderColumns {
  account_id: string | null;
  named_license: string | null;
  license_id: string | null;
  claim_id: string | null;
  is_assigned: boolean;
  settled: string | null;
}

const ORDER_COLUMNS = Prisma.sql`account_id, named_license, license_id, claim_id, is_assigned, settled`;

function columnsOf(row: OrderColumns): Omit<OrderRow, keyof OrderKey | 'isNew'> {
  return {
    accountId: row.account_id,
    namedLicense: row.named_license,
    licenseId: row.license_id,
    claimId: row.claim_id,
    isAssigned: row.is_assigned,
    settled: row.settled,
  };
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
    SELECT ${LICENSE_OF_KEY} AS license_id FROM license_key WHERE digest = ${vault.digest(named)}`;
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

export async function readOrder(
  db: Transaction,
  { shop, orderId }: OrderKey,
): Promise<OrderRow | null> {
  const [row] = await db.$queryRaw<OrderColumns[]>`
    SELECT ${ORDER_COLUMNS} FROM purchase_order WHERE shop = ${shop} AND order_id = ${orderId}`;
  return row ? { shop, orderId, ...columnsOf(row), isNew: false } : null;
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
    [OrderColumns & { is_new: boolean }]
  >`INSERT INTO purchase_order AS known (shop, order_id, account_id, named_license, claim_id,
      customer_id)
    VALUES (${shop}, ${orderId}, ${accountId}::uuid, ${licenseId ?? null}, ${claim}::uuid,
      ${customerId ?? null})
    ON CONFLICT (shop, order_id) DO UPDATE SET
      account_id = coalesce(known.account_id, excluded.account_id),
      -- What is told later corrects it, until the order counts for a license or a person has decided.
      named_license = CASE WHEN known.is_assigned OR known.license_id IS NOT NULL
        THEN known.named_license ELSE coalesce(excluded.named_license, known.named_license) END,
      claim_id = coalesce(known.claim_id, excluded.claim_id),
      customer_id = coalesce(known.customer_id, excluded.customer_id)
    RETURNING ${ORDER_COLUMNS}, xmax = 0 AS is_new`;
  const order = { shop, orderId, ...columnsOf(row), isNew: row.is_new };
  return others.length > 0 ? joinOthers(transaction, order, others) : order;
}

/** Makes the other ids part of the order. What was bound under one of them is bound under all. */
async function joinOthers(
  transaction: Transaction,
  order: OrderRow,
  others: string[],
): Promise<OrderRow> {
  const { shop, orderId } = order;
  const [row] = await transaction.$queryRaw<[OrderColumns]>`WITH other AS (
      INSERT INTO purchase_order AS known (shop, order_id, same_as, is_booked)
      SELECT ${shop}, told.id, ${orderId}, true FROM unnest(${others}::text[]) AS told(id)
      ON CONFLICT (shop, order_id) DO UPDATE SET same_as = excluded.same_as, is_booked = true
      RETURNING account_id, license_id, issued_license, settled, is_assigned, named_license, claim_id,
        customer_id
    )
    UPDATE purchase_order SET
      account_id = coalesce(account_id, (SELECT max(account_id::text) FROM other)::uuid),
      license_id = coalesce(license_id, (SELECT max(license_id::text) FROM other)::uuid),
      issued_license = issued_license OR (SELECT bool_or(issued_license) FROM other),
      settled = coalesce(settled, (SELECT max(settled) FROM other)),
      is_assigned = is_assigned OR (SELECT bool_or(is_assigned) FROM other),
      named_license = coalesce(named_license, (SELECT max(named_license) FROM other)),
      claim_id = coalesce(claim_id, (SELECT max(claim_id::text) FROM other)::uuid),
      customer_id = coalesce(customer_id, (SELECT max(customer_id) FROM other))
    WHERE shop = ${shop} AND order_id = ${orderId}
    RETURNING ${ORDER_COLUMNS}`;
  await transaction.$executeRaw`
    DELETE FROM purchase_movement WHERE shop = ${shop} AND order_id = ANY (${others})`;
  const joined = { ...order, ...columnsOf(row) };
  if (joined.licenseId) await writeBinding(transaction, joined, joined.licenseId);
  return joined;
}

/** Under all ids of the order. */
export async function writeBinding(
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
    Array<OrderColumns & { shop: Seller; order_id: string }>
  >`SELECT shop, order_id, ${ORDER_COLUMNS} FROM purchase_order
    WHERE account_id = ${accountId}::uuid AND license_id IS NULL AND same_as IS NULL
      AND settled IS NULL AND part_of IS NULL
      AND EXISTS (SELECT FROM purchase_line line
        WHERE line.shop = purchase_order.shop AND line.order_id = purchase_order.order_id)
    ORDER BY created_at, shop, order_id FOR NO KEY UPDATE`;
  return rows.map(({ shop, order_id: orderId, ...row }) => ({
    shop,
    orderId,
    ...columnsOf(row),
    isNew: false,
  }));
}
