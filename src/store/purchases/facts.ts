// Stores and reads orders, their lines and their facts.

import { v7 as uuidv7 } from 'uuid';
import type { Catalog } from '../../domain/catalog.js';
import {
  type Amount,
  type FactKind,
  findProduct,
  lineKey,
  type PurchaseFact,
  type PurchaseLine,
  type Terms,
  termsOf,
} from '../../domain/purchase.js';
import type { Seller } from '../../domain/shop.js';
import { instantSql, millisecondsSql } from '../database/instants.js';
import { queryJson } from '../database/queries.js';
import type { Transaction } from '../database/transaction.js';
import { Prisma } from '../generated/client.js';

export interface OrderKey {
  shop: Seller;
  orderId: string;
}

/** The parts of a fact that have no column of their own. */
interface FactDetails {
  products?: string[];
  quantity?: number;
  units?: number;
  amount?: Amount;
  about?: string;
  paid_from?: string;
  paid_until?: string;
}

/** Stores the facts that are new; returns those. */
export async function insertFacts(
  transaction: Transaction,
  facts: PurchaseFact[],
  eventId: string,
): Promise<PurchaseFact[]> {
  const inserted: PurchaseFact[] = [];
  for (const fact of facts) {
    const count = await transaction.$executeRaw`
      INSERT INTO purchase_fact (id, shop, order_id, line_id, kind, reference, occurred_at, details,
        currency, event_id)
      VALUES (${uuidv7()}::uuid, ${fact.shop}, ${fact.orderId}, ${fact.lineId}, ${fact.kind},
        ${fact.reference}, ${instantSql(fact.occurredAt)}, ${JSON.stringify(detailsOf(fact))}::jsonb,
        ${fact.currency ?? null}, ${eventId}::uuid)
      ON CONFLICT DO NOTHING`;
    if (count > 0) inserted.push(fact);
  }
  return inserted;
}

function detailsOf({
  products,
  quantity,
  units,
  amount,
  about,
  paidTime,
}: PurchaseFact): FactDetails {
  return {
    ...(products && { products }),
    ...(quantity !== undefined && { quantity }),
    ...(units !== undefined && { units }),
    ...(amount && { amount }),
    ...(about !== undefined && { about }),
    ...(paidTime && {
      paid_from: paidTime.startsAt.toISOString(),
      paid_until: paidTime.endsAt.toISOString(),
    }),
  };
}

interface FactRow {
  shop: Seller;
  order_id: string;
  line_id: string;
  kind: FactKind;
  reference: string;
  occurred_at: number;
  details: FactDetails;
  currency: string | null;
}

interface LineRow {
  id: string;
  shop: Seller;
  order_id: string;
  line_id: string;
  terms: Terms;
}

export interface StoredLine extends PurchaseLine {
  id: string;
}

export interface LinesAndFacts {
  lines: StoredLine[];
  facts: PurchaseFact[];
}

/** Everything bought with one order, or with all orders of a license. */
export async function readOrders(
  transaction: Transaction,
  of: OrderKey | { licenseId: string },
): Promise<LinesAndFacts> {
  const rows = await queryJson<{ lines: LineRow[]; facts: FactRow[] }>(
    transaction,
    Prisma.sql`SELECT json_build_object(
      'lines', (SELECT coalesce(json_agg(json_build_object('id', line.id, 'shop', shop,
          'order_id', order_id, 'line_id', line.line_id, 'terms', line.terms) ORDER BY line.id), '[]')
        FROM purchase_line line JOIN purchase_order USING (shop, order_id) WHERE ${ordersOf(of)}),
      'facts', (SELECT coalesce(json_agg(json_build_object('shop', shop, 'order_id', order_id,
          'line_id', fact.line_id, 'kind', fact.kind, 'reference', fact.reference,
          'occurred_at', ${millisecondsSql(Prisma.sql`fact.occurred_at`)},
          'details', fact.details, 'currency', fact.currency)), '[]')
        FROM purchase_fact fact JOIN purchase_order USING (shop, order_id) WHERE ${ordersOf(of)})
    )::text AS answer`,
  );
  const lines = rows.lines.map(({ order_id: orderId, line_id: lineId, ...line }) => ({
    ...line,
    orderId,
    lineId,
  }));
  return { lines, facts: rows.facts.map(factFrom) };
}

function ordersOf(of: OrderKey | { licenseId: string }): Prisma.Sql {
  // An order may have a license too, so the property's name decides.
  return 'orderId' in of
    ? Prisma.sql`shop = ${of.shop} AND order_id = ${of.orderId}`
    : Prisma.sql`purchase_order.license_id = ${of.licenseId}::uuid`;
}

function factFrom(row: FactRow): PurchaseFact {
  const { paid_from, paid_until, ...details } = row.details;
  return {
    shop: row.shop,
    orderId: row.order_id,
    lineId: row.line_id,
    kind: row.kind,
    reference: row.reference,
    occurredAt: new Date(row.occurred_at),
    ...details,
    ...(row.currency !== null && { currency: row.currency }),
    ...(paid_from !== undefined &&
      paid_until !== undefined && {
        paidTime: { startsAt: new Date(paid_from), endsAt: new Date(paid_until) },
      }),
  };
}

export interface UnderstoodOrder extends LinesAndFacts {
  /** Names of what was paid for that the catalogue does not know; of each, the shop's first name. */
  unknownProducts: string[];
  /** Products that each buyer gets once, and this one had before: nothing comes of their lines. */
  hadBefore: string[];
}

/** Reads an order, and keeps the terms of those lines that the catalogue can explain now. */
export async function understandOrder(
  transaction: Transaction,
  catalog: Catalog,
  order: OrderKey & { accountId: string | null },
): Promise<UnderstoodOrder> {
  const { lines, facts } = await readOrders(transaction, order);
  const known = new Set(lines.map(lineKey));
  const unknownProducts: string[] = [];
  const hadBefore: string[] = [];
  for (const fact of facts) {
    if (!fact.products || known.has(lineKey(fact))) continue;
    const product = findProduct(catalog, fact.products);
    if (!product) {
      unknownProducts.push(fact.products[0] ?? '');
      continue;
    }
    if (product.oncePerBuyer && (await hadProduct(transaction, order.accountId, product.id))) {
      hadBefore.push(product.id);
      continue;
    }
    const { shop, orderId, lineId } = fact;
    const line = { id: uuidv7(), shop, orderId, lineId, terms: termsOf(product) };
    await transaction.$executeRaw`
      INSERT INTO purchase_line (id, shop, order_id, line_id, product_id, terms)
      VALUES (${line.id}::uuid, ${shop}, ${orderId}, ${lineId}, ${product.id},
        ${JSON.stringify(line.terms)}::jsonb)`;
    known.add(lineKey(line));
    lines.push(line);
  }
  return { lines, facts, unknownProducts, hadBefore };
}

/** Whether an account ever bought a product, whatever became of it. */
export async function hadProduct(
  transaction: Transaction,
  accountId: string | null,
  productId: string,
): Promise<boolean> {
  const [row] = await transaction.$queryRaw<Array<{ had: boolean }>>`
    SELECT EXISTS (SELECT FROM purchase_line JOIN purchase_order USING (shop, order_id)
      WHERE account_id = ${accountId}::uuid AND product_id = ${productId}) AS had`;
  return row?.had === true;
}
