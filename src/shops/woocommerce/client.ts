// The part of a WooCommerce shop's REST API that we use.

import { z } from 'zod';
import { parseJson } from '../../domain/unknownJson.js';
import type { OrdersFrom } from '../port.js';
import { describeFault } from './fault.js';
import { aboutShop } from './moreShops.js';

/** The shop could not be asked: it is away, slow, or refuses our key. */
export class ShopUnreachableError extends Error {
  override name = 'ShopUnreachableError';
}

export interface WooCommerceAccess {
  url: string;
  consumerKey: string;
  consumerSecret: string;
  /** Statuses of plug-ins in which a paid order counts. */
  moreStatuses?: string[];
  /** The shop's name, if there are several. */
  name?: string | undefined;
}

const MOST_ANSWER_BYTES = 20 * 1024 * 1024;
const ORDERS_A_PAGE = 50;
/** All statuses by name, because `any` leaves out the trash. */
const STATUSES = [
  'pending',
  'processing',
  'on-hold',
  'completed',
  'cancelled',
  'refunded',
  'failed',
  'trash',
];
/** With more ids the address would be too long for web servers. */
const MOST_LEFT_OUT = 500;
/** The shop's codes for "no such order": for the order itself, its refunds and its notes. */
const NO_ORDER = [
  'woocommerce_rest_shop_order_invalid_id',
  'woocommerce_rest_invalid_order_id',
  'woocommerce_rest_order_invalid_id',
];
const NO_PRODUCT = ['woocommerce_rest_product_invalid_id'];

const webhook = z.looseObject({
  id: z.number(),
  name: z.string().default(''),
  status: z.string(),
  topic: z.string().default(''),
  delivery_url: z.string().default(''),
  /** WooCommerce itself does not send it; some plug-ins do. */
  api_version: z.string().optional(),
});
export type WooCommerceWebhook = z.infer<typeof webhook>;

const product = z.looseObject({ id: z.number(), status: z.string().optional() });

/** All throw ShopUnreachableError if the shop could not be asked. */
export interface WooCommerceClient {
  /** Null only if the shop itself says that it has no such order. */
  order(id: string, timeoutMs: number): Promise<unknown>;
  refunds(orderId: string, timeoutMs: number): Promise<unknown[]>;
  /** Orders, oldest change first, including those in the trash. */
  modifiedOrders(
    from: OrdersFrom,
    timeoutMs: number,
  ): Promise<{ orders: unknown[]; isLast: boolean }>;
  webhooks(timeoutMs: number): Promise<WooCommerceWebhook[]>;
  addNote(orderId: string, note: string, timeoutMs: number): Promise<void>;
  /** Whether the shop has a product or variation with this id or sku. */
  hasProduct(name: string, timeoutMs: number): Promise<boolean>;
  /** Throws if the key may not write. Writes nothing. */
  tryWriting(timeoutMs: number): Promise<void>;
}

interface Question {
  body?: object;
  /** The codes of a 404 that mean: there is no such thing. */
  absent?: string[];
}

export function createWooCommerceClient(access: WooCommerceAccess): WooCommerceClient {
  const { consumerKey, consumerSecret, moreStatuses = [] } = access;
  const authorization = `Basic ${Buffer.from(`${consumerKey}:${consumerSecret}`).toString('base64')}`;
  const base = `${access.url.replace(/\/+$/, '')}/wp-json/wc/v3/`;
  const statuses = [...new Set([...STATUSES, ...moreStatuses])].join();

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
        // Following a redirect could send the key to another host.
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      });
      return { response, text: await response.text() };
    } catch (error) {
      // The shop may just have closed a kept connection. A second request is harmless.
      const isTimeout = error instanceof DOMException;
      if (body || isTimeout || attempt > 1) throw error;
      return exchange(target, timeoutMs, body, attempt + 1);
    }
  }

  /** Null if the shop answers with one of the codes in `absent`. */
  async function ask(
    path: string,
    timeoutMs: number,
    { body, absent = [] }: Question = {},
  ): Promise<unknown> {
    const [what = path] = path.split('?');
    const { response, text } = await exchange(base + path, timeoutMs, body).catch(cause => {
      throw new ShopUnreachableError(`WooCommerce does not answer: ${what}`, { cause });
    });
    const answer = text.length > MOST_ANSWER_BYTES ? undefined : parseJson(text);
    if (response.ok && answer !== undefined) return answer;
    if (response.status === 404 && absent.includes(codeOf(answer))) return null;
    const location = response.headers.get('location');
    const fault = describeFault(what, { status: response.status, answer, location });
    throw new ShopUnreachableError(aboutShop(access.name, fault));
  }

  async function list(path: string, timeoutMs: number, question?: Question): Promise<unknown[]> {
    const answer = await ask(path, timeoutMs, question);
    if (answer === null && question?.absent) return [];
    if (Array.isArray(answer)) return answer;
    const [what = path] = path.split('?');
    const fault = `WooCommerce answered ${what} with something that is no list: is WOOCOMMERCE_URL the shop?`;
    throw new ShopUnreachableError(aboutShop(access.name, fault));
  }

  return {
    async order(id, timeoutMs) {
      const path = `orders/${encodeURIComponent(id)}`;
      const order = await ask(path, timeoutMs, { absent: NO_ORDER });
      if (order === null || String(Object(order).id) === id) return order;
      throw new ShopUnreachableError(`WooCommerce answered ${path} with something else`);
    },
    refunds: (orderId, timeoutMs) =>
      list(`orders/${encodeURIComponent(orderId)}/refunds?per_page=100`, timeoutMs, {
        absent: NO_ORDER,
      }),
    async modifiedOrders({ after, without, page }, timeoutMs) {
      const leftOut = without.filter(id => /^\d+$/.test(id)).slice(0, MOST_LEFT_OUT);
      const query = new URLSearchParams({
        modified_after: after.toISOString().slice(0, 19),
        dates_are_gmt: 'true',
        status: statuses,
        orderby: 'modified',
        order: 'asc',
        per_page: String(ORDERS_A_PAGE),
        page: String(page),
        ...(leftOut.length > 0 && { exclude: leftOut.join() }),
      });
      const orders = await list(`orders?${query}`, timeoutMs);
      return { orders, isLast: orders.length < ORDERS_A_PAGE };
    },
    async webhooks(timeoutMs) {
      const found = await list('webhooks?per_page=100', timeoutMs);
      return found.flatMap(entry => webhook.safeParse(entry).data ?? []);
    },
    async addNote(orderId, note, timeoutMs) {
      const body = { note, customer_note: true };
      await ask(`orders/${encodeURIComponent(orderId)}/notes`, timeoutMs, { body });
    },
    async hasProduct(name, timeoutMs) {
      const found = /^\d+$/.test(name)
        ? await ask(`products/${name}`, timeoutMs, { absent: NO_PRODUCT })
        : (await list(`products?sku=${encodeURIComponent(name)}`, timeoutMs))[0];
      return product.safeParse(found).success;
    },
    async tryWriting(timeoutMs) {
      // There is no order 0. The shop checks the key's permission before it looks for the order.
      const question = { body: { note: 'a test of Sahm' }, absent: NO_ORDER };
      await ask('orders/0/notes', timeoutMs, question);
    },
  };
}

function codeOf(answer: unknown): string {
  return String(Object(answer).code);
}
