// What a shop is to the rest: it tells genuine deliveries from others, and reads them.

import type { Delivery, Reading } from '../domain/delivery.js';
import type { Shop } from '../domain/purchase.js';

/** What came over the wire. */
export interface Incoming {
  body: Buffer;
  headers: Record<string, string | string[] | undefined>;
}

export type Verdict =
  /** `signedAt` is what the signature covers, where it covers a time. */
  | { kind: 'genuine'; signedAt: Date | null }
  /** To be answered, and nothing else: WooCommerce's test of a new webhook. */
  | { kind: 'ping' }
  | { kind: 'forged' };

export interface ShopAdapter {
  shop: Shop;
  /** Whether there is a signature at all, right or wrong: known before the body is read. */
  isSigned(headers: Incoming['headers']): boolean;
  verify(incoming: Incoming): Verdict;
  /**
   * Reads a genuine delivery, and asks the shop for what it lacks, at most `timeoutMs`. Never throws for
   * what the shop sent or did not answer: that is a problem of the reading. `now` is the database's.
   */
  read(delivery: Delivery, options: { timeoutMs: number; now: Date }): Promise<Reading>;
}

/** A problem alone. */
export function unreadable(topic: string, kind: 'ignored' | 'failed', reason: string): Reading {
  return { topic, deliveryId: '', reports: [], problem: { kind, reason } };
}

/** The JSON of a body that is strict UTF-8, or why it is not. */
export function parseBody(body: Uint8Array): { value: unknown } | { fault: string } {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    return { fault: 'the body is not UTF-8' };
  }
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { fault: 'the body is not JSON' };
  }
}
