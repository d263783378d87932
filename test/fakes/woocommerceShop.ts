// A WooCommerce shop: its REST API, and webhooks as WordPress sends them. They go once, over HTTP/1.0;
// one that failed too often in a row is switched off without a word.

import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { phpJson } from './phpJson.js';

export interface WooOrder {
  id: number;
  status: string;
  date_paid_gmt: string | null;
  date_modified_gmt: string;
  customer_id: number;
  billing: { email: string; first_name: string };
  line_items: WooLine[];
  refunds: Array<{ id: number; reason: string; total: string }>;
  meta_data: Array<{ id: number; key: string; value: unknown }>;
  [field: string]: unknown;
}

export interface WooLine {
  id: number;
  product_id: number;
  variation_id: number;
  quantity: number;
  sku: string;
}

export interface WooWebhook {
  id: number;
  name: string;
  status: string;
  topic: string;
  delivery_url: string;
  api_version?: string;
}

/** What the REST API answers to everything. */
export interface WooFault {
  status: number;
  /** A text is sent as HTML. */
  body: unknown;
  location?: string;
}

export interface WooShop {
  url: string;
  /** Where its webhooks deliver to. */
  path: string;
  orders: Map<number, WooOrder>;
  refunds: Map<number, unknown[]>;
  notes: Array<{ order: string; note: string }>;
  /** One for each topic. */
  webhooks: WooWebhook[];
  /** The one that delivers. */
  webhook: WooWebhook & { failures: number };
  /** The ids and skus that exist; null if all do. */
  products: Set<string> | null;
  /** The statuses that orders can have here. */
  statuses: string[];
  /** While false, the REST API answers 500. */
  isUp: boolean;
  fault: WooFault | null;
  /** What the REST API answers to a note. */
  noteFault: WooFault | null;
  /** Called after a list of orders was made. */
  afterList: (() => void) | null;
  /** An order that is paid, with lines of [product id, quantity]. */
  order(email: string, lines: Array<[product: number, quantity: number]>, more?: object): WooOrder;
  change(order: WooOrder, changes: Partial<WooOrder>): WooOrder;
  /** Sends the order as it is now; gives the status, 0 where nothing was sent or answered. */
  deliver(
    order: object,
    topic?: string,
    source?: string,
    headers?: Record<string, string>,
  ): Promise<number>;
  close(): Promise<void>;
}

/** The first failures are forgiven; the next one switches the webhook off. */
const MOST_FAILURES = 5;
export const WOO_SECRET = 'a secret of the WooCommerce webhook';

export function gmt(date: Date): string {
  return date.toISOString().slice(0, 19);
}

let lastId = 1_000;

export async function startWooShop(
  target: () => string,
  secret = WOO_SECRET,
  path = '/webhooks/woocommerce',
): Promise<WooShop> {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://shop');
    let body = '';
    for await (const chunk of request) body += chunk;
    const { method = 'GET', headers } = request;
    const fault = shop.fault ?? answer(shop, method, url, body, headers.authorization);
    const isHtml = typeof fault.body === 'string';
    response.writeHead(fault.status, {
      'Content-Type': isHtml ? 'text/html' : 'application/json; charset=UTF-8',
      ...(fault.location !== undefined && { Location: fault.location }),
    });
    response.end(isHtml ? fault.body : phpJson(fault.body));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const webhook = { ...webhookOf('order.updated', 3, path), failures: 0 };
  const others = ['order.created', 'order.deleted', 'order.restored'];
  const webhooks = [webhook, ...others.map((topic, index) => webhookOf(topic, 4 + index, path))];
  const shop: WooShop = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    path,
    orders: new Map(),
    refunds: new Map(),
    notes: [],
    webhooks,
    webhook,
    products: null,
    statuses: [...STATUSES],
    isUp: true,
    fault: null,
    noteFault: null,
    afterList: null,
    order(email, lines, more = {}) {
      const now = gmt(new Date());
      const order: WooOrder = {
        id: ++lastId,
        status: 'processing',
        currency: 'IRT',
        total: '250000',
        customer_id: 0,
        date_paid_gmt: now,
        date_modified_gmt: now,
        // Slashes and Persian, so that a signature over other bytes than these cannot agree.
        billing: { email, first_name: 'سارا/Sara' },
        line_items: lines.map(([product, quantity]) => ({
          id: ++lastId,
          name: 'بسته',
          product_id: product,
          variation_id: 0,
          quantity,
          sku: '',
          meta_data: [],
        })),
        refunds: [],
        meta_data: [],
        ...more,
      };
      shop.orders.set(order.id, order);
      return order;
    },
    change(order, changes) {
      const modified = new Date(`${order.date_modified_gmt}Z`).getTime() + 1_000;
      const changed = { ...order, date_modified_gmt: gmt(new Date(modified)), ...changes };
      shop.orders.set(order.id, changed as WooOrder);
      return changed as WooOrder;
    },
    async deliver(order, topic = 'order.updated', source = `${shop.url}/`, headers = {}) {
      if (shop.webhook.status !== 'active') return 0;
      const body = phpJson(order);
      const signature = createHmac('sha256', secret).update(body).digest('base64');
      const status = await post10(new URL(shop.path, target()), body, {
        'Content-Type': 'application/json',
        'User-Agent': 'WooCommerce/10.3.0 Hookshot (WordPress/6.9)',
        'X-WC-Webhook-Source': source,
        'X-WC-Webhook-Topic': topic,
        'X-WC-Webhook-Resource': 'order',
        'X-WC-Webhook-Event': topic.split('.')[1] ?? '',
        'X-WC-Webhook-Signature': signature,
        'X-WC-Webhook-ID': '3',
        'X-WC-Webhook-Delivery-ID': 'the same for all deliveries of one second',
        ...headers,
      });
      if (status >= 200 && status <= 302) shop.webhook.failures = 0;
      else if (shop.webhook.failures++ > MOST_FAILURES) shop.webhook.status = 'disabled';
      return status;
    },
    close: () => new Promise(resolve => server.close(() => resolve())),
  };
  return shop;
}

