// What shops report: facts about lines of orders. The key of a fact comes from the shop's business and never
// from a delivery, so repeated and reordered deliveries give the same set of facts.

import type { AddonProduct, Catalog, PlanProduct, Product } from './catalog.js';
import type { Seller } from './shop.js';

/** `restored` undoes an older cancellation, or the refund or deletion that it names. */
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

/**
 * The highest quantity of a line. Times the largest product of the catalogue, it still fits every counter.
 */
export const MOST_QUANTITY = 100_000;

/** Means that a fact concerns every line of its order. */
export const WHOLE_ORDER = '';

/** The reference of a cancellation that has no time of its own. Only a `restored` that names it undoes it. */
export const DELETED = 'deleted';

/** Money in the currency's smallest unit. */
export interface Amount {
  /** The amount of the refund or dispute. */
  part: number;
  /** What `part` is taken from, or what was paid for the whole order; 0 where only the payment tells it. */
  whole: number;
  /** `part` is the sum of all refunds so far, not this refund alone. */
  isTotal?: boolean;
}

export interface PurchaseFact {
  shop: Seller;
  orderId: string;
  /** The line's id, or WHOLE_ORDER. */
  lineId: string;
  kind: FactKind;
  /** The shop's own id of the payment, refund, dispute or change; empty where there can be only one. */
  reference: string;
  /** When it happened by the shop's clock; for a payment, when it was paid. */
  occurredAt: Date;
  /** The shop's names for what was paid for, best first: see `findProduct`. */
  products?: string[];
  /** For a payment: how many were bought. For a refund: how many were taken back; absent means all. */
  quantity?: number;
  /** Units that a refund takes back. */
  units?: number;
  amount?: Amount;
  /**
   * The currency of the amount, or of the payments that are taken back whole: three capitals. Absent where no
   * money is told.
   */
  currency?: string;
  /** The reference of the payment, refund or cancellation that this fact concerns. */
  about?: string;
  /** The time that a payment covers, where the shop states it. */
  paidTime?: { startsAt: Date; endsAt: Date };
}

/** Who bought. An order has one buyer, and its later facts need not repeat it. */
export interface Buyer {
  email?: string;
  /** The shop's own id of the customer. */
  customerId?: string;
  /** The license that the order names instead of the account's own. */
  licenseId?: string;
  /** The claim link that the buyer was given before paying. */
  claimId?: string;
}

/** What one delivery says about one order. */
export interface PurchaseReport {
  shop: Seller;
  orderId: string;
  buyer: Buyer;
  facts: PurchaseFact[];
}

/** What a line sold, as the catalogue said when the line was first understood. */
export type Terms = Omit<AddonProduct, 'shops'> | Omit<PlanProduct, 'shops'>;

export interface PurchaseLine {
  shop: Seller;
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
 * The product that a shop's names stand for. `id:404` is the catalogue's own id. `woocommerce:404` and
 * `stripe:addon_50` are the names that a product lists under `shops`.
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

/**
 * The terms of a product. They are kept with the line, so a later catalogue does not change what was sold.
 */
export function termsOf({ shops: _, ...terms }: Product): Terms {
  return terms;
}
