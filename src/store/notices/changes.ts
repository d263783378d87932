// Notices that are written in the transaction of the change that they tell. So none is missed, and none tells
// of a change that was rolled back.

import type { BuyerMessageKind } from '../../domain/mail.js';
import type { NewNotice, NoticeDetails, NoticeKind } from '../../domain/notice.js';
import type { QuotaKey } from '../../domain/provider.js';
import type { Seller } from '../../domain/shop.js';
import type { Queryable } from '../database/queries.js';
import { writeAllowanceNotices } from './allowances.js';
import { writeNotices } from './write.js';

/** `version` is the license's version after the suspension, which tells suspensions apart. */
export async function writeSuspensionNotice(
  db: Queryable,
  licenseId: string,
  { plan, version }: { plan: string; version: number },
): Promise<void> {
  const subject = `version ${version}`;
  const details = { plan };
  await writeNotices(db, [{ kind: 'license_suspended', licenseId, subject, details, mails: true }]);
}

/** A failed event of the inbox, which needs a person. One notice for each event. */
export async function writePurchaseFailure(
  db: Queryable,
  eventId: string,
  { shop, orderId, reason }: { shop: Seller; orderId: string | null; reason: string },
): Promise<void> {
  const [order] = await db.$queryRaw<Array<{ license_id: string | null }>>`
    SELECT license_id FROM purchase_order WHERE shop = ${shop} AND order_id = ${orderId}`;
  const details = { event: eventId, shop, order: orderId, reason };
  const licenseId = order?.license_id ?? null;
  const subject = `event ${eventId}`;
  await writeNotices(db, [{ kind: 'purchase_failed', licenseId, subject, details, mails: true }]);
}

/** An unpaid renewal. One notice for each invoice, and none for an order without a license. */
export async function writePaymentFailure(
  db: Queryable,
  { shop, orderId: order, invoice }: { shop: Seller; orderId: string; invoice: string },
): Promise<void> {
  const [license] = await db.$queryRaw<Array<{ id: string; plan: string }>>`
    SELECT license.id, license.plan FROM purchase_order
    JOIN license ON license.id = purchase_order.license_id
    WHERE shop = ${shop} AND order_id = ${order} AND license.state <> 'revoked'`;
  if (!license) return;
  const { id: licenseId, plan } = license;
  const details = { plan, shop, order };
  const subject = `${shop} ${invoice}`;
  await writeNotices(db, [{ kind: 'payment_failed', licenseId, subject, details, mails: true }]);
}

/** A problem for the shop's owner. One notice a day for the same problem. */
export async function writeShopTrouble(
  db: Queryable,
  details: NoticeDetails['shop_trouble'],
): Promise<void> {
  const { shop, trouble, says } = details;
  const day = new Date().toISOString().slice(0, 10);
  const subject = `${trouble} ${shop} ${day} ${says}`.slice(0, 200);
  await writeNotices(db, [
    { kind: 'shop_trouble', licenseId: null, subject, details, mails: true },
  ]);
}

/** A failed message to a buyer. One notice when it fails first, and one when it is given up. */
export async function writeMailFailure(
  db: Queryable,
  message: {
    id: string;
    kind: BuyerMessageKind | NoticeKind;
    email: string;
    licenseId: string | null;
    shop: Seller | null;
    orderId: string | null;
    attempts: number;
    isGivenUp: boolean;
  },
  reason: string,
): Promise<void> {
  const { id, kind: mail, email, licenseId, shop, orderId: order, attempts, isGivenUp } = message;
  const details = { mail, email, shop, order, reason, attempts, is_given_up: isGivenUp };
  const subject = isGivenUp ? `${id} given up` : id;
  await writeNotices(db, [{ kind: 'mail_failed', licenseId, subject, details, mails: true }]);
}

/** `quotas`: those of the license's plan. A changed entitlement may make an add-on wait, or lower a limit to one that is already reached. */
export async function writeEntitlementNotices(
  db: Queryable,
  licenseId: string,
  period: string,
  quotas: readonly QuotaKey[],
): Promise<void> {
  await writeNotices(db, await waitingGrants(db, licenseId));
  const touched = quotas.map(provider => ({ license_id: licenseId, period, provider }));
  await writeAllowanceNotices(db, touched);
}

async function waitingGrants(db: Queryable, licenseId: string): Promise<NewNotice[]> {
  const rows = await db.$queryRaw<Array<NoticeDetails['grant_waiting']>>`
    SELECT license.plan, pack.id AS grant_id, pack.product_id AS product, pack.provider,
      (pack.entitled - pack.used)::float8 AS units, pack.minimum_plan
    FROM license_grant pack JOIN license ON license.id = pack.license_id
    WHERE pack.license_id = ${licenseId}::uuid AND pack.state = 'waiting'
      AND pack.entitled > pack.used AND license.state <> 'revoked'`;
  return rows.map(details => {
    const subject = details.grant_id;
    return { kind: 'grant_waiting', licenseId, subject, details, mails: true };
  });
}
