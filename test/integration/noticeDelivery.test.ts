// How notices reach their receivers: repeated until they arrive or are given up, and again on demand.

import type { ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { SYSTEM } from '../../src/store/admin/audit.js';
import { isGenuine, startReceiver } from '../fakes/webhookReceiver.js';
import { until } from '../harness/load.js';
import { startService } from '../harness/service.js';
import { shiftClock } from '../harness/testDatabase.js';
import { startTold, type Told } from './noticesFixture.js';

let told: Told;
beforeAll(async () => {
  told = await startTold();
});
afterAll(() => told.close());
beforeEach(async () => {
  await told.reset();
  await told.service.database.prisma.licenseNotice.deleteMany();
});

const ids = () => told.receiver.received.map(({ headers }) => headers['x-sahm-event-id']);
/** Suspends a license, which causes a notice by mail and webhook. */
async function suspended(): Promise<string> {
  const { id } = await told.service.issue('pro');
  await told.service.deps.admin.licenses.transition(id, 'suspend', '', SYSTEM);
  return id;
}
const webhookOf = async (licenseId: string) => {
  const [notice] = await told.notices(licenseId);
  return notice?.deliveries.find(({ endpointId }) => endpointId !== null);
};

test('a refused delivery is repeated with the same event id, at growing intervals, until it is accepted', async () => {
  const { prisma } = told.service.database;
  const id = await suspended();
  told.receiver.answer = 500;
  expect(await told.deliver()).toEqual({ delivered: 1, retried: 1, failed: 0 });
  expect(await webhookOf(id)).toMatchObject({ state: 'pending', status: 500, attempts: 1 });
  expect(await told.deliver()).toEqual({ delivered: 0, retried: 0, failed: 0 });
  await shiftClock(prisma, '61 seconds');
  expect(await told.deliver()).toMatchObject({ retried: 1 });
  await shiftClock(prisma, '2 minutes');
  expect(await told.deliver()).toMatchObject({ retried: 0 });
  await shiftClock(prisma, '5 minutes');
  told.receiver.answer = 204;
  expect(await told.deliver()).toEqual({ delivered: 1, retried: 0, failed: 0 });
  expect(await webhookOf(id)).toMatchObject({ state: 'delivered', status: 204, attempts: 3 });
  const [notice] = await told.notices(id);
  expect(ids()).toEqual([notice?.id, notice?.id, notice?.id]);
  expect(new Set(told.receiver.received.map(({ raw }) => raw.toString())).size).toBe(1);
  for (const each of told.receiver.received) expect(isGenuine(each, told.secret)).toBe(true);
});

test('after 12 attempts in about three days it is given up; an operator can have it delivered again', async () => {
  const { prisma } = told.service.database;
  const id = await suspended();
  told.receiver.answer = 503;
  let hours = 0;
  for (; hours < 24 * 5; hours += 4) {
    await shiftClock(prisma, `${hours} hours`);
    await prisma.jobLease.deleteMany();
    await told.deliver();
    if ((await webhookOf(id))?.state === 'failed') break;
  }
  expect(hours).toBeGreaterThan(2 * 24);
  expect(hours).toBeLessThan(4.5 * 24);
  expect(await webhookOf(id)).toMatchObject({ attempts: 12, error: 'status 503', dueAt: null });
  expect(told.receiver.received).toHaveLength(12);

  await shiftClock(prisma, '0');
  await prisma.jobLease.deleteMany();
  const [notice] = await told.notices(id);
  const path = `/notices/${notice?.id}/redeliver`;
  const viewer = await told.service.signInAs('viewer');
  expect((await told.call('POST', path, {}, viewer)).status).toBe(403);
  told.receiver.answer = 200;
  const operator = await told.service.signInAs('operator');
  const again = await told.call('POST', path, {}, operator);
  expect(again.status).toBe(200);
  expect(again.body.notice).toMatchObject({ id: notice?.id, license_id: id });
  // The mail has arrived and is not sent again: people cannot recognise a repetition.
  expect(await told.deliver()).toEqual({ delivered: 1, retried: 0, failed: 0 });
  expect(new Set(ids())).toEqual(new Set([notice?.id]));
  expect(await webhookOf(id)).toMatchObject({ state: 'delivered', attempts: 1 });
  const unknown = '019a0000-0000-7000-8000-000000000000';
  expect((await told.call('POST', `/notices/${unknown}/redeliver`, {})).status).toBe(404);
});

test('a delivered notice can be delivered again', async () => {
  const id = await suspended();
  await told.deliver();
  const [notice] = await told.notices(id);
  await told.call('POST', `/notices/${notice?.id}/redeliver`, {});
  await told.deliver();
  expect(ids()).toEqual([notice?.id, notice?.id]);
});

test('two processes that deliver at once deliver each notice once', async () => {
  await Promise.all([1, 2, 3, 4, 5].map(suspended));
  const { jobs } = told.service.deps;
  await Promise.all([jobs.deliverNotices(), jobs.deliverNotices(), jobs.deliverNotices()]);
  expect(ids()).toHaveLength(5);
  expect(new Set(ids()).size).toBe(5);
});

test('an endpoint that hangs holds up no other, and gets the rest with the next run', async () => {
  const hanging = await startReceiver();
  const held: ServerResponse[] = [];
  hanging.answer = response => void held.push(response);
  const made = await told.call('POST', '/webhook-endpoints', { url: hanging.url });
  const { id: endpointId } = made.body.webhook_endpoint as { id: string };
  try {
    for (let count = 0; count < 12; count++) await suspended();
    let hasEnded = false;
    const run = told.deliver().finally(() => {
      hasEnded = true;
    });
    // Well before any timeout ends.
    const { noticeDelivery } = told.service.database.prisma;
    const delivered = () => noticeDelivery.count({ where: { state: 'delivered' } });
    await until(async () => (await delivered()) === 24 && held.length === 4, 8_000);
    expect(hasEnded).toBe(false);
    for (const response of held) response.destroy();
    expect(await run).toEqual({ delivered: 24, retried: 4, failed: 0 });
    expect(hanging.received).toHaveLength(4);
    hanging.answer = 200;
    expect(await told.deliver()).toEqual({ delivered: 8, retried: 0, failed: 0 });
  } finally {
    await told.call('DELETE', `/webhook-endpoints/${endpointId}`);
    await hanging.close();
  }
});

test('a redirect is not followed', async () => {
  const id = await suspended();
  told.receiver.answer = response => {
    response.writeHead(307, { location: `${told.receiver.url}/elsewhere` }).end();
  };
  await told.deliver();
  expect(told.receiver.received.map(({ path }) => path)).toEqual(['/all?x=1']);
  expect(await webhookOf(id)).toMatchObject({ state: 'pending', status: 307 });
});

test('deliveries are counted by channel and outcome', async () => {
  await suspended();
  await told.deliver();
  const { text: metrics } = (await told.service.call('GET', '/metrics')).body as { text: string };
  expect(metrics).toMatch(/sahm_notice_deliveries_total\{channel="mail",outcome="delivered"\} \d/);
  expect(metrics).toMatch(/\{channel="webhook",outcome="delivered"\} \d/);
});

describe('an endpoint', () => {
  const make = (body: object) => told.call('POST', '/webhook-endpoints', body);
  const idOf = (body: Record<string, unknown>) => (body.webhook_endpoint as { id: string }).id;

  test('gets only notices of its kinds, none while disabled, and none once removed', async () => {
    const url = `${told.receiver.url}/some`;
    const made = await make({ url, kinds: ['grant_waiting'] });
    const path = `/webhook-endpoints/${idOf(made.body)}`;
    const toldTo = async () => {
      told.receiver.received.length = 0;
      await suspended();
      await told.deliver();
      return told.receiver.received.map(received => received.path).sort();
    };
    expect(await toldTo()).toEqual(['/all?x=1']);
    await told.call('PATCH', path, { kinds: ['license_suspended'] });
    expect(await toldTo()).toEqual(['/all?x=1', '/some']);
    await told.call('PATCH', path, { disabled: true });
    expect(await toldTo()).toEqual(['/all?x=1']);
    await told.call('PATCH', path, { disabled: false, kinds: [] });
    expect(await toldTo()).toEqual(['/all?x=1', '/some']);
    expect((await told.call('DELETE', path)).status).toBe(204);
    expect((await told.call('DELETE', path)).status).toBe(404);
    expect(await toldTo()).toEqual(['/all?x=1']);
  });

  test('is the only one of its URL, which is so told everything once', async () => {
    const url = `${told.receiver.url}/once`;
    const first = idOf((await make({ url })).body);
    expect((await make({ url, kinds: ['license_suspended'] })).status).toBe(409);
    const other = idOf((await make({ url: `${url}?to=other` })).body);
    expect((await told.call('PATCH', `/webhook-endpoints/${other}`, { url })).status).toBe(409);
    expect((await told.call('PATCH', `/webhook-endpoints/${first}`, { url })).status).toBe(200);
    for (const id of [first, other]) await told.call('DELETE', `/webhook-endpoints/${id}`);
  });

  // Not over HTTP: the clock is days ahead, so a token would have expired.
  const disable = async (disabled: boolean) => {
    const { webhookEndpoints } = told.service.deps.admin;
    const changed = await webhookEndpoints.change(told.endpointId, { disabled }, SYSTEM);
    expect(changed).toMatchObject({ endpoint: { disabled } });
  };

  test('that was disabled with notices on their way gets them once it is enabled', async () => {
    const id = await suspended();
    await disable(true);
    expect(await told.deliver()).toEqual({ delivered: 1, retried: 0, failed: 0 });
    expect(await webhookOf(id)).toMatchObject({ state: 'pending', attempts: 0 });
    await disable(false);
    expect(await told.deliver()).toEqual({ delivered: 1, retried: 0, failed: 0 });
    expect(ids()).toHaveLength(1);
  });

  test('that is enabled again gets at once what it refused before', async () => {
    const { prisma } = told.service.database;
    const id = await suspended();
    told.receiver.answer = 500;
    for (const time of ['0', '2 minutes', '10 minutes', '30 minutes']) {
      await shiftClock(prisma, time);
      await told.deliver();
    }
    expect(await webhookOf(id)).toMatchObject({ state: 'pending', attempts: 4 });
    await disable(true);
    told.receiver.answer = 200;
    await disable(false);
    await told.deliver();
    expect(await webhookOf(id)).toMatchObject({ state: 'delivered', attempts: 5 });
  });

  test('that stays disabled: its pending deliveries are given up and marked after three days, not before', async () => {
    const { prisma } = told.service.database;
    const id = await suspended();
    await disable(true);
    await shiftClock(prisma, '71 hours');
    expect(await told.deliver()).toMatchObject({ failed: 0 });
    await shiftClock(prisma, '73 hours');
    expect(await told.deliver()).toMatchObject({ failed: 1 });
    const givenUp = { state: 'failed', attempts: 0, error: 'endpoint_disabled', dueAt: null };
    expect(await webhookOf(id)).toMatchObject(givenUp);
    await disable(false);
    expect(await told.deliver()).toEqual({ delivered: 0, retried: 0, failed: 0 });
    expect(ids()).toEqual([]);
  });

  test('shows its secret once; it is in no list, no audit entry and no backup', async () => {
    const url = `${told.receiver.url}/token-in-the-path`;
    const made = await make({ url });
    const secret = made.body.secret as string;
    await told.call('PATCH', `/webhook-endpoints/${idOf(made.body)}`, { url: `${url}2` });
    await suspended();
    await told.deliver();
    const lists = ['/webhook-endpoints', '/notices', '/audit', '/jobs'];
    const shown = await Promise.all(lists.map(async path => (await told.call('GET', path)).body));
    const backup = await told.service.deps.admin.backup(SYSTEM);
    if ('kind' in backup) throw new Error(backup.code);
    const rows = await text(backup.pipe(createGunzip()));
    expect(rows).toContain('webhook_endpoint');
    for (const place of [JSON.stringify(shown), rows]) {
      expect(place).not.toContain(secret);
      expect(place).not.toContain(secret.slice(6));
    }
    // A URL may be a secret too: only owners see it.
    expect(JSON.stringify(shown.slice(1))).not.toContain('token-in-the-path');
    await told.call('DELETE', `/webhook-endpoints/${idOf(made.body)}`);
  });

  test.each<[string, object, string]>([
    ['no URL', {}, 'url'],
    ['no URL at all', { url: 'nowhere' }, 'url'],
    ['another scheme', { url: 'file:///etc/passwd' }, 'url'],
    ['credentials', { url: 'https://user:word@example.com/' }, 'url'],
    ['the metadata service', { url: 'http://169.254.169.254/latest' }, 'url'],
    ['a private address', { url: 'https://10.0.0.1/' }, 'url'],
    ['a mapped address', { url: 'https://[::ffff:10.0.0.1]/' }, 'url'],
    ['an unknown kind', { url: 'https://example.com/', kinds: ['other'] }, 'kinds'],
    ['a kind twice', { url: 'https://a.example/', kinds: Array(2).fill('grant_waiting') }, 'kinds'],
    ['an unknown field', { url: 'https://example.com/', secret: 'own' }, 'secret'],
  ])('with %s is refused', async (_name, body, field) => {
    const { status, body: refused } = await make(body);
    expect(status).toBe(400);
    expect((refused.error as { message: string }).message).toContain(field);
  });

  test('must be https and outside of this network in production', async () => {
    const secret = 'yG1cZ2nq7vX4bT9kR5mW8sL3pD6fH0jA';
    const production = await startService({
      env: {
        NODE_ENV: 'production',
        JWT_SECRET: secret,
        KEY_PEPPER: secret,
        KEY_ENCRYPTION_KEY: Buffer.from(secret).toString('base64'),
      },
    });
    const token = await production.signInAs('owner');
    for (const url of [told.receiver.url, 'https://127.0.0.1/', 'https://localhost:8443/']) {
      const made = await production.call('POST', '/admin/api/webhook-endpoints', {
        token,
        body: { url },
      });
      expect([url, made.status]).toEqual([url, 400]);
    }
    await production.close();
  });
});

test('the list is filtered and paged', async () => {
  const first = await suspended();
  const second = await suspended();
  const list = async (query: string) => {
    const { status, body } = await told.call('GET', `/notices?${query}`);
    expect(status).toBe(200);
    return body as { notices: Array<{ license_id: string }>; next_cursor: string | null };
  };
  const page = await list('limit=1');
  expect(page.notices.map(notice => notice.license_id)).toEqual([second]);
  const next = await list(`limit=1&cursor=${page.next_cursor}`);
  expect(next.notices.map(notice => notice.license_id)).toEqual([first]);
  expect(next.next_cursor).toBeNull();
  expect((await list(`license=${first}&kind=license_suspended`)).notices).toHaveLength(1);
  expect((await list('kind=allowance_80')).notices).toHaveLength(0);
  expect((await list('state=pending')).notices).toHaveLength(2);
  expect((await list('state=failed')).notices).toHaveLength(0);
  expect((await told.call('GET', '/notices?offset=1')).status).toBe(400);
});

test('a notice that is out of date is removed', async () => {
  await suspended();
  await told.deliver();
  const { prisma } = told.service.database;
  expect(await told.service.deps.jobs.prune()).toMatchObject({ notices: 0 });
  await shiftClock(prisma, '401 days');
  expect(await told.service.deps.jobs.prune()).toMatchObject({ notices: 1 });
  expect(await prisma.noticeDelivery.count()).toBe(0);
});
