// Purchases that came by webhook in search, timeline, exports and metrics.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { report, runJob, type Selling, signFact, startSelling } from './sellingFixture.js';

let selling: Selling;
let token: string;
beforeAll(async () => {
  selling = await startSelling();
  token = await selling.service.signInAs('viewer');
});
afterAll(() => selling.close());

const get = (path: string) => selling.service.call('GET', `/admin/api${path}`, { token });

interface Shown {
  id: string;
  email: string;
}

async function find(query: string): Promise<Shown[]> {
  const { status, body } = await get(`/licenses?${query}`);
  expect(status).toBe(200);
  return body.licenses as Shown[];
}

async function only(query: string): Promise<Shown> {
  const found = await find(query);
  expect(found).toHaveLength(1);
  return found[0] as Shown;
}

let last = 0;
const newBuyer = () => `shown-${++last}@example.com`;

describe('a license', () => {
  test('is found by any order that bought something for it, and by no other', async () => {
    const email = newBuyer();
    const plan = selling.woo.order(email, [[402, 1]]);
    const addon = selling.woo.order(email, [[404, 1]]);
    const somebodyElse = selling.woo.order(newBuyer(), [[402, 1]]);
    for (const order of [plan, addon, somebodyElse]) await selling.woo.deliver(order);
    const { id } = await only(`email=${email}`);
    expect(await only(`order=${plan.id}`)).toMatchObject({ id, email });
    expect(await only(`order=${addon.id}`)).toMatchObject({ id, email });
    expect((await only(`order=${somebodyElse.id}`)).id).not.toBe(id);
    expect(await find('order=1')).toEqual([]);
    expect(await find(`order=${plan.id}&plan=vip`)).toEqual([]);
  });

  test('is not found by a waiting order, but as soon as that counts', async () => {
    const email = newBuyer();
    const addon = selling.woo.order(email, [[404, 1]]);
    await selling.woo.deliver(addon);
    expect(await find(`order=${addon.id}`)).toEqual([]);
    await selling.woo.deliver(selling.woo.order(email, [[401, 1]]));
    expect(await only(`order=${addon.id}`)).toMatchObject({ email });
  });

  test('has each of its purchases once in its timeline, with order and line, page by page', async () => {
    const email = newBuyer();
    const plan = selling.woo.order(email, [[402, 1]], { currency: 'EUR', total: '9.00' });
    const addon = selling.woo.order(email, [[404, 2]]);
    for (const order of [plan, addon, plan]) await selling.woo.deliver(order);
    await selling.woo.deliver(selling.woo.change(addon, { status: 'refunded' }));
    const { id } = await only(`email=${email}`);
    const events: Array<{ event: string; actor: string; details: Record<string, unknown> }> = [];
    let cursor = '';
    do {
      const { body } = await get(`/licenses/${id}/timeline?limit=2${cursor}`);
      events.push(...(body.events as typeof events));
      cursor = body.next_cursor === null ? '' : `&cursor=${body.next_cursor}`;
    } while (cursor !== '');
    const purchases = events.filter(({ event }) => event.startsWith('purchase.'));
    expect(purchases.map(({ event, actor }) => [event, actor]).sort()).toEqual([
      ['purchase.bought', 'woocommerce'],
      ['purchase.bought', 'woocommerce'],
      ['purchase.refunded', 'woocommerce'],
    ]);
    expect(purchases.map(({ details }) => details)).toContainEqual({
      order: String(plan.id),
      line: String(plan.line_items[0]?.id),
      occurred_at: `${plan.date_paid_gmt}Z`,
      currency: 'EUR',
      facts: expect.objectContaining({ quantity: 1, amount: { part: 900, whole: 900 } }),
    });
  });
});

test('the export of purchases has every payment and refund once, in both formats, and no cell is a formula', async () => {
  const email = newBuyer();
  const fact = { line_id: '1', fact: 'bought', product: 'pro-month', quantity: 1, email };
  const occurred_at = '2026-11-01T10:00:00Z';
  const money = { amount: '49.90', currency: 'eur' };
  for (const order_id of ['=1+1', '=1+1', 'plain,"order"']) {
    await report(selling.service, { ...fact, ...money, order_id, occurred_at });
  }
  await report(selling.service, { ...fact, order_id: 'no money', occurred_at });
  const { id } = await only(`email=${email}`);
  const count = await selling.service.database.prisma.purchaseMovement.count();

  const jsonl = (await get('/exports/purchases.jsonl')).body.text as string;
  const rows = jsonl
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));
  expect(rows).toHaveLength(count);
  expect(new Set(rows.map(row => row.id)).size).toBe(count);
  const paid = {
    id: expect.any(String),
    shop: 'signed',
    order_id: 'plain,"order"',
    kind: 'paid',
    reference: 'line 1',
    items: 'id:pro-month * 1',
    quantity: 1,
    email,
    license_id: id,
    amount: 4990,
    currency: 'EUR',
    tax: null,
    left_out: '',
    at: '2026-11-01T10:00:00.000Z',
  };
  expect(rows.filter(row => row.license_id === id)).toEqual([
    { ...paid, order_id: '=1+1' },
    paid,
    {
      ...paid,
      order_id: 'no money',
      reference: '',
      amount: null,
      currency: null,
      left_out: 'no amount was told',
    },
  ]);

  const answer = await get('/exports/purchases.csv');
  expect(answer.headers.get('content-disposition')).toContain('purchases.csv');
  const [head, ...lines] = (answer.body.text as string).trimEnd().split('\r\n');
  expect(head).toBe(
    'id,shop,order_id,kind,reference,items,quantity,email,license_id,amount,currency,tax,left_out,at',
  );
  expect(lines).toHaveLength(count);
  expect(lines.filter(line => line.includes(id))).toEqual([
    expect.stringContaining(",signed,'=1+1,paid,line 1,id:pro-month * 1,1,"),
    expect.stringContaining(',signed,"plain,""order""",paid,line 1,id:pro-month * 1,1,'),
    expect.stringContaining(',signed,no money,paid,,id:pro-month * 1,1,'),
  ]);
});

