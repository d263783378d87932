// Deliveries that a shop may really send, with values that no database, calendar or counter can hold.

import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { phpJson } from '../fakes/phpJson.js';
import { WOO_SECRET } from '../fakes/woocommerceShop.js';
import { held, inbox, report, runJob, type Selling, startSelling } from './sellingFixture.js';

let selling: Selling;
beforeAll(async () => {
  selling = await startSelling();
});
afterAll(() => selling.close());

let last = 0;
const newBuyer = () => `odd-${++last}@example.com`;
const newest = async () => (await inbox(selling.service))[0];

function sendWoo(body: string | Buffer, secret: string | null = WOO_SECRET): Promise<number> {
  const signature = secret && createHmac('sha256', secret).update(body).digest('base64');
  return fetch(`${selling.service.url}/webhooks/woocommerce`, {
    method: 'POST',
    headers: { ...(signature && { 'X-WC-Webhook-Signature': signature }) },
    body,
    // Refused while it is still being sent: the answer may or may not arrive before the connection breaks.
  }).then(
    answer => answer.status,
    () => 413,
  );
}

describe('a signed delivery that cannot be applied is kept as failed, with the field that is wrong', () => {
  const woo = (change: (order: Record<string, unknown>) => object) => {
    const order = selling.woo.order(newBuyer(), [[401, 1]]);
    return phpJson({ ...order, ...change(order) });
  };
  const line = (more: object) => (order: Record<string, unknown>) => ({
    line_items: [{ ...(order.line_items as object[])[0], ...more }],
  });

  test.each<[string, string, (order: Record<string, unknown>) => object]>([
    ['a lone surrogate', 'line_items[0].sku', line({ sku: 'a\ud800' })],
    ['NUL', 'line_items[0].sku', line({ sku: '\0' })],
    ['a quantity beyond all counters', 'line_items[0].quantity', line({ quantity: 1e15 })],
    ['a day that there is not', 'date_paid_gmt', () => ({ date_paid_gmt: '2026-02-30T00:00:00' })],
    ['the year 0', 'date_modified_gmt', () => ({ date_modified_gmt: '0000-00-00T00:00:00' })],
    ['an id of 30 digits', 'id', () => ({ id: '9'.repeat(30) })],
    [
      'NUL in the license that is named',
      'meta_data: sahm_license_id',
      () => ({ meta_data: [{ id: 1, key: '_sahm_license_id', value: 'a\0' }] }),
    ],
  ])('WooCommerce: %s (%s)', async (_, field, change) => {
    expect(await sendWoo(woo(change))).toBe(200);
    expect(await newest()).toEqual(['failed', expect.stringContaining(field)]);
  });

  test.each<[string, Record<string, unknown>]>([
    ['created', { created: 253_402_300_800 }],
    ['created', { created: -62_167_219_200 }],
    ['data.object', {}],
    ['id', { id: 'evt_\0' }],
  ])('Stripe: %s (%#)', async (field, more) => {
    const event = selling.stripe.event('invoice.paid', { id: 'in_1' }, more);
    expect((await selling.stripe.deliver(JSON.stringify(event))).status).toBe(200);
    const expected = field === 'data.object' ? 'its object is not as expected' : `${field}: `;
    expect(await newest()).toEqual(['failed', expect.stringContaining(expected)]);
  });

  test.each([
    ['occurred_at', { occurred_at: '0000-01-01T00:00:00Z' }],
    ['occurred_at', { occurred_at: '9999-12-31T23:59:59Z' }],
    ['occurred_at', { occurred_at: '2026-02-29T00:00:00Z' }],
    ['email', { email: 'a\0@example.com' }],
    ['order_id', { order_id: 'b\udc00' }],
    ['customer_id', { customer_id: 'c'.repeat(70_000) }],
    ['quantity', { quantity: 100_001 }],
    ['quantity', { quantity: 1.5 }],
    ['fact', { fact: 'sold' }],
    ['line_id', { line_id: null }],
    ['line_id', { line_id: undefined }],
  ])('any other shop: %s (%#)', async (field, more) => {
    const email = newBuyer();
    const occurred_at = new Date().toISOString();
    const bought = { order_id: email, line_id: '1', fact: 'bought', product: 'pro-month', email };
    expect(await report(selling.service, { ...bought, occurred_at, ...more })).toBe('failed');
    const { rows } = await selling.service.deps.selling.purchases.list({ limit: 1 });
    const orderId = field === 'order_id' ? null : email;
    expect(rows).toMatchObject([
      { outcome: 'failed', reason: expect.stringContaining(`${field}: `), orderId },
    ]);
    expect(rows[0]?.reason).not.toMatch(/Invalid (input|option)|Too (big|small)/);
    expect(await held(selling.service, email)).toBeNull();
  });
});

test('fields of an order that we do not read may hold anything', async () => {
  const email = newBuyer();
  const order = selling.woo.order(email, [[401, 1]]);
  const meta_data = [{ id: 1, key: 'note', value: { '\0': '\ud800\0' } }, 'no entry', null];
  expect(await sendWoo(phpJson({ ...order, meta_data, extra: '\0' }))).toBe(200);
  expect(await held(selling.service, email)).toMatchObject({ plan: 'basic' });
});

