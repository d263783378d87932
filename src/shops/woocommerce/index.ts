// WooCommerce.

import { z } from 'zod';
import type { ShopDescription, ShopSettings } from '../port.js';
import { httpUrl, productName, webhookSecret } from '../settings.js';
import { createWooCommerceClient, type WooCommerceClient } from './client.js';
import { createWooCommerceOrders } from './orders.js';
import { createWooCommerce } from './webhook.js';

const environment = {
  WOOCOMMERCE_WEBHOOK_SECRET: webhookSecret.optional(),
  WOOCOMMERCE_URL: httpUrl.optional(),
  WOOCOMMERCE_CONSUMER_KEY: z.string().optional(),
  WOOCOMMERCE_CONSUMER_SECRET: z.string().optional(),
  WOOCOMMERCE_KEY_NOTE: z.enum(['true', 'false']).default('false'),
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
  adapter: (secret, settings) => createWooCommerce({ secret, client: clientOf(settings) }),
  orders(settings) {
    const client = clientOf(settings);
    return client && createWooCommerceOrders(client, PATH);
  },
  keyNote(settings) {
    const client = clientOf(settings);
    if (!client || settings.env.WOOCOMMERCE_KEY_NOTE !== 'true') return null;
    return (orderId, note) => client.addNote(orderId, note, NOTE_MS);
  },
};

function clientOf({ env }: Settings): WooCommerceClient | null {
  const {
    WOOCOMMERCE_URL: url,
    WOOCOMMERCE_CONSUMER_KEY: consumerKey,
    WOOCOMMERCE_CONSUMER_SECRET: consumerSecret,
  } = env;
  return url && consumerKey && consumerSecret
    ? createWooCommerceClient({ url, consumerKey, consumerSecret })
    : null;
}
