// What shops report: facts about lines of orders. The key of a fact comes from the shop's business and never
// from a delivery, so repeated and reordered deliveries give the same set of facts.

import type { AddonProduct, Catalog, PlanProduct, Product } from './catalog.js';
import type { Language } from './language.js';
import { idsIn, type Seller } from './shop.js';

/**
 * `restored` undoes an older cancellation, or the refund that it names. `stated` is an order as the shop says
 * it is at one time: the newest replaces all before it. `credited` gives back paid time, and what came with
 * it. `changed` says what a subscription is for from then on, paid or not.
 */
export const FACT_KINDS = [
  'bought',
  'renewed',
  'stated',
  'credited',
  'changed',
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

/** Begins the reference of a cancellation that is told without the order itself: the shop has deleted it. */
export const DELETED = 'deleted';

/** The reference of the end of a subscription: nothing renews any more, and what was bought by units stays. */
export const ENDED = 'ended';

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
  /** The line's id. WHOLE_ORDER means every line of the order, so a payment never has it. */
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
  /** The time that a payment covers, or that a credit gives back, where the shop states it. */
  paidTime?: { startsAt: Date; endsAt: Date };
  /** The reference of the payment that this fact is a part of, where its own reference is another. */
  payment?: string;
  /** What is named changes hands without money: a time that another payment has paid for. */
  isTimeOnly?: boolean;
  /** What is named was replaced within that time, from this instant on. */
  replacedAt?: Date;
  /** A later payment will charge or credit it, under this reference: what that tells then takes its place. */
  pending?: string;
  /** For a payment: the tax in it, if the shop tells it; in the currency's smallest unit. */
  tax?: number;
  /** What was paid, as the shop writes it, where it is no amount that we can count. */
  uncounted?: string;
  /** Set for `stated`. */
  statement?: Statement;
  /** Set for `changed`: all that the subscription is for. */
  items?: SubscribedItem[];
  /** The shop told it of this other id of the order: see `PurchaseReport.sameAs`. */
  toldAs?: string;
  /** Set for facts in a statement: which of its line's products the fact is about. */
  soldAs?: string;
}

/** All of an order at one time, which is the `occurredAt` of its fact. */
export interface Statement {
  /** When it was read, by our clock. */
  readAt: Date;
  /** We asked the shop for it, so it is not late: of two statements of one second it is the truth. */
  isAsked: boolean;
  /** It ends a deletion that came before it. */
  isRestored: boolean;
  /** Absent where it tells of each refund only how much it was: what each took, another statement may know. */
  knowsRefunds?: true;
  /** It has lines that could not be read: what the statement before says of other lines goes on. */
  isIncomplete?: true;
  /** The license that the order names. */
  licenseId?: string;
  /** What is true of the order then. */
  facts: PurchaseFact[];
}

export interface SubscribedItem {
  lineId: string;
  products: string[];
  quantity: number;
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
  /** What the buyer reads, where the shop tells. */
  language?: Language;
}

/** What one delivery says about one order. */
export interface PurchaseReport {
  shop: Seller;
  orderId: string;
  buyer: Buyer;
  facts: PurchaseFact[];
  /** Other ids under which the shop tells of the same order: one payment is one order. */
  sameAs?: string[];
  /** The id that counts, where `orderId` is another id of that order. */
  partOf?: string;
}

/** What a line sold, as the catalogue said when the line was first understood. */
export type Terms = Omit<AddonProduct, 'shops'> | Omit<PlanProduct, 'shops'>;

export interface PurchaseLine {
  shop: Seller;
  orderId: string;
  lineId: string;
  /** The shop's name of the product, for a line whose product the shop may change; else empty. */
  soldAs?: string;
  terms: Terms;
}

export function factKey(fact: PurchaseFact): string {
  return JSON.stringify([fact.shop, fact.orderId, fact.lineId, fact.kind, fact.reference]);
}

/** Whether something was paid for. */
export function isPayment({ kind }: PurchaseFact): boolean {
  return kind === 'bought' || kind === 'renewed';
}

/** The reference of the money that a fact is about: an invoice pays for several times and things. */
export function groupOf({ payment, reference }: PurchaseFact): string {
  return payment ?? reference;
}

export function lineKey({ shop, orderId, lineId, soldAs }: Omit<PurchaseLine, 'terms'>): string {
  return JSON.stringify([shop, orderId, lineId, soldAs ?? '']);
}

/** A refund is about whatever the line sells; a payment only about what was sold with it. */
export function isOfProduct(fact: PurchaseFact, line: { soldAs?: string }): boolean {
  return fact.products === undefined || (fact.soldAs ?? '') === (line.soldAs ?? '');
}

/**
 * The product that a shop's names stand for. `id:404` is the catalogue's own id. `woocommerce:404` and
 * `stripe:addon_50` are the names that a product lists under `shops`.
 */
export function findProduct(catalog: Catalog, names: string[]): Product | undefined {
  return named([...catalog.products.values()], names);
}

/** Whether the catalogue says of a product that it is none of ours. */
export function isOtherProduct(catalog: Catalog, names: string[]): boolean {
  return named(catalog.otherProducts, names) !== undefined;
}

/** Whether a name is meant for us: the shop put our own id there, whatever it calls the product. */
export function isOwnName(name: string): boolean {
  return name.startsWith('id:');
}

/** Every name that the catalogue can explain, as shops' readers write them. */
export function namesIn({ products, otherProducts }: Catalog): string[] {
  return [...products.values(), ...otherProducts].flatMap(product => [
    `id:${product.id}`,
    ...Object.entries(product.shops).flatMap(([shop, entry]) =>
      idsIn(entry).map(id => `${shop}:${id}`),
    ),
  ]);
}

function named<Known extends Pick<Product, 'id' | 'shops'>>(
  products: Known[],
  names: string[],
): Known | undefined {
  for (const name of names) {
    const [namespace = '', ...rest] = name.split(':');
    const id = rest.join(':');
    const found = products.find(product =>
      namespace === 'id' ? product.id === id : isSoldAs(product, namespace, id),
    );
    if (found) return found;
  }
  return undefined;
}

function isSoldAs({ shops }: Pick<Product, 'shops'>, shop: string, id: string): boolean {
  return Object.entries(shops).some(([name, entry]) => name === shop && idsIn(entry).includes(id));
}

/**
 * The terms of a product. They are kept with the line, so a later catalogue does not change what was sold.
 */
export function termsOf({ shops: _, ...terms }: Product): Terms {
  return terms;
}
