// Reads events of the inbox again: one that an administrator names, or all that are waiting.

import { databaseFaultOf } from '../domain/databaseFault.js';
import { type Delivery, isSettledByHand, shopNameOf } from '../domain/delivery.js';
import { isShop } from '../domain/shop.js';
import type { ShopAdapter, Shops } from '../shops/port.js';
import type { EventDetails, PurchaseStore, Recorded } from '../store/purchases/index.js';
import { type RecordingDeps, recordDelivery } from './recordDelivery.js';

export interface ReplayDeps extends RecordingDeps {
  purchases: PurchaseStore;
  shops: Shops;
}

/** Long, because no shop waits for it. */
const ASKING_MS = 10_000;

/** Null for an unknown event, and for one that cannot be read again: its shop is off, or it is a redeemed code. */
export async function replayPurchase(id: string, deps: ReplayDeps): Promise<Recorded | null> {
  const event = await deps.purchases.event(id);
  const adapter = event && adapterOf(event.delivery, deps.shops);
  if (!event || !adapter) return null;
  if (isSettledByHand(event)) return { ...event, eventId: event.id };
  const now = await deps.purchases.now();
  const options = { timeoutMs: ASKING_MS, now, eventId: event.id };
  return recordDelivery(adapter, event.delivery, options, deps);
}

/** Whether reading it again may change anything. */
export function isReplayable(event: EventDetails, shops: Shops): boolean {
  return !isSettledByHand(event) && adapterOf(event.delivery, shops) !== null;
}

/** Null for a shop that is off. The shop may be unknown to us, if a newer release stored the delivery. */
function adapterOf(delivery: Delivery, shops: Shops): ShopAdapter | null {
  if (!isShop(delivery.shop)) return null;
  const { more, ...opened } = shops[delivery.shop];
  const name = shopNameOf(delivery);
  return [opened, ...more].find(shop => shop.name === name)?.adapter ?? null;
}

export interface AppliedWaiting {
  tried: number;
  applied: number;
  /** Events that were stored as failed, which are not tried again. */
  failed: number;
  refreshed: number;
}

/** Tries waiting events, and recomputes licenses whose paid terms changed with time alone. Bounded. */
export async function applyWaiting(most: number, deps: ReplayDeps): Promise<AppliedWaiting> {
  const { purchases } = deps;
  const refreshed = await purchases.refresh(most, deps.report);
  await purchases.bookLeft(most);
  const due = await purchases.due(most);
  let [applied, failed] = [0, 0];
  for (const id of due) {
    const recorded = await replayInTurn(id, deps);
    if (recorded?.outcome === 'failed') failed += 1;
    else if (recorded && recorded.outcome !== 'waiting') applied += 1;
  }
  for (const event of await purchases.endLongWaits(most)) {
    failed += 1;
    deps.needsPerson(event, event.shop);
  }
  return { tried: due.length, applied, failed, refreshed };
}

/** Null if the event is tried again later. The events behind it then come first. */
async function replayInTurn(id: string, deps: ReplayDeps): Promise<Recorded | null> {
  try {
    const recorded = await replayPurchase(id, deps);
    if (recorded) return recorded;
  } catch (error) {
    // An outage ends the run. Any other fault concerns only this event.
    if (databaseFaultOf(error) === 'unavailable') throw error;
    deps.report(error);
  }
  await deps.purchases.postpone(id);
  return null;
}
