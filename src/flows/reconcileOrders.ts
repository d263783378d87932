// Compares the orders of a shop with what we know, where it may never report them.

import type { Outcome, Reading } from '../domain/delivery.js';
import type { Shop } from '../domain/shop.js';
import type { ShopAdapter, ShopOrder, Shops, WebhookState } from '../shops/port.js';
import type { PurchaseStore } from '../store/purchases/index.js';
import { healsByItself, type RecordingDeps, recordDelivery } from './recordDelivery.js';

export interface ReconcileDeps extends RecordingDeps {
  purchases: PurchaseStore;
  shops: Shops;
  /** Told what is wrong with our webhooks in a shop. */
  webhooksAreWrong(shop: Shop, webhooks: WebhookState): void;
}

export interface Reconciled {
  orders: number;
  /** Orders that told something new. */
  applied: number;
  /** Orders that were kept as failed: they are in the inbox. */
  failed: number;
  disabled_webhooks: string[];
  missing_webhooks: string[];
  /** Only where more is left to read than one run may: the next one goes on from there. */
  is_unfinished?: true;
}

const ASKING_MS = 20_000;
/** Orders change while we read, and the clocks of the two may differ. */
const OVERLAP_MS = 10 * 60_000;
/** How far the very first run looks back. */
const FIRST_DAYS = 90;
const MOST_PAGES = 200;
const DAY_MS = 86_400_000;
const SECOND_MS = 1_000;

/** Null where the shop is off, or cannot be asked. @throws where it does not answer. */
export async function reconcileOrders(
  shop: Shop,
  deps: ReconcileDeps,
  mostPages = MOST_PAGES,
): Promise<Reconciled | null> {
  const { purchases, shops } = deps;
  const { adapter, orders: shopOrders } = shops[shop];
  if (!adapter || !shopOrders) return null;
  const webhooks = await shopOrders.webhooks(ASKING_MS);
  if (webhooks.disabled.length + webhooks.missing.length > 0) deps.webhooksAreWrong(shop, webhooks);
  const started = await purchases.now();
  const since = await purchases.cursor(shop);
  const result: Reconciled = {
    orders: 0,
    applied: 0,
    failed: 0,
    disabled_webhooks: webhooks.disabled,
    missing_webhooks: webhooks.missing,
  };
  const place = placeAt((since ?? started).getTime() - (since ? OVERLAP_MS : FIRST_DAYS * DAY_MS));
  for (let pages = 0; pages < mostPages; pages++) {
    const { orders, isLast } = await shopOrders.modified(place.next(), ASKING_MS);
    const fresh = orders.filter(order => place.isFresh(order));
    for (const order of fresh) {
      result.orders += 1;
      const outcome = await applyOrder(order, adapter, deps);
      if (outcome === 'failed') result.failed += 1;
      else if (outcome !== null && outcome !== 'duplicate') result.applied += 1;
    }
    const isAtEnd = isLast && (place.isFirstPage() || fresh.length === 0);
    place.move(fresh);
    // The next run takes the overlap off again, and begins exactly here.
    const readUntil = isAtEnd ? started.getTime() : place.after() + OVERLAP_MS;
    await purchases.moveCursor(shop, new Date(Math.min(readUntil, started.getTime())));
    if (isAtEnd) return result;
  }
  return { ...result, is_unfinished: true };
}

/**
 * How far the orders of a shop were read, by the time of their last change. Pages are not counted: an order
 * that changes meanwhile moves to the end, and all behind it one place forward. Only what cannot be told apart
 * by its second is left out by its id, and, where those are too many for one question, found on a further page;
 * as long as a further page has anything new, its pages are read again from the first.
 */
function placeAt(firstMs: number) {
  let afterMs = firstMs;
  let page = 1;
  /** The time of the last change of the orders that were read since `afterMs`, by id. */
  let read = new Map<string, number | null>();
  const timeOf = ({ modifiedAt }: ShopOrder) => modifiedAt?.getTime() ?? null;
  return {
    after: () => afterMs,
    isFirstPage: () => page === 1,
    next: () => ({ after: new Date(afterMs), without: [...read.keys()], page }),
    isFresh: (order: ShopOrder) => read.get(order.id) !== timeOf(order),
    move(fresh: ShopOrder[]) {
      for (const order of fresh) read.set(order.id, timeOf(order));
      page = fresh.length > 0 ? 1 : page + 1;
      const lastMs = Math.max(afterMs, ...fresh.map(order => timeOf(order) ?? 0));
      // The shop is asked for what changed after a second: so that second is asked for again.
      const nextMs = Math.floor(lastMs / SECOND_MS) * SECOND_MS - SECOND_MS;
      if (nextMs <= afterMs) return;
      afterMs = nextMs;
      read = new Map([...read].filter(([, ms]) => ms !== null && ms > afterMs));
    },
  };
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
