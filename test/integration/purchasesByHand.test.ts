// Orders without a known buyer: an administrator finds, assigns or settles them.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '../harness/load.js';
import { held, inbox, report, runJob, type Selling, startSelling } from './sellingFixture.js';

let selling: Selling;
let token: string;
beforeAll(async () => {
  selling = await startSelling();
  token = await selling.service.signInAs('operator');
});
afterAll(() => selling?.close());

let last = 0;
const newBuyer = () => `by-hand-${++last}@example.com`;

type Event = Record<string, unknown> & { id: string; outcome: string; reason: string };

async function call(method: string, path: string, body?: object) {
  return selling.service.call(method, `/admin/api${path}`, { token, ...(body && { body }) });
}

async function find(query: string): Promise<Event[]> {
  const { status, body } = await call('GET', `/purchases?${query}`);
  expect(status).toBe(200);
  return body.purchases as Event[];
}

async function only(query: string): Promise<Event> {
  const events = await find(query);
  expect(events).toHaveLength(1);
  return events[0] as Event;
}

/** What the service says that it would accept. */
async function actsOf(id: string): Promise<string[]> {
  const { body } = await call('GET', `/purchases/${id}`);
  return (body.purchase as { acts: string[] }).acts;
}

/** A paid order of PRO that names nobody. */
async function ofNobody(billing: object | null = { email: '' }) {
  const order = selling.woo.order('nobody@example.com', [[402, 1]], { billing, customer_id: 0 });
  await selling.woo.deliver(order);
  return { order, event: await only(`order=${order.id}`) };
}

describe('a paid order without a buyer', () => {
  test.each([
    ['no address', { email: '' }],
    ['no billing at all', null],
    ['what is no address', { email: 'call me' }],
  ])('is failed, and says what to do: %s', async (_, billing) => {
    const { event } = await ofNobody(billing);
    expect(event).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('assign it'),
    });
  });

  test.each(['sara&ali@example.com', 'user@example.xn--mgba3a4f16a', 'کاربر@مثال.ایران'])(
    'addresses that mail servers accept are accepted: %s',
    async email => {
      await selling.woo.deliver(selling.woo.order(email, [[402, 1]]));
      expect(await held(selling.service, email)).toMatchObject({ plan: 'pro', status: 'active' });
    },
  );

  test('is assigned to a buyer by e-mail: it issues a license, and nothing undoes that', async () => {
    const { order, event } = await ofNobody();
    const email = newBuyer();
    expect(await actsOf(event.id)).toEqual(['assign', 'settle', 'replay']);
    const assigned = await call('POST', `/purchases/${event.id}/assign`, { email });
    expect(assigned).toMatchObject({ status: 200, body: { purchase: { outcome: 'applied' } } });
    expect(await held(selling.service, email)).toMatchObject({ plan: 'pro', status: 'active' });
    const again = await call('POST', `/purchases/${event.id}/assign`, { email });
    expect(again.status).toBe(200);
    const other = await call('POST', `/purchases/${event.id}/assign`, { email: newBuyer() });
    expect(other).toMatchObject({ status: 409, body: { error: { code: 'conflict' } } });
    const settled = await call('POST', `/purchases/${event.id}/settle`, { note: 'x' });
    expect(settled.status).toBe(409);
    expect(await actsOf(event.id)).toEqual(['replay']);
    await call('POST', `/purchases/${event.id}/replay`);
    const late = newBuyer();
    await selling.woo.deliver(
      selling.woo.change(order, { billing: { email: late, first_name: '' } }),
    );
    expect(await held(selling.service, late)).toBeNull();
    expect((await find(`order=${order.id}`)).map(({ outcome }) => outcome)).not.toContain('failed');
    const audit = await call('GET', '/audit');
    expect(JSON.stringify(audit.body)).toContain('purchase.assign');
  });

  test('is assigned to a license, which it extends', async () => {
    const email = newBuyer();
    await selling.woo.deliver(selling.woo.order(email, [[401, 1]]));
    const { body } = await call('GET', `/licenses?email=${email}`);
    const [license] = body.licenses as Array<{ id: string }>;
    const { event } = await ofNobody();
    const assigned = await call('POST', `/purchases/${event.id}/assign`, {
      license_id: license?.id,
    });
    expect(assigned).toMatchObject({ status: 200, body: { purchase: { outcome: 'applied' } } });
    expect(await held(selling.service, email)).toMatchObject({ plan: 'pro' });
  });

  test('is settled with a note: replays and later deliveries change nothing', async () => {
    const { order, event } = await ofNobody();
    const settled = await call('POST', `/purchases/${event.id}/settle`, {
      note: 'paid back by hand',
    });
    expect(settled).toMatchObject({
      status: 200,
      body: { purchase: { outcome: 'ignored', reason: 'settled: paid back by hand' } },
    });
    const replayed = await call('POST', `/purchases/${event.id}/replay`);
    expect(replayed.body).toMatchObject({ purchase: { outcome: 'ignored' } });
    const email = newBuyer();
    await selling.woo.deliver(selling.woo.change(order, { billing: { email, first_name: '' } }));
    expect(await held(selling.service, email)).toBeNull();
    const outcomes = (await find(`order=${order.id}`)).map(({ outcome }) => outcome);
    expect(new Set(outcomes)).toEqual(new Set(['ignored']));
    expect(await actsOf(event.id)).toEqual([]);
    const assign = await call('POST', `/purchases/${event.id}/assign`, { email });
    expect(assign.status).toBe(409);
  });
});

