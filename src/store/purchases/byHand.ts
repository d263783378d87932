// What an administrator decides of an order that no machine can: whose it is, or that nothing comes of it. Both
// are final: what the shop delivers later, or a replay, does not undo them.

import { validate as isUuid } from 'uuid';
import type { AuditedAction } from '../../domain/auditedAction.js';
import { isSettledByHand, SETTLED_BY_HAND } from '../../domain/delivery.js';
import { type Refusal, refuse, refuseField } from '../../domain/refusal.js';
import { type Actor, writeAudit } from '../admin/audit.js';
import { inTransaction, type Transaction } from '../database/transaction.js';
import { lockAccountOfEmail } from '../licenses/licenseOwner.js';
import { type RecordSettings, standOf } from './applyReport.js';
import type { OrderKey } from './facts.js';
import {
  type EventDetails,
  type EventResult,
  HEALS,
  MOST_WAITING_DAYS,
  readEvent,
} from './inbox.js';
import { idsOf, lockAccount, lockOrder, type OrderRow, readOrder } from './orders.js';

export type AssignTo = { licenseId: string } | { email: string };

export interface ByHand {
  kind: 'done';
  event: EventDetails;
}

export type Decision = 'assign' | 'settle';

/** What an administrator can still decide of an event. */
export async function openDecisions(db: Transaction, event: EventDetails): Promise<Decision[]> {
  const key = orderOf(event);
  const order = key && (await readOrder(db, await idsOf(db, key)));
  const isAssignable = order !== null && (await whyNotAssigned(db, order)) === null;
  const isSettleable = !isSettledByHand(event) && whyNotSettled(event) === null;
  return [
    ...(isAssignable ? ['assign' as const] : []),
    ...(isSettleable ? ['settle' as const] : []),
  ];
}

/** Binds the order of an event to a license, or to the buyer with an address, and applies it. */
export function assignOrder(
  settings: RecordSettings,
  eventId: string,
  to: AssignTo,
  by: Actor,
): Promise<ByHand | Refusal> {
  return inTransaction(settings.prisma, async transaction => {
    const event = await readEvent(transaction, eventId);
    if (!event) return unknownEvent();
    const key = orderOf(event);
    if (!key) return conflict('the event names no order that could be assigned.');
    const target = await targetOf(transaction, to);
    if (target.kind === 'refusal') return target;
    await lockAccount(transaction, target.accountId);
    const order = await readLocked(transaction, key);
    const refused = await whyNotAssigned(transaction, order, target);
    if (refused) return refused;
    if (order.licenseId === null || !order.isAssigned) {
      await bindByHand(transaction, order, target);
      const after = 'email' in to ? { email: to.email } : { license_id: to.licenseId };
      await audit(transaction, by, 'purchase.assign', order, { event: eventId, ...after });
    }
    const assigned = await readLocked(transaction, key);
    const result = await standOf(transaction, settings, assigned);
    await settleEvents(transaction, assigned, result);
    return { kind: 'done', event: (await readEvent(transaction, eventId)) as EventDetails };
  });
}

interface Target {
  kind: 'target';
  accountId: string;
  licenseId: string | null;
}

async function targetOf(transaction: Transaction, to: AssignTo): Promise<Target | Refusal> {
  if ('email' in to) {
    const accountId = await lockAccountOfEmail(transaction, to.email);
    return { kind: 'target', accountId, licenseId: null };
  }
  if (!isUuid(to.licenseId)) return refuseField('license_id', 'the id of a license');
  const [license] = await transaction.$queryRaw<Array<{ account_id: string; state: string }>>`
    SELECT account_id, state FROM license WHERE id = ${to.licenseId}::uuid`;
  if (!license) return refuseField('license_id', 'the id of a license');
  if (license.state === 'revoked') return conflict('that license is revoked, for good.');
  return { kind: 'target', accountId: license.account_id, licenseId: to.licenseId };
}

/** Why an order cannot be assigned to this target, or without one to another than it has. Null if it can. */
async function whyNotAssigned(
  transaction: Transaction,
  order: OrderRow,
  target?: Target,
): Promise<Refusal | null> {
  if (order.settled !== null) return conflict('the order is settled.');
  const [known] = await transaction.$queryRaw<unknown[]>`
    SELECT 1 FROM purchase_fact WHERE shop = ${order.shop} AND order_id = ${order.orderId} LIMIT 1`;
  if (!known) return conflict('nothing of the order could be read, so there is nothing to assign.');
  if (order.licenseId === null || order.licenseId === target?.licenseId) return null;
  const [bound] = await transaction.$queryRaw<Array<{ state: string; account_id: string }>>`
    SELECT state, account_id FROM license WHERE id = ${order.licenseId}::uuid`;
  if (!bound || bound.state === 'revoked') return null;
  if (target?.licenseId === null && bound.account_id === target.accountId) return null;
  return conflict(`the order counts for the license ${order.licenseId} already.`);
}

