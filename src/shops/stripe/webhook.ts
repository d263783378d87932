// Stripe's webhooks. What an event lacks is asked of the API. If the API cannot be asked, the event waits to be read
// again.

import type { z } from 'zod';
import type { Delivery, Reading } from '../../domain/delivery.js';
import type { PurchaseReport } from '../../domain/purchase.js';
import { parseBody, unreadable } from '../body.js';
import { faultOf } from '../fields.js';
import type { ShopAdapter } from '../port.js';
import { isTimedSignature, signedTime } from '../signature.js';
import { type StripeApi, StripeUnreachableError } from './api.js';
import {
  type Api,
  allLinesOf,
  lineItemsOf,
  paidBy,
  paymentIntentOf,
  pendingItemsOf,
  pricesBy,
} from './asking.js';
import {
  disputeReport,
  refundedCharge,
  refundReport,
  sessionReport,
  subscribedReport,
} from './reading.js';
import {
  chargeShape,
  disputeShape,
  eventShape,
  type Invoice,
  invoiceShape,
  refundShape,
  type Session,
  type StripeEvent,
  type Subscription,
  sessionShape,
  subscriptionShape,
  thinEventShape,
} from './shapes.js';
import { changedReport, endedReport, invoiceReport, pricesOf } from './subscriptions.js';

export interface StripeSettings {
  /** Several while one replaces another. */
  webhookSecrets: string[];
  /** Null without an API key. Then only what an event contains is known. */
  api: StripeApi | null;
  /** Events of the other mode are ignored. Null if our mode is not known. */
  livemode: boolean | null;
}

export function createStripe(settings: StripeSettings): ShopAdapter {
  return {
    shop: 'stripe',
    isSigned: headers => isTimedSignature(headers['stripe-signature']),
    verify({ body, headers }) {
      const signedAt = signedTime(headers['stripe-signature'], body, settings.webhookSecrets);
      return signedAt ? { kind: 'genuine', signedAt } : { kind: 'forged' };
    },
    read: (delivery, { timeoutMs }) => readDelivery(delivery, timeoutMs, settings),
  };
}

const THIN_EVENT =
  'it is a thin event, without its object: give the endpoint in Stripe the payload style "Snapshot"';

/** What an event reports, or why it reports nothing. */
type Understood =
  | PurchaseReport
  | ({ problem: 'ignored' | 'failed' | 'unread'; reason: string } & Pick<
      Reading,
      'orderId' | 'failedPayment'
    >);

const ignored = (reason: string): Understood => ({ problem: 'ignored', reason });

async function readDelivery(
  { body }: Delivery,
  timeoutMs: number,
  settings: StripeSettings,
): Promise<Reading> {
  const parsed = parseBody(body);
  if ('fault' in parsed) return unreadable('unknown', 'failed', parsed.fault);
  const thin = thinEventShape.safeParse(parsed.value).data;
  if (thin) return unreadable(thin.type, 'failed', THIN_EVENT);
  const checked = eventShape.safeParse(parsed.value);
  if (!checked.success) {
    const reason = `this is not an event of Stripe: ${faultOf(checked.error)}`;
    return unreadable('unknown', 'failed', reason);
  }
  const event = checked.data;
  const common = { topic: event.type, deliveryId: event.id };
  const understood = await understand(event, timeoutMs, settings);
  if ('problem' in understood) {
    const { problem: kind, reason, ...about } = understood;
    return { ...common, ...about, reports: [], problem: { kind, reason } };
  }
  return { ...common, reports: [understood], orderId: understood.orderId };
}

async function understand(
  event: StripeEvent,
  timeoutMs: number,
  settings: StripeSettings,
): Promise<Understood> {
  if (settings.livemode !== null && event.livemode !== settings.livemode) {
    return ignored(event.livemode ? 'it is of the live mode' : 'it is of the test mode');
  }
  if (event.account) return ignored('it is of a connected account');
  const read = Object.hasOwn(READERS, event.type) && READERS[event.type];
  if (!read) return ignored('this kind of event changes nothing');
  try {
    return await read(event, { stripe: settings.api, timeoutMs });
  } catch (error) {
    if (error instanceof StripeUnreachableError)
      return { problem: 'unread', reason: error.message };
    throw error;
  }
}

type Reader = (event: StripeEvent, api: Api) => Promise<Understood>;

/** Makes a reader for one kind of object. An object of another shape is a fault of the event. */
function reading<Schema extends z.ZodType>(
  shape: Schema,
  read: (
    object: z.output<Schema>,
    event: StripeEvent,
    api: Api,
  ) => Promise<Understood> | Understood,
): Reader {
  return async (event, api) => {
    const object = shape.safeParse(event.data.object);
    if (object.success) return read(object.data, event, api);
    const reason = `its object is not as expected: ${faultOf(object.error)}`;
    return { problem: 'failed', reason };
  };
}

