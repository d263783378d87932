// Stores and reads orders, their lines and their facts.

import { v7 as uuidv7 } from 'uuid';
import type { Catalog } from '../../domain/catalog.js';
import { factsOfPart, issuesPieces } from '../../domain/orderParts.js';
import { factsThatCount } from '../../domain/orderState.js';
import {
  findProduct,
  isOtherProduct,
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
import { detailsOf, type FactRow, factFrom } from './factDetails.js';

export interface OrderKey {
  shop: Seller;
  orderId: string;
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

interface LineRow {
  id: string;
  shop: Seller;
  order_id: string;
  line_id: string;
  sold_as: string;
  terms: Terms;
}

export interface StoredLine extends PurchaseLine {
  id: string;
}

export interface LinesAndFacts {
  lines: StoredLine[];
  facts: PurchaseFact[];
}

/**
 * Everything bought with one order, or with all orders of a license. What the shop told under another id of an
 * order is the order's.
 */
export async function readOrders(
  transaction: Transaction,
  of: OrderKey | { licenseId: string },
): Promise<LinesAndFacts> {
  const rows = await queryJson<{ parts: PartRow[]; lines: LineRow[]; facts: FactRow[] }>(
    transaction,
    Prisma.sql`WITH wanted AS (
      SELECT shop, order_id, part_of, part_line, piece FROM purchase_order
      WHERE same_as IS NULL AND ${ordersOf(of)}
    ),
    told AS (
      SELECT DISTINCT told.shop, told.order_id AS told_id, coalesce(told.same_as, told.order_id) AS order_id
      FROM wanted JOIN purchase_order told ON told.shop = wanted.shop
        AND coalesce(wanted.part_of, wanted.order_id) IN (told.order_id, told.same_as)
    )
    SELECT json_build_object(
      'parts', (SELECT coalesce(json_agg(wanted), '[]') FROM wanted),
      'lines', (SELECT coalesce(json_agg(json_build_object('id', line.id, 'shop', line.shop,
          'order_id', told.order_id, 'line_id', line.line_id, 'sold_as', line.sold_as,
          'terms', line.terms) ORDER BY line.id), '[]')
        FROM told JOIN purchase_line line ON line.shop = told.shop AND line.order_id = told.told_id),
      'facts', (SELECT coalesce(json_agg(json_build_object('shop', fact.shop,
          'order_id', told.order_id, 'told_as', nullif(told.told_id, told.order_id),
          'line_id', fact.line_id, 'kind', fact.kind, 'reference', fact.reference,
          'occurred_at', ${millisecondsSql(Prisma.sql`fact.occurred_at`)},
          'details', fact.details, 'currency', fact.currency)), '[]')
        FROM told JOIN purchase_fact fact ON fact.shop = told.shop AND fact.order_id = told.told_id)
    )::text AS answer`,
  );
  const lines = rows.lines.map(
    ({ order_id: orderId, line_id: lineId, sold_as: soldAs, ...line }) => ({
      ...line,
      orderId,
      lineId,
      soldAs,
    }),
  );
  const all = { lines, facts: rows.facts.map(factFrom) };
  return 'orderId' in of ? all : ofLicense(all, rows.parts);
}

interface PartRow {
  shop: Seller;
  order_id: string;
  part_of: string | null;
  part_line: string | null;
  piece: number | null;
}

/** Of an order that was bought by the piece, the license's own piece; of any other order, all the rest. */
function ofLicense({ lines, facts }: LinesAndFacts, wanted: PartRow[]): LinesAndFacts {
  const parts = wanted.map(({ shop, order_id: orderId, part_of, part_line, piece }) => {
    const isOf = (each: OrderKey) => each.shop === shop && each.orderId === (part_of ?? orderId);
    const [theirLines, theirFacts] = [lines.filter(isOf), facts.filter(isOf)];
    if (part_line === null || piece === null) {
      return { lines: theirLines.filter(line => !issuesPieces(line)), facts: theirFacts };
    }
    const own = theirLines.filter(line => line.lineId === part_line && issuesPieces(line));
    const counting = factsThatCount(theirFacts);
    return {
      lines: own.map(line => ({ ...line, orderId })),
      facts: own.flatMap(({ lineId, soldAs = '' }) =>
        factsOfPart(counting, { orderId, lineId, soldAs, piece }),
      ),
    };
  });
  return { lines: parts.flatMap(part => part.lines), facts: parts.flatMap(part => part.facts) };
}

function ordersOf(of: OrderKey | { licenseId: string }): Prisma.Sql {
  // An order may have a license too, so the property's name decides.
  return 'orderId' in of
    ? Prisma.sql`shop = ${of.shop} AND order_id = ${of.orderId}`
    : Prisma.sql`license_id = ${of.licenseId}::uuid`;
}

export interface UnderstoodOrder extends LinesAndFacts {
  /** Those of its facts that count. */
  counting: PurchaseFact[];
  /** Names of what was paid for that the catalogue does not know; of each, the shop's first name. */
  unknownProducts: string[];
  /** It has a trial, and the buyer is not known yet. */
  isUndecided: boolean;
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
  const counting = factsThatCount(facts);
  const sold = soldLines(counting);
  const known = new Set(lines.map(lineKey));
  const understood: UnderstoodOrder = {
    lines,
    facts,
    counting,
    unknownProducts: [],
    hadBefore: [],
    isUndecided: false,
  };
  for (const [key, fact] of sold) {
    if (known.has(key)) continue;
    if (await keepLine(transaction, catalog, order, fact, sold, understood)) known.add(key);
  }
  return understood;
}

/** Whether a line is among the order's lines from now on, with terms that stay. */
async function keepLine(
  transaction: Transaction,
  catalog: Catalog,
  { shop, orderId, accountId }: OrderKey & { accountId: string | null },
  fact: PurchaseFact,
  sold: Map<string, PurchaseFact>,
  understood: UnderstoodOrder,
): Promise<boolean> {
  const { lines, unknownProducts, hadBefore } = understood;
  const { lineId, soldAs = '', products: names = [] } = fact;
  const product = findProduct(catalog, names);
  const former = lines.find(
    line =>
      !sold.has(lineKey(line)) &&
      (line.terms.id === product?.id || isOfEarlierRelease(line, fact, understood.facts)),
  );
  if (former) {
    // The shop tells the line anew, by another id: what was used of it stays used.
    await transaction.$executeRaw`
      UPDATE purchase_line SET line_id = ${lineId}, sold_as = ${soldAs}
      WHERE id = ${former.id}::uuid`;
    Object.assign(former, { lineId, soldAs });
    return true;
  }
  if (!product) {
    if (!isOtherProduct(catalog, names)) unknownProducts.push(names[0] ?? '');
    return false;
  }
  if (product.oncePerBuyer) {
    // Whose it is decides whether it counts.
    if (accountId === null) {
      understood.isUndecided = true;
      return false;
    }
    if (await hadProduct(transaction, accountId, product.id)) {
      hadBefore.push(product.id);
      return false;
    }
  }
  const line = { id: uuidv7(), shop, orderId, lineId, soldAs, terms: termsOf(product) };
  await transaction.$executeRaw`
    INSERT INTO purchase_line (id, shop, order_id, line_id, sold_as, product_id, terms)
    VALUES (${line.id}::uuid, ${shop}, ${orderId}, ${lineId}, ${soldAs}, ${product.id},
      ${JSON.stringify(line.terms)}::jsonb)`;
  lines.push(line);
  return true;
}

/** An earlier release kept no name with a line; the fact that it was made for has it. */
function isOfEarlierRelease(
  line: PurchaseLine,
  { lineId, products = [] }: PurchaseFact,
  facts: PurchaseFact[],
): boolean {
  if (line.lineId !== lineId || line.soldAs !== '') return false;
  return facts.some(
    fact => fact.lineId === lineId && fact.products?.some(name => products.includes(name)) === true,
  );
}

/** Whether an account ever bought a product, also if it was taken back. */
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

/** What the order sells as it is now, by line. */
function soldLines(counting: PurchaseFact[]): Map<string, PurchaseFact> {
  const paid = counting.filter(fact => fact.products !== undefined);
  return new Map(paid.map(fact => [lineKey(fact), fact]));
}
