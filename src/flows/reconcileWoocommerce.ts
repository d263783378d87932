// Compares the orders of a WooCommerce shop with what we know: it never sends a webhook twice, and
// switches one off that failed a few times, without a word.

import type { Delivery } from '../domain/delivery.js';
import type { ShopAdapter } from '../shops/port.js';
import type { WooCommerceClient } from '../shops/woocommerceClient.js';
import type { PurchaseStore } from '../store/purchases/index.js';

export interface ReconcileDeps {
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
  let [count, applied] = [0, 0];
  for (let page = 1; page <= MOST_PAGES; page++) {
    const { orders, isLast } = await client.modifiedOrders(after, page, ASKING_MS);
    for (const order of orders) {
      count += 1;
      if (await applyOrder(order, shop, purchases)) applied += 1;
    }
    if (!isLast) continue;
    // Only what was read to its end is read: a run that was cut short begins there again.
    await purchases.moveCursor('woocommerce', started);
    break;
  }
  return { orders: count, applied, disabled_webhooks: names };
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

/** As if the webhook had come. An order that tells nothing new leaves nothing in the inbox. */
async function applyOrder(
  order: unknown,
  shop: ShopAdapter,
  purchases: PurchaseStore,
): Promise<boolean> {
  const body = new TextEncoder().encode(JSON.stringify(order));
  const headers = { 'x-wc-webhook-topic': 'order.reconciled' };
  const delivery: Delivery = { shop: 'woocommerce', body, headers };
  const now = await purchases.now();
  const reading = await shop.read(delivery, { timeoutMs: ASKING_MS, now });
  // Not paid, or nothing of ours.
  if (reading.problem?.kind === 'ignored') return false;
  const recorded = await purchases.record(delivery, reading, { dropDuplicate: true });
  return recorded.outcome !== 'duplicate';
}
