// All shops: each is described in a file or folder of its own, and has one line here.

import { perShop, type Shop } from '../domain/shop.js';
import { checkShop } from './check.js';
import type { ShopDescription, ShopSettings, Shops } from './port.js';
import { signed } from './signed.js';
import { stripe } from './stripe/index.js';
import { woocommerce } from './woocommerce/index.js';

export const SHOP_DESCRIPTIONS: Record<Shop, ShopDescription> = {
  stripe,
  woocommerce,
  signed,
};

/** The shops, as far as they are configured. */
export function openShops(settings: ShopSettings): Shops {
  return perShop(shop => {
    const described = SHOP_DESCRIPTIONS[shop];
    const secret = settings.env[described.webhookSecret];
    return {
      webhook: described.webhook,
      adapter: secret === undefined ? null : described.adapter(secret, settings),
      checkout: described.checkout?.(settings) ?? null,
      orders: described.orders?.(settings) ?? null,
      writeKeyNote: described.keyNote?.(settings) ?? null,
      check: sold => checkShop(described, settings, sold),
    };
  });
}
