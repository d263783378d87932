// One delivery, read and stored with its effect. What can never be applied is kept as failed, so that it
// holds up nothing behind it.

import { databaseFaultOf } from '../domain/databaseFault.js';
import type { Delivery, Reading } from '../domain/delivery.js';
import type { ShopAdapter } from '../shops/port.js';
import type { PurchaseStore, Recorded } from '../store/purchases/index.js';

export interface RecordingDeps {
  purchases: Pick<PurchaseStore, 'record'>;
  /** Told of what no delivery should find: a fault of ours. */
  report(error: unknown, about?: object): void;
}

export interface RecordingOptions {
  /** How long the shop may be asked for what a delivery lacks. */
  timeoutMs: number;
  /** The database's. */
  now: Date;
  /** An event that is in the inbox already. */
  eventId?: string;
  dropDuplicate?: boolean;
}

/**
 * Reads a delivery and stores it with its effect. Throws only where the database is away or gave the act
 * up for another's sake: then the same again will do.
 */
export async function recordDelivery(
  shop: ShopAdapter,
  delivery: Delivery,
  { timeoutMs, now, ...options }: RecordingOptions,
  { purchases, report }: RecordingDeps,
  isWanted: (reading: Reading) => boolean = () => true,
): Promise<Recorded | null> {
  let reading = UNREADABLE;
  try {
    reading = await shop.read(delivery, { timeoutMs, now });
    if (!isWanted(reading)) return null;
    return await purchases.record(delivery, reading, options);
  } catch (error) {
    if (healsByItself(error)) throw error;
    report(error, { shop: delivery.shop, event: options.eventId });
    const { topic, deliveryId } = reading;
    const reason = reasonOf(error);
    const failed: Reading = { topic, deliveryId, reports: [], problem: { kind: 'failed', reason } };
    return purchases.record(delivery, failed, options);
  }
}

function healsByItself(error: unknown): boolean {
  const fault = databaseFaultOf(error);
  return fault === 'unavailable' || fault === 'conflict';
}

const UNREADABLE: Reading = { topic: 'unknown', deliveryId: '', reports: [] };

function reasonOf(error: unknown): string {
  return databaseFaultOf(error) === 'value'
    ? 'it says something that the database cannot hold: see the log'
    : 'a fault of ours: see the log, then replay it';
}
