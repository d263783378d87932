// WooCommerce's webhooks, and its orders that we asked for.

import { z } from 'zod';
import type { Delivery, Reading } from '../../domain/delivery.js';
import type { PurchaseReport } from '../../domain/purchase.js';
import { parseBody, unreadable } from '../body.js';
import { faultOf } from '../fields.js';
import type { Incoming, ShopAdapter, Verdict } from '../port.js';
import { isBase64Signature, isSignedBase64 } from '../signature.js';
import { ShopUnreachableError, type WooCommerceClient } from './client.js';
import { aboutShop } from './moreShops.js';
import { deletedReport, isSettledOrder, RESTORED, readOrder } from './order.js';
import { orderSchema, type WooCommerceOrder } from './shapes.js';
import { otherShop } from './source.js';

export interface WooCommerceSettings {
  secret: string;
  /** Null if the shop's REST API is not configured. Then partial refunds wait for a person. */
  client: WooCommerceClient | null;
  /** The shop's address, as its deliveries contain it. */
  shopUrl?: string | undefined;
  /** The shop's name, if there are several. */
  name?: string | undefined;
  /**
   * Statuses in which a paid order counts.
   * @default ['processing', 'completed']
   */
  granting?: string[];
}

/** An order of a virtual product that is not downloadable stays at `processing`. */
const GRANTING = ['processing', 'completed'];

/** The topic of an order that we asked for. */
export const RECONCILED = 'order.reconciled';

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

/** Whether it is the unsigned request with which WordPress tries a new webhook. It has no effect. */
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
  if (elsewhere !== null) {
    const reason = aboutShop(settings.name, elsewhere);
    return { ...unreadable(topic, 'ignored', reason), deliveryId };
  }
  const thing = otherThing(topic);
  if (thing !== null) {
    const reason = `it is about "${thing}", and not about an order: only webhooks of orders should report to us`;
    return { ...unreadable(topic, 'ignored', reason), deliveryId };
  }
  const parsed = parseBody(body);
  if ('fault' in parsed) return { ...unreadable(topic, 'failed', parsed.fault), deliveryId };
  const reading = await readValue(parsed.value, { timeoutMs, now, topic, deliveryId }, settings);
  return { ...reading, topic, deliveryId };
}

/**
 * What a delivery is about, if it is no order. A deleted product is reported by its id alone, as a deleted order is.
 */
function otherThing(topic: string): string | null {
  const [thing = '', event] = topic.split('.');
  return event === undefined || thing === 'order' ? null : thing;
}

interface Told {
  timeoutMs: number;
  now: Date;
  topic: string;
  deliveryId: string;
}

type Understood = Omit<Reading, 'topic' | 'deliveryId'>;

async function readValue(
  value: unknown,
  told: Told,
  settings: WooCommerceSettings,
): Promise<Understood> {
  const deleted = onlyId.safeParse(value).data;
  if (deleted) return readDeleted(deleted.id, told, settings);
  const order = orderSchema.safeParse(value);
  if (order.success) {
    if (told.topic === RESTORED) return readRestored(order.data, told, settings);
    return readState(order.data, { ...told, isAsked: told.topic === RECONCILED }, settings);
  }
  const failed = (reason: string): Understood => ({
    reports: [],
    problem: { kind: 'failed', reason },
  });
  if (restError.safeParse(value).success) return failed(MAY_NOT_READ);
  if (Object(Object(value).order).id !== undefined) return failed(LEGACY_FORM);
  return notAnOrder(value, order.error);
}

function notAnOrder(value: unknown, error: z.ZodError): Understood {
  const orderId = orderIdIn(value);
  const reason = `this is not an order: ${faultOf(error)}`;
  return { reports: [], ...(orderId && { orderId }), problem: { kind: 'failed', reason } };
}

const MAY_NOT_READ =
  'the user who owns the webhook may not read this order any more, or it is gone: save the webhook anew as an administrator';
const LEGACY_FORM =
  'it has the form of an old API version: set the webhook to "WP REST API Integration v3"';

/** Read separately, so that the delivery is found under its order even if the rest cannot be read. */
function orderIdIn(value: unknown): string | undefined {
  return orderSchema.shape.id.safeParse(Object(value).id).data;
}

/** A deletion has no time. So if the shop can be asked, only the order's present state counts. */
async function readDeleted(orderId: string, told: Told, settings: WooCommerceSettings) {
  if (!settings.client) return goneNow(orderId, told);
  return readAsItIs(orderId, [], { ...told, topic: 'order.updated' }, settings, settings.client);
}

/** Reads a restored order. The delivery may come after a later deletion, so the shop is asked whether it exists. */
async function readRestored(order: WooCommerceOrder, told: Told, settings: WooCommerceSettings) {
  const toldSo = await readState(order, { ...told, isAsked: false }, settings);
  if (!settings.client) return toldSo;
  return readAsItIs(order.id, toldSo.reports, told, settings, settings.client);
}

/** Reads the order's present state from the shop. Until the shop can be asked, `reports` count. */
function readAsItIs(
  orderId: string,
  reports: PurchaseReport[],
  told: Told,
  settings: WooCommerceSettings,
  client: WooCommerceClient,
): Promise<Understood> {
  return orUnread(
    orderId,
    reports,
    async asked => {
      const found = await asked.order(orderId, told.timeoutMs);
      if (found === null) return goneNow(orderId, told);
      const order = orderSchema.safeParse(found);
      if (!order.success) return notAnOrder(found, order.error);
      return readState(order.data, { ...told, isAsked: true }, settings);
    },
    client,
  );
}

function goneNow(orderId: string, { deliveryId, now }: Told): Understood {
  return { reports: [deletedReport(orderId, deliveryId, now)], orderId };
}

async function readState(
  order: WooCommerceOrder,
  told: Told & { isAsked: boolean },
  { client, granting = GRANTING }: WooCommerceSettings,
): Promise<Understood> {
  const orderId = order.id;
  if (!isSettledOrder(order, granting)) {
    const reason = `the order is ${order.status}${order.date_paid_gmt ? '' : ' and not paid'}`;
    return { reports: [], orderId, problem: { kind: 'ignored', reason } };
  }
  const read = (refunds: unknown[] | null): Understood => {
    const isAsked = told.isAsked && refunds !== null;
    const { report, problem } = readOrder(order, { ...told, granting, refunds, isAsked });
    return { reports: [report], orderId, ...(problem && { problem }) };
  };
  if ((order.refunds ?? []).length === 0) return read([]);
  // The lines of refunds matter only while a part of the order is left.
  if (!client || order.status === 'refunded') return read(null);
  return orUnread(
    orderId,
    read(null).reports,
    async () => read(await client.refunds(orderId, told.timeoutMs)),
    client,
  );
}

/** Asks the shop. If it cannot be asked, `reports` count until it can. */
async function orUnread(
  orderId: string,
  reports: PurchaseReport[],
  ask: (client: WooCommerceClient) => Promise<Understood>,
  client: WooCommerceClient,
): Promise<Understood> {
  try {
    return await ask(client);
  } catch (error) {
    if (!(error instanceof ShopUnreachableError)) throw error;
    return { reports, orderId, problem: { kind: 'unread', reason: error.message } };
  }
}
