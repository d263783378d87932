// Shops from which nothing has come for longer than ever before: perhaps nobody buys, perhaps a webhook is gone.

import type { Shop } from '../../domain/shop.js';
import type { PrismaClient } from '../generated/client.js';

export interface SilentShop {
  shop: Shop;
  /** Whole hours since its last event. */
  silent_hours: number;
  /** When the last one came. */
  since: string;
}

/** From fewer events nothing can be concluded. */
const FEWEST_EVENTS = 10;

/**
 * The longest gap between two events of the last 90 days is what a shop is known for, and a day at least. Orders
 * that we fetched are no events of the shop: its webhooks may be gone all the same.
 */
export function findSilentShops(prisma: PrismaClient): Promise<SilentShop[]> {
  return prisma.$queryRaw<SilentShop[]>`
WITH event AS (
  SELECT shop, received_at,
    received_at - lag(received_at) OVER (PARTITION BY shop ORDER BY received_at) AS gap
  FROM purchase_event
  WHERE received_at > sahm_now() - interval '90 days' AND topic NOT LIKE '%.reconciled'
)
SELECT shop, floor(extract(epoch FROM sahm_now() - max(received_at)) / 3600)::int AS silent_hours,
  to_char(max(received_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"') AS since
FROM event GROUP BY shop
HAVING count(*) >= ${FEWEST_EVENTS}::int
  AND sahm_now() - max(received_at) > greatest(max(gap), interval '1 day')
ORDER BY shop`;
}
