// What shops report: facts about lines of orders. A fact has a key that the shop's business gives it and
// never a delivery: however often and in whatever order facts come, the set of them is the same.

import type { AddonProduct, Catalog, PlanProduct, Product } from './catalog.js';
import type { Shop } from './shop.js';

/** `restored` takes back a cancellation that is older, or the refund or deletion that it names. */
export const FACT_KINDS = [
  'bought',
  'renewed',
  'cancelled',
  'restored',
  'refunded',
  'disputed',
  'dispute_won',
  'dispute_lost',
] as const;
export type FactKind = (typeof FACT_KINDS)[number];

/** Of a line, at most: so many times whatever the catalogue sells fits every counter. */
export const MOST_QUANTITY = 100_000;

/** Says that a fact concerns every line of its order. */
export const WHOLE_ORDER = '';

/** The reference of a cancellation whose time the shop does not tell: only a `restored` of it undoes it. */
export const DELETED = 'deleted';

/** Money in the currency's smallest unit. Of a payment: what was paid for the whole order. */
export interface Amount {
  /** What a refund or dispute concerns. */
  part: number;
  /** Of what; 0 where only the payment says it. */
  whole: number;
  /** `part` is all that was refunded so far, and not this refund alone. */
  isTotal?: boolean;
}

export interface PurchaseFact {
  shop: Shop;
  orderId: string;
  /** Or WHOLE_ORDER. */
  lineId: string;
  kind: FactKind;
  /** The shop's own id of the payment, refund, dispute or change; empty where there can be only one. */
  reference: string;
  /** When it happened by the shop's clock; of a payment: when it was paid. */
  occurredAt: Date;
  /** How the shop names what was paid for, best name first: see `findProduct`. */
  products?: string[];
  /** Of a payment: how many. Of a refund: how many were taken back; absent means all. */
  quantity?: number;
  /** Units that a refund takes back. */
  units?: number;
  amount?: Amount;
  /** Of the amount, or of the payments that are taken back whole: three capitals. Absent where no money is told. */
  currency?: string;
  /** The reference of the payment, refund or cancellation that this fact is about. */
  about?: string;
  /** The time that a payment pays for, where the shop itself says it. */
  paidTime?: { startsAt: Date; endsAt: Date };
}

/** Who bought. An order has one buyer; its later facts need not repeat it. */
export interface Buyer {
  email?: string;
  /** The shop's own id of the customer. */
  customerId?: string;
  /** The license that the order names, in place of the account's own. */
  licenseId?: string;
  /** The claim link that the buyer was given before paying. */
  claimId?: string;
}

/** What one delivery says about one order. */
export interface PurchaseReport {
  shop: Shop;
  orderId: string;
  buyer: Buyer;
  facts: PurchaseFact[];
}

/** What a line sold, as the catalogue said when the line was first understood. */
export type Terms = Omit<AddonProduct, 'shops'> | Omit<PlanProduct, 'shops'>;

export interface PurchaseLine {
  shop: Shop;
  orderId: string;
  lineId: string;
  terms: Terms;
}

export function factKey(fact: PurchaseFact): string {
  return JSON.stringify([fact.shop, fact.orderId, fact.lineId, fact.kind, fact.reference]);
}

export function lineKey({ shop, orderId, lineId }: Omit<PurchaseLine, 'terms'>): string {
  return JSON.stringify([shop, orderId, lineId]);
}

/**
 * The product that a shop's names mean. `id:404` is the catalogue's own id; `woocommerce:404` and
 * `stripe:addon_50` are what a product says of itself under `shops`.
 */
export function findProduct(catalog: Catalog, names: string[]): Product | undefined {
  for (const name of names) {
    const [namespace = '', ...rest] = name.split(':');
    const id = rest.join(':');
    const found =
      namespace === 'id'
        ? catalog.products.get(id)
        : [...catalog.products.values()].find(product => idIn(product, namespace) === id);
    if (found) return found;
  }
  return undefined;
}

function idIn({ shops }: Product, shop: string): string | undefined {
  const id = Object.entries(shops).find(([name]) => name === shop)?.[1];
  return id === undefined || typeof id === 'object' ? undefined : String(id);
}

/** The terms of a product, to be kept with the line: a later catalogue does not change what was sold. */
export function termsOf({ shops: _, ...terms }: Product): Terms {
  return terms;
}
