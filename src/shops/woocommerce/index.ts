// WooCommerce.

import { z } from 'zod';
import type { ShopDescription, ShopSettings } from '../port.js';
import { httpUrl, productName, webhookSecret } from '../settings.js';
import { checkWooCommerce } from './check.js';
import { createWooCommerceClient, type WooCommerceClient } from './client.js';
import { createWooCommerceOrders, type OurWebhook } from './orders.js';
import { createWooCommerce } from './webhook.js';

/** A virtual product that is not downloadable stops at `processing`; plug-ins add statuses of their own. */
const PAID = 'processing,completed';
/** An order in one of these is not paid, or no more. */
const NEVER_PAID = ['pending', 'on-hold', 'cancelled', 'refunded', 'failed', 'trash'];

const environment = {
  WOOCOMMERCE_WEBHOOK_SECRET: webhookSecret.optional(),
  WOOCOMMERCE_URL: httpUrl.optional(),
  WOOCOMMERCE_CONSUMER_KEY: z.string().optional(),
  WOOCOMMERCE_CONSUMER_SECRET: z.string().optional(),
  WOOCOMMERCE_KEY_NOTE: z.enum(['true', 'false']).default('false'),
  WOOCOMMERCE_PAID_STATUSES: z
    .string()
    .default(PAID)
    .refine(arePaidStatuses, 'must be statuses of paid orders, separated by commas'),
};
type Settings = ShopSettings<keyof typeof environment>;

const PATH = '/webhooks/woocommerce';
const NOTE_MS = 10_000;

export const woocommerce: ShopDescription<keyof typeof environment> = {
  webhook: { method: 'post', path: PATH },
  webhookSecret: 'WOOCOMMERCE_WEBHOOK_SECRET',
  environment,
  /** A product or variation id, or an sku. */
  product: z.union([z.int().positive(), productName], { error: 'must be a product id or an sku' }),
  adapter: (secret, settings) =>
    createWooCommerce({
      secret,
      client: clientOf(settings),
      shopUrl: settings.env.WOOCOMMERCE_URL,
      granting: paidStatuses(settings),
    }),
  orders(settings) {
    const client = clientOf(settings);
    return client && createWooCommerceOrders(client, webhookOf(settings));
  },
  keyNote(settings) {
    const client = clientOf(settings);
    if (!client || !writesKeyNotes(settings)) return null;
    return (orderId, note) => client.addNote(orderId, note, NOTE_MS);
  },
  check: (settings, sold) =>
    checkWooCommerce(clientOf(settings), {
      ours: webhookOf(settings),
      writesKeyNotes: writesKeyNotes(settings),
      sold,
    }),
};

function clientOf(settings: Settings): WooCommerceClient | null {
  const {
    WOOCOMMERCE_URL: url,
    WOOCOMMERCE_CONSUMER_KEY: consumerKey,
    WOOCOMMERCE_CONSUMER_SECRET: consumerSecret,
  } = settings.env;
  const moreStatuses = paidStatuses(settings);
  return url && consumerKey && consumerSecret
    ? createWooCommerceClient({ url, consumerKey, consumerSecret, moreStatuses })
    : null;
}

function webhookOf({ publicUrl, isPublicUrlSet }: Settings): OurWebhook {
  return { path: PATH, url: isPublicUrlSet ? publicUrl + PATH : null };
}

function writesKeyNotes({ env }: Settings): boolean {
  return env.WOOCOMMERCE_KEY_NOTE === 'true';
}

function paidStatuses({ env }: Settings): string[] {
  return statusesIn(env.WOOCOMMERCE_PAID_STATUSES ?? PAID);
}

/** Without the prefix that they have in the shop's database. */
function statusesIn(text: string): string[] {
  return text.split(',').map(status => status.trim().replace(/^wc-/, ''));
}

function arePaidStatuses(text: string): boolean {
  return statusesIn(text).every(
    status => /^[a-z0-9_-]{1,20}$/.test(status) && !NEVER_PAID.includes(status),
  );
}
