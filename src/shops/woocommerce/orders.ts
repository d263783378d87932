// The orders of a WooCommerce shop: it never sends a webhook twice, and switches one off that failed a few
// times, without a word.

import type { ShopOrder, ShopOrders } from '../port.js';
import type { WooCommerceClient } from './client.js';
import { RECONCILED } from './webhook.js';

/** `webhookPath`: where ours deliver to. */
export function createWooCommerceOrders(
  client: WooCommerceClient,
  webhookPath: string,
): ShopOrders {
  return {
    async disabledWebhooks(timeoutMs) {
      const webhooks = await client.webhooks(timeoutMs);
      return webhooks
        .filter(
          ({ delivery_url: url, status }) =>
            url.replace(/\/$/, '').endsWith(webhookPath) && status !== 'active',
        )
        .map(({ id, name, status }) => `${id} ${name} (${status})`);
    },
    async modified(after, page, timeoutMs) {
      const { orders, isLast } = await client.modifiedOrders(after, page, timeoutMs);
      return { orders: orders.map(asOrder), isLast };
    },
  };
}

function asOrder(order: unknown): ShopOrder {
  const id = String(Object(order).id);
  const body = new TextEncoder().encode(textOf(order, id));
  const headers = { 'x-wc-webhook-topic': RECONCILED };
  return { id, delivery: { shop: 'woocommerce', body, headers } };
}

/** Nested deeper than it can be written, an order is kept by its id alone. */
function textOf(order: unknown, id: string): string {
  try {
    return JSON.stringify(order);
  } catch {
    return `an order that is nested too deep: ${id.slice(0, 20)}`;
  }
}
