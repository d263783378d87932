// Plans that always issue a new license, one for each piece.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '../harness/load.js';
import { addProducts, report, runJob, type Selling, startSelling } from './sellingFixture.js';

let selling: Selling;
let token: string;
beforeAll(async () => {
  selling = await startSelling();
  token = await selling.service.signInAs('owner');
  const seat = { id: 'seat', kind: 'plan', plan: 'pro', term: 'P1M', issues: 'new' };
  await addProducts(selling.service, [{ ...seat, shops: { woocommerce: 808 } }]);
});
afterAll(() => selling?.close());

let last = 0;
const newBuyer = () => `pieces-${++last}@example.com`;

interface Shown {
  id: string;
  plan: string;
  status: string;
  expires_at: string;
}

async function licenses(query: string): Promise<Shown[]> {
  const { body } = await selling.service.call('GET', `/admin/api/licenses?${query}`, { token });
  return body.licenses as Shown[];
}

const statuses = async (email: string) =>
  (await licenses(`email=${email}`)).map(({ status }) => status).sort();

test('each piece is a license with a key and a mail of its own, once', async () => {
  const email = newBuyer();
  const order = selling.woo.order(email, [[808, 3]]);
  for (let time = 0; time < 2; time++) await selling.woo.deliver(order);
  expect(await licenses(`email=${email}`)).toMatchObject(
    Array(3).fill({ plan: 'pro', status: 'active' }),
  );
  expect(await licenses(`order=${order.id}`)).toHaveLength(3);
  // The service's own jobs send them too.
  await until(async () => {
    await runJob(selling.service, 'send-notices');
    const where = { kind: 'license_ready', orderId: { startsWith: `${order.id} line ` } };
    const { prisma } = selling.service.database;
    return (await prisma.notice.count({ where: { ...where, sentAt: { not: null } } })) === 3;
  });
});

test('a second order issues more, and extends none', async () => {
  const email = newBuyer();
  for (let order = 0; order < 2; order++)
    await selling.woo.deliver(selling.woo.order(email, [[808, 1]]));
  const [one, other] = await licenses(`email=${email}`);
  const days = (shown?: Shown) => (Date.parse(shown?.expires_at ?? '') - Date.now()) / 86_400_000;
  for (const shown of [one, other]) expect(days(shown)).toBeLessThan(32);
  expect(one?.id).not.toBe(other?.id);
});

test('beside other products of the order, which count as always', async () => {
  const email = newBuyer();
  const order = selling.woo.order(email, [
    [808, 2],
    [401, 1],
  ]);
  await selling.woo.deliver(order);
  const plans = (await licenses(`email=${email}`)).map(({ plan }) => plan).sort();
  expect(plans).toEqual(['basic', 'pro', 'pro']);
});

test('pieces are taken back from the last one on; the order’s present state says how many remain', async () => {
  const email = newBuyer();
  const order = selling.woo.order(email, [[808, 3]]);
  await selling.woo.deliver(order);
  const [item] = order.line_items;
  const line_items = [{ ...item, quantity: 2 }] as typeof order.line_items;
  const fewer = selling.woo.change(order, { line_items });
  await selling.woo.deliver(fewer);
  expect(await statuses(email)).toEqual(['active', 'active', 'expired']);
  const cancelled = selling.woo.change(fewer, { status: 'cancelled' });
  await selling.woo.deliver(cancelled);
  expect(await statuses(email)).toEqual(['expired', 'expired', 'expired']);
  await selling.woo.deliver(
    selling.woo.change(cancelled, { status: 'completed', line_items: order.line_items }),
  );
  expect(await statuses(email)).toEqual(['active', 'active', 'active']);
});

test('an order that was refunded before we knew of it issues nothing', async () => {
  const email = newBuyer();
  await selling.woo.deliver(selling.woo.order(email, [[808, 2]], { status: 'refunded' }));
  expect(await licenses(`email=${email}`)).toEqual([]);
});

test('an event that is settled closes no order whose pieces have licenses', async () => {
  const email = newBuyer();
  const order = selling.woo.order(email, [[808, 2]]);
  await selling.woo.deliver(order);
  const refunds = [{ id: 7_001, reason: '', total: '-1.00' }];
  selling.woo.refunds.set(order.id, [
    { id: 7_001, date_created_gmt: order.date_modified_gmt, amount: '1.00', line_items: [] },
  ]);
  const partly = selling.woo.change(order, { refunds } as Partial<typeof order>);
  await selling.woo.deliver(partly);
  const path = `/admin/api/purchases?order=${order.id}&outcome=failed`;
  const { body } = await selling.service.call('GET', path, { token });
  const [event] = body.purchases as Array<{ id: string }>;
  const settle = `/admin/api/purchases/${event?.id}/settle`;
  const settled = await selling.service.call('POST', settle, { token, body: { note: 'seen' } });
  expect(settled.status).toBe(200);
  await selling.woo.deliver(selling.woo.change(partly, { status: 'refunded' }));
  expect(await statuses(email)).toEqual(['expired', 'expired']);
});

test('a signed shop takes back by the piece, and renews all that stand', async () => {
  const email = newBuyer();
  const at = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  const fact = { order_id: `seats-${email}`, line_id: '1', product: 'seat', email };
  await report(selling.service, { ...fact, fact: 'bought', quantity: 3, occurred_at: at(-2) });
  await report(selling.service, { ...fact, fact: 'refunded', quantity: 1, occurred_at: at(-1) });
  expect(await statuses(email)).toEqual(['active', 'active', 'expired']);
});

test('more than 100 in a line need a person', async () => {
  const email = newBuyer();
  const fact = { order_id: `many-${email}`, line_id: '1', product: 'seat', quantity: 101, email };
  const occurred_at = new Date().toISOString();
  expect(await report(selling.service, { ...fact, fact: 'bought', occurred_at })).toBe('failed');
  // Whatever else of the buyer comes, somebody still has to see to it.
  const other = { ...fact, order_id: `other-${email}`, product: '404', quantity: 1 };
  await report(selling.service, { ...other, fact: 'bought', occurred_at });
  expect(await licenses(`email=${email}`)).toEqual([]);
  const path = `/admin/api/purchases?order=${encodeURIComponent(fact.order_id)}`;
  const { body } = await selling.service.call('GET', path, { token });
  expect(body.purchases).toMatchObject([{ outcome: 'failed' }]);
});
