// The shops that purchases come from, and how each of them knows a product.

export const SHOPS = ['stripe', 'woocommerce', 'signed'] as const;
export type Shop = (typeof SHOPS)[number];

/** Builds a value for each shop. */
export function perShop<Value>(make: (shop: Shop) => Value): Record<Shop, Value> {
  return Object.fromEntries(SHOPS.map(shop => [shop, make(shop)])) as Record<Shop, Value>;
}

/**
 * What the catalogue says of a product in one shop: the id by which the shop reports it, or, where the
 * shop has no products of its own, an object with what it needs to sell it.
 */
export type ProductInShop = string | number | object;

/** A product is sold in a shop that has an entry here. */
export type ProductInShops = Partial<Record<Shop, ProductInShop | undefined>>;
