// Licenses by the piece: each piece of a line that always issues a new license is a part of its order.

import { nothingStands } from '../../domain/foldPurchases.js';
import { factsOfPart, issuesPieces, type OrderPart, piecesOf } from '../../domain/orderParts.js';
import type { PurchaseLine } from '../../domain/purchase.js';
import type { Transaction } from '../database/transaction.js';
import type { KeyVault } from '../secrets/keyVault.js';
import { issueFor } from './bindOrder.js';
import type { OrderKey, UnderstoodOrder } from './facts.js';
import type { OrderRow } from './orders.js';

/** More are no purchase of a person: somebody has to look at it. */
const MOST_PIECES = 100;

export interface IssuedParts {
  /** The licenses of all parts, also of those that were issued before. */
  licenseIds: string[];
  hasNew: boolean;
  needsPerson: string | null;
}

/** Issues what the order's lines pay for by the piece, and was not issued yet. */
export async function issueParts(
  transaction: Transaction,
  order: OrderRow,
  { lines, counting }: UnderstoodOrder,
  vault: KeyVault,
): Promise<IssuedParts> {
  const issued: IssuedParts = { licenseIds: [], hasNew: false, needsPerson: null };
  for (const line of lines.filter(issuesPieces)) {
    const known = await partsOf(transaction, order, line);
    issued.licenseIds.push(...known.values());
    const { paid, standing } = piecesOf(counting, line);
    if (paid > MOST_PIECES) {
      issued.needsPerson = `it pays for ${paid} licenses at once, more than ${MOST_PIECES}: split the order`;
      continue;
    }
    for (let piece = 1; piece <= standing; piece++) {
      if (known.has(piece)) continue;
      const orderId = `${order.orderId} line ${line.lineId} piece ${piece}`;
      const part = { orderId, lineId: line.lineId, soldAs: line.soldAs ?? '', piece };
      // It was cancelled or given back before we knew of it.
      if (nothingStands([{ ...line, orderId }], factsOfPart(counting, part))) continue;
      issued.licenseIds.push(await issuePart(transaction, order, line, part, vault));
      issued.hasNew = true;
    }
  }
  return issued;
}

/** The licenses of a line's parts, by piece. */
async function partsOf(
  transaction: Transaction,
  { shop, orderId }: OrderKey,
  { lineId }: PurchaseLine,
): Promise<Map<number, string>> {
  const rows = await transaction.$queryRaw<Array<{ piece: number; license_id: string }>>`
    SELECT piece, license_id FROM purchase_order
    WHERE shop = ${shop} AND part_of = ${orderId} AND part_line = ${lineId}
      AND license_id IS NOT NULL`;
  return new Map(rows.map(row => [row.piece, row.license_id]));
}

async function issuePart(
  transaction: Transaction,
  order: OrderRow,
  line: UnderstoodOrder['lines'][number],
  { orderId, lineId, piece }: OrderPart,
  vault: KeyVault,
): Promise<string> {
  await transaction.$executeRaw`
    INSERT INTO purchase_order (shop, order_id, account_id, part_of, part_line, piece, is_booked)
    VALUES (${order.shop}, ${orderId}, ${order.accountId}::uuid, ${order.orderId}, ${lineId},
      ${piece}::int, true)
    ON CONFLICT DO NOTHING`;
  // Who came from a checkout finds the first key there; the others come by mail.
  const part = { ...order, orderId, claimId: piece === 1 ? order.claimId : null };
  const { licenseId } = await issueFor(transaction, part, [line], vault);
  return licenseId;
}
