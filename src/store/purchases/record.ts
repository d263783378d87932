// Records one delivery in one transaction: the raw event, its facts, and everything that follows from them.

import type { Delivery, Reading } from '../../domain/delivery.js';
import type { Seller } from '../../domain/shop.js';
import { inTransaction, type Transaction } from '../database/transaction.js';
import { learnLanguage } from '../licenses/buyerLanguage.js';
import { writePaymentFailure, writePurchaseFailure } from '../notices/changes.js';
import { applyReport, CLOSED, closedOrder, type RecordSettings } from './applyReport.js';
import {
  type EventResult,
  insertEvent,
  newEventId,
  readable,
  UNREAD,
  updateEvent,
} from './inbox.js';

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
    const { shop } = delivery;
    const settled = await settledByHand(transaction, shop, reading);
    const result =
      settled ?? (await applyReading(transaction, settings, reading, id, eventId !== undefined));
    if (eventId !== undefined) await updateEvent(transaction, id, reading, result);
    else if (dropDuplicate && (await isNothingNew(transaction, shop, id, result))) {
      return { eventId: id, ...result, outcome: 'duplicate' as const };
    } else await insertEvent(transaction, id, delivery, reading, result);
    if (result.outcome === 'failed') {
      const reason = readable(result.reason);
      await writePurchaseFailure(transaction, id, { shop, orderId: result.orderId, reason });
    }
    if (reading.failedPayment !== undefined && result.orderId !== null) {
      const { failedPayment: invoice } = reading;
      await writePaymentFailure(transaction, { shop, orderId: result.orderId, invoice });
    }
    await learnLanguageOf(transaction, shop, reading, result);
    at('kept');
    return { eventId: id, ...result };
  });
  at('committed');
  return recorded;
}

/** In one transaction with the mail, so that the mail cannot be sent in another language meanwhile. */
async function learnLanguageOf(
  transaction: Transaction,
  shop: Seller,
  { reports }: Reading,
  { outcome, orderId }: EventResult,
): Promise<void> {
  const told = reports.find(({ buyer }) => buyer.language)?.buyer.language;
  // What the shop only repeats is no newer than what was heard since.
  if (!told || orderId === null || outcome === 'duplicate') return;
  await learnLanguage(transaction, { shop, orderId }, told);
}

/** What an administrator has closed stays closed, also where nothing of it could be read this time. */
async function settledByHand(
  transaction: Transaction,
  shop: Seller,
  { reports, orderId }: Reading,
): Promise<EventResult | null> {
  if (reports.length > 0 || orderId === undefined) return null;
  const [order] = await transaction.$queryRaw<Array<{ settled: string }>>`
    SELECT settled FROM purchase_order
    WHERE shop = ${shop} AND order_id = ${orderId} AND settled IS NOT NULL`;
  return order ? closedOrder(order.settled, orderId) : null;
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
  const closed = results.find(({ reason }) => reason.startsWith(CLOSED));
  if (closed) return closed;
  const isOurs = results.some(({ outcome }) => outcome !== 'ignored');
  const order = results[0]?.orderId ?? orderId ?? null;
  const unknownProducts = results.flatMap(result => result.unknownProducts ?? []);
  // What needs a person is reported once, and not again with every repetition.
  const isOld =
    results.length > 0 &&
    results.every(
      ({ outcome, hasNewFacts }) => outcome === 'duplicate' && (problem?.isOfOurs || !hasNewFacts),
    );
  const isConcern = problem && (isOurs || !problem.isOfOurs);
  if (isConcern && !(problem.kind === 'failed' && isOld && !isReplay)) {
    const isUnread = problem.kind === 'unread';
    const outcome = problem.kind === 'unread' ? 'waiting' : problem.kind;
    const reason = `${isUnread ? UNREAD : ''}${problem.reason}`;
    return { outcome, reason, orderId: order, unknownProducts };
  }
  const byWeight = ['failed', 'waiting', 'applied', 'duplicate'] as const;
  const outcome = byWeight.find(name => results.some(result => result.outcome === name));
  const reason = results
    .map(result => result.reason)
    .filter(Boolean)
    .join('; ');
  const isOfOrder = results.some(result => result.isOfOrder);
  return { outcome: outcome ?? 'ignored', reason, orderId: order, isOfOrder, unknownProducts };
}
