// Compares the orders of a shop with ours, to find those that the shop never reported.

import { type Outcome, type Reading, shopNameHeader } from '../domain/delivery.js';
import type { Shop } from '../domain/shop.js';
import type { OneShop, ShopAdapter, ShopOrder, Shops, WebhookState } from '../shops/port.js';
import type { PurchaseStore } from '../store/purchases/index.js';
import { healsByItself, type RecordingDeps, recordDelivery } from './recordDelivery.js';

export interface ReconcileDeps extends RecordingDeps {
  purchases: Pick<PurchaseStore, 'record' | 'now' | 'cursor' | 'moveCursor'>;
  shops: Shops;
  /** Called if our webhooks in a shop are wrong. */
  webhooksAreWrong(shop: Shop, webhooks: WebhookState): Promise<void>;
}

export interface Reconciled {
  orders: number;
  /** How many orders had something new. */
  applied: number;
  /** How many orders failed. They are in the inbox. */
  failed: number;
  disabled_webhooks: string[];
  missing_webhooks: string[];
  /** Set if more is left than one run may read. The next run continues there. */
  is_unfinished?: true;
  /** The results of each shop, if there are several. */
  shops?: Record<string, Reconciled>;
}

const ASKING_MS = 20_000;
/** Each run begins this much earlier: orders change while we read, and the shop's clock may differ from ours. */
const OVERLAP_MS = 10 * 60_000;
/** How far the very first run looks back. */
const FIRST_DAYS = 90;
const MOST_PAGES = 200;
const DAY_MS = 86_400_000;
const SECOND_MS = 1_000;

/**
 * Null if the shop is off, or has no list of orders. Throws if a shop does not answer, but reads all others before.
 */
export async function reconcileOrders(
  shop: Shop,
  deps: ReconcileDeps,
  mostPages = MOST_PAGES,
): Promise<Reconciled | null> {
  const { more, ...opened } = deps.shops[shop];
  if (more.length === 0) return reconcileShop(opened, shop, deps, mostPages);
  const read: Record<string, Reconciled> = {};
  const errors: unknown[] = [];
  const told: string[] = [];
  for (const each of [opened, ...more]) {
    try {
      const result = await reconcileShop(each, shop, deps, mostPages);
      if (result) read[each.name] = result;
    } catch (error) {
      errors.push(error);
      told.push(`${each.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const names = Object.keys(read);
  if (errors.length > 0) {
    throw new AggregateError(
      errors,
      [...told, ...names.map(name => `${name} was read`)].join('; '),
    );
  }
  return names.length === 0 ? null : sumOf(read);
}

function sumOf(shops: Record<string, Reconciled>): Reconciled {
  const results = Object.values(shops);
  const sum = (count: 'orders' | 'applied' | 'failed') =>
    results.reduce((total, result) => total + result[count], 0);
  return {
    orders: sum('orders'),
    applied: sum('applied'),
    failed: sum('failed'),
    disabled_webhooks: results.flatMap(result => result.disabled_webhooks),
    missing_webhooks: results.flatMap(result => result.missing_webhooks),
    ...(results.some(result => result.is_unfinished) && { is_unfinished: true }),
    shops,
  };
}

async function reconcileShop(
  { name, adapter, orders: shopOrders }: OneShop,
  shop: Shop,
  deps: ReconcileDeps,
  mostPages: number,
): Promise<Reconciled | null> {
  const { purchases } = deps;
  if (!adapter || !shopOrders) return null;
  const told = (text: string) => (name === shop ? text : `${name}: ${text}`);
  const found = await shopOrders.webhooks(ASKING_MS);
  const webhooks = { disabled: found.disabled.map(told), missing: found.missing.map(told) };
  if (webhooks.disabled.length + webhooks.missing.length > 0) {
    await deps.webhooksAreWrong(shop, webhooks);
  }
  const started = await purchases.now();
  const since = await purchases.cursor(name);
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
    // Adds the overlap that the next run subtracts, so that it begins exactly here.
    const readUntil = isAtEnd ? started.getTime() : place.after() + OVERLAP_MS;
    await purchases.moveCursor(name, new Date(Math.min(readUntil, started.getTime())));
    if (isAtEnd) return result;
  }
  return { ...result, is_unfinished: true };
}

/**
 * How far the orders of a shop were read, by the time of their last change. Page numbers are no use for that: an order
 * that changes meanwhile moves to the end, and all behind it move up by one. Times have only seconds, so orders that
 * were read already are left out by their ids. If those are too many for one request, further pages are read. When a
 * further page has anything new, reading begins again with the first page.
 */
function placeAt(firstMs: number) {
  let afterMs = firstMs;
  let page = 1;
  /** The orders that were read since `afterMs`: the id of each, with the time of its last change. */
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
      // The shop returns what changed after the given second, so the second before the last is given.
      const nextMs = Math.floor(lastMs / SECOND_MS) * SECOND_MS - SECOND_MS;
      if (nextMs <= afterMs) return;
      afterMs = nextMs;
      read = new Map([...read].filter(([, ms]) => ms !== null && ms > afterMs));
    },
  };
}

/** Null if the order has nothing of ours. An order without anything new is not stored. */
async function applyOrder(
  { id, delivery: { headers, ...delivery } }: ShopOrder,
  adapter: ShopAdapter,
  deps: ReconcileDeps,
): Promise<Outcome | null> {
  const options = { timeoutMs: ASKING_MS, now: await deps.purchases.now(), dropDuplicate: true };
  // `ignored`: not paid, or nothing of ours.
  const isOurs = ({ problem }: Reading) => problem?.kind !== 'ignored';
  const named = { ...delivery, headers: { ...headers, ...shopNameHeader(adapter.name) } };
  try {
    const recorded = await recordDelivery(adapter, named, options, deps, isOurs);
    return recorded?.outcome ?? null;
  } catch (error) {
    if (healsByItself(error)) throw error;
    // It could not even be stored as failed. It is in the log, and the run goes on.
    deps.report(error, { shop: adapter.name ?? adapter.shop, order: id });
    return 'failed';
  }
}
