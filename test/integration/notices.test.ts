// There is one notice for each threshold and period, also if several runs find it.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { SYSTEM } from '../../src/store/admin/audit.js';
import { findUseNotices } from '../../src/store/notices/allowances.js';
import { isGenuine } from '../fakes/webhookReceiver.js';
import { shiftClock } from '../harness/testDatabase.js';
import { startTold, type Told } from './noticesFixture.js';

let told: Told;
beforeAll(async () => {
  told = await startTold();
});
afterAll(() => told.close());
beforeEach(() => told.reset());

const grant = (id: string, body: object) => told.call('POST', `/licenses/${id}/grants`, body);

describe('an allowance', () => {
  test('causes a notice at 80 % and one at 100 %, each once, however often the job runs', async () => {
    const { id, key } = await told.license();
    await told.use(key, 7);
    await told.find();
    expect(await told.kinds(id)).toEqual([]);
    await told.use(key, 1);
    await told.find();
    expect(await told.kinds(id)).toEqual(['allowance_80']);
    await told.use(key, 2);
    await told.find();
    await told.find();
    const notices = await told.notices(id);
    expect(notices.map(({ kind, details }) => [kind, details])).toEqual([
      ['allowance_80', expect.objectContaining({ used: 8, limit: 10 })],
      ['allowance_100', expect.objectContaining({ used: 10, limit: 10, provider: 'openrouter' })],
    ]);
    expect(notices.map(({ deliveries }) => deliveries.length)).toEqual([2, 2]);
  });

  test('passing both at once causes both webhooks and one mail', async () => {
    const { id, key } = await told.license();
    await told.use(key, 10);
    await told.find();
    const notices = await told.notices(id);
    expect(notices.map(({ kind, deliveries }) => [kind, deliveries.length]).sort()).toEqual([
      ['allowance_100', 2],
      ['allowance_80', 1],
    ]);
  });

  test('of two runs at once, one writes the notice', async () => {
    const { id, key } = await told.license();
    await told.use(key, 8);
    const { jobs } = told.service.deps;
    await Promise.all([jobs.findNotices(), jobs.findNotices(), jobs.findNotices()]);
    expect(await told.kinds(id)).toEqual(['allowance_80']);
  });

  test('a request that was under way during a run is not forgotten', async () => {
    const { id, key } = await told.license();
    await told.use(key, 7);
    const slow = await told.hold(key);
    const { prisma } = told.service.database;
    // Half an hour of other requests and searches later, by the time in the ids of holds.
    await told.find();
    await prisma.$executeRaw`UPDATE hold SET id = sahm_first_id(now() - interval '30 minutes')
      WHERE id = ${slow}::uuid`;
    await prisma.$executeRaw`DELETE FROM notice_cursor`;
    await told.find();
    const [moved] = await prisma.hold.findMany({ where: { endedAt: null }, select: { id: true } });
    await told.post(moved?.id as string);
    await told.find();
    expect(await told.kinds(id)).toEqual(['allowance_80']);
  });

  test('a job that did not run for hours finds what happened meanwhile', async () => {
    const { id, key } = await told.license();
    const { prisma } = told.service.database;
    await told.use(key, 8);
    await prisma.$executeRaw`UPDATE notice_cursor SET after = sahm_first_id(now() - interval '9 hours')`;
    await told.find();
    expect(await told.kinds(id)).toEqual(['allowance_80']);
  });

  test('more than one page of requests is read to its end, and nothing is told twice', async () => {
    const { prisma } = told.service.database;
    const licenses = await Promise.all([1, 2, 3].map(() => told.license()));
    // One after the other, so that only the last pages contain the last license.
    for (const { key } of licenses) await told.use(key, 8);
    await prisma.$executeRaw`DELETE FROM notice_cursor`;
    expect(await findUseNotices(prisma, [], 4)).toBe(3);
    for (const { id } of licenses) expect(await told.kinds(id)).toEqual(['allowance_80']);
    expect(await findUseNotices(prisma, [], 4)).toBe(0);
  });

  test('the next period causes notices again', async () => {
    const { id, key } = await told.license();
    await told.use(key, 8);
    await told.find();
    await shiftClock(told.service.database.prisma, '1 month');
    await told.use(key, 8);
    await told.find();
    const notices = await told.notices(id);
    expect(notices.map(({ kind }) => kind)).toEqual(['allowance_80', 'allowance_80']);
    expect(new Set(notices.map(({ details }) => details.period)).size).toBe(2);
  });

  test('each provider has its own thresholds', async () => {
    const { id, key } = await told.license({ limits: { openrouter: 5, openai: 5 } });
    await told.use(key, 4);
    await told.use(key, 4, 'openai');
    await told.find();
    const providers = (await told.notices(id)).map(({ details }) => details.provider);
    expect(providers.sort()).toEqual(['openai', 'openrouter']);
  });

  test('add-ons count: with units left in one, there is no notice that all is used', async () => {
    const { id, key } = await told.license();
    await grant(id, { provider: 'openrouter', units: 10, reason: 'a present' });
    await told.use(key, 15);
    await told.find();
    expect(await told.kinds(id)).toEqual([]);
    await told.use(key, 1);
    await told.find();
    expect(await told.kinds(id)).toEqual(['allowance_80']);
    await told.use(key, 4);
    await told.find();
    const notices = await told.notices(id);
    expect(notices.map(({ kind }) => kind)).toEqual(['allowance_80', 'allowance_100']);
    expect(notices[1]?.details).toMatchObject({ used: 20, limit: 20 });
  });

  test('a limit that is lowered to the used units causes a notice with the change', async () => {
    const { id, key } = await told.license();
    await told.use(key, 4);
    await told.call('PATCH', `/licenses/${id}`, { limits: { openrouter: 5 } });
    expect(await told.kinds(id)).toEqual(['allowance_80']);
    await told.call('PATCH', `/licenses/${id}`, { limits: { openrouter: 3 } });
    expect((await told.kinds(id)).sort()).toEqual(['allowance_100', 'allowance_80']);
  });
});

