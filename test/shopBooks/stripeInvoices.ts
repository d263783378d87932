// Invoices and subscriptions as Stripe writes them, in the form of the version that is asked for.

import { BOOST, type Good } from './goods.js';
import { isBefore2025, priceJson, type Version } from './stripeBooks.js';
import type { Charge } from './stripeMoney.js';
import type { Period, Subscription } from './subscription.js';
import { seconds } from './world.js';

export interface InvoiceLine {
  good: Good;
  quantity: number;
  amount: number;
  startsAt: number;
  endsAt: number;
  proration: { invoiceItem: string; isCredit: boolean } | null;
}

interface Context {
  email: string;
  version: Version;
}

interface Told {
  charge: Charge;
  reason: string;
  lines: InvoiceLine[];
  subscriptionId: string;
}

export function invoiceJson(
  { charge, reason, lines, subscriptionId }: Told,
  { email, version }: Context,
): Record<string, unknown> {
  const at = seconds(charge.paidAt);
  const isOld = isBefore2025(version);
  const details = { subscription: subscriptionId, metadata: {} };
  return {
    id: charge.invoice,
    object: 'invoice',
    billing_reason: reason,
    customer: `cus_${email}`,
    customer_email: email,
    amount_paid: charge.amount,
    currency: charge.currency,
    created: at,
    status_transitions: { paid_at: at },
    metadata: {},
    ...(isOld
      ? { subscription: subscriptionId, payment_intent: charge.amount === 0 ? null : charge.id }
      : { parent: { type: 'subscription_details', subscription_details: details } }),
    lines: { has_more: false, data: lines.map((line, index) => lineJson(line, index, isOld)) },
  };
}

function lineJson(
  { good, quantity, amount, startsAt, endsAt, proration }: InvoiceLine,
  index: number,
  isOld: boolean,
): object {
  const price = priceJson(good);
  const common = {
    id: `il_${index}`,
    amount,
    quantity,
    period: { start: seconds(startsAt), end: seconds(endsAt) },
    metadata: {},
  };
  const credited = proration?.isCredit
    ? { credited_items: { invoice: 'in_before', invoice_line_items: ['il_before'] } }
    : { credited_items: null };
  if (isOld) {
    return {
      ...common,
      price,
      plan: price,
      type: proration ? 'invoiceitem' : 'subscription',
      proration: proration !== null,
      proration_details: credited,
      ...(proration && { invoice_item: proration.invoiceItem }),
    };
  }
  return {
    ...common,
    pricing: { price_details: { price: price.id, product: price.product } },
    parent: {
      type: 'subscription_item_details',
      subscription_item_details: {
        invoice_item: proration?.invoiceItem ?? null,
        proration: proration !== null,
        proration_details: credited,
        subscription_item: `si_${good.id}`,
      },
    },
  };
}

export function subscriptionJson(
  subscription: Subscription,
  { startsAt, endsAt }: Period,
  { email }: Context,
): object {
  const { id, items, pack, status, endedAt, endsWithPeriod } = subscription;
  const all: Array<[Good, number]> = [
    [items.plan, 1],
    [BOOST, items.boosts],
    [pack, items.packs],
  ];
  return {
    id,
    object: 'subscription',
    customer: `cus_${email}`,
    status,
    metadata: {},
    cancel_at_period_end: endsWithPeriod,
    canceled_at: endedAt === null ? null : seconds(endedAt),
    ended_at: endedAt === null ? null : seconds(endedAt),
    current_period_start: seconds(startsAt),
    current_period_end: seconds(endsAt),
    items: {
      object: 'list',
      data: all
        .filter(([, quantity]) => quantity > 0)
        .map(([good, quantity]) => ({ id: `si_${good.id}`, quantity, price: priceJson(good) })),
    },
  };
}

/** What waits for the next invoice, as the API lists it. */
export function pendingJson({ id, pending }: Subscription): object[] {
  return pending.map(({ good, quantity, amount, startsAt, endsAt, proration }) => ({
    id: proration?.invoiceItem,
    object: 'invoiceitem',
    amount,
    date: seconds(startsAt),
    period: { start: seconds(startsAt), end: seconds(endsAt) },
    proration: true,
    quantity,
    parent: { type: 'subscription_details', subscription_details: { subscription: id } },
    pricing: { price_details: { price: priceJson(good).id } },
  }));
}
