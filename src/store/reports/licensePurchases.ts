// What was paid for one license and what went back, as the orders' books have it.

import type { Movement } from '../../domain/orderMoney.js';
import { type Page, type PageQuery, refuseCursor } from '../../domain/page.js';
import type { Refusal } from '../../domain/refusal.js';
import type { Seller } from '../../domain/shop.js';
import { millisecondsSql } from '../database/instants.js';
import { type Place, readPage, readPlace, writePlace } from '../database/paging.js';
import { Prisma, type PrismaClient } from '../generated/client.js';
import { BOUGHT_FOR } from './salesReport.js';

export interface PurchaseView {
  id: string;
  at: Date;
  shop: Seller;
  order: string;
  kind: Movement['kind'];
  /** Set for a payment: what was paid for, by the shop's names. */
  items: string;
  quantity: number | null;
  /** In the currency's smallest unit, the tax included; null where it was not told or cannot be counted. */
  amount: number | null;
  currency: string | null;
  tax: number | null;
}

export interface LicensePurchases {
  /** Newest first. */
  list(licenseId: string, page: PageQuery): Promise<Page<PurchaseView> | Refusal>;
}

type PurchaseRow = Omit<PurchaseView, 'at'> & Place & { ms: number };

export function createLicensePurchases(prisma: PrismaClient): LicensePurchases {
  return {
    async list(licenseId, { cursor, limit }) {
      const place = readPlace(cursor, /^[0-9a-f-]{36}$/);
      if (place === 'bad cursor') return refuseCursor();
      const after = place
        ? Prisma.sql`AND (movement.at, movement.id::text) < (${place.at}, ${place.name})`
        : Prisma.empty;
      return readPage(
        limit,
        most => prisma.$queryRaw<PurchaseRow[]>`
          SELECT movement.id::text, movement.id::text AS name, shop, order_id AS order, kind, items,
            quantity::float8 AS quantity, amount::float8 AS amount, currency, tax::float8 AS tax,
            ${millisecondsSql(Prisma.sql`movement.at`)} AS ms,
            (extract(epoch FROM movement.at) * 1000000)::bigint AS us
          FROM (SELECT DISTINCT shop, coalesce(part_of, order_id) AS order_id FROM purchase_order
            WHERE license_id = ${licenseId}::uuid) own
          JOIN ${BOUGHT_FOR} bought USING (shop, order_id)
          JOIN purchase_movement movement USING (shop, order_id)
          WHERE bought.license_id = ${licenseId}::uuid ${after}
          ORDER BY movement.at DESC, movement.id::text DESC LIMIT ${most}`,
        writePlace,
        ({ ms, us: _us, name: _name, ...shown }) => ({ ...shown, at: new Date(ms) }),
      );
    },
  };
}
