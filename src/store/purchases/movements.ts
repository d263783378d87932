// The books: of each order what was paid and what went back, computed from its facts and replaced with them.
// Whatever sums up money reads this table, so that the orders and every report agree.

import { v7 as uuidv7 } from 'uuid';
import { type Movement, movementsOf } from '../../domain/orderMoney.js';
import type { PurchaseFact } from '../../domain/purchase.js';
import { isShop } from '../../domain/shop.js';
import { cleanText } from '../../domain/wellFormed.js';
import { inTransaction, type Transaction } from '../database/transaction.js';
import type { PrismaClient } from '../generated/client.js';
import { type OrderKey, readOrders } from './facts.js';

export async function bookOrder(
  transaction: Transaction,
  { shop, orderId }: OrderKey,
  facts: PurchaseFact[],
): Promise<void> {
  const rows = JSON.stringify(movementsOf(facts).map(rowOf));
  await transaction.$executeRaw`
    WITH moved AS (
      SELECT * FROM json_to_recordset(${rows}::json) AS moved(id uuid, kind text,
        reference text, at timestamptz, items text, quantity bigint, amount bigint, currency text, tax bigint, uncounted text)
    ),
    gone AS (
      DELETE FROM purchase_movement known WHERE shop = ${shop} AND order_id = ${orderId}
        AND NOT EXISTS (SELECT FROM moved
          WHERE moved.kind = known.kind AND moved.reference = known.reference)
    ),
    written AS (
      INSERT INTO purchase_movement (shop, order_id, id, kind, reference, at, items, quantity, amount, currency,
        tax, uncounted)
      SELECT ${shop}, ${orderId}, moved.* FROM moved
      ON CONFLICT (shop, order_id, kind, reference) DO UPDATE SET at = excluded.at,
        items = excluded.items, quantity = excluded.quantity,
        amount = excluded.amount, currency = excluded.currency, tax = excluded.tax,
        uncounted = excluded.uncounted
    )
    UPDATE purchase_order SET is_booked = true WHERE shop = ${shop} AND order_id = ${orderId}`;
}

function rowOf(movement: Movement): object {
  const { at, items, ...others } = movement;
  return { id: uuidv7(), ...others, at: at.toISOString(), items: cleanText(items, 1_000) };
}

/** Orders whose facts an earlier release wrote; returns how many were booked. */
export async function bookLeftOrders(prisma: PrismaClient, most: number): Promise<number> {
  const left = await prisma.$queryRaw<OrderKey[]>`
    SELECT shop, order_id AS "orderId" FROM purchase_order
    WHERE NOT is_booked AND same_as IS NULL AND part_of IS NULL ORDER BY created_at LIMIT ${most}::int`;
  for (const order of left) {
    await inTransaction(prisma, async transaction => {
      // A delivery of the order may be under way.
      const rows = await transaction.$queryRaw<unknown[]>`
        SELECT 1 FROM purchase_order WHERE shop = ${order.shop} AND order_id = ${order.orderId}
          AND NOT is_booked FOR NO KEY UPDATE`;
      if (rows.length === 0) return;
      const { lines, facts } = await readOrders(transaction, order);
      await bookOrder(transaction, order, lines.length > 0 && isShop(order.shop) ? facts : []);
    });
  }
  return left.length;
}