describe('what an order names', () => {
  test('an unknown license is corrected in the shop, and the order applied', async () => {
    const email = newBuyer();
    const meta = (value: string) => ({ meta_data: [{ id: 1, key: 'sahm_license_id', value }] });
    const order = selling.woo.order(email, [[402, 1]], meta('no-such-license'));
    await selling.woo.deliver(order);
    expect(await only(`order=${order.id}`)).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('there is no license no-such-license'),
    });
    await selling.woo.deliver(selling.woo.change(order, { meta_data: [] }));
    expect(await held(selling.service, email)).toMatchObject({ plan: 'pro' });
    const outcomes = (await find(`order=${order.id}`)).map(({ outcome }) => outcome);
    expect(outcomes).toEqual(['applied', 'applied']);
  });

  test('a key finds its license, and no answer shows it', async () => {
    const email = newBuyer();
    const issued = await call('POST', '/licenses', { plan: 'basic', email });
    const key = issued.body.key as string;
    const meta_data = [{ id: 1, key: 'sahm_license_id', value: key }];
    const order = selling.woo.order(newBuyer(), [[402, 1]], { meta_data });
    await selling.woo.deliver(order);
    expect(await held(selling.service, email)).toMatchObject({ plan: 'pro' });
    const event = await only(`order=${order.id}`);
    const shown = await call('GET', `/purchases/${event.id}`);
    expect(JSON.stringify(shown.body)).not.toContain(key);
    const { id } = issued.body.license as { id: string };
    const timeline = await call('GET', `/licenses/${id}/timeline`);
    expect(JSON.stringify(timeline.body)).not.toContain(key);
  });
});

describe('a decision of an administrator', () => {
  test('is not undone by the license that the shop still names in its order', async () => {
    const email = newBuyer();
    const meta_data = [{ id: 1, key: 'sahm_license_id', value: 'somebody-elses' }];
    const order = selling.woo.order(newBuyer(), [[404, 1]], { meta_data });
    await selling.woo.deliver(order);
    const event = await only(`order=${order.id}`);
    const assigned = await call('POST', `/purchases/${event.id}/assign`, { email });
    expect(assigned.body).toMatchObject({ purchase: { outcome: 'waiting' } });
    await selling.woo.deliver(selling.woo.change(order, { status: 'completed' }));
    await selling.woo.deliver(selling.woo.order(email, [[401, 1]]));
    expect(await held(selling.service, email)).toMatchObject({ openrouter: { limit: 150 + 50 } });
    expect(await find(`order=${order.id}&outcome=failed`)).toEqual([]);
  });

  test('a license that a signed report names wrongly is corrected by the next report', async () => {
    const email = newBuyer();
    const order = {
      order_id: `named-${email}`,
      line_id: '1',
      product: 'pro-month',
      quantity: 1,
      email,
    };
    const fact = { ...order, fact: 'bought', occurred_at: new Date().toISOString() };
    expect(await report(selling.service, { ...fact, license_id: 'wrong' })).toBe('failed');
    const issued = await call('POST', '/licenses', { plan: 'basic', email: newBuyer() });
    const { id, email: owner } = issued.body.license as { id: string; email: string };
    expect(await report(selling.service, { ...fact, license_id: id })).toBe('applied');
    expect(await held(selling.service, owner)).toMatchObject({ plan: 'pro' });
  });
});

describe('events are found', () => {
  test('by order, buyer, product and reason', async () => {
    const email = newBuyer();
    const order = selling.woo.order(email, [
      [402, 1],
      [987_654, 1],
    ]);
    await selling.woo.deliver(order);
    const event = await only(`order=${order.id}`);
    for (const query of [`email=${email.toUpperCase()}`, 'product=woocommerce:987654']) {
      expect((await find(query)).map(({ id }) => id)).toContain(event.id);
    }
    expect((await find('product=pro-month')).map(({ id }) => id)).toContain(event.id);
    expect((await find('reason=987654')).map(({ id }) => id)).toContain(event.id);
    expect(await find(`email=${email}&order=1`)).toEqual([]);
  });
});

describe('a shop that sells other things too', () => {
  test('leaves nothing in the inbox that needs a person', async () => {
    const before = (await inbox(selling.service)).filter(
      ([outcome]) => outcome === 'waiting',
    ).length;
    const email = newBuyer();
    const other = selling.woo.order(email, [[777_001, 2]]);
    for (const order of [other, selling.woo.change(other, { status: 'completed' })]) {
      await selling.woo.deliver(order);
    }
    expect(await held(selling.service, email)).toBeNull();
    const outcomes = (await find(`order=${other.id}`)).map(({ outcome }) => outcome);
    expect(outcomes).toEqual(['ignored', 'ignored']);
    const mixed = selling.woo.order(email, [
      [402, 1],
      [777_001, 1],
    ]);
    await selling.woo.deliver(mixed);
    expect(await only(`order=${mixed.id}`)).toMatchObject({ outcome: 'applied' });
    await selling.woo.deliver({ id: 777_999 }, 'order.deleted');
    expect(await only('order=777999')).toMatchObject({ outcome: 'ignored' });
    const after = (await inbox(selling.service)).filter(
      ([outcome]) => outcome === 'waiting',
    ).length;
    expect(after).toBe(before);
  });
});

