// Which language a buyer reads: the newest that we were told.

import type { Language } from '../../domain/language.js';
import type { Seller } from '../../domain/shop.js';
import type { Queryable } from '../database/queries.js';
import { Prisma } from '../generated/client.js';

/** A buyer by what is at hand. */
export type KnownBuyer =
  | { email: string }
  | { licenseId: string }
  | { shop: Seller; orderId: string };

/** Creates no account. For a new buyer, the purchase will bring the language. */
export async function learnLanguage(
  db: Queryable,
  buyer: KnownBuyer,
  language: Language,
): Promise<void> {
  await db.$executeRaw`
    UPDATE account SET language = ${language}
    WHERE ${accountIs(buyer)} AND language IS DISTINCT FROM ${language}`;
}

function accountIs(buyer: KnownBuyer): Prisma.Sql {
  if ('email' in buyer) return Prisma.sql`email = ${buyer.email.toLowerCase()}`;
  return 'licenseId' in buyer
    ? Prisma.sql`id = (SELECT account_id FROM license WHERE id = ${buyer.licenseId}::uuid)`
    : Prisma.sql`id = (SELECT account_id FROM purchase_order
        WHERE shop = ${buyer.shop} AND order_id = ${buyer.orderId})`;
}
