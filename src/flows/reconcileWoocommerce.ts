// Compares a WooCommerce shop's orders with ours. The shop never repeats a webhook, and silently switches one
// off after a few failures.

import type { Delivery, Outcome, Reading } from '../domain/delivery.js';
import type { ShopAdapter } from '../shops/port.js';
import type { WooCommerceClient } from '../shops/woocommerceClient.js';
import type { PurchaseStore } from '../store/purchases/index.js';
import { healsByItself, type RecordingDeps, recordDelivery } from './recordDelivery.js';

export interface ReconcileDeps extends RecordingDeps {
  purchases: PurchaseStore;
  shop: ShopAdapter | null;
  client: WooCommerceClient | null;
  /** Called with the names of our webhooks that the shop has switched off. */
  onDisabledWebhooks(names: string[]): void;
}

export interface Reconciled {
  orders: number;
  /** Orders that reported something new. */
  applied: number;
  /** Orders that could not be applied: they are in the inbox as failed. */
  failed: number;
  disabled_webhooks: string[];
}

const ASKING_MS = 20_000;
/** Orders change while we read them, and the two clocks may differ. */
const OVERLAP_MS = 10 * 60_000;
/** How far the very first run looks back. */
const FIRST_DAYS = 90;
const MOST_PAGES = 200;
const DAY_MS = 86_400_000;

/** Null where the shop is off. @throws where the shop does not answer. */
export async function reconcileWoocommerce(deps: ReconcileDeps): Promise<Reconciled | null> {
  const { client, shop, purchases } = deps;
  if (!client || !shop) return null;
  const names = await disabledWebhooks(client);
  deps.onDisabledWebhooks(names);
  const started = await purchases.now();
  const since = await purchases.cursor('woocommerce');
  const after = new Date((since ?? started).getTime() - (since ? OVERLAP_MS : FIRST_DAYS * DAY_MS));
  let [count, applied, failed] = [0, 0, 0];
  for (let page = 1; page <= MOST_PAGES; page++) {
    const { orders, isLast } = await client.modifiedOrders(after, page, ASKING_MS);
    for (const order of orders) {
      count += 1;
      const outcome = await applyOrder(order, shop, deps);
      if (outcome === 'failed') failed += 1;
      else if (outcome !== null && outcome !== 'duplicate') applied += 1;
    }
    if (!isLast) continue;
    // The cursor moves only after everything was read: a run that was cut short is repeated.
    await purchases.moveCursor('woocommerce', started);
    break;
  }
  return { orders: count, applied, failed, disabled_webhooks: names };
}

async function disabledWebhooks(client: WooCommerceClient): Promise<string[]> {
  const webhooks = await client.webhooks(ASKING_MS);
  return webhooks
    .filter(
      ({ delivery_url: url, status }) =>
        /\/webhooks\/woocommerce\/?$/.test(url) && status !== 'active',
    )
    .map(({ id, name, status }) => `${id} ${name} (${status})`);
}

/** Handles an order as if its webhook had come; null where it is not ours. No news leaves no trace. */
async function applyOrder(
  order: unknown,
  shop: ShopAdapter,
  deps: ReconcileDeps,
): Promise<Outcome | null> {
  const body = new TextEncoder().encode(textOf(order));
  const headers = { 'x-wc-webhook-topic': 'order.reconciled' };
  const delivery: Delivery = { shop: 'woocommerce', body, headers };
  const options = { timeoutMs: ASKING_MS, now: await deps.purchases.now(), dropDuplicate: true };
  // Orders that are not paid, or sell nothing of ours, are ignored.
  const isOurs = ({ problem }: Reading) => problem?.kind !== 'ignored';
  try {
    const recorded = await recordDelivery(shop, delivery, options, deps, isOurs);
    return recorded?.outcome ?? null;
  } catch (error) {
    if (healsByItself(error)) throw error;
    // It could not even be stored as failed. The log has it, and the run goes on.
    deps.report(error, { shop: delivery.shop, order: String(Object(order).id) });
    return 'failed';
  }
}

/** An order that is nested too deep to be written as JSON is kept by its id alone. */
function textOf(order: unknown): string {
  try {
    return JSON.stringify(order);
  } catch {
    return `an order that is nested too deep: ${String(Object(order).id).slice(0, 20)}`;
  }
}
