// Tries a shop as it is configured, so that the operator sees what is missing before a buyer does.

import type { Product } from '../domain/catalog.js';
import { idsIn, type ProductInShop } from '../domain/shop.js';
import type { ShopCheck, ShopDescription, ShopSettings } from './port.js';
import { pathOf } from './settings.js';

/** Checking more products would take too long. */
const MOST_PRODUCTS = 100;

/** Checks what is the same for all shops, then what the shop's own `check` tries. */
export async function checkShop(
  described: ShopDescription,
  settings: ShopSettings,
  sold: Product[],
): Promise<ShopCheck[]> {
  const isOn = settings.env[described.webhookSecret] !== undefined;
  const webhookSecret =
    settings.name === undefined ? described.webhookSecret : 'its webhook secret';
  const url = settings.publicUrl + pathOf(described.webhook.path, settings);
  return [
    {
      name: 'secret',
      ok: isOn,
      says: isOn ? `${webhookSecret} is set` : `set ${webhookSecret}: without it the shop is off`,
    },
    {
      name: 'address',
      ok: settings.isPublicUrlSet,
      says: settings.isPublicUrlSet
        ? `the shop reports to ${url}`
        : 'set PUBLIC_URL: the address under which the shop and buyers reach this service',
    },
    ...((await described.check?.(settings, sold)) ?? []),
  ];
}

/** `act` returns what it found. If something must be changed, it throws an error that says so. */
export async function tried(name: string, act: () => Promise<string>): Promise<ShopCheck> {
  try {
    return { name, ok: true, says: await act() };
  } catch (error) {
    return { name, ok: false, says: error instanceof Error ? error.message : String(error) };
  }
}

/** Checks that the shop has what the catalogue sells there. `entryOf` gives a product's name in the shop. */
export function checkProducts(
  sold: Product[],
  entryOf: (product: Product) => ProductInShop | undefined,
  has: (name: string) => Promise<boolean>,
): Promise<ShopCheck> {
  const named = sold.flatMap(product =>
    idsIn(entryOf(product)).map(name => ({ id: product.id, name })),
  );
  return tried('products', async () => {
    const unknown: string[] = [];
    for (const { id, name } of named.slice(0, MOST_PRODUCTS)) {
      if (!(await has(name))) unknown.push(`${name} (product ${id})`);
    }
    if (named.length === 0) throw new Error('no product of the catalogue is sold in this shop');
    if (unknown.length > 0) {
      throw new Error(`the shop does not have what the catalogue names: ${unknown.join(', ')}`);
    }
    return `the shop has all ${named.length} products that the catalogue names`;
  });
}