describe('a license', () => {
  const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

  test('causes a notice a week and one a day before its end, once for each expiry', async () => {
    const { id } = await told.license({ expires_at: inDays(10) });
    const { prisma } = told.service.database;
    const daysTold = async () => {
      await told.find();
      await told.find();
      return (await told.notices(id)).map(({ kind, details }) => [kind, details.days_left]);
    };
    expect(await daysTold()).toEqual([]);
    await shiftClock(prisma, '4 days');
    expect(await daysTold()).toEqual([['license_expiring', 7]]);
    await shiftClock(prisma, '9 days 1 hour');
    expect(await daysTold()).toEqual([
      ['license_expiring', 7],
      ['license_expiring', 1],
    ]);
    const renewed = { expiresAt: new Date(inDays(15)) };
    await told.service.deps.admin.licenses.change(id, renewed, SYSTEM);
    expect(await daysTold()).toHaveLength(3);
  });

  test('a license that lasts only a day causes one', async () => {
    const { id } = await told.license({ expires_at: inDays(0.5) });
    await told.find();
    expect((await told.notices(id)).map(({ details }) => details.days_left)).toEqual([1]);
  });

  test('each suspension causes one; suspending a suspended license causes none', async () => {
    const { id } = await told.license();
    const act = (name: string) => told.call('POST', `/licenses/${id}/${name}`, {});
    await act('suspend');
    await act('suspend');
    expect(await told.kinds(id)).toEqual(['license_suspended']);
    await act('reinstate');
    await act('suspend');
    expect(await told.kinds(id)).toEqual(['license_suspended', 'license_suspended']);
  });

  test('a waiting grant causes one, and one that counts none', async () => {
    const { id } = await told.service.issue('basic');
    await grant(id, { product: '404' });
    expect(await told.kinds(id)).toEqual([]);
    const given = await grant(id, { product: '516' });
    expect((given.body.grant as { status: string }).status).toBe('waiting');
    await told.call('PATCH', `/licenses/${id}`, { plan: 'vip' });
    await told.call('PATCH', `/licenses/${id}`, { plan: 'basic' });
    const notices = await told.notices(id);
    expect(notices.map(({ kind, details }) => [kind, details])).toEqual([
      [
        'grant_waiting',
        {
          plan: 'basic',
          grant_id: (given.body.grant as { id: string }).id,
          product: '516',
          provider: 'openai',
          units: 50,
          minimum_plan: 'vip',
        },
      ],
    ]);
  });
});

