// WooCommerce.

import { z } from 'zod';
import type { ShopDescription, ShopSettings } from '../port.js';
import { beginsWithNone, httpUrl, pathOf, productName, webhookSecret } from '../settings.js';
import { checkWooCommerce } from './check.js';
import { createWooCommerceClient, type WooCommerceClient } from './client.js';
import { MORE_SHOPS, moreShops, moreShopsFaults, moreShopsList } from './moreShops.js';
import { createWooCommerceOrders, type OurWebhook } from './orders.js';
import { PAID, paidStatuses, statusesIn } from './statuses.js';
import { createWooCommerce } from './webhook.js';

const environment = {
  WOOCOMMERCE_WEBHOOK_SECRET: webhookSecret.optional(),
  WOOCOMMERCE_URL: httpUrl.optional(),
  WOOCOMMERCE_CONSUMER_KEY: z
    .string()
    .refine(beginsWithNone(['cs_']), 'must be the consumer key, ck_…, and not the consumer secret')
    .optional(),
  WOOCOMMERCE_CONSUMER_SECRET: z
    .string()
    .refine(beginsWithNone(['ck_']), 'must be the consumer secret, cs_…, and not the consumer key')
    .optional(),
  WOOCOMMERCE_KEY_NOTE: z
    .enum(['true', 'false'], { error: 'must be one of: true, false' })
    .default('false'),
  WOOCOMMERCE_PAID_STATUSES: paidStatuses.default(PAID),
  [MORE_SHOPS]: moreShopsList.optional(),
};
type Settings = ShopSettings<keyof typeof environment>;

/** A product or variation id, or an sku. */
const productInShop = z.union([z.int().positive(), productName]);

const PATH = '/webhooks/woocommerce';
const NOTE_MS = 10_000;

export const woocommerce: ShopDescription<keyof typeof environment> = {
  webhook: { method: 'post', path: PATH },
  webhookSecret: 'WOOCOMMERCE_WEBHOOK_SECRET',
  credentials: ['WOOCOMMERCE_URL', 'WOOCOMMERCE_CONSUMER_KEY', 'WOOCOMMERCE_CONSUMER_SECRET'],
  environment,
  product: z.union([productInShop, z.array(productInShop).min(1, 'must not be empty')], {
    error: 'must be a product id or an sku, or a list of them',
  }),
  adapter: (secret, settings) =>
    createWooCommerce({
      secret,
      client: clientOf(settings),
      shopUrl: settings.env.WOOCOMMERCE_URL,
      granting: statusesOf(settings),
      name: settings.name,
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
  more: { variable: MORE_SHOPS, faults: moreShopsFaults, named: moreShops },
};

function clientOf(settings: Settings): WooCommerceClient | null {
  const {
    WOOCOMMERCE_URL: url,
    WOOCOMMERCE_CONSUMER_KEY: consumerKey,
    WOOCOMMERCE_CONSUMER_SECRET: consumerSecret,
  } = settings.env;
  const { name } = settings;
  const moreStatuses = statusesOf(settings);
  return url && consumerKey && consumerSecret
    ? createWooCommerceClient({ url, consumerKey, consumerSecret, moreStatuses, name })
    : null;
}

function webhookOf(settings: Settings): OurWebhook {
  const path = pathOf(PATH, settings);
  return { path, url: settings.isPublicUrlSet ? settings.publicUrl + path : null };
}

function writesKeyNotes({ env }: Settings): boolean {
  return env.WOOCOMMERCE_KEY_NOTE === 'true';
}

function statusesOf({ env }: Settings): string[] {
  return statusesIn(env.WOOCOMMERCE_PAID_STATUSES ?? PAID);
}
