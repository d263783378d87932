// Records one delivery in one transaction: the raw event, its facts, and everything that follows from them.
//
// Rows are locked in one order: account, order, license, quota_period, license_grant.

import type { Catalog } from '../../domain/catalog.js';
import type { Delivery, Reading } from '../../domain/delivery.js';
import type { PurchaseFact, PurchaseReport } from '../../domain/purchase.js';
import { inTransaction, type Transaction } from '../database/transaction.js';
import type { PrismaClient } from '../generated/client.js';
import type { KeyVault } from '../secrets/keyVault.js';
import { type EntitleSettings, entitle } from './entitle.js';
import { insertFacts, understandOrder } from './facts.js';
import { type EventResult, insertEvent, newEventId, UNREAD, updateEvent } from './inbox.js';
import {
  bindOrder,
  lockAccount,
  lockAccountOf,
  lockOrder,
  type OrderRow,
  unboundOrders,
} from './orders.js';

export interface RecordSettings extends Omit<EntitleSettings, 'catalog'> {
  prisma: PrismaClient;
  catalog: () => Catalog;
  vault: KeyVault;
  /** For tests of crashes: called with the name of every seam that is passed. */
  atSeam?: (seam: Seam) => void;
}

/** The points between which the process may die. */
export const SEAMS = ['begun', 'facts', 'bound', 'entitled', 'kept', 'committed'] as const;
export type Seam = (typeof SEAMS)[number];

export interface Recorded extends EventResult {
  eventId: string;
}

export interface RecordOptions {
  /** The id of an event that is in the inbox already. */
  eventId?: string;
  /** Do not keep an event that says nothing new. Used for orders that we fetched, not for deliveries. */
  dropDuplicate?: boolean;
}

/** Stores a delivery and its effect, all or nothing. */
export async function recordReading(
  settings: RecordSettings,
  delivery: Delivery,
  reading: Reading,
  { eventId, dropDuplicate = false }: RecordOptions = {},
): Promise<Recorded> {
  const id = eventId ?? newEventId();
  const at = settings.atSeam ?? (() => {});
  const recorded = await inTransaction(settings.prisma, async transaction => {
    at('begun');
    const result = await applyReading(transaction, settings, reading, id, eventId !== undefined);
    if (eventId !== undefined) await updateEvent(transaction, id, reading, result);
    else if (dropDuplicate && (await isNothingNew(transaction, delivery.shop, id, result))) {
      return { eventId: id, ...result, outcome: 'duplicate' as const };
    } else await insertEvent(transaction, id, delivery, reading, result);
    at('kept');
    return { eventId: id, ...result };
  });
  at('committed');
  return recorded;
}

/** It has no new fact, and the inbox already says what the order waits or fails for. */
async function isNothingNew(
  transaction: Transaction,
  shop: string,
  eventId: string,
  { outcome, orderId }: EventResult,
): Promise<boolean> {
  if (outcome === 'duplicate') return true;
  const [known] = await transaction.$queryRaw<Array<{ nothing_new: boolean }>>`
    SELECT EXISTS (SELECT FROM purchase_event WHERE shop = ${shop} AND order_id = ${orderId})
      AND NOT EXISTS (SELECT FROM purchase_fact WHERE shop = ${shop} AND order_id = ${orderId}
        AND event_id = ${eventId}::uuid) AS nothing_new`;
  return known?.nothing_new === true;
}

/** Only stores a delivery, to be read later, in one statement. */
export async function keepDelivery(
  { prisma }: RecordSettings,
  delivery: Delivery,
  reason: string,
): Promise<Recorded> {
  const eventId = newEventId();
  const result = { outcome: 'waiting', reason: `${UNREAD}${reason}`, orderId: null } as const;
  await insertEvent(prisma, eventId, delivery, { topic: 'unknown', deliveryId: '' }, result);
  return { eventId, ...result };
}

async function applyReading(
  transaction: Transaction,
  settings: RecordSettings,
  { reports, problem, orderId }: Reading,
  eventId: string,
  isReplay: boolean,
): Promise<EventResult> {
  const results: EventResult[] = [];
  for (const report of reports) {
    results.push(await applyReport(transaction, settings, report, eventId, isReplay));
  }
  const order = results[0]?.orderId ?? orderId ?? null;
  // What needs a person is reported once, and not again with every repetition.
  const isOld = results.length > 0 && results.every(({ outcome }) => outcome === 'duplicate');
  if (problem && !(problem.kind === 'failed' && isOld && !isReplay)) {
    const isUnread = problem.kind === 'unread';
    const outcome = problem.kind === 'unread' ? 'waiting' : problem.kind;
    return { outcome, reason: `${isUnread ? UNREAD : ''}${problem.reason}`, orderId: order };
  }
  const byWeight = ['failed', 'waiting', 'applied', 'duplicate'] as const;
  const outcome = byWeight.find(name => results.some(result => result.outcome === name));
  const reason = results
    .map(result => result.reason)
    .filter(Boolean)
    .join('; ');
  return { outcome: outcome ?? 'ignored', reason, orderId: order };
}