function webhookOf(topic: string, id: number, path: string): WooWebhook {
  const delivery_url = `https://sahm.example${path}`;
  return { id, name: 'Sahm', status: 'active', topic, delivery_url };
}

function answer(
  shop: WooShop,
  method: string,
  { pathname, searchParams }: URL,
  body: string,
  authorization: string | undefined,
): WooFault {
  const expected = `Basic ${Buffer.from('ck_test:cs_test').toString('base64')}`;
  if (!shop.isUp) return refused(500, 'internal_server_error');
  if (authorization !== expected) return refused(401, 'woocommerce_rest_cannot_view');
  const [, id, part] = /\/wp-json\/wc\/v3\/orders\/(\d+)(?:\/(\w+))?$/.exec(pathname) ?? [];
  if (method === 'POST' && part === 'notes') {
    if (shop.noteFault) return shop.noteFault;
    if (!shop.orders.has(Number(id))) return refused(404, 'woocommerce_rest_invalid_order_id');
    shop.notes.push({ order: id as string, note: JSON.parse(body).note });
    return { status: 201, body: {} };
  }
  if (id && part === 'refunds') return { status: 200, body: shop.refunds.get(Number(id)) ?? [] };
  if (id) {
    const order = shop.orders.get(Number(id));
    return order
      ? { status: 200, body: order }
      : refused(404, 'woocommerce_rest_shop_order_invalid_id');
  }
  if (pathname.endsWith('/webhooks')) return { status: 200, body: shop.webhooks };
  const has = (name: string) => !shop.products || shop.products.has(name);
  const [, product] = /\/products\/(\d+)$/.exec(pathname) ?? [];
  if (product && !has(product)) return refused(404, 'woocommerce_rest_product_invalid_id');
  if (product) return { status: 200, body: { id: Number(product), status: 'publish' } };
  if (pathname.endsWith('/products')) {
    const isKnown = has(searchParams.get('sku') ?? '');
    return { status: 200, body: isKnown ? [{ id: 1, status: 'publish' }] : [] };
  }
  return pathname.endsWith('/orders') ? listOrders(shop, searchParams) : noRoute();
}

function refused(status: number, code: string, more: object = {}): WooFault {
  const data = { status, ...more };
  return { status, body: { code, message: 'as WordPress says it', data } };
}

export function noRoute(): WooFault {
  return refused(404, 'rest_no_route');
}

const STATUSES = 'pending,processing,on-hold,completed,cancelled,refunded,failed,trash'.split(',');

function listOrders(shop: WooShop, asked: URLSearchParams): WooFault {
  const after = asked.get('modified_after') ?? '';
  const statuses = (asked.get('status') ?? '').split(',');
  if (statuses.some(status => !shop.statuses.includes(status))) {
    return refused(400, 'rest_invalid_param', { params: { status: 'is not one of …' } });
  }
  const without = (asked.get('exclude') ?? '').split(',');
  const size = Number(asked.get('per_page'));
  const page = Number(asked.get('page'));
  const found = [...shop.orders.values()]
    .filter(({ id }) => !without.includes(String(id)))
    .filter(order => order.date_modified_gmt > after && statuses.includes(order.status))
    .sort((one, other) => one.date_modified_gmt.localeCompare(other.date_modified_gmt));
  const body = found.slice((page - 1) * size, page * size);
  shop.afterList?.();
  return { status: 200, body };
}

/** HTTP/1.0, as WordPress speaks it. Gives the status, or 0. */
export function post10(url: URL, body: string, headers: Record<string, string>): Promise<number> {
  const lines = Object.entries({
    Host: url.host,
    ...headers,
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
  }).map(([name, value]) => `${name}: ${value}`);
  return new Promise(resolve => {
    const socket = connect(Number(url.port), url.hostname, () => {
      socket.write(`POST ${url.pathname} HTTP/1.0\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
    });
    let text = '';
    socket.on('data', chunk => {
      text += chunk;
    });
    socket.on('error', () => resolve(0));
    socket.on('close', () => resolve(Number(/^HTTP\/1\.\d (\d+)/.exec(text)?.[1] ?? 0)));
  });
}
