// What a shop delivers, and what was understood of it.

import type { PurchaseReport, Shop } from './purchase.js';

export interface Delivery {
  shop: Shop;
  body: Uint8Array;
  /** In lower case; without secrets and signatures. */
  headers: Record<string, string>;
}

/** What a shop adapter makes of a delivery that is genuine. */
export interface Reading {
  /** The shop's name of the event: `order.updated`. */
  topic: string;
  /** The shop's id of the delivery, for looking it up there. */
  deliveryId: string;
  /** What it says; empty where it says nothing that counts. */
  reports: PurchaseReport[];
  /** The order that it is about, where it says only that. */
  orderId?: string;
  /**
   * Set where it was not understood in full: `ignored` is nothing for us, `failed` needs a person,
   * `unread` is to be read again, because the shop could not be asked.
   */
  problem?: { kind: 'ignored' | 'failed' | 'unread'; reason: string };
}

export const OUTCOMES = ['applied', 'duplicate', 'waiting', 'ignored', 'failed'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** The headers that are kept: none that could hold a secret. */
const KEPT_HEADERS = /^(content-type|user-agent|x-wc-webhook-(?!signature)[a-z-]+)$/;

export function keptHeaders(
  headers: Record<string, string | string[] | undefined>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      KEPT_HEADERS.test(name) && typeof value === 'string' ? [[name, value.slice(0, 500)]] : [],
    ),
  );
}
