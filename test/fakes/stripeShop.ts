// Stripe: its API as far as we ask it, and its webhooks, signed by its own library.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Stripe from 'stripe';

export const STRIPE_SECRET = 'whsec_of_the_tests';

type Entry = Record<string, unknown>;

export interface StripeShop {
  url: string;
  /** What was asked: `POST /v1/checkout/sessions`. */
  asked: string[];
  /** Bodies of created sessions, as form fields. */
  created: URLSearchParams[];
  /** Line items of sessions, by session id. */
  lineItems: Map<string, Entry[]>;
  /** Prices by id; each with a lookup key. */
  prices: Map<string, Entry>;
  /** The invoice that a payment intent paid. */
  invoices: Map<string, Entry>;
  /** Endpoints that the account has. */
  endpoints: Entry[];
  hasPortal: boolean;
  /** What the API answers to everything. */
  fault: { status: number; error: Entry } | null;
  /** All lines of invoices that have more than an event contains, by invoice id. */
  invoiceLines: Map<string, Entry[]>;
  /** What waits for the next invoice, by customer id. */
  pendingItems: Map<string, Entry[]>;
  isUp: boolean;
  /** An event around an object. */
  event(type: string, object: Entry, more?: Entry): Entry;
  deliver(event: Entry | string, header?: string): Promise<Response>;
  close(): Promise<void>;
}

let lastId = 0;

export function signStripe(payload: string, secret = STRIPE_SECRET, timestamp?: number): string {
  return Stripe.webhooks.generateTestHeaderString({
    payload,
    secret,
    ...(timestamp !== undefined && { timestamp }),
  });
}

export async function startStripeShop(target: () => string): Promise<StripeShop> {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const url = new URL(request.url ?? '/', 'http://stripe');
    shop.asked.push(`${request.method} ${url.pathname}`);
    if (shop.fault) {
      response.writeHead(shop.fault.status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ error: shop.fault.error }));
      return;
    }
    const found = shop.isUp ? answer(shop, request.method ?? '', url, body) : undefined;
    const missing = { error: { type: 'invalid_request_error', message: 'No such object' } };
    const fault = { error: { type: 'api_error', message: 'down' } };
    response.writeHead(found ? 200 : shop.isUp ? 404 : 500, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(found ?? (shop.isUp ? missing : fault)));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const shop: StripeShop = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    created: [],
    lineItems: new Map(),
    prices: new Map(),
    invoices: new Map(),
    endpoints: [],
    hasPortal: true,
    fault: null,
    invoiceLines: new Map(),
    pendingItems: new Map(),
    isUp: true,
    event: (type, object, more = {}) => ({
      id: `evt_${++lastId}`,
      object: 'event',
      type,
      created: Math.floor(Date.now() / 1000),
      livemode: false,
      data: { object },
      ...more,
    }),
    deliver(event, header) {
      const payload = typeof event === 'string' ? event : JSON.stringify(event);
      return fetch(`${target()}/webhooks/stripe`, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          'Stripe-Signature': header ?? signStripe(payload),
        },
        body: payload,
      });
    },
    close: () => {
      server.closeAllConnections();
      return new Promise(resolve => server.close(() => resolve()));
    },
  };
  return shop;
}

function answer(shop: StripeShop, method: string, url: URL, body: string): Entry | undefined {
  const path = url.pathname;
  const list = (data: Entry[]) => ({ object: 'list', data, has_more: false });
  if (method === 'POST' && path === '/v1/checkout/sessions') {
    shop.created.push(new URLSearchParams(body));
    const id = `cs_test_${shop.created.length}`;
    return { id, object: 'checkout.session', url: `https://checkout.stripe.example/${id}` };
  }
  if (method === 'POST' && path === '/v1/billing_portal/sessions') {
    const customer = new URLSearchParams(body).get('customer');
    return { id: 'bps_1', url: `https://billing.stripe.example/bps_1?customer=${customer}` };
  }
  if (path === '/v1/webhook_endpoints') return list(shop.endpoints);
  if (path === '/v1/billing_portal/configurations') return list(shop.hasPortal ? [{}] : []);
  const [, session] = /^\/v1\/checkout\/sessions\/(\w+)\/line_items$/.exec(path) ?? [];
  if (session) {
    const items = shop.lineItems.get(session);
    return items && list(items);
  }
  if (path === '/v1/prices') {
    const key = url.searchParams.get('lookup_keys[0]') ?? url.searchParams.get('lookup_keys[]');
    return list([...shop.prices.values()].filter(price => price.lookup_key === key));
  }
  const [, price] = /^\/v1\/prices\/(\w+)$/.exec(path) ?? [];
  if (price) return shop.prices.get(price);
  const [, invoiceId] = /^\/v1\/invoices\/([\w-]+)\/lines$/.exec(path) ?? [];
  if (invoiceId) {
    const lines = shop.invoiceLines.get(invoiceId);
    return lines && page(lines, url.searchParams);
  }
  if (path === '/v1/invoiceitems') {
    return list(shop.pendingItems.get(url.searchParams.get('customer') ?? '') ?? []);
  }
  const ofInvoice = url.searchParams.get('invoice');
  if (path === '/v1/invoice_payments' && ofInvoice) {
    const [paid] = [...shop.invoices].find(([, invoice]) => invoice.id === ofInvoice) ?? [];
    const payment = { type: 'payment_intent', payment_intent: paid };
    return list(paid ? [{ id: 'inpay_1', payment }] : []);
  }
  if (path === '/v1/invoice_payments') {
    const invoice = shop.invoices.get(url.searchParams.get('payment[payment_intent]') ?? '');
    return list(invoice ? [{ id: 'inpay_1', invoice }] : []);
  }
  return undefined;
}

function page(all: Entry[], query: URLSearchParams): Entry {
  const from = all.findIndex(({ id }) => id === query.get('starting_after')) + 1;
  const until = from + Number(query.get('limit') ?? 10);
  return { object: 'list', data: all.slice(from, until), has_more: until < all.length };
}
