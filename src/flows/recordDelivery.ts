// Reads one delivery and stores it with its effect. A delivery that can never be applied is stored as failed,
// so that it does not hold up the ones behind it.

import { databaseFaultOf } from '../domain/databaseFault.js';
import { type Delivery, FAULT_OF_OURS, type Reading } from '../domain/delivery.js';
import { impossibleInstant } from '../domain/possibleInstants.js';
import type { Seller } from '../domain/shop.js';
import type { ShopAdapter } from '../shops/port.js';
import type { PurchaseStore, Recorded } from '../store/purchases/index.js';

export interface RecordingDeps {
  purchases: Pick<PurchaseStore, 'record'>;
  /** Called with faults of our code, which no delivery should cause. */
  report(error: unknown, about?: object): void;
  /** Called for every event that was stored as failed, with its reason. */
  needsPerson(event: Omit<Recorded, 'outcome'>, shop: Seller): void;
}

export interface RecordingOptions {
  /** How long the shop may be asked for details that a delivery lacks. */
  timeoutMs: number;
  /** The database's time. */
  now: Date;
  /** Set if the event is in the inbox already. */
  eventId?: string;
  dropDuplicate?: boolean;
}

/**
 * Reads a delivery and stores it with its effect. Throws only if the database is away, or aborted the transaction
 * in favour of another one. Then a retry will work.
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
    reading = possible(await shop.read(delivery, { timeoutMs, now }), now);
    return isWanted(reading) ? await store(reading) : null;
  } catch (error) {
    if (healsByItself(error)) throw error;
    deps.report(error, { shop: delivery.shop, event: options.eventId });
    const problem = { kind: 'failed', reason: reasonOf(error) } as const;
    return store({ ...reading, reports: [], problem });
  }
}

/** An impossible instant is a fault of the delivery, and nothing of the delivery counts. */
function possible(reading: Reading, now: Date): Reading {
  const facts = reading.reports.flatMap(report => report.facts);
  const reason = impossibleInstant(facts, now);
  return reason === null
    ? reading
    : { ...reading, reports: [], problem: { kind: 'failed', reason } };
}

export function healsByItself(error: unknown): boolean {
  const fault = databaseFaultOf(error);
  return fault === 'unavailable' || fault === 'conflict';
}

const UNREADABLE: Reading = { topic: 'unknown', deliveryId: '', reports: [] };

function reasonOf(error: unknown): string {
  return databaseFaultOf(error) === 'value'
    ? 'it says something that the database cannot hold: see the log'
    : FAULT_OF_OURS;
}
