// Compares the orders of a WooCommerce shop with what we know: it never sends a webhook twice, and
// switches one off that failed a few times, without a word.

import type { Delivery, Outcome, Reading } from '../domain/delivery.js';
import type { ShopAdapter } from '../shops/port.js';
import type { WooCommerceClient } from '../shops/woocommerce/client.js';
import type { PurchaseStore } from '../store/purchases/index.js';
import { healsByItself, type RecordingDeps, recordDelivery } from './recordDelivery.js';

export interface ReconcileDeps extends RecordingDeps {
  purchases: PurchaseStore;
  shop: ShopAdapter | null;
  client: WooCommerceClient | null;
  /** How many of our webhooks are switched off in the shop. */
  onDisabledWebhooks(names: string[]): void;
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
    // Only what was read to its end is read: a run that was cut short begins there again.
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

/** As if the webhook had come; null for what is nothing of ours. What tells nothing new leaves no trace. */
async function applyOrder(
  order: unknown,
  shop: ShopAdapter,
  deps: ReconcileDeps,
): Promise<Outcome | null> {
  const body = new TextEncoder().encode(textOf(order));
  const headers = { 'x-wc-webhook-topic': 'order.reconciled' };
  const delivery: Delivery = { shop: 'woocommerce', body, headers };
  const options = { timeoutMs: ASKING_MS, now: await deps.purchases.now(), dropDuplicate: true };
  // Not paid, or nothing of ours.
  const isOurs = ({ problem }: Reading) => problem?.kind !== 'ignored';
  try {
    const recorded = await recordDelivery(shop, delivery, options, deps, isOurs);
    return recorded?.outcome ?? null;
  } catch (error) {
    if (healsByItself(error)) throw error;
    // Not even as failed could it be kept: the log has it, and the run goes on.
    deps.report(error, { shop: delivery.shop, order: String(Object(order).id) });
    return 'failed';
  }
}

/** Nested deeper than it can be written, an order is kept by its id alone. */
function textOf(order: unknown): string {
  try {
    return JSON.stringify(order);
  } catch {
    return `an order that is nested too deep: ${String(Object(order).id).slice(0, 20)}`;
  }
}