test('a time beyond the calendar ends with the calendar, and never means "for ever"', async () => {
  const email = newBuyer();
  const bought = {
    order_id: email,
    line_id: '1',
    fact: 'bought',
    product: 'pro-year',
    quantity: 100_000,
    email,
    occurred_at: new Date().toISOString(),
  };
  expect(await report(selling.service, bought)).toBe('applied');
  const last = { plan: 'pro', status: 'active', expires_at: '9999-01-01T00:00:00.000Z' };
  expect(await held(selling.service, email)).toMatchObject(last);
  // A license that an administrator gave until shortly before that is extended to the same end.
  const given = await selling.service.issue('pro');
  const token = await selling.service.signInAs('owner');
  const path = `/admin/api/licenses/${given.id}`;
  const body = { expires_at: '9998-12-31T23:59:59Z' };
  expect((await selling.service.call('PATCH', path, { token, body })).status).toBe(200);
  const more = { ...bought, order_id: 'more', quantity: 2, license_id: given.id, email: undefined };
  expect(await report(selling.service, more)).toBe('applied');
  const shown = await selling.service.call('GET', path, { token });
  expect(shown.body.license).toMatchObject({ expires_at: last.expires_at });
});

describe('large bodies', () => {
  const MIB = 1024 * 1024;

  test('an order of up to 5 MiB is applied if its signature is right, else it is 413', async () => {
    const email = newBuyer();
    const order = { ...selling.woo.order(email, [[401, 1]]), pad: 'x'.repeat(2 * MIB) };
    const body = JSON.stringify(order);
    expect(await sendWoo(body, null)).toBe(413);
    expect(await sendWoo(body, 'another secret')).toBe(413);
    expect(await sendWoo(body)).toBe(200);
    expect(await held(selling.service, email)).toMatchObject({ plan: 'basic' });
    expect(await sendWoo(JSON.stringify({ ...order, pad: 'x'.repeat(5 * MIB) }))).toBe(413);
  });

  test('a deeply nested delivery is never a 5xx', async () => {
    const order = phpJson(selling.woo.order(newBuyer(), [[401, 1]]));
    const depth = 200_000;
    const deep = order.replace(/\}$/, `,"deep":${'['.repeat(depth)}${']'.repeat(depth)}}`);
    expect(await sendWoo(deep)).toBe(200);
    expect((await newest())?.[0]).toBe('applied');
    expect(await sendWoo(`${'['.repeat(depth)}${']'.repeat(depth)}`)).toBe(200);
    expect((await newest())?.[0]).toBe('failed');
  });
});

describe('no bad item holds up those behind it', () => {
  test('reconcile stores orders that it cannot apply, applies the rest, and continues there', async () => {
    const email = newBuyer();
    const bad = selling.woo.order(newBuyer(), [[401, 1]]);
    (bad.line_items[0] as { sku: string }).sku = '\ud800';
    const worse = selling.woo.order(newBuyer(), [[401, 1]], { date_paid_gmt: '0000-00-00' });
    selling.woo.order(email, [[401, 1]]);
    const run = await runJob(selling.service, 'reconcile-woocommerce');
    expect(run).toMatchObject({ failed: expect.any(Number) });
    expect((run as { failed: number }).failed).toBeGreaterThanOrEqual(2);
    expect(await held(selling.service, email)).toMatchObject({ plan: 'basic' });
    const { purchases } = selling.service.deps.selling;
    expect(await purchases.cursor('woocommerce')).not.toBeNull();
    // They are known by then: they are reported once, although they are read again.
    const before = await selling.service.database.prisma.purchaseEvent.count();
    await runJob(selling.service, 'reconcile-woocommerce');
    expect(await selling.service.database.prisma.purchaseEvent.count()).toBe(before);
    expect(worse.id).toBeGreaterThan(bad.id);
  });

  test('waiting events of a shop that is off make room for those behind them', async () => {
    const { prisma } = selling.service.database;
    const { stripe } = selling.service.deps.selling.shops;
    const { adapter } = stripe;
    selling.stripe.isUp = false;
    const session = { id: 'cs_1', mode: 'payment', payment_status: 'paid', metadata: {} };
    await selling.stripe.deliver(selling.stripe.event('checkout.session.completed', session));
    selling.stripe.isUp = true;
    expect((await newest())?.[0]).toBe('waiting');
    await prisma.$executeRaw`UPDATE purchase_event SET retry_at = sahm_now() WHERE outcome = 'waiting'`;
    stripe.adapter = null;
    expect(await runJob(selling.service, 'apply-waiting-purchases')).toMatchObject({ tried: 1 });
    expect(await runJob(selling.service, 'apply-waiting-purchases')).toMatchObject({ tried: 0 });
    stripe.adapter = adapter;
  });

  test('a license that cannot be recomputed is skipped, and the next one is recomputed', async () => {
    const { prisma } = selling.service.database;
    const [broken, sound] = [newBuyer(), newBuyer()];
    for (const email of [broken, sound]) {
      await report(selling.service, {
        order_id: email,
        line_id: '1',
        fact: 'bought',
        product: 'pro-month',
        email,
        occurred_at: new Date().toISOString(),
      });
    }
    const due = (email: string, before: string) => prisma.$executeRaw`
      UPDATE license SET paid_changes_at = sahm_now() - ${before}::interval
      WHERE account_id = (SELECT id FROM account WHERE email = ${email})`;
    await due(broken, '2 minutes');
    await due(sound, '1 minute');
    await prisma.$executeRaw`UPDATE purchase_line SET terms = jsonb_set(terms, '{term}', '"no term"')
      WHERE order_id = ${broken}`;
    expect(await runJob(selling.service, 'apply-waiting-purchases')).toMatchObject({
      refreshed: 1,
    });
    expect(await runJob(selling.service, 'apply-waiting-purchases')).toMatchObject({
      refreshed: 0,
    });
    await prisma.$executeRaw`UPDATE purchase_line SET terms = jsonb_set(terms, '{term}', '"P1M"')
      WHERE order_id = ${broken}`;
  });
});
