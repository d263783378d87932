// What a shop delivers, and what we understood of it. A code that is redeemed is kept as a delivery too.

import type { PurchaseReport } from './purchase.js';
import type { Seller } from './shop.js';

export interface Delivery {
  shop: Seller;
  body: Uint8Array;
  /** In lower case; without secrets and signatures. */
  headers: Record<string, string>;
}

/** What a shop adapter understood of a genuine delivery. */
export interface Reading {
  /** The shop's name of the event: `order.updated`. */
  topic: string;
  /** The shop's id of the delivery, for looking it up there. */
  deliveryId: string;
  /** What the delivery reports; empty where it reports nothing that counts. */
  reports: PurchaseReport[];
  /** The order that it concerns, where the delivery names nothing else. */
  orderId?: string;
  /** A renewal of the order that was to be paid, by the id of its invoice. */
  failedPayment?: string;
  /**
   * Set where the delivery was not fully understood. `ignored`: it does not concern us. `failed`: a person
   * must look at it. `unread`: the shop could not be asked, so it is to be read again.
   */
  problem?: {
    kind: 'ignored' | 'failed' | 'unread';
    reason: string;
    /** It matters only where the order has a line of ours: all its lines were understood. */
    isOfOurs?: boolean;
  };
}

export const OUTCOMES = ['applied', 'duplicate', 'waiting', 'ignored', 'failed'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Begins the reason of an event that an administrator closed: it is final. */
export const SETTLED_BY_HAND = 'settled: ';

export function isSettledByHand({ reason }: { reason: string }): boolean {
  return reason.startsWith(SETTLED_BY_HAND);
}

/** The reason of an event that met a fault of ours: trying again once may help, after an upgrade for one. */
export const FAULT_OF_OURS = 'a fault of ours: see the log, then replay it';

const KEPT_OF_ALL = ['content-type', 'user-agent'];
/** Ours, and never the sender's. */
const SHOP_NAME = 'x-sahm-shop';

/** Kept with a delivery of a shop that has a name, so that it is read again as that shop's. */
export function shopNameHeader(name: string | undefined): Record<string, string> {
  return name === undefined ? {} : { [SHOP_NAME]: name };
}

/** `woocommerce/second`; the shop itself where it has no name. */
export function shopNameOf({ shop, headers }: Delivery): string {
  return headers[SHOP_NAME] ?? shop;
}

/** The headers that are kept. `ofShop`: names of those that it has beside; none that could hold a secret. */
export function keptHeaders(
  headers: Record<string, string | string[] | undefined>,
  ofShop?: RegExp,
): Record<string, string> {
  const isKept = (name: string) => KEPT_OF_ALL.includes(name) || ofShop?.test(name);
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      isKept(name) && typeof value === 'string' ? [[name, value.slice(0, 500)]] : [],
    ),
  );
}