describe('a buyer whose license is revoked', () => {
  test('gets nothing silently, from any shop: the order is failed until a person decides about it', async () => {
    const email = newBuyer();
    const first = {
      order_id: `first-${email}`,
      line_id: '1',
      product: 'pro-month',
      quantity: 1,
      email,
    };
    await report(selling.service, {
      ...first,
      fact: 'bought',
      occurred_at: new Date().toISOString(),
    });
    const { body } = await call('GET', `/licenses?email=${email}`);
    const [license] = body.licenses as Array<{ id: string }>;
    await call('POST', `/licenses/${license?.id}/revoke`, { reason: 'abuse' });
    const renewed = { ...first, fact: 'renewed', occurred_at: new Date().toISOString() };
    expect(await report(selling.service, renewed)).toBe('failed');
    const order = selling.woo.order(email, [[402, 1]]);
    await selling.woo.deliver(order);
    const event = await only(`order=${order.id}`);
    expect(event).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('revoked') });
    const assigned = await call('POST', `/purchases/${event.id}/assign`, { email });
    expect(assigned.body).toMatchObject({ purchase: { outcome: 'applied' } });
    const licenses = (await call('GET', `/licenses?email=${email}`)).body.licenses;
    expect(licenses).toMatchObject([{ status: 'active' }, { status: 'revoked' }]);
  });
});

describe('the owner of a license', () => {
  test('changes: its purchases go along, and links of the former owner open nothing', async () => {
    const [email, other] = [newBuyer(), newBuyer()];
    await selling.woo.deliver(selling.woo.order(email, [[402, 1]]));
    const { body } = await call('GET', `/licenses?email=${email}`);
    const [license] = body.licenses as Array<{ id: string }>;
    const path = `/licenses/${license?.id}`;
    const { prisma } = selling.service.database;
    const first = { licenseId: license?.id ?? '', orderId: { not: null } };
    await until(async () => {
      await runJob(selling.service, 'send-notices');
      return (await prisma.notice.count({ where: { ...first, sentAt: { not: null } } })) === 1;
    });
    // As if the mail server had refused the mail so far.
    const sendAt = new Date(Date.now() + 86_400_000);
    await prisma.notice.updateMany({ where: first, data: { sentAt: null, sendAt, attempts: 3 } });
    const changed = await call('PATCH', path, { email: other.toUpperCase() });
    expect(changed).toMatchObject({ status: 200, body: { license: { email: other } } });
    expect(await held(selling.service, email)).toBeNull();
    expect((await call('PATCH', path, { email: other })).status).toBe(200);
    const owner = await prisma.account.findUniqueOrThrow({ where: { email: other } });
    expect(await prisma.notice.findFirst({ where: first })).toMatchObject({ accountId: owner.id });
    const sent = await call('POST', `${path}/send-key`);
    expect(sent).toMatchObject({ status: 200, body: { license: { email: other } } });
    expect((await call('POST', `${path}/send-key`)).status).toBe(200);
    // One unsent mail is enough, and all mails go to the present owner.
    const mails = await prisma.notice.findMany({ where: { licenseId: license?.id ?? '' } });
    expect(new Set(mails.map(({ accountId }) => accountId))).toEqual(new Set([owner.id]));
    expect(mails.filter(({ sentAt }) => sentAt === null).length).toBeLessThanOrEqual(1);
    // No job has to run for it.
    const unsent = { licenseId: license?.id ?? '', sentAt: null };
    await until(async () => (await prisma.notice.count({ where: unsent })) === 0);
  });
});

describe('a higher plan over a lower one', () => {
  test('the license shows the higher plan with its end, and then goes on with the lower one', async () => {
    const email = newBuyer();
    await selling.woo.deliver(selling.woo.order(email, [[401, 3]]));
    const basic = Date.parse((await held(selling.service, email))?.expires_at ?? '');
    await selling.woo.deliver(selling.woo.order(email, [[403, 1]]));
    const { body } = await call('GET', `/licenses?email=${email}`);
    const [license] = body.licenses as Array<{ plan: string; expires_at: string; id: string }>;
    expect(license?.plan).toBe('vip');
    const vip = Date.parse(license?.expires_at ?? '');
    expect(basic - vip).toBeGreaterThan(50 * 86_400_000);
    // An administrator's own end counts as it is.
    const expires_at = new Date(vip + 86_400_000).toISOString();
    const changed = await call('PATCH', `/licenses/${license?.id}`, { expires_at });
    expect(changed.body.license).toMatchObject({ plan: 'vip', expires_at });
  });
});
