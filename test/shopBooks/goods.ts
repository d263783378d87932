// What the simulated shops sell.

import { loadCatalog } from '../../src/catalog/load.js';
import type { Catalog } from '../../src/domain/catalog.js';

/** By our own id of the product, with its price in cents. */
export interface Good {
  id: string;
  woo: number;
  lookupKey: string;
  price: number;
  plan?: { code: string; rank: number };
  units?: number;
}

const plan = (code: string, rank: number, woo: number, price: number): Good => ({
  id: `${code}-month`,
  woo,
  lookupKey: `plan_${code}_month`,
  price,
  plan: { code, rank },
});
const pack = (id: string, provider: string, units: number, price: number): Good => ({
  id,
  woo: Number(id),
  lookupKey: `addon_${provider}_${units}`,
  price,
  units,
});

export const PLANS = [
  plan('basic', 1, 401, 500),
  plan('pro', 2, 402, 1000),
  plan('vip', 3, 403, 1990),
];
export const PACKS = [
  pack('404', 'openrouter', 50, 300),
  pack('405', 'openrouter', 250, 999),
  pack('516', 'openai', 50, 700),
];
/** Units each month, as long as it is paid for: sold by subscription alone. */
export const BOOST: Good = {
  id: 'boost',
  woo: 520,
  lookupKey: 'boost_month',
  price: 250,
  units: 100,
};
export const GOODS = [...PLANS, ...PACKS];

/** The shipped catalogue, and an add-on by subscription. */
export async function loadBooksCatalog(): Promise<Catalog> {
  const catalog = await loadCatalog('catalog');
  const pack = catalog.products.get('404');
  if (pack?.kind !== 'addon') throw new Error('404 is an add-on');
  const { id, woo, lookupKey, units = 0 } = BOOST;
  const shops = { woocommerce: woo, stripe: lookupKey };
  catalog.products.set(id, { ...pack, id, units, lasts: 'subscription', shops });
  return catalog;
}
