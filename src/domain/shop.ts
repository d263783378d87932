// Where purchases come from: shops, and how each of them knows a product; and our own codes.

export const SHOPS = ['stripe', 'woocommerce', 'signed'] as const;
export type Shop = (typeof SHOPS)[number];

/** Whose an order is: a shop's, which reports what it sold, or our own, where a code was redeemed. */
export const SELLERS = [...SHOPS, 'codes'] as const;
export type Seller = (typeof SELLERS)[number];

export function isShop(seller: Seller): seller is Shop {
  return SHOPS.some(shop => shop === seller);
}

/** Builds a value for each shop. */
export function perShop<Value>(make: (shop: Shop) => Value): Record<Shop, Value> {
  return Object.fromEntries(SHOPS.map(shop => [shop, make(shop)])) as Record<Shop, Value>;
}

type ProductId = string | number;

/** When to ask a shop again that is not set up: only an operator changes that. */
export const OFF_RETRY_SECONDS = 3_600;

/**
 * What the catalogue says of a product in one shop: the id by which the shop reports it, or several, or, where
 * the shop has no products of its own, an object with what it needs to sell it.
 */
export type ProductInShop = ProductId | ProductId[] | object;

/** The ids by which a shop reports a product. */
export function idsIn(entry: ProductInShop | undefined): string[] {
  if (Array.isArray(entry)) return entry.map(String);
  return entry === undefined || typeof entry === 'object' ? [] : [String(entry)];
}

/** A product is sold in a shop that has an entry here. */
export type ProductInShops = Partial<Record<Shop, ProductInShop | undefined>>;