/** Stores what one order reports, and brings all that follows from it up to date. */
export async function applyReport(
  transaction: Transaction,
  settings: RecordSettings,
  report: PurchaseReport,
  eventId: string,
  isReplay: boolean,
): Promise<EventResult> {
  const at = settings.atSeam ?? (() => {});
  const accountId = await lockAccountOf(transaction, report, report.buyer);
  const order = await lockOrder(transaction, report, accountId, report.buyer);
  // Another delivery has just told whose order it is. The lock is out of order; PostgreSQL ends a deadlock.
  if (order.accountId && !accountId) await lockAccount(transaction, order.accountId);
  const inserted = await insertFacts(transaction, report.facts, eventId);
  at('facts');
  const { orderId } = report;
  if (!order.accountId) {
    return { outcome: 'waiting', reason: 'the order itself is not known yet', orderId };
  }
  const isKnown = inserted.length === 0 && order.licenseId !== null && !isReplay;
  if (isKnown) return { outcome: 'duplicate', reason: '', orderId };
  const { blocks, hadBefore } = await bringUpToDate(transaction, settings, order);
  if (hadBefore.length > 0) {
    // A person is told of the payment, and not of each repetition or of its refund.
    const isTold = !isReplay && !inserted.some(fact => fact.products);
    return { outcome: isTold ? 'duplicate' : 'failed', reason: hadBefore.join('; '), orderId };
  }
  const reason = blocks.join('; ');
  if (blocks.length > 0) return { outcome: 'waiting', reason, orderId };
  return { outcome: isNews(inserted) ? 'applied' : 'duplicate', reason, orderId };
}

/** A `restored` of the order's own state is no news: a good order reports it every time. */
function isNews(inserted: PurchaseFact[]): boolean {
  return inserted.some(fact => fact.kind !== 'restored' || fact.about !== undefined);
}

/**
 * Binds what can be bound, and counts it. Returns what this order still waits for, and what it pays for in vain.
 */
async function bringUpToDate(
  transaction: Transaction,
  settings: RecordSettings,
  order: OrderRow,
): Promise<{ blocks: string[]; hadBefore: string[] }> {
  const at = settings.atSeam ?? (() => {});
  const catalog = settings.catalog();
  const accountId = order.accountId as string;
  const blocks: string[] = [];
  const hadBefore: string[] = [];
  const licenses = new Set<string>();
  let hasAddons = false;
  let issued: string | null = null;
  // The order itself comes first: the account's other orders may have waited for the license that it issues.
  const others = (await unboundOrders(transaction, accountId)).filter(
    other => other.shop !== order.shop || other.orderId !== order.orderId,
  );
  for (const each of [order, ...others]) {
    const understood = await understandOrder(transaction, catalog, each);
    const isThis = each === order;
    const unknown = understood.unknownProducts.map(
      name => `the product ${name} is not in the catalogue`,
    );
    if (isThis) {
      blocks.push(...unknown);
      hadBefore.push(...understood.hadBefore.map(id => `the buyer had the product ${id} before`));
      hasAddons = understood.lines.some(({ terms }) => terms.kind === 'addon');
    }
    const binding = await bindOrder(transaction, each, understood, settings.vault);
    if ('licenseId' in binding) {
      licenses.add(binding.licenseId);
      if (binding.isIssued) issued = binding.licenseId;
    } else if (binding.waitsFor === null) await settleOrder(transaction, each);
    else if (isThis && unknown.length === 0) blocks.push(binding.waitsFor);
  }
  at('bound');
  for (const licenseId of [...licenses].sort()) {
    await entitle(transaction, { ...settings, catalog }, licenseId, {
      isNew: licenseId === issued,
    });
  }
  at('entitled');
  if (hasAddons) blocks.push(...(await waitingGrants(transaction, order)));
  // Nothing can have waited for a new buyer's first order.
  const isFirst = order.isNew && issued !== null && others.length === 0;
  if (!isFirst) await settleWaiting(transaction, accountId);
  return { blocks, hadBefore };
}

/** What the order's add-ons are waiting for. */
async function waitingGrants(transaction: Transaction, order: OrderRow): Promise<string[]> {
  const rows = await transaction.$queryRaw<Array<{ minimum_plan: string }>>`
    SELECT DISTINCT pack.minimum_plan FROM license_grant pack
    JOIN purchase_line line ON line.id = pack.purchase_line_id
    WHERE line.shop = ${order.shop} AND line.order_id = ${order.orderId} AND pack.state = 'waiting'`;
  return rows.map(row => `the license needs the plan ${row.minimum_plan}`);
}

/** Settles events of an order of which nothing stands: there is nothing left to wait for. */
async function settleOrder(transaction: Transaction, { shop, orderId }: OrderRow): Promise<void> {
  await transaction.$executeRaw`
    UPDATE purchase_event SET outcome = 'applied', reason = '', retry_at = NULL,
      settled_at = sahm_now()
    WHERE shop = ${shop} AND order_id = ${orderId} AND outcome = 'waiting'
      AND NOT starts_with(reason, ${UNREAD})`;
}

/** Settles waiting events of the account's orders that now have everything they waited for. */
export async function settleWaiting(transaction: Transaction, accountId: string): Promise<void> {
  await transaction.$executeRaw`
    UPDATE purchase_event event SET outcome = 'applied', reason = '', retry_at = NULL,
      settled_at = sahm_now()
    FROM purchase_order orders
    WHERE orders.account_id = ${accountId}::uuid AND orders.license_id IS NOT NULL
      AND event.shop = orders.shop AND event.order_id = orders.order_id
      AND event.outcome = 'waiting' AND NOT starts_with(event.reason, ${UNREAD})
      AND NOT EXISTS (SELECT FROM purchase_fact fact
        LEFT JOIN purchase_line line USING (shop, order_id, line_id)
        WHERE fact.shop = orders.shop AND fact.order_id = orders.order_id
          AND fact.details ? 'products' AND line.id IS NULL)
      AND NOT EXISTS (SELECT FROM purchase_line line
        JOIN license_grant pack ON pack.purchase_line_id = line.id
        WHERE line.shop = orders.shop AND line.order_id = orders.order_id
          AND pack.state = 'waiting')`;
}