test('the metric of webhooks counts each delivery by its shop and its outcome', async () => {
  const counted = async (shop: string) => {
    const metrics = (await selling.service.call('GET', '/metrics')).body.text as string;
    const lines = metrics.matchAll(
      new RegExp(`^sahm_webhooks_total\\{shop="${shop}",outcome="(\\w+)"\\} (\\d+)$`, 'gm'),
    );
    return new Map([...lines].map(([, outcome = '', count]) => [outcome, Number(count)]));
  };
  /** What was counted in addition during the act. */
  const during = async (shop: string, act: () => Promise<unknown>) => {
    const before = await counted(shop);
    await act();
    const more = [...(await counted(shop))].map(
      ([outcome, count]) => [outcome, count - (before.get(outcome) ?? 0)] as const,
    );
    return Object.fromEntries(more.filter(([, count]) => count > 0));
  };
  const said = JSON.stringify({
    ...{ order_id: 'm', line_id: '1', fact: 'bought', product: 'pro-month', quantity: 1 },
    ...{ email: newBuyer(), occurred_at: '2026-11-01T10:00:00Z' },
  });
  const send = (body: string, signature: string) =>
    selling.service.post('/webhooks/purchases', body, { 'X-Signature': signature });
  const stale = Math.floor(Date.now() / 1000) - 400;

  expect(await during('signed', () => send(said, signFact(said)))).toEqual({ applied: 1 });
  expect(await during('signed', () => send(said, signFact(said)))).toEqual({ duplicate: 1 });
  expect(await during('signed', () => send(said, ''))).toEqual({ forged: 1 });
  expect(await during('signed', () => send(said, signFact(said, stale)))).toEqual({ forged: 1 });
  expect(await during('signed', () => send('{}', signFact('{}')))).toEqual({ failed: 1 });
  const addon = selling.woo.order(newBuyer(), [[404, 1]]);
  expect(await during('woocommerce', () => selling.woo.deliver(addon))).toEqual({ waiting: 1 });
  const unpaid = { ...addon, status: 'on-hold' };
  expect(await during('woocommerce', () => selling.woo.deliver(unpaid))).toEqual({ ignored: 1 });
  expect(await during('signed', () => selling.woo.deliver(addon))).toEqual({});
});

test('a shop that is silent for longer than ever before causes a notice, and no other does', async () => {
  const { service } = selling;
  const { prisma } = service.database;
  await prisma.$executeRaw`DELETE FROM purchase_event`;
  /** Ten events, so many hours apart, the last one so many hours ago. */
  const events = (shop: string, hoursApart: number, hoursAgo: number, topic = 'x') =>
    prisma.$executeRaw`
      INSERT INTO purchase_event (id, shop, topic, body, headers, outcome, received_at)
      SELECT gen_random_uuid(), ${shop}, ${topic}, ''::bytea, '{}', 'applied',
        sahm_now() - (${hoursAgo}::int + each * ${hoursApart}::int) * interval '1 hour'
      FROM generate_series(0, 9) each`;
  await events('stripe', 1, 20);
  await events('signed', 48, 47);
  await events('woocommerce', 30, 31);
  await events('woocommerce', 1, 0, 'order.reconciled');
  const silent = async () => {
    const { text } = (await service.call('GET', '/metrics')).body as { text: string };
    return [...text.matchAll(/^sahm_shop_silent\{shop="(\w+)"\} 1$/gm)].map(([, shop]) => shop);
  };
  expect(await runJob(service, 'find-silent-shops')).toEqual({
    silent_shops: [{ shop: 'woocommerce', silent_hours: 31, since: expect.any(String) }],
  });
  // The operator gets one notice a day for the same shop.
  await runJob(service, 'find-silent-shops');
  const told = await service.database.prisma.licenseNotice.findMany({
    where: { kind: 'shop_trouble' },
  });
  expect(told.map(({ details }) => details)).toEqual([
    {
      shop: 'woocommerce',
      trouble: 'silent',
      says: expect.stringMatching(/^nothing has come since /),
    },
  ]);
  expect(await silent()).toEqual(['woocommerce']);
  await events('woocommerce', 1, 0);
  expect(await runJob(service, 'find-silent-shops')).toEqual({ silent_shops: [] });
  expect(await silent()).toEqual([]);
});
