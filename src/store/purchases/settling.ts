// Events that heal with their orders: they are settled as soon as the order has all that it needs.

import type { Transaction } from '../database/transaction.js';
import { Prisma } from '../generated/client.js';
import type { OrderKey } from './facts.js';
import { HEALS } from './inbox.js';

const SETTLED = Prisma.sql`outcome = 'applied', reason = '', retry_at = NULL,
  settled_at = sahm_now()`;

/** Settles events of an order of which nothing stands: there is nothing left to wait for. */
export async function settleOrder(
  transaction: Transaction,
  { shop, orderId }: OrderKey,
): Promise<void> {
  await transaction.$executeRaw`
    UPDATE purchase_event event SET ${SETTLED}
    WHERE shop = ${shop} AND order_id = ${orderId} AND ${HEALS}`;
}

/** Settles waiting events of the account's orders that now have everything they waited for. */
export async function settleWaiting(transaction: Transaction, accountId: string): Promise<void> {
  await transaction.$executeRaw`
    UPDATE purchase_event event SET ${SETTLED}
    FROM purchase_order orders JOIN license ON license.id = orders.license_id
    WHERE orders.account_id = ${accountId}::uuid AND license.state <> 'revoked'
      AND event.shop = orders.shop AND event.order_id = orders.order_id AND ${HEALS}
      AND NOT EXISTS (SELECT FROM unnest(event.unknown_products) AS unknown(name)
        WHERE starts_with(unknown.name, 'id:'))
      AND NOT EXISTS (SELECT FROM purchase_line line
        JOIN license_grant pack ON pack.purchase_line_id = line.id
        WHERE line.shop = orders.shop AND line.order_id = orders.order_id
          AND pack.state = 'waiting')`;
}