/** A revoked license keeps the grants that it had: the order gives them anew. */
async function bindByHand(
  transaction: Transaction,
  { shop, orderId }: OrderRow,
  { accountId, licenseId }: Target,
): Promise<void> {
  await transaction.$executeRaw`
    UPDATE license_grant SET purchase_line_id = NULL
    WHERE purchase_line_id IN (SELECT line.id FROM purchase_line line
        JOIN purchase_order USING (shop, order_id)
        WHERE shop = ${shop} AND (order_id = ${orderId} OR same_as = ${orderId}))
      AND license_id IN (SELECT id FROM license WHERE state = 'revoked')`;
  await transaction.$executeRaw`
    UPDATE purchase_order SET account_id = ${accountId}::uuid, is_assigned = true,
      named_license = ${licenseId},
      license_id = CASE WHEN license_id IN (SELECT id FROM license WHERE state = 'revoked')
        THEN NULL ELSE license_id END
    WHERE shop = ${shop} AND (order_id = ${orderId} OR same_as = ${orderId})`;
}

async function settleEvents(
  transaction: Transaction,
  { shop, orderId }: OrderKey,
  { outcome, reason }: EventResult,
): Promise<void> {
  const now = outcome === 'duplicate' || outcome === 'ignored' ? 'applied' : outcome;
  await transaction.$executeRaw`
    UPDATE purchase_event event SET outcome = ${now}, reason = ${reason},
      settled_at = CASE WHEN ${now} = 'waiting' THEN NULL ELSE sahm_now() END,
      waits_until = CASE WHEN ${now} = 'waiting'
        THEN sahm_now() + ${MOST_WAITING_DAYS}::int * interval '1 day' ELSE waits_until END,
      retry_at = CASE WHEN ${now} = 'waiting' THEN sahm_now() + interval '1 minute' END
    WHERE shop = ${shop} AND order_id = ${orderId} AND ${HEALS}`;
}

/**
 * Closes an event without effect, and with it its order, unless that has had its effect: then only this event.
 */
export function settleByHand(
  settings: RecordSettings,
  eventId: string,
  note: string,
  by: Actor,
): Promise<ByHand | Refusal> {
  return inTransaction(settings.prisma, async transaction => {
    const event = await readEvent(transaction, eventId);
    if (!event) return unknownEvent();
    if (isSettledByHand(event)) return { kind: 'done', event };
    const refused = whyNotSettled(event);
    if (refused) return refused;
    const key = orderOf(event);
    const order = key && (await readLocked(transaction, key));
    const isOfOrder = order && !(await hasHadEffect(transaction, order));
    if (isOfOrder) {
      await transaction.$executeRaw`
        UPDATE purchase_order SET settled = ${note}
        WHERE shop = ${order.shop} AND (order_id = ${order.orderId} OR same_as = ${order.orderId})`;
    }
    await transaction.$executeRaw`
      UPDATE purchase_event SET outcome = 'ignored', reason = ${`${SETTLED_BY_HAND}${note}`.slice(0, 500)},
        retry_at = NULL, settled_at = sahm_now(), waits_until = NULL, unknown_products = '{}'
      WHERE id = ${eventId}::uuid OR (${isOfOrder === true} AND shop = ${event.shop}
        AND order_id = ${event.orderId} AND outcome IN ('waiting', 'failed'))`;
    await audit(transaction, by, 'purchase.settle', order ?? null, { event: eventId, note });
    return { kind: 'done', event: (await readEvent(transaction, eventId)) as EventDetails };
  });
}

function whyNotSettled({ outcome }: EventDetails): Refusal | null {
  return outcome === 'applied' ? conflict('the event has had its effect.') : null;
}

/** It counts for a license, or one of its pieces does. */
async function hasHadEffect(
  transaction: Transaction,
  { shop, orderId, licenseId }: OrderRow,
): Promise<boolean> {
  if (licenseId !== null) return true;
  const parts = await transaction.$queryRaw<unknown[]>`
    SELECT 1 FROM purchase_order
    WHERE shop = ${shop} AND part_of = ${orderId} AND license_id IS NOT NULL LIMIT 1`;
  return parts.length > 0;
}

function orderOf({ shop, orderId }: EventDetails): OrderKey | null {
  return orderId === null ? null : { shop, orderId };
}

/** Creates the order if there is none, because an order that could not be read can be settled too. */
async function readLocked(transaction: Transaction, key: OrderKey): Promise<OrderRow> {
  const ids = await idsOf(transaction, key);
  return lockOrder(transaction, ids, null, {});
}

async function audit(
  transaction: Transaction,
  by: Actor,
  action: AuditedAction,
  order: OrderKey | null,
  after: Record<string, string>,
): Promise<void> {
  const subject = order ? `order:${order.shop}:${order.orderId}` : `event:${after.event}`;
  await writeAudit(transaction, by, { action, subject, after });
}

function unknownEvent(): Refusal {
  return refuse('not_found', 'not_found', { what: 'purchase event' });
}

function conflict(reason: string): Refusal {
  return refuse('conflict', 'conflict', { reason });
}
