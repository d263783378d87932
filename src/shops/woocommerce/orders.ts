// Reads the orders and the webhooks of a WooCommerce shop. The shop never sends a delivery twice, and after a few
// failures it switches the webhook off without telling anybody.

import type { ShopOrder, ShopOrders, WebhookState } from '../port.js';
import { ShopUnreachableError, type WooCommerceClient, type WooCommerceWebhook } from './client.js';
import { orderSchema } from './shapes.js';
import { RECONCILED } from './webhook.js';

/** The topics that a webhook must report to us. */
const TOPICS = ['order.created', 'order.updated', 'order.deleted', 'order.restored'];
const API_VERSION = 'wp_api_v3';

export interface OurWebhook {
  /** The path to which our webhooks deliver, such as `/webhooks/woocommerce`. */
  path: string;
  /** Null if this service's address is not configured. Then every webhook with the path is ours. */
  url: string | null;
}

export function createWooCommerceOrders(client: WooCommerceClient, ours: OurWebhook): ShopOrders {
  return {
    webhooks: timeoutMs => readWebhooks(client, ours, timeoutMs),
    async modified(from, timeoutMs) {
      const { orders, isLast } = await client.modifiedOrders(from, timeoutMs);
      return { orders: orders.map(asOrder), isLast };
    },
  };
}

/** If the key may read orders but no webhooks, that is reported and stops nothing. */
async function readWebhooks(
  client: WooCommerceClient,
  ours: OurWebhook,
  timeoutMs: number,
): Promise<WebhookState> {
  try {
    return stateOf(await client.webhooks(timeoutMs), ours);
  } catch (error) {
    if (!(error instanceof ShopUnreachableError)) throw error;
    return { disabled: [], missing: [`they cannot be read: ${error.message}`] };
  }
}

/** One line for each webhook that is off, and for each topic that no webhook reports to us. */
export function stateOf(webhooks: WooCommerceWebhook[], ours: OurWebhook): WebhookState {
  const related = webhooks.filter(({ delivery_url }) => trimmed(delivery_url).endsWith(ours.path));
  const disabled = related
    .filter(webhook => webhook.status !== 'active' && isTo(webhook, ours))
    .map(webhook => `${nameOf(webhook)} (${webhook.status})`);
  const missing = TOPICS.flatMap(topic => {
    const faults = related
      .filter(webhook => webhook.topic === topic)
      .map(webhook => faultOf(webhook, ours));
    if (faults.includes(null)) return [];
    return [`${topic}: ${faults.join('; ') || `there is none to ${ours.url ?? ours.path}`}`];
  });
  return { disabled, missing };
}

/** Why a webhook does not report to us as it should; null if it does. Ignores whether it is on. */
function faultOf(webhook: WooCommerceWebhook, ours: OurWebhook): string | null {
  const { delivery_url, api_version } = webhook;
  if (!isTo(webhook, ours)) {
    return `${nameOf(webhook)} delivers to ${delivery_url}, and not to ${ours.url}`;
  }
  if (api_version !== undefined && api_version !== API_VERSION) {
    return `${nameOf(webhook)} has the API version ${api_version}: choose "WP REST API Integration v3"`;
  }
  return null;
}

function isTo({ delivery_url }: WooCommerceWebhook, { url }: OurWebhook): boolean {
  return url === null || trimmed(delivery_url) === url;
}

function nameOf({ id, name }: WooCommerceWebhook): string {
  return `${id} ${name}`;
}

function trimmed(url: string): string {
  return url.replace(/\/+$/, '');
}

function asOrder(order: unknown): ShopOrder {
  const text = textOf(order);
  const { id, date_modified_gmt } = Object(order) as Record<string, unknown>;
  const headers = { 'x-wc-webhook-topic': RECONCILED };
  return {
    // Without a readable id, the text tells orders apart.
    id: orderSchema.shape.id.safeParse(id).data ?? text.slice(0, 200),
    modifiedAt: orderSchema.shape.date_modified_gmt.safeParse(date_modified_gmt).data ?? null,
    delivery: { shop: 'woocommerce', body: new TextEncoder().encode(text), headers },
  };
}

/** If an order is nested too deep to be written as JSON, only its id is kept. */
function textOf(order: unknown): string {
  try {
    return JSON.stringify(order);
  } catch {
    return `an order that is nested too deep: ${String(Object(order).id).slice(0, 20)}`;
  }
}
