// What the rest of the code knows of a shop: where it reports, how its deliveries are checked and read, and what else
// it can do. Each shop has one description of it; src/shops/index.ts has the list.

import type { z } from 'zod';
import type { Product } from '../domain/catalog.js';
import type { Delivery, Reading } from '../domain/delivery.js';
import type { Language } from '../domain/language.js';
import type { ProductInShop, Shop } from '../domain/shop.js';

/** `Variable` has the names of the environment variables that the shop reads. */
export interface ShopDescription<Variable extends string = string> {
  webhook: Webhook;
  /** If it is not set, the shop is off. If it is set but empty, the start fails, because anybody could sign. */
  webhookSecret: Variable;
  /** Whoever sets one of these means to have the shop on. */
  credentials: Variable[];
  environment: Record<Variable, z.ZodType<string | undefined>>;
  /** The form of a product's entry under `shops` in the catalogue; absent if the shop only knows our ids. */
  product?: z.ZodType<ProductInShop>;
  adapter(secret: string, settings: ShopSettings<Variable>): ShopAdapter;
  /** These three return null if they are not configured. */
  checkout?(settings: ShopSettings<Variable>): Checkout | null;
  orders?(settings: ShopSettings<Variable>): ShopOrders | null;
  keyNote?(settings: ShopSettings<Variable>): WriteKeyNote | null;
  /** Tries what the owner of the shop has set up there. Absent if the shop cannot be asked. */
  check?(settings: ShopSettings<Variable>, sold: Product[]): Promise<ShopCheck[]>;
  /** Present if there may be several shops of the kind. */
  more?: MoreShops<Variable>;
}

/** Further shops of the kind. One variable lists them, each with a name. */
export interface MoreShops<Variable extends string = string> {
  variable: Variable;
  /** What is wrong between the shops, such as two with one address. */
  faults(env: ShopSettings<Variable>['env']): string[];
  /** The further shops, each with the variables that would describe it if it were the only one. */
  named(env: ShopSettings<Variable>['env']): Array<Pick<ShopSettings<Variable>, 'env'> & Named>;
}

export interface Named {
  /** Such as `second`. It is the end of its address, and the beginning of its orders', customers' and products' ids. */
  name: string;
}

/** The result of one thing that was tried. */
export interface ShopCheck {
  name: string;
  ok: boolean;
  /** What was found, or what to change. */
  says: string;
}

export interface Webhook {
  /** With `get`, the buyer's browser brings the report, when it comes back from paying. */
  method: 'post' | 'get';
  path: string;
}

export interface ShopSettings<Variable extends string = string> extends Partial<Named> {
  /** The values of the variables, after their checks. */
  env: Record<Variable, string | undefined>;
  /** In production, events of a test mode have no effect. */
  isProduction: boolean;
  /** The address of the service, without a slash at its end. */
  publicUrl: string;
  /** Whether PUBLIC_URL is configured. Otherwise `publicUrl` only works on this machine. */
  isPublicUrlSet: boolean;
}

/** One shop as it is configured. */
export interface OneShop {
  /** `woocommerce`, or `woocommerce/second` for one with a name. */
  name: string;
  webhook: Webhook;
  /** Where the secret of its webhook is configured, for a person who has to compare it. */
  secretName: string;
  /** Null if the shop is off. */
  adapter: ShopAdapter | null;
  orders: ShopOrders | null;
}

/** All shops of one kind. */
export interface OpenShop extends OneShop {
  /** Those with names. */
  more: OneShop[];
  checkout: Checkout | null;
  /** Writes to an order of any shop of the kind. */
  writeKeyNote: WriteKeyNote | null;
  /** Tries what is configured, here and in the shops. `sold` has all products of the catalogue. */
  check(sold: Product[]): Promise<ShopCheck[]>;
}
export type Shops = Record<Shop, OpenShop>;

/** A request of a shop, as it arrived. */
export interface Incoming {
  /** With `get`, the query string. */
  body: Buffer;
  headers: Record<string, string | string[] | undefined>;
}

export type Verdict =
  /**
   * `signedAt`: the time that the signature covers; null if it covers none. `returnTo`: where to send the buyer on
   * whose browser brought the report.
   */
  | { kind: 'genuine'; signedAt: Date | null; returnTo?: string }
  /** WooCommerce's test of a new webhook. It is answered and has no effect. */
  | { kind: 'ping' }
  | { kind: 'forged' };

export interface ShopAdapter {
  shop: Shop;
  /** Such as `woocommerce/second`; absent if the shop has no name. */
  name?: string;
  /** The shop's own headers that are stored with a delivery. None of them may hold a secret. */
  keptHeaders?: RegExp;
  /** Whether there is any signature, right or wrong. Checked before the body is read. */
  isSigned(headers: Incoming['headers']): boolean;
  verify(incoming: Incoming): Verdict;
  /**
   * Reads a genuine delivery, and asks the shop for what it lacks, for at most `timeoutMs`. What the shop sent or did
   * not answer never makes it throw, but is the `problem` of the reading. `now` is the database's time.
   */
  read(delivery: Delivery, options: { timeoutMs: number; now: Date }): Promise<Reading>;
}

/** Begins a purchase in the shop. */
export interface Checkout {
  /**
   * Null if the shop has no price for the product; `subscribed` if it would be a second subscription beside one that
   * runs; `away` if the shop does not answer.
   */
  create(
    wish: CheckoutWish,
  ): Promise<{ url: string; sessionId: string } | 'subscribed' | 'away' | null>;
  /** Where buyers manage their subscriptions; absent if the shop has no such page. */
  portal?: BillingPortal;
}

export interface CheckoutWish {
  product: Product;
  email: string | null;
  /** The buyer's language, if known. */
  language: Language | null;
  /** The buyer's id in the shop, if it knows the buyer. */
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
  /** The name under which buyers know the shop, such as `Stripe`. */
  shopName: string;
  /** Null if the shop does not know the customer. */
  open(customerId: string, returnUrl: string): Promise<{ url: string } | 'away' | null>;
}

/** Lists the orders of a shop whose webhooks may be lost, so that we can compare them with ours. */
export interface ShopOrders {
  webhooks(timeoutMs: number): Promise<WebhookState>;
  /** Orders, oldest change first. */
  modified(from: OrdersFrom, timeoutMs: number): Promise<{ orders: ShopOrder[]; isLast: boolean }>;
}

/** What is wrong with our webhooks in the shop, in words that help a person to find them. Both empty if nothing is. */
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
  /** The ids of orders that were read already. The shop is asked to leave them out, as many as fit into a request. */
  without: string[];
  /** From 1. */
  page: number;
}

export interface ShopOrder {
  id: string;
  /** Null if the shop's value cannot be read. */
  modifiedAt: Date | null;
  /** The delivery that a webhook would have brought. */
  delivery: Delivery;
}

/** Writes a new license key to its order, for the customer to see. */
export type WriteKeyNote = (orderId: string, note: string) => Promise<void>;
