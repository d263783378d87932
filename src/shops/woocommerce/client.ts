// The REST API of a WooCommerce shop, as far as we ask it.

import { z } from 'zod';

export interface WooCommerceAccess {
  url: string;
  consumerKey: string;
  consumerSecret: string;
}

/** The shop could not be asked: it is away, slow, or refuses our key. */
export class ShopUnreachableError extends Error {
  override name = 'ShopUnreachableError';
}

const MOST_ANSWER_BYTES = 20 * 1024 * 1024;
const ORDERS_A_PAGE = 50;
const STATUSES = 'pending,processing,on-hold,completed,cancelled,refunded,failed,trash';

const webhook = z.looseObject({
  id: z.number(),
  name: z.string().default(''),
  status: z.string(),
  delivery_url: z.string().default(''),
});
export type WooCommerceWebhook = z.infer<typeof webhook>;

export interface WooCommerceClient {
  /** Null where there is no such order. */
  order(id: string, timeoutMs: number): Promise<unknown>;
  refunds(orderId: string, timeoutMs: number): Promise<unknown[]>;
  /** A page of orders modified after an instant, oldest change first; those in the trash too. */
  modifiedOrders(
    after: Date,
    page: number,
    timeoutMs: number,
  ): Promise<{ orders: unknown[]; isLast: boolean }>;
  webhooks(timeoutMs: number): Promise<WooCommerceWebhook[]>;
  addNote(orderId: string, note: string, timeoutMs: number): Promise<void>;
}

export function createWooCommerceClient(access: WooCommerceAccess): WooCommerceClient {
  const { url, consumerKey, consumerSecret } = access;
  const authorization = `Basic ${Buffer.from(`${consumerKey}:${consumerSecret}`).toString('base64')}`;

  async function exchange(
    target: string,
    timeoutMs: number,
    body: object | undefined,
    attempt = 1,
  ): Promise<{ response: Response; text: string }> {
    try {
      const response = await fetch(target, {
        method: body ? 'POST' : 'GET',
        headers: {
          Authorization: authorization,
          ...(body && { 'Content-Type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      return { response, text: await response.text() };
    } catch (error) {
      // A connection that was kept may have been closed by the shop just then: asking again is harmless.
      const isTimeout = error instanceof DOMException;
      if (body || isTimeout || attempt > 1) throw error;
      return exchange(target, timeoutMs, body, attempt + 1);
    }
  }

  async function ask(path: string, timeoutMs: number, body?: object): Promise<unknown> {
    const target = `${url.replace(/\/$/, '')}/wp-json/wc/v3/${path}`;
    const { response, text } = await exchange(target, timeoutMs, body).catch(error => {
      throw new ShopUnreachableError(`WooCommerce does not answer: ${path}`, { cause: error });
    });
    if (response.status === 404) return null;
    if (!response.ok || text.length > MOST_ANSWER_BYTES) {
      throw new ShopUnreachableError(`WooCommerce answered ${response.status} to ${path}`);
    }
    try {
      return JSON.parse(text);
    } catch (error) {
      throw new ShopUnreachableError(`WooCommerce answered no JSON to ${path}`, { cause: error });
    }
  }

  return {
    order: (id, timeoutMs) => ask(`orders/${encodeURIComponent(id)}`, timeoutMs),
    async refunds(orderId, timeoutMs) {
      return list(
        await ask(`orders/${encodeURIComponent(orderId)}/refunds?per_page=100`, timeoutMs),
      );
    },
    async modifiedOrders(after, page, timeoutMs) {
      const query = new URLSearchParams({
        modified_after: after.toISOString().slice(0, 19),
        dates_are_gmt: 'true',
        // `any` would leave out the trash.
        status: STATUSES,
        orderby: 'modified',
        order: 'asc',
        per_page: String(ORDERS_A_PAGE),
        page: String(page),
      });
      const orders = list(await ask(`orders?${query}`, timeoutMs));
      return { orders, isLast: orders.length < ORDERS_A_PAGE };
    },
    async webhooks(timeoutMs) {
      const found = list(await ask('webhooks?per_page=100', timeoutMs));
      return found.flatMap(entry => webhook.safeParse(entry).data ?? []);
    },
    async addNote(orderId, note, timeoutMs) {
      const body = { note, customer_note: true };
      await ask(`orders/${encodeURIComponent(orderId)}/notes`, timeoutMs, body);
    },
  };
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