describe('a model that retires', () => {
  const inDays = (days: number) =>
    new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  const retiring = (days: number) => [{ model: 'm', retires_at: inDays(days) }];
  const find = (days: number) => findUseNotices(told.service.database.prisma, retiring(days), 4);
  const retires = async (id: string) =>
    (await told.notices(id)).filter(({ kind }) => kind === 'model_retiring');

  test('causes one for each license that uses it and each last day, in the 30 days before', async () => {
    const { id, key } = await told.license();
    await told.use(key, 1);
    await find(40);
    expect(await retires(id)).toEqual([]);
    await told.use(key, 1);
    await find(20);
    await told.use(key, 1);
    await find(20);
    const [notice, ...more] = await retires(id);
    expect(more).toEqual([]);
    expect(notice?.details).toEqual({ plan: 'vip', model: 'm', retires_at: inDays(20) });
    await told.use(key, 1);
    await find(25);
    expect(await retires(id)).toHaveLength(2);
  });

  test('causes none for licenses that did not use it, and none after its day', async () => {
    const { id, key } = await told.license();
    const { prisma } = told.service.database;
    await told.use(key, 1);
    await findUseNotices(prisma, [{ model: 'another', retires_at: inDays(5) }], 4);
    await told.use(key, 1);
    await find(-2);
    expect(await retires(id)).toEqual([]);
  });
});

test('the receiver gets a signed body without secrets; the holder a mail in three languages', async () => {
  await told.deliver();
  told.receiver.received.length = 0;
  const { id, key } = await told.license();
  await told.use(key, 8);
  await told.find();
  await told.deliver();
  const [received] = told.receiver.received;
  const [notice] = await told.notices(id);
  const { email } = (await told.call('GET', `/licenses/${id}`)).body.license as { email: string };
  expect(told.receiver.received).toHaveLength(1);
  expect(received?.path).toBe('/all?x=1');
  expect(received?.body).toEqual({
    id: notice?.id,
    kind: 'allowance_80',
    occurred_at: notice?.occurredAt.toISOString(),
    license_id: id,
    email,
    plan: 'vip',
    provider: 'openrouter',
    period: new Date().toISOString().slice(0, 7),
    used: 8,
    limit: 10,
  });
  expect(received?.headers['x-sahm-event-id']).toBe(notice?.id);
  expect(received && isGenuine(received, told.secret)).toBe(true);
  expect(received && isGenuine(received, `${told.secret}x`)).toBe(false);
  const mails = await told.mails(email);
  expect(mails).toHaveLength(1);
  for (const words of ['8 of 10 OpenRouter requests', 'درخواست', '請求']) {
    expect(mails[0]).toContain(words);
  }
  expect(mails[0]).not.toContain(key);
});

test('the mail with the key of a plan that is given for a time says when it ends, and what comes then', async () => {
  const { id } = await told.service.issue('basic');
  const until = new Date(Date.now() + 3 * 86_400_000).toISOString();
  const { body } = await told.call('PATCH', `/licenses/${id}`, { plan: 'vip', plan_until: until });
  await told.call('POST', `/licenses/${id}/send-key`);
  await told.deliver();
  const mails = await told.mails((body.license as { email: string }).email);
  expect(mails.at(-1)).toMatch(/Plan: VIP until .*, then BASIC/);
});
