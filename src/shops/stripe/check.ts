// Tries what the owner of a Stripe account has set up: the key, the webhook, the prices, the billing portal.

import type Stripe from 'stripe';
import type { Product } from '../../domain/catalog.js';
import { repeatable } from '../../domain/secretForms.js';
import { checkProducts, tried } from '../check.js';
import type { ShopCheck } from '../port.js';
import type { StripeApi } from './api.js';

const OPTIONS = { timeout: 10_000 };
/** The events from which purchases are read (docs/purchases.md). */
const EVENTS = [
  'checkout.session.completed',
  'checkout.session.async_payment_succeeded',
  'checkout.session.async_payment_failed',
  'checkout.session.expired',
  'invoice.paid',
  'invoice.payment_failed',
  'customer.subscription.updated',
  'customer.subscription.deleted',
  'charge.refunded',
  'refund.created',
  'refund.updated',
  'refund.failed',
  'charge.dispute.created',
  'charge.dispute.updated',
  'charge.dispute.closed',
];

export async function checkStripe(
  stripe: StripeApi | null,
  { webhookUrl, livemode, sold }: { webhookUrl: string; livemode: boolean | null; sold: Product[] },
): Promise<ShopCheck[]> {
  if (!stripe) {
    const says =
      'set STRIPE_SECRET_KEY: without it no checkout can begin, and refunds of subscriptions wait';
    return [{ name: 'credentials', ok: false, says }];
  }
  const credentials = await asked('credentials', async () => {
    const prices = await stripe.ask(client => client.prices.list({ limit: 1 }, OPTIONS));
    if (!prices) throw new Error('it does not answer as Stripe does: is STRIPE_API_BASE right?');
    return `the key may read prices, in ${livemode ? 'live' : 'test'} mode`;
  });
  // The next checks would fail for the same reason.
  if (!credentials.ok) return [credentials];
  return [
    credentials,
    await asked('webhook', () => checkWebhook(stripe, webhookUrl)),
    await checkPrices(stripe, sold),
    await asked('portal', () => checkPortal(stripe)),
  ];
}

async function checkWebhook(stripe: StripeApi, url: string): Promise<string> {
  const list = await stripe.ask(client => client.webhookEndpoints.list({ limit: 100 }, OPTIONS));
  const ours = (list?.data ?? []).filter(each => each.url.replace(/\/+$/, '') === url);
  const enabled = ours.filter(({ status }) => status === 'enabled');
  if (ours.length === 0) throw new Error(`there is no endpoint ${url}: add one`);
  if (enabled.length === 0) throw new Error(`the endpoint ${url} is disabled: enable it`);
  const { default: Library } = await import('stripe');
  const faults = enabled.map(endpoint => faultOf(endpoint, Library.API_VERSION));
  const [fault] = faults;
  if (fault && !faults.includes(null)) throw new Error(fault);
  return `${url} is told of all events, in API version ${Library.API_VERSION}`;
}

/** Null if the endpoint is set up correctly. */
function faultOf(endpoint: Stripe.WebhookEndpoint, version: string): string | null {
  const { id, api_version, enabled_events: events } = endpoint;
  // Without its own version it uses the account's, which may change any day.
  if (api_version !== version) {
    return `the endpoint ${id} has API version ${api_version ?? 'of the account'}: add one with ${version}, then remove it`;
  }
  const missing = events.includes('*') ? [] : EVENTS.filter(event => !events.includes(event));
  return missing.length > 0 ? `the endpoint ${id} is not told of: ${missing.join(', ')}` : null;
}

function checkPrices(stripe: StripeApi, sold: Product[]): Promise<ShopCheck> {
  return checkProducts(
    sold,
    ({ shops }) => shops.stripe,
    async name => {
      const priced = { lookup_keys: [name], active: true, limit: 1 };
      const prices = await stripe
        .ask(client => client.prices.list(priced, OPTIONS))
        .catch(error => {
          throw new Error(saidBy(error));
        });
      return (prices?.data.length ?? 0) > 0;
    },
  );
}

async function checkPortal(stripe: StripeApi): Promise<string> {
  const wanted = { is_default: true, active: true, limit: 1 };
  const list = await stripe.ask(client =>
    client.billingPortal.configurations.list(wanted, OPTIONS),
  );
  if ((list?.data.length ?? 0) === 0) {
    throw new Error(
      'the billing portal is not activated: Settings, Billing, Customer portal, Save',
    );
  }
  return 'buyers can manage their subscriptions';
}

function asked(name: string, act: () => Promise<string>): Promise<ShopCheck> {
  return tried(name, () =>
    act().catch(error => {
      throw new Error(saidBy(error));
    }),
  );
}

/** Contains Stripe's own message: only that names the permission that a restricted key lacks. */
function saidBy(error: unknown): string {
  const { message, cause } = Object(error) as { message?: unknown; cause?: unknown };
  const { type, message: inner } = Object(cause) as { type?: unknown; message?: unknown };
  if (type === 'StripeAuthenticationError') return 'STRIPE_SECRET_KEY is wrong';
  if (type === 'StripePermissionError') return `the key lacks a permission: ${masked(inner)}`;
  return typeof inner === 'string' ? `${message}: ${masked(inner)}` : String(message);
}

function masked(text: unknown): string {
  return repeatable(String(text));
}
