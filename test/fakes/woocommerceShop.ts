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

export interface WooShop {
  url: string;
  orders: Map<number, WooOrder>;
  refunds: Map<number, unknown[]>;
  notes: Array<{ order: string; note: string }>;
  webhook: { status: string; failures: number };
  /** While false, the REST API answers 500. */
  isUp: boolean;
  /** An order that is paid, with lines of [product id, quantity]. */
  order(email: string, lines: Array<[product: number, quantity: number]>, more?: object): WooOrder;
  change(order: WooOrder, changes: Partial<WooOrder>): WooOrder;
  /** Sends the order as it is now; gives the status, 0 where nothing was sent or answered. */
  deliver(order: object, topic?: string): Promise<number>;
  close(): Promise<void>;
}

/** The first failures are forgiven; the next one switches the webhook off. */
const MOST_FAILURES = 5;
export const WOO_SECRET = 'a secret of the WooCommerce webhook';

export function gmt(date: Date): string {
  return date.toISOString().slice(0, 19);
}

let lastId = 1_000;

export async function startWooShop(target: () => string, secret = WOO_SECRET): Promise<WooShop> {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://shop');
    let body = '';
    for await (const chunk of request) body += chunk;
    const { method = 'GET', headers } = request;
    const [status, value] = answer(shop, method, url, body, headers.authorization);
    response.writeHead(status, { 'Content-Type': 'application/json; charset=UTF-8' });
    response.end(phpJson(value));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const shop: WooShop = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    orders: new Map(),
    refunds: new Map(),
    notes: [],
    webhook: { status: 'active', failures: 0 },
    isUp: true,
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
    async deliver(order, topic = 'order.updated') {
      if (shop.webhook.status !== 'active') return 0;
      const body = phpJson(order);
      const signature = createHmac('sha256', secret).update(body).digest('base64');
      const status = await post10(new URL('/webhooks/woocommerce', target()), body, {
        'Content-Type': 'application/json',
        'User-Agent': 'WooCommerce/10.3.0 Hookshot (WordPress/6.9)',
        'X-WC-Webhook-Source': `${shop.url}/`,
        'X-WC-Webhook-Topic': topic,
        'X-WC-Webhook-Resource': 'order',
        'X-WC-Webhook-Event': topic.split('.')[1] ?? '',
        'X-WC-Webhook-Signature': signature,
        'X-WC-Webhook-ID': '3',
        'X-WC-Webhook-Delivery-ID': 'the same for all deliveries of one second',
      });
      if (status >= 200 && status <= 302) shop.webhook.failures = 0;
      else if (shop.webhook.failures++ > MOST_FAILURES) shop.webhook.status = 'disabled';
      return status;
    },
    close: () => new Promise(resolve => server.close(() => resolve())),
  };
  return shop;
}

function answer(
  shop: WooShop,
  method: string,
  { pathname, searchParams }: URL,
  body: string,
  authorization: string | undefined,
): [status: number, value: unknown] {
  const expected = `Basic ${Buffer.from('ck_test:cs_test').toString('base64')}`;
  if (!shop.isUp) return [500, { code: 'internal_server_error' }];
  if (authorization !== expected) {
    return [401, { code: 'woocommerce_rest_cannot_view', data: { status: 401 } }];
  }
  const [, id, part] = /\/wp-json\/wc\/v3\/orders\/(\d+)(?:\/(\w+))?$/.exec(pathname) ?? [];
  if (method === 'POST' && part === 'notes') {
    shop.notes.push({ order: id as string, note: JSON.parse(body).note });
    return [201, {}];
  }
  if (id && part === 'refunds') return [200, shop.refunds.get(Number(id)) ?? []];
  if (id) {
    const order = shop.orders.get(Number(id));
    return order ? [200, order] : [404, { code: 'woocommerce_rest_shop_order_invalid_id' }];
  }
  if (pathname.endsWith('/webhooks')) {
    const { status } = shop.webhook;
    const delivery_url = 'https://sahm.example/webhooks/woocommerce';
    return [200, [{ id: 3, name: 'Sahm', status, topic: 'order.updated', delivery_url }]];
  }
  const after = searchParams.get('modified_after') ?? '';
  const statuses = (searchParams.get('status') ?? '').split(',');
  const size = Number(searchParams.get('per_page'));
  const page = Number(searchParams.get('page'));
  const found = [...shop.orders.values()]
    .filter(order => order.date_modified_gmt > after && statuses.includes(order.status))
    .sort((one, other) => (one.date_modified_gmt < other.date_modified_gmt ? -1 : 1));
  return [200, found.slice((page - 1) * size, page * size)];
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
