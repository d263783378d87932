// All shops. Each is described in its own file or folder, and has one line here.

import { perShop, type Shop } from '../domain/shop.js';
import { checkShop } from './check.js';
import { namedAdapter, namedChecks, noteWriter, soldIn } from './named.js';
import type { OneShop, OpenShop, ShopDescription, ShopSettings, Shops } from './port.js';
import { pathOf } from './settings.js';
import { signed } from './signed.js';
import { stripe } from './stripe/index.js';
import { woocommerce } from './woocommerce/index.js';

export const SHOP_DESCRIPTIONS: Record<Shop, ShopDescription> = {
  stripe,
  woocommerce,
  signed,
};

/** Opens the shops that are configured; the others are off. */
export function openShops(settings: ShopSettings): Shops {
  return perShop(shop => openShop(shop, settings));
}

/** The secrets that are missing of shops of which something else is set: these shops are off. */
export function missingSecrets({ env }: ShopSettings): string[] {
  return Object.values(SHOP_DESCRIPTIONS)
    .filter(({ webhookSecret }) => env[webhookSecret] === undefined)
    .filter(({ credentials }) => credentials.some(name => env[name] !== undefined))
    .map(({ webhookSecret }) => webhookSecret);
}

function openShop(shop: Shop, settings: ShopSettings): OpenShop {
  const described = SHOP_DESCRIPTIONS[shop];
  const named = (described.more?.named(settings.env) ?? []).map(each => ({ ...settings, ...each }));
  const names = named.map(({ name }) => name);
  const unnamed = openOne(shop, described, settings);
  const writers = named.map(each => ({
    name: each.name,
    write: described.keyNote?.(each) ?? null,
  }));
  return {
    ...unnamed,
    more: named.map(each => openOne(shop, described, each)),
    // Without the webhook nothing would tell of what was paid.
    checkout: unnamed.adapter && (described.checkout?.(settings) ?? null),
    writeKeyNote: noteWriter(described.keyNote?.(settings) ?? null, writers),
    async check(sold) {
      const check = (each: ShopSettings) =>
        checkShop(described, each, soldIn(sold, { shop, name: each.name, names }));
      // If all shops of the kind have names, the one without a name is not mentioned.
      const isLeftOut = unnamed.adapter === null && named.length > 0;
      const checks = isLeftOut ? [] : await check(settings);
      for (const each of named) checks.push(...namedChecks(await check(each), each.name));
      return checks;
    },
  };
}

function openOne(shop: Shop, described: ShopDescription, settings: ShopSettings): OneShop {
  const { webhook, webhookSecret } = described;
  const { name, env } = settings;
  const secret = env[webhookSecret];
  const adapter = secret === undefined ? null : described.adapter(secret, settings);
  return {
    name: pathOf(shop, settings),
    webhook: { ...webhook, path: pathOf(webhook.path, settings) },
    secretName: name === undefined ? webhookSecret : `${described.more?.variable} (${name})`,
    adapter: adapter && name !== undefined ? namedAdapter(adapter, name) : adapter,
    orders: described.orders?.(settings) ?? null,
  };
}
