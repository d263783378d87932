// Reads events of the inbox again: one that an administrator names, or all that wait.

import type { Shop } from '../domain/purchase.js';
import type { ShopAdapter } from '../shops/port.js';
import type { PurchaseStore, Recorded } from '../store/purchases/index.js';

export interface ReplayDeps {
  purchases: PurchaseStore;
  /** Null for a shop that is off. */
  shops: Record<Shop, ShopAdapter | null>;
}

/** Nobody waits for it. */
const ASKING_MS = 10_000;

/** Null for an unknown event, and for one of a shop that is off. */
export async function replayPurchase(id: string, deps: ReplayDeps): Promise<Recorded | null> {
  const event = await deps.purchases.event(id);
  const shop = event && deps.shops[event.shop];
  if (!event || !shop) return null;
  const now = await deps.purchases.now();
  const reading = await shop.read(event.delivery, { timeoutMs: ASKING_MS, now });
  return deps.purchases.record(event.delivery, reading, { eventId: event.id });
}

/** Tries what waits, and counts anew where time alone changes what is paid for. Bounded. */
export async function applyWaiting(
  most: number,
  deps: ReplayDeps & { report(error: unknown): void },
): Promise<{ tried: number; applied: number; refreshed: number }> {
  const refreshed = await deps.purchases.refresh(most);
  const due = await deps.purchases.due(most);
  let applied = 0;
  for (const id of due) {
    try {
      const recorded = await replayPurchase(id, deps);
      if (recorded && recorded.outcome !== 'waiting') applied += 1;
    } catch (error) {
      // One that cannot be replayed must not keep the others from it.
      deps.report(error);
    }
  }
  return { tried: due.length, applied, refreshed };
}
