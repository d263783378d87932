// WooCommerce: its webhooks, and its orders as we ask for them.

import { z } from 'zod';
import type { Delivery, Reading } from '../../domain/delivery.js';
import type { PurchaseReport } from '../../domain/purchase.js';
import { parseBody, unreadable } from '../body.js';
import { faultOf } from '../fields.js';
import type { Incoming, ShopAdapter, Verdict } from '../port.js';
import { isBase64Signature, isSignedBase64 } from '../signature.js';
import { ShopUnreachableError, type WooCommerceClient } from './client.js';
import {
  deletedReport,
  orderSchema,
  readOrder,
  refundFacts,
  type WooCommerceOrder,
} from './order.js';
import { otherShop } from './source.js';

export interface WooCommerceSettings {
  secret: string;
  /** Null where the shop's REST API is not configured: then refunds in part wait for a person. */
  client: WooCommerceClient | null;
  /** Where the shop is, as it calls itself in its deliveries. */
  shopUrl?: string | undefined;
  /**
   * Statuses in which a paid order counts.
   * @default ['processing', 'completed']
   */
  granting?: string[];
}

/** A virtual product that is not downloadable stops at `processing`. */
const GRANTING = ['processing', 'completed'];

const onlyId = z.strictObject({ id: orderSchema.shape.id });
const restError = z.looseObject({
  code: z.string(),
  message: z.string(),
  data: z.unknown().optional(),
});

export function createWooCommerce(settings: WooCommerceSettings): ShopAdapter {
  return {
    shop: 'woocommerce',
    keptHeaders: /^x-wc-webhook-(?!signature)[a-z-]+$/,
    isSigned: headers => isBase64Signature(headers['x-wc-webhook-signature']),
    verify: incoming => verify(incoming, settings.secret),
    read: (delivery, options) => readDelivery(delivery, options, settings),
  };
}

function verify({ body, headers }: Incoming, secret: string): Verdict {
  const signature = headers['x-wc-webhook-signature'];
  if (signature === undefined && isPing(body, headers)) return { kind: 'ping' };
  const isGenuine = isSignedBase64(signature, body, secret);
  return isGenuine ? { kind: 'genuine', signedAt: null } : { kind: 'forged' };
}

/** WordPress tries a new webhook so, and unsigned; it says nothing and changes nothing. */
function isPing(body: Buffer, headers: Incoming['headers']): boolean {
  const type = String(headers['content-type'] ?? '');
  return (
    type.startsWith('application/x-www-form-urlencoded') &&
    /^webhook_id=\d{1,20}$/.test(body.toString('latin1'))
  );
}

async function readDelivery(
  { body, headers }: Delivery,
  { timeoutMs, now }: { timeoutMs: number; now: Date },
  settings: WooCommerceSettings,
): Promise<Reading> {
  const topic = headers['x-wc-webhook-topic'] ?? 'unknown';
  const deliveryId = headers['x-wc-webhook-delivery-id'] ?? '';
  const elsewhere = otherShop(headers['x-wc-webhook-source'], settings.shopUrl);
  if (elsewhere !== null) return { ...unreadable(topic, 'ignored', elsewhere), deliveryId };
  const parsed = parseBody(body);
  if ('fault' in parsed) return { ...unreadable(topic, 'failed', parsed.fault), deliveryId };
  const reading = await readValue(parsed.value, topic, { timeoutMs, now }, settings);
  return { ...reading, topic, deliveryId };
}

type Understood = Omit<Reading, 'topic' | 'deliveryId'>;

async function readValue(
  value: unknown,
  topic: string,
  options: { timeoutMs: number; now: Date },
  settings: WooCommerceSettings,
): Promise<Understood> {
  const deleted = onlyId.safeParse(value).data;
  if (deleted) return readDeleted(deleted.id, options, settings);
  const order = orderSchema.safeParse(value);
  if (order.success) return readState(order.data, topic, options.timeoutMs, settings);
  if (restError.safeParse(value).success) {
    const reason = 'the user who owns the webhook may no longer read orders: save the webhook anew';
    return { reports: [], problem: { kind: 'failed', reason } };
  }
  const reason = `this is not an order: ${faultOf(order.error)}`;
  const orderId = orderIdIn(value);
  return { reports: [], ...(orderId && { orderId }), problem: { kind: 'failed', reason } };
}

/** So that it is found under its order, whatever else of it cannot be read. */
function orderIdIn(value: unknown): string | undefined {
  return orderSchema.shape.id.safeParse(Object(value).id).data;
}

/** Without a time in it, a deletion is compared with what the shop says of the order now, if it can be asked. */
async function readDeleted(
  orderId: string,
  { timeoutMs, now }: { timeoutMs: number; now: Date },
  settings: WooCommerceSettings,
): Promise<Understood> {
  if (!settings.client) return { reports: [deletedReport(orderId, now)], orderId };
  try {
    const order = orderSchema.safeParse(await settings.client.order(orderId, timeoutMs)).data;
    if (order) return readState(order, 'order.updated', timeoutMs, settings);
    return { reports: [deletedReport(orderId, now)], orderId };
  } catch (error) {
    if (!(error instanceof ShopUnreachableError)) throw error;
    return { reports: [], orderId, problem: { kind: 'unread', reason: error.message } };
  }
}

async function readState(
  order: WooCommerceOrder,
  topic: string,
  timeoutMs: number,
  settings: WooCommerceSettings,
): Promise<Understood> {
  const orderId = order.id;
  const { report, problem } = readOrder(order, settings.granting ?? GRANTING, topic);
  if (!report) {
    const reason = `the order is ${order.status}${order.date_paid_gmt ? '' : ' and not paid'}`;
    return { reports: [], orderId, problem: { kind: 'ignored', reason } };
  }
  if (problem) {
    return { reports: [report], orderId, problem: { kind: 'failed', reason: problem } };
  }
  const isPartlyRefunded = order.status !== 'refunded' && (order.refunds ?? []).length > 0;
  if (!isPartlyRefunded) return { reports: [report], orderId };
  return withRefunds(order, report, timeoutMs, settings.client);
}

async function withRefunds(
  order: WooCommerceOrder,
  report: PurchaseReport,
  timeoutMs: number,
  client: WooCommerceClient | null,
): Promise<Understood> {
  const orderId = order.id;
  if (!client) {
    const reason = 'it is refunded in part; which lines, only the REST API of the shop can say';
    return { reports: [report], orderId, problem: { kind: 'failed', reason } };
  }
  try {
    const refunds = await client.refunds(orderId, timeoutMs);
    const { facts, amountOnly, unread } = refundFacts(order, refunds);
    const reports = [{ ...report, facts: [...report.facts, ...facts, ...amountOnly] }];
    if (amountOnly.length === 0 && unread.length === 0) return { reports, orderId };
    const names = amountOnly.map(fact => fact.reference).join(', ');
    const reason =
      unread.length > 0
        ? `${unread.length} of its refunds cannot be read: ${unread[0]}`
        : `refund ${names} names an amount and no lines: decide by hand what it takes back`;
    return { reports, orderId, problem: { kind: 'failed', reason } };
  } catch (error) {
    if (!(error instanceof ShopUnreachableError)) throw error;
    return { reports: [report], orderId, problem: { kind: 'unread', reason: error.message } };
  }
}
