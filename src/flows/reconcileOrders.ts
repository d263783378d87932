// Compares the orders of a shop with what we know, where it may never report them.

import type { Outcome, Reading } from '../domain/delivery.js';
import type { Shop } from '../domain/shop.js';
import type { ShopAdapter, ShopOrder, Shops } from '../shops/port.js';
import type { PurchaseStore } from '../store/purchases/index.js';
import { healsByItself, type RecordingDeps, recordDelivery } from './recordDelivery.js';

export interface ReconcileDeps extends RecordingDeps {
  purchases: PurchaseStore;
  shops: Shops;
  /** Told which of our webhooks a shop has switched off. */
  webhooksAreOff(shop: Shop, names: string[]): void;
}

export interface Reconciled {
  orders: number;
  /** Orders that told something new. */
  applied: number;
  /** Orders that were kept as failed: they are in the inbox. */
  failed: number;
  disabled_webhooks: string[];
}

const ASKING_MS = 20_000;
/** Orders change while we read, and the clocks of the two may differ. */
const OVERLAP_MS = 10 * 60_000;
/** How far the very first run looks back. */
const FIRST_DAYS = 90;
const MOST_PAGES = 200;
const DAY_MS = 86_400_000;

/** Null where the shop is off, or cannot be asked. @throws where it does not answer. */
export async function reconcileOrders(shop: Shop, deps: ReconcileDeps): Promise<Reconciled | null> {
  const { purchases, shops } = deps;
  const { adapter, orders: shopOrders } = shops[shop];
  if (!adapter || !shopOrders) return null;
  const names = await shopOrders.disabledWebhooks(ASKING_MS);
  if (names.length > 0) deps.webhooksAreOff(shop, names);
  const started = await purchases.now();
  const since = await purchases.cursor(shop);
  const after = new Date((since ?? started).getTime() - (since ? OVERLAP_MS : FIRST_DAYS * DAY_MS));
  let [count, applied, failed] = [0, 0, 0];
  for (let page = 1; page <= MOST_PAGES; page++) {
    const { orders, isLast } = await shopOrders.modified(after, page, ASKING_MS);
    for (const order of orders) {
      count += 1;
      const outcome = await applyOrder(order, adapter, deps);
      if (outcome === 'failed') failed += 1;
      else if (outcome !== null && outcome !== 'duplicate') applied += 1;
    }
    if (!isLast) continue;
    // Only what was read to its end is read: a run that was cut short begins there again.
    await purchases.moveCursor(shop, started);
    break;
  }
  return { orders: count, applied, failed, disabled_webhooks: names };
}

/** Null for what is nothing of ours. What tells nothing new leaves no trace. */
async function applyOrder(
  { id, delivery }: ShopOrder,
  adapter: ShopAdapter,
  deps: ReconcileDeps,
): Promise<Outcome | null> {
  const options = { timeoutMs: ASKING_MS, now: await deps.purchases.now(), dropDuplicate: true };
  // Not paid, or nothing of ours.
  const isOurs = ({ problem }: Reading) => problem?.kind !== 'ignored';
  try {
    const recorded = await recordDelivery(adapter, delivery, options, deps, isOurs);
    return recorded?.outcome ?? null;
  } catch (error) {
    if (healsByItself(error)) throw error;
    // Not even as failed could it be kept: the log has it, and the run goes on.
    deps.report(error, { shop: delivery.shop, order: id });
    return 'failed';
  }
}
