// One delivery, read and stored with its effect. What can never be applied is kept as failed, so that it
// holds up nothing behind it.

import { databaseFaultOf } from '../domain/databaseFault.js';
import type { Delivery, Reading } from '../domain/delivery.js';
import type { Shop } from '../domain/shop.js';
import type { ShopAdapter } from '../shops/port.js';
import type { PurchaseStore, Recorded } from '../store/purchases/index.js';

export interface RecordingDeps {
  purchases: Pick<PurchaseStore, 'record'>;
  /** Told of what no delivery should find: a fault of ours. */
  report(error: unknown, about?: object): void;
  /** Told of every event that was kept as failed, with its reason. */
  needsPerson(event: Recorded, shop: Shop): void;
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
  deps: RecordingDeps,
  isWanted: (reading: Reading) => boolean = () => true,
): Promise<Recorded | null> {
  const store = async (reading: Reading) => {
    const recorded = await deps.purchases.record(delivery, reading, options);
    if (recorded.outcome === 'failed') deps.needsPerson(recorded, delivery.shop);
    return recorded;
  };
  let reading = UNREADABLE;
  try {
    reading = await shop.read(delivery, { timeoutMs, now });
    return isWanted(reading) ? await store(reading) : null;
  } catch (error) {
    if (healsByItself(error)) throw error;
    deps.report(error, { shop: delivery.shop, event: options.eventId });
    const problem = { kind: 'failed', reason: reasonOf(error) } as const;
    return store({ ...reading, reports: [], problem });
  }
}

export function healsByItself(error: unknown): boolean {
  const fault = databaseFaultOf(error);
  return fault === 'unavailable' || fault === 'conflict';
}

const UNREADABLE: Reading = { topic: 'unknown', deliveryId: '', reports: [] };

function reasonOf(error: unknown): string {
  return databaseFaultOf(error) === 'value'
    ? 'it says something that the database cannot hold: see the log'
    : 'a fault of ours: see the log, then replay it';
}
