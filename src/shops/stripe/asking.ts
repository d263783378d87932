// Asks Stripe's API for what an event lacks. Each throws StripeUnreachableError if the API cannot be asked.

import type { StripeApi } from './api.js';
import { needsLineItems, type Paid } from './reading.js';
import {
  type Invoice,
  type InvoiceItem,
  type InvoiceLine,
  invoiceItemShape,
  invoiceLines,
  invoiceShape,
  type LineItems,
  lineItems,
  type Price,
  priceShape,
  type Session,
  type Subscription,
} from './shapes.js';

export interface Api {
  stripe: StripeApi | null;
  timeoutMs: number;
}

export async function lineItemsOf(
  session: Session,
  { stripe, timeoutMs }: Api,
): Promise<LineItems | null> {
  const told = session.line_items?.data ?? null;
  if (!stripe || !needsLineItems(session)) return told;
  const found = await stripe.ask(client =>
    client.checkout.sessions.listLineItems(
      session.id,
      { limit: 100, expand: ['data.price.product'] },
      { timeout: timeoutMs },
    ),
  );
  return found ? (lineItems.safeParse(found).data?.data ?? told) : told;
}

/** All lines of an invoice: an event has only the first ten. Null if the others cannot be read. */
export async function allLinesOf(
  { id, lines }: Invoice,
  { stripe, timeoutMs }: Api,
): Promise<InvoiceLine[] | null> {
  if (lines.has_more !== true) return lines.data;
  const all = await stripe?.ask(client =>
    client.invoices
      .listLineItems(id, { limit: 100 }, { timeout: timeoutMs })
      .autoPagingToArray({ limit: MOST_LINES }),
  );
  return all ? (invoiceLines.safeParse({ data: all }).data?.data ?? null) : null;
}

const MOST_LINES = 1_000;

/** The payment of an invoice. Newer API versions do not have it in the event. */
export async function paymentIntentOf(
  { id }: Invoice,
  { stripe, timeoutMs }: Api,
): Promise<string | undefined> {
  const payments = await stripe?.ask(client =>
    client.invoicePayments.list({ invoice: id }, { timeout: timeoutMs }),
  );
  const intent = payments?.data?.[0]?.payment?.payment_intent;
  return typeof intent === 'string' ? intent : intent?.id;
}

export async function pendingItemsOf(
  { customer }: Subscription,
  { stripe, timeoutMs }: Api,
): Promise<InvoiceItem[]> {
  if (customer === undefined) return [];
  const found = await stripe?.ask(client =>
    client.invoiceItems.list({ customer, pending: true, limit: 100 }, { timeout: timeoutMs }),
  );
  return (found?.data ?? []).flatMap(item => invoiceItemShape.safeParse(item).data ?? []);
}

export async function pricesBy(ids: string[], api: Api): Promise<Map<string, Price>> {
  const prices = new Map<string, Price>();
  for (const id of ids) {
    const price = await priceOf(id, api);
    if (price) prices.set(id, price);
  }
  return prices;
}

async function priceOf(id: string, { stripe, timeoutMs }: Api): Promise<Price | undefined> {
  const found = await stripe?.ask(client =>
    client.prices.retrieve(id, { expand: ['product'] }, { timeout: timeoutMs }),
  );
  return priceShape.safeParse(found).data;
}

/** The order behind a payment intent: itself, or the subscription whose invoice it paid. */
export async function paidBy(
  paymentIntent: string,
  { stripe, timeoutMs }: Api,
  invoiceId?: string,
): Promise<Paid> {
  if (!stripe && invoiceId !== undefined) return { orderId: invoiceId, about: invoiceId };
  const own = { orderId: paymentIntent };
  if (!stripe || !paymentIntent.startsWith('pi_')) return own;
  const payment = { type: 'payment_intent', payment_intent: paymentIntent } as const;
  const payments = await stripe.ask(client =>
    client.invoicePayments.list({ payment, expand: ['data.invoice'] }, { timeout: timeoutMs }),
  );
  const invoice = invoiceShape.safeParse(payments?.data?.[0]?.invoice).data;
  if (!invoice) return own;
  const { id, subscription } = invoice;
  return subscription === undefined
    ? { ...own, sameAs: [id] }
    : { orderId: subscription, about: id };
}
