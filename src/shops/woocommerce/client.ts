// The REST API of a WooCommerce shop, as far as we ask it.

import { z } from 'zod';
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
  /** Statuses that plug-ins add, and whose orders count. */
  moreStatuses?: string[];
  /** Of a shop that stands beside another. */
  name?: string | undefined;
}

const MOST_ANSWER_BYTES = 20 * 1024 * 1024;
const ORDERS_A_PAGE = 50;
/** `any` would leave out the trash. */
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
/** More ids would make an address that web servers refuse. */
const MOST_LEFT_OUT = 500;
/** What a shop says where there is no such order, of an order itself, of its refunds and of its notes. */
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
  /** WooCommerce itself leaves it out; plug-ins add it. */
  api_version: z.string().optional(),
});
export type WooCommerceWebhook = z.infer<typeof webhook>;

const product = z.looseObject({ id: z.number(), status: z.string().optional() });

/** All throw ShopUnreachableError where the shop could not be asked. */
export interface WooCommerceClient {
  /** Null only where the shop itself says that it has no such order. */
  order(id: string, timeoutMs: number): Promise<unknown>;
  refunds(orderId: string, timeoutMs: number): Promise<unknown[]>;
  /** Orders, oldest change first; those in the trash too. */
  modifiedOrders(
    from: OrdersFrom,
    timeoutMs: number,
  ): Promise<{ orders: unknown[]; isLast: boolean }>;
  webhooks(timeoutMs: number): Promise<WooCommerceWebhook[]>;
  addNote(orderId: string, note: string, timeoutMs: number): Promise<void>;
  /** Whether the shop has a product or variation: by its id, else by its sku. */
  hasProduct(name: string, timeoutMs: number): Promise<boolean>;
  /** Fails where the key may not write; writes nothing. */
  tryWriting(timeoutMs: number): Promise<void>;
}

interface Question {
  body?: object;
  /** Codes of a 404 that answer the question: there is no such thing. */
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
        // Whoever follows would send the key to somebody else.
        redirect: 'manual',
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

  /** Null where the shop says by one of the codes `absent` that there is no such thing. */
  async function ask(
    path: string,
    timeoutMs: number,
    { body, absent = [] }: Question = {},
  ): Promise<unknown> {
    const [what = path] = path.split('?');
    const { response, text } = await exchange(base + path, timeoutMs, body).catch(cause => {
      throw new ShopUnreachableError(`WooCommerce does not answer: ${what}`, { cause });
    });
    const answer = text.length > MOST_ANSWER_BYTES ? undefined : parsed(text);
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
      // There is no order 0. The shop looks at what the key may do before it looks for the order.
      const question = { body: { note: 'a test of Sahm' }, absent: NO_ORDER };
      await ask('orders/0/notes', timeoutMs, question);
    },
  };
}

/** Undefined where it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function codeOf(answer: unknown): string {
  return String(Object(answer).code);
}