const READERS: Record<string, Reader> = {
  'checkout.session.completed': reading(sessionShape, readSession),
  'checkout.session.async_payment_succeeded': reading(sessionShape, readSession),
  'checkout.session.async_payment_failed': async () => ignored('the payment failed'),
  'checkout.session.expired': async () => ignored('the buyer did not pay in time'),
  'invoice.paid': reading(invoiceShape, readInvoice),
  'invoice.payment_failed': async ({ data: { object } }) => unpaid(object),
  'customer.subscription.updated': reading(subscriptionShape, readChange),
  'customer.subscription.deleted': reading(subscriptionShape, (subscription, event) =>
    endedReport(subscription, event.created),
  ),
  'charge.refunded': reading(chargeShape, async (charge, event, api) =>
    refundedCharge(
      charge,
      await paidBy(charge.payment_intent ?? charge.id, api, charge.invoice),
      event.created,
    ),
  ),
  'refund.created': reading(refundShape, readRefund),
  'refund.updated': reading(refundShape, readRefund),
  'refund.failed': reading(refundShape, readRefund),
  'charge.refund.updated': reading(refundShape, readRefund),
  'charge.dispute.created': reading(disputeShape, readDispute),
  'charge.dispute.updated': reading(disputeShape, readDispute),
  'charge.dispute.closed': reading(disputeShape, readDispute),
};

/** An unpaid invoice changes nothing: the plan goes on until its grace days are over. The buyer gets a notice. */
function unpaid(object: unknown): Understood {
  const failed = ignored('the payment failed: the plan goes on until its days of grace are over');
  const { data: invoice } = invoiceShape.safeParse(object);
  const orderId = invoice?.subscription;
  return orderId ? { ...failed, orderId, failedPayment: invoice.id } : failed;
}

async function readSession(session: Session, event: StripeEvent, api: Api): Promise<Understood> {
  if (session.mode === 'subscription' && session.subscription) return subscribedReport(session);
  if (session.mode !== 'payment') return ignored(`a session of mode ${session.mode} buys nothing`);
  if (!['paid', 'no_payment_required'].includes(session.payment_status)) {
    return ignored('it is not paid yet');
  }
  const items = await lineItemsOf(session, api);
  if (!items && session.metadata.product_id === undefined) {
    const reason = api.stripe
      ? `Stripe does not know the session ${session.id}: the API key belongs to another account or mode`
      : 'what was bought is not in the event, and no API key is set';
    return { problem: 'unread', reason };
  }
  return sessionReport(session, items, event.created);
}

async function readInvoice(told: Invoice, _event: StripeEvent, api: Api): Promise<Understood> {
  const lines = await allLinesOf(told, api);
  if (lines === null) return { problem: 'unread', reason: `not all lines of ${told.id} are known` };
  const invoice = { ...told, lines: { ...told.lines, data: lines } };
  const report = invoiceReport(invoice, await pricesBy(pricesOf(lines), api));
  if (invoice.subscription !== undefined || report.partOf !== undefined) return report;
  const paymentIntent = await paymentIntentOf(invoice, api);
  return paymentIntent === undefined ? report : { ...report, partOf: paymentIntent };
}

/** The costs of a subscription's change are on no invoice yet, so they are asked for. */
async function readChange(
  subscription: Subscription,
  event: StripeEvent,
  api: Api,
): Promise<Understood> {
  const changed = Object.keys(event.data.previous_attributes ?? { items: true });
  if (!changed.some(name => CHANGES_ITEMS.includes(name))) {
    return ignored(`the subscription is ${subscription.status}, and for the same as before`);
  }
  const pending = await pendingItemsOf(subscription, api);
  const items = (subscription.items?.data ?? []).map(({ price, plan }) => price ?? plan ?? null);
  const priced = [
    ...items.map(price => ({ price, priceId: price?.id })),
    ...pending.map(({ price, priceId }) => ({ price, priceId })),
  ];
  const prices = await pricesBy(pricesOf(priced), api);
  return changedReport(subscription, event.created, prices, pending);
}

const CHANGES_ITEMS = ['items', 'plan', 'quantity', 'status'];

async function readRefund(
  refund: z.infer<typeof refundShape>,
  _event: StripeEvent,
  api: Api,
): Promise<Understood> {
  const payment = refund.payment_intent ?? refund.charge;
  if (!payment) return { problem: 'failed', reason: 'the refund names no payment' };
  const report = refundReport(refund, await paidBy(payment, api));
  return report ?? ignored(`the refund is ${refund.status}`);
}

async function readDispute(
  dispute: z.infer<typeof disputeShape>,
  event: StripeEvent,
  api: Api,
): Promise<Understood> {
  const payment = dispute.payment_intent ?? dispute.charge;
  if (!payment) return { problem: 'failed', reason: 'the dispute names no payment' };
  const report = disputeReport(dispute, await paidBy(payment, api), event.created);
  return report ?? ignored('an inquiry takes nothing back');
}
