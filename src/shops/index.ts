// All shops, as far as they are configured.

import type { Shop } from '../domain/purchase.js';
import type { ShopAdapter } from './port.js';
import { createSignedShop } from './signed.js';
import { createStripeApi } from './stripe/api.js';
import { createStripeCheckout, type StripeCheckout } from './stripe/checkout.js';
import { createStripe } from './stripe/webhook.js';
import {
  createWooCommerceClient,
  type WooCommerceAccess,
  type WooCommerceClient,
} from './woocommerce/client.js';
import { createWooCommerce } from './woocommerce/webhook.js';

export interface ShopsSettings {
  stripe: { secretKey?: string; webhookSecrets: string[]; apiBase?: string };
  woocommerce: { webhookSecret?: string; access: WooCommerceAccess | null };
  signed: { webhookSecret?: string };
  /** In production an event of a test mode gives nothing to anybody. */
  isProduction: boolean;
}

export interface Shops {
  /** Null for a shop without its webhook secret: it is off. */
  adapters: Record<Shop, ShopAdapter | null>;
  /** Null where Stripe's API is not configured. */
  checkout: StripeCheckout | null;
  /** Null where the REST API of the WooCommerce shop is not configured. */
  woocommerce: WooCommerceClient | null;
}

export function createShops({ stripe, woocommerce, signed, isProduction }: ShopsSettings): Shops {
  const { secretKey, webhookSecrets, apiBase } = stripe;
  const stripeApi = secretKey ? createStripeApi({ secretKey, apiBase }) : null;
  const client = woocommerce.access && createWooCommerceClient(woocommerce.access);
  // A key of Stripe says its mode: `sk_live_`, `rk_test_`.
  const livemode = secretKey ? secretKey.includes('_live_') : isProduction || null;
  return {
    adapters: {
      stripe:
        webhookSecrets.length > 0
          ? createStripe({ webhookSecrets, api: stripeApi, livemode })
          : null,
      woocommerce: woocommerce.webhookSecret
        ? createWooCommerce({ secret: woocommerce.webhookSecret, client })
        : null,
      signed: signed.webhookSecret ? createSignedShop({ secret: signed.webhookSecret }) : null,
    },
    checkout: stripeApi && createStripeCheckout(stripeApi),
    woocommerce: client,
  };
}
