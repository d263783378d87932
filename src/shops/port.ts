// What a shop is to the rest: where it reports, how genuine deliveries are told from others and read, and
// what else it can do. Each shop says it in one description; src/shops/index.ts has the list of them.

import type { z } from 'zod';
import type { Product } from '../domain/catalog.js';
import type { Delivery, Reading } from '../domain/delivery.js';
import type { Language } from '../domain/language.js';
import type { ProductInShop, Shop } from '../domain/shop.js';

/** `Variable`: the names of the environment variables that it reads. */
export interface ShopDescription<Variable extends string = string> {
  webhook: Webhook;
  /** Without this secret the shop is off; set to nothing, it stops the start: anybody could sign. */
  webhookSecret: Variable;
  environment: Record<Variable, z.ZodType<string | undefined>>;
  /** What the catalogue says of a product under `shops`; absent where our own ids are all it knows. */
  product?: z.ZodType<ProductInShop>;
  adapter(secret: string, settings: ShopSettings<Variable>): ShopAdapter;
  /** These three give null where they are not configured. */
  checkout?(settings: ShopSettings<Variable>): Checkout | null;
  orders?(settings: ShopSettings<Variable>): ShopOrders | null;
  keyNote?(settings: ShopSettings<Variable>): WriteKeyNote | null;
  /** Tries what the owner of the shop has set up there. Absent where the shop cannot be asked. */
  check?(settings: ShopSettings<Variable>, sold: Product[]): Promise<ShopCheck[]>;
  /** Where several of the kind may stand side by side. */
  more?: MoreShops<Variable>;
}

/** Shops beside the one that the variables themselves describe: one variable lists them, each with a name. */
export interface MoreShops<Variable extends string = string> {
  variable: Variable;
  /** What must hold between the shops and does not. */
  faults(env: ShopSettings<Variable>['env']): string[];
  /** Each with the variables that would describe it, if it were the only one. */
  named(env: ShopSettings<Variable>['env']): Array<Pick<ShopSettings<Variable>, 'env'> & Named>;
}

export interface Named {
  /** `second`: ends its address, and begins the ids of its orders, customers and products. */
  name: string;
}

/** One thing that was tried. */
export interface ShopCheck {
  name: string;
  ok: boolean;
  /** What was found, or what to change. */
  says: string;
}

export interface Webhook {
  /** By `get` it is the buyer who brings the report: the browser that comes back from paying. */
  method: 'post' | 'get';
  path: string;
}

export interface ShopSettings<Variable extends string = string> extends Partial<Named> {
  /** The variables that are set, as they were checked. */
  env: Record<Variable, string | undefined>;
  /** In production an event of a test mode gives nothing to anybody. */
  isProduction: boolean;
  /** The address of the service, without a slash at its end. */
  publicUrl: string;
  /** Whether somebody said so; otherwise it is an address of this machine alone. */
  isPublicUrlSet: boolean;
}

/** One shop with what is configured of it. */
export interface OneShop {
  /** `woocommerce`; `woocommerce/second` of one with a name. */
  name: string;
  webhook: Webhook;
  /** Where its webhook's secret is set here, for whoever has to compare it. */
  secretName: string;
  /** Null for a shop that is off. */
  adapter: ShopAdapter | null;
  orders: ShopOrders | null;
}

/** All shops of one kind. */
export interface OpenShop extends OneShop {
  /** Those with names. */
  more: OneShop[];
  checkout: Checkout | null;
  /** At an order of any of them. */
  writeKeyNote: WriteKeyNote | null;
  /** Tries what is configured, here and in the shops. `sold`: all products of the catalogue. */
  check(sold: Product[]): Promise<ShopCheck[]>;
}
export type Shops = Record<Shop, OpenShop>;

/** What came over the wire. */
export interface Incoming {
  /** By `get`: the query string. */
  body: Buffer;
  headers: Record<string, string | string[] | undefined>;
}

export type Verdict =
  /**
   * `signedAt` is what the signature covers, where it covers a time. `returnTo`: where the buyer goes on,
   * who brought the report.
   */
  | { kind: 'genuine'; signedAt: Date | null; returnTo?: string }
  /** To be answered, and nothing else: WooCommerce's test of a new webhook. */
  | { kind: 'ping' }
  | { kind: 'forged' };

export interface ShopAdapter {
  shop: Shop;
  /** `woocommerce/second`; absent where the shop has no name. */
  name?: string;
  /** The names of its own headers that are kept with a delivery: none that could hold a secret. */
  keptHeaders?: RegExp;
  /** Whether there is a signature at all, right or wrong: known before the body is read. */
  isSigned(headers: Incoming['headers']): boolean;
  verify(incoming: Incoming): Verdict;
  /**
   * Reads a genuine delivery, and asks the shop for what it lacks, at most `timeoutMs`. Never throws for
   * what the shop sent or did not answer: that is a problem of the reading. `now` is the database's.
   */
  read(delivery: Delivery, options: { timeoutMs: number; now: Date }): Promise<Reading>;
}

/** Begins a purchase in the shop. */
export interface Checkout {
  /**
   * Null where the shop has no price for the product; `subscribed` where it would be a second subscription
   * beside the one that runs; `away` where the shop does not answer.
   */
  create(
    wish: CheckoutWish,
  ): Promise<{ url: string; sessionId: string } | 'subscribed' | 'away' | null>;
  /** Where buyers manage what renews by itself, in a shop that has such a place. */
  portal?: BillingPortal;
}

export interface CheckoutWish {
  product: Product;
  email: string | null;
  /** What the buyer reads, where known. */
  language: Language | null;
  /** Who the buyer is in the shop, where it knows the buyer. */
  customerId: string | null;
  /** Whether a subscription of the license's plan runs in the shop. */
  isSubscribed: boolean;
  /** The license that the purchase is for. */
  licenseId: string | null;
  claimId: string | null;
  successUrl: string;
  cancelUrl: string;
}

export interface BillingPortal {
  /** What buyers know the shop by: `Stripe`. */
  shopName: string;
  /** Null where the shop does not know the customer. */
  open(customerId: string, returnUrl: string): Promise<{ url: string } | 'away' | null>;
}

/** The orders of a shop that may never report them: they are asked for, and compared. */
export interface ShopOrders {
  webhooks(timeoutMs: number): Promise<WebhookState>;
  /** Orders, oldest change first. */
  modified(from: OrdersFrom, timeoutMs: number): Promise<{ orders: ShopOrder[]; isLast: boolean }>;
}

/** What is wrong with our webhooks in the shop, as a person finds them there; both empty where all is well. */
export interface WebhookState {
  /** Webhooks that the shop has switched off. */
  disabled: string[];
  /** Events that no webhook reports to us as it should, and why. */
  missing: string[];
}

/** Which orders are asked for. */
export interface OrdersFrom {
  /** Modified after this instant, to the second. */
  after: Date;
  /** Orders that were read already. They are left out, as far as they fit into a question. */
  without: string[];
  /** From 1. */
  page: number;
}

export interface ShopOrder {
  id: string;
  /** Null where the shop does not say it as it should. */
  modifiedAt: Date | null;
  /** As if its webhook had come. */
  delivery: Delivery;
}

/** Writes a new license key to its order, for the customer to see. */
export type WriteKeyNote = (orderId: string, note: string) => Promise<void>;
