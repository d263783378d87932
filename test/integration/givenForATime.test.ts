// Plans and limits that an administrator gives for a time, and ends that include their day.

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { findLedgerProblems } from '../../src/store/ledger/verify.js';
import { type Service, startService } from '../harness/service.js';
import { shiftClock } from '../harness/testDatabase.js';
import { held, report, SIGNED_SECRET } from './sellingFixture.js';

const ENV = {
  JWT_SECRET: 'a secret of the tests, long enough for HS256',
  KEY_PEPPER: 'a pepper of the tests that is long enough',
  KEY_ENCRYPTION_KEY: Buffer.alloc(32, 5).toString('base64'),
  PURCHASE_WEBHOOK_SECRET: SIGNED_SECRET,
};
const BASIC_MODEL = 'qwen/qwen-2.5-7b-instruct';
const PRO_MODEL = 'deepseek/deepseek-chat';

/** Two services start here, on a machine that may be busy. */
const SLOW_MS = 120_000;

let service: Service;
let other: Service;
beforeAll(async () => {
  service = await startService({ env: ENV });
  other = await startService({ env: ENV, database: service.database });
}, SLOW_MS);
afterEach(() => shiftClock(service.database.prisma, '0'));
afterAll(async () => {
  expect(await findLedgerProblems(service.database.prisma)).toEqual([]);
  await other.close();
  await service.close();
}, SLOW_MS);

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

/** Signs in anew each time: the tests move the clock. */
async function admin(method: string, path: string, body?: object) {
  const token = await service.signInAs('owner');
  return service.call(method, `/admin/api${path}`, { token, body });
}
const change = (id: string, body: object) => admin('PATCH', `/licenses/${id}`, body);
const show = async (id: string) => (await admin('GET', `/licenses/${id}`)).body;
const licenseOf = async (id: string) => (await show(id)).license as Record<string, unknown>;
const limitOf = (page: Record<string, unknown>) =>
  (page.usage_breakdown as { openrouter: { limit: number } }).openrouter.limit;

const ask = (replica: Service, key: string, model: string) =>
  replica.post('/api/chat_v3', { api_key: key, model, prompt: 'x' });

describe('a plan for a term', () => {
  test('counts until its instant; after it no replica lets a request through with it', async () => {
    const { id, key } = await service.issue('basic');
    const until = inDays(3);
    const given = await change(id, { plan: 'PRO', plan_until: until });
    expect(given.status).toBe(200);
    expect(given.body.license).toMatchObject({
      plan: 'pro',
      expires_at: null,
      plan_until: until,
      plan_after: 'basic',
    });
    const holder = await service.call('GET', '/api/license', { token: key });
    expect(holder.body).toMatchObject({ plan: 'pro', expires_at: null, plan_until: until });
    for (const replica of [service, other]) {
      const { body } = await ask(replica, key, PRO_MODEL);
      expect(body.usage_breakdown).toMatchObject({ openrouter: { limit: 750 } });
    }
    await shiftClock(service.database.prisma, '73 hours');
    // Both still have the license with its plan in their caches.
    for (const replica of [other, service]) {
      expect((await ask(replica, key, PRO_MODEL)).body.code).toBe('model_not_in_plan');
      const { body } = await ask(replica, key, BASIC_MODEL);
      expect([body.plan, (body.usage as { limit: number }).limit]).toEqual(['basic', 150]);
    }
    const license = await licenseOf(id);
    expect(license).toMatchObject({ plan: 'basic', expires_at: null });
    expect(license).not.toHaveProperty('plan_until');
  });

  test('is shown as over after its end, even before the next request', async () => {
    const { id, key } = await service.issue('basic');
    await change(id, { plan: 'vip', plan_until: inDays(1) });
    await shiftClock(service.database.prisma, '25 hours');
    const listed = await admin('POST', '/licenses/lookup', { key });
    expect(listed.body.license).toMatchObject({ plan: 'basic' });
    const rows = await exported();
    expect(rows.find(row => row.id === id)).toMatchObject({ plan: 'basic', plan_until: null });
    const page = await show(id);
    expect(page.license).toMatchObject({ plan: 'basic' });
    expect(limitOf(page)).toBe(150);
    const holder = await service.call('GET', '/api/license', { token: key });
    expect(holder.body.plan).toBe('basic');
  });

  test('can be extended, shortened and taken back, and is not the license’s own', async () => {
    const { id } = await service.issue('pro');
    await change(id, { expires_at: inDays(10) });
    const own = await licenseOf(id);
    const longer = await change(id, { plan: 'vip', plan_until: inDays(20) });
    const { plan_until } = longer.body.license as { plan_until: string };
    // While it lasts the license does not end.
    expect(longer.body.license).toMatchObject({ plan: 'vip', expires_at: plan_until });
    const later = inDays(30);
    expect((await change(id, { plan_until: later })).body.license).toMatchObject({
      plan_until: later,
      expires_at: later,
    });
    expect((await change(id, { plan_until: null })).body.license).toEqual(own);
    expect((await change(id, { plan_until: null })).body.license).toEqual(own);
  });

  test('is in the exports and in the timeline, with its beginning and its end', async () => {
    const { id, key } = await service.issue('basic');
    const until = inDays(2);
    await change(id, { plan: 'vip', plan_until: until });
    const rows = await exported();
    expect(rows.find(row => row.id === id)).toMatchObject({
      plan: 'vip',
      plan_until: until,
      plan_after: 'basic',
    });
    await shiftClock(service.database.prisma, '49 hours');
    await ask(service, key, BASIC_MODEL);
    const { body } = await admin('GET', `/licenses/${id}/timeline`);
    const events = body.events as Array<{ event: string; details: object }>;
    expect(events.map(({ event }) => event)).toEqual([
      'license.plan-ended',
      'license.change',
      'license.issue',
    ]);
    expect(events[0]?.details).toMatchObject({
      before: { plan: 'vip', plan_until: until },
      after: { plan: 'basic', status: 'active' },
    });
    expect(events[1]?.details).toMatchObject({ after: { plan_until: until, plan_after: 'basic' } });
  });

  test('of a suspended license ends too, and the license stays suspended', async () => {
    const { id } = await service.issue('basic');
    await change(id, { plan: 'vip', plan_until: inDays(1) });
    await admin('POST', `/licenses/${id}/suspend`);
    await shiftClock(service.database.prisma, '25 hours');
    expect(await licenseOf(id)).toMatchObject({ plan: 'basic', status: 'suspended' });
  });

  test('that ended cannot be extended, only given again', async () => {
    const { id } = await service.issue('basic');
    await change(id, { plan: 'vip', plan_until: inDays(1) });
    await shiftClock(service.database.prisma, '25 hours');
    const late = await change(id, { plan_until: inDays(9) });
    expect([late.status, late.body.error]).toMatchObject([
      400,
      { details: { field: 'plan_until' } },
    ]);
  });

  test('makes add-ons of that plan count; they wait again when it is over', async () => {
    const { id } = await service.issue('basic');
    const granted = await admin('POST', `/licenses/${id}/grants`, { product: '516' });
    expect(granted.body.grant).toMatchObject({ status: 'waiting' });
    const grantOf = async () => ((await show(id)).grants as Array<{ status: string }>)[0]?.status;
    await change(id, { plan: 'vip', plan_until: inDays(1) });
    expect(await grantOf()).toBe('active');
    await shiftClock(service.database.prisma, '25 hours');
    expect(await grantOf()).toBe('waiting');
  });
});

describe('a grant for a time', () => {
  const unit = { provider: 'openrouter', units: 2, reason: 'our fault' };
  const give = (id: string, body: object) => admin('POST', `/licenses/${id}/grants`, body);
  const grantsOf = async (id: string) => (await show(id)).grants as Array<Record<string, unknown>>;

  test('counts until its end; then no replica draws on it, and nothing else is touched', async () => {
    const { id, key } = await service.issue('basic');
    await change(id, { limits: { openrouter: 0 } });
    const until = inDays(3);
    const kept = await give(id, { product: '404' });
    const given = await give(id, { ...unit, expires_at: until });
    expect(given.body.grant).toMatchObject({ status: 'active', remaining: 2, expires_at: until });
    expect(kept.body.grant).not.toHaveProperty('expires_at');
    const holder = await service.call('GET', '/api/license', { token: key });
    expect(holder.body.grants).toMatchObject([{}, { expires_at: until }]);
    await give(id, { ...unit, expires_at: inDays(1) });
    let left = 53;
    for (const replica of [service, other]) {
      expect((await ask(replica, key, BASIC_MODEL)).body.usage).toMatchObject({
        remaining: left--,
      });
    }
    await shiftClock(service.database.prisma, '25 hours');
    left -= 2;
    for (const replica of [other, service]) {
      expect((await ask(replica, key, BASIC_MODEL)).body.usage).toMatchObject({
        remaining: left--,
      });
    }
    await shiftClock(service.database.prisma, '73 hours');
    expect((await ask(other, key, BASIC_MODEL)).body.usage).toMatchObject({ remaining: 45 });
    expect((await grantsOf(id)).map(({ status, remaining }) => [status, remaining])).toEqual([
      ['active', 45],
      ['expired', 0],
      ['expired', 0],
    ]);
    const { body } = await admin('GET', `/licenses/${id}/timeline`);
    const events = body.events as Array<{ event: string; actor: string; details: object }>;
    expect(events.slice(0, 2)).toMatchObject([
      { event: 'grant.ended', actor: 'system', details: { before: { remaining: 2 } } },
      { event: 'grant.ended', actor: 'system' },
    ]);
    const balance = await admin('GET', `/licenses/${id}/balance`);
    const lines = balance.body.lines as Array<{ code: string; units: number }>;
    expect(balance.body.balance).toBe(45);
    expect(lines.findLast(({ code }) => code === 'ended')?.units).toBe(-2);
  });

  test('is given to the end of a day, in bulk too, and never with an end that is over', async () => {
    const { id } = await service.issue('basic');
    const day = inDays(40).slice(0, 10);
    const endOfDay = new Date(Date.parse(day) + 86_400_000).toISOString();
    const given = await give(id, { product: '404', expires_at: day });
    expect(given.body.grant).toMatchObject({ expires_at: endOfDay });
    const file = `license,grant.product,grant.expires_at\n${id},405,${day}`;
    const bulk = await admin('POST', '/licenses/bulk', { file, key: `of ${id}` });
    expect(bulk.body.lines).toMatchObject([{ after: { product: '405', expires_at: endOfDay } }]);
    expect((await grantsOf(id)).map(({ expires_at }) => expires_at)).toEqual([endOfDay, endOfDay]);
    const late = await give(id, { ...unit, expires_at: inDays(-1) });
    expect([late.status, late.body.error]).toMatchObject([
      400,
      { details: { field: 'expires_at' } },
    ]);
  });

  test('that waits ends too, and one that was taken back before its end stays so', async () => {
    const { id } = await service.issue('basic');
    await give(id, { product: '516', expires_at: inDays(1) });
    const { grant } = (await give(id, { ...unit, expires_at: inDays(2) })).body;
    await admin('DELETE', `/licenses/${id}/grants/${(grant as { id: string }).id}`);
    await shiftClock(service.database.prisma, '73 hours');
    expect((await grantsOf(id)).map(({ status }) => status)).toEqual(['expired', 'revoked']);
    await change(id, { plan: 'vip' });
    expect((await grantsOf(id)).map(({ status }) => status)).toEqual(['expired', 'revoked']);
  });
});

describe('purchases during a plan for a term count after it, as if it had never been', () => {
  /** The same for both buyers. */
  const begunAt = Date.now() - 60_000;
  const at = (days: number) => new Date(begunAt + days * 86_400_000).toISOString();
  const fact = (email: string, kind: string, product: string, order: string, days: number) =>
    report(service, {
      order_id: `${email}-${order}`,
      line_id: '1',
      fact: kind,
      product,
      quantity: 1,
      email,
      occurred_at: at(days),
    });
  const HISTORIES: Record<string, Array<[string, string, string, number]>> = {
    nothing: [],
    'another month': [['bought', 'pro-month', 'second', 0]],
    'a higher plan': [['bought', 'vip-month', 'second', 0]],
    'a lower plan after it': [['bought', 'basic-month', 'second', 0]],
    'a refund of all': [['refunded', 'pro-month', 'first', 0]],
    'another month, and its refund': [
      ['bought', 'pro-month', 'second', 0],
      ['refunded', 'pro-month', 'second', 0],
    ],
  };

  test.each(Object.entries(HISTORIES))('%s', async (_name, history) => {
    const buyers = [`${uuidv7()}@example.com`, `${uuidv7()}@example.com`] as const;
    for (const email of buyers) await fact(email, 'bought', 'pro-month', 'first', -1);
    const { body } = await admin('GET', `/licenses?email=${buyers[0]}`);
    const [{ id = '' } = {}] = body.licenses as Array<{ id: string }>;
    await change(id, { plan: 'vip', plan_until: inDays(5) });
    for (const step of history) for (const email of buyers) await fact(email, ...step);
    expect(await licenseOf(id)).toMatchObject({ plan: 'vip', status: 'active' });
    await shiftClock(service.database.prisma, '121 hours');
    await licenseOf(id);
    expect(await held(service, buyers[0])).toEqual(await held(service, buyers[1]));
  });
});

describe('temporary limits', () => {
  test('are shown with their end, and then the plan’s allowance counts on every replica', async () => {
    const { id, key } = await service.issue('basic');
    const until = inDays(1);
    await change(id, { limits: { openrouter: 1, until } });
    expect(await show(id)).toMatchObject({
      limits: { openrouter: 1, openai: null },
      limits_until: { openrouter: until, openai: null },
    });
    expect((await ask(service, key, BASIC_MODEL)).status).toBe(200);
    expect((await ask(other, key, BASIC_MODEL)).body.code).toBe('quota_exhausted');
    await shiftClock(service.database.prisma, '25 hours');
    const { body } = await ask(other, key, BASIC_MODEL);
    expect((body.usage_breakdown as { openrouter: object }).openrouter).toMatchObject({
      limit: 150,
    });
    expect(await show(id)).toMatchObject({
      limits: { openrouter: null },
      limits_until: { openrouter: null },
    });
    const timeline = await admin('GET', `/licenses/${id}/timeline`);
    expect((timeline.body.events as Array<{ event: string }>)[0]?.event).toBe(
      'license.limits-ended',
    );
  });

  test('that were higher let nothing more through after their end, also of simultaneous requests', async () => {
    // In the middle of a month, so that the day after is not in a new one, whose whole allowance would be there.
    const today = new Date();
    const start = Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + 1, 10);
    const at = (instant: number) =>
      shiftClock(service.database.prisma, `${instant - Date.now()} milliseconds`);
    await at(start);
    const until = start + 86_400_000;
    const { id, key } = await service.issue('basic');
    await change(id, { limits: { openrouter: 1_000, until: new Date(until).toISOString() } });
    // One less than the plan's allowance.
    await Promise.all(Array.from({ length: 149 }, () => ask(service, key, BASIC_MODEL)));
    await at(until + 3_600_000);
    const together = await Promise.all(
      Array.from({ length: 40 }, (_, turn) => ask(turn % 2 ? service : other, key, BASIC_MODEL)),
    );
    const codes = together.map(({ status, body }) => (status === 200 ? 'through' : body.code));
    expect(codes.filter(code => code === 'through').length).toBe(1);
    expect(new Set(codes.filter(code => code !== 'through'))).toEqual(
      new Set(['quota_exhausted', 'quota_reserved'].filter(code => codes.includes(code))),
    );
  });

  test('end by themselves in a month that was never opened', async () => {
    const { id, key } = await service.issue('basic');
    await change(id, { limits: { openrouter: 7, until: inDays(5) } });
    await shiftClock(service.database.prisma, '40 days');
    const { body } = await ask(service, key, BASIC_MODEL);
    expect((body.usage as { limit: number }).limit).toBe(150);
    expect(limitOf(await show(id))).toBe(150);
  });

  test('without an end stay, also beside others with an end', async () => {
    const { id } = await service.issue('vip');
    await change(id, { limits: { openai: 3 } });
    await change(id, { limits: { openrouter: 9, until: inDays(1) } });
    await shiftClock(service.database.prisma, '25 hours');
    expect((await show(id)).limits).toEqual({ openrouter: null, openai: 3 });
  });

  test('need a number beside their end, and an end in the future', async () => {
    const { id } = await service.issue('vip');
    for (const limits of [{ until: inDays(1) }, { openai: 3, until: '2020-01-01' }]) {
      const refused = await change(id, { limits });
      expect([refused.status, refused.body.error]).toMatchObject([
        400,
        { details: { field: 'limits.until' } },
      ]);
    }
  });
});

test('the job ends them for licenses without requests', async () => {
  const { id } = await service.issue('basic');
  await change(id, { plan: 'vip', plan_until: inDays(1) });
  await shiftClock(service.database.prisma, '25 hours');
  await admin('POST', '/jobs/expire-licenses/run');
  const row = await service.database.prisma.license.findUniqueOrThrow({ where: { id } });
  expect([row.plan, row.lentUntil, row.changesAt]).toEqual(['basic', null, null]);
});

test('a change that changes nothing leaves no entry in the audit log', async () => {
  const { id } = await service.issue('pro');
  const body = {
    plan: 'vip',
    plan_until: inDays(3),
    note: 'x',
    rate_limit: 5,
    limits: { openai: 2, until: inDays(2) },
  };
  await change(id, body);
  const entries = () =>
    service.database.prisma.auditEntry.count({ where: { subject: `license:${id}` } });
  const before = await entries();
  const { version } = await service.database.prisma.license.findUniqueOrThrow({ where: { id } });
  for (const same of [
    body,
    { plan_until: body.plan_until },
    { note: 'x' },
    { expires_at: null },
    {},
  ]) {
    expect((await change(id, same)).status).toBe(200);
  }
  expect(await entries()).toBe(before);
  const after = await service.database.prisma.license.findUniqueOrThrow({ where: { id } });
  expect(after.version).toBe(version);
});

describe('the last change is undone', () => {
  const undo = (id: string) => admin('POST', `/licenses/${id}/undo`, {});

  test.each<[string, object]>([
    ['a longer expiry', { expires_at: '2047-02-28' }],
    [
      'a plan for a time, limits, a rate limit and a note',
      {
        plan: 'vip',
        plan_until: inDays(9),
        limits: { openai: 3, until: inDays(4) },
        rate_limit: 3,
        note: 'a gift',
      },
    ],
    ['another plan', { plan: 'basic' }],
  ])('%s; undone again, it is made again', async (_, body) => {
    const { id } = await service.issue('pro');
    await change(id, { expires_at: inDays(30), limits: { openrouter: 9 } });
    const { resets_at: _resets, ...before } = await show(id);
    await change(id, body);
    const { resets_at: _at, ...after } = await show(id);
    expect(after).not.toEqual(before);
    const undone = await undo(id);
    expect([undone.status, undone.body.undoes]).toMatchObject([
      200,
      { action: 'license.change', actor: expect.stringContaining('owner') },
    ]);
    expect(await show(id)).toMatchObject(before);
    expect((await undo(id)).body.undoes).toMatchObject({ action: 'license.undo' });
    expect(await show(id)).toMatchObject(after);
  });

  test('and is told before and after it was undone, and only while it is the last that happened', async () => {
    const { id } = await service.issue('vip');
    const limitOf = async () => ((await show(id)).limits as { openai: number }).openai;
    await change(id, { limits: { openai: 700 } });
    const rehearsed = await admin('POST', `/licenses/${id}/undo`, { rehearse: true });
    const states = {
      before: { limits: { openai: 700 } },
      after: { limits: { openai: null } },
    };
    expect(rehearsed.body.undoes).toMatchObject({ action: 'license.change', ...states });
    expect(await limitOf()).toBe(700);
    const given = await admin('POST', `/licenses/${id}/grants`, { product: '404' });
    const grant = (given.body.grant as { id: string }).id;
    await expectRefused(id, 'sahm license grant withdraw');
    await admin('DELETE', `/licenses/${id}/grants/${grant}`);
    await expectRefused(id, 'sahm grant');
    await admin('POST', `/licenses/${id}/suspend`, {});
    await expectRefused(id, 'sahm license reinstate');
    await admin('POST', `/licenses/${id}/reinstate`, {});
    await expectRefused(id, 'sahm license suspend');
    await admin('POST', `/licenses/${id}/keys`, { name: 'bot' });
    await expectRefused(id, 'sahm license key remove');
    expect(await limitOf()).toBe(700);
    await change(id, { note: 'x' });
    await admin('POST', `/licenses/${id}/reveal`);
    expect((await undo(id)).status).toBe(200);
    expect(await limitOf()).toBe(700);
  });

  async function expectRefused(id: string, advice: string) {
    const refused = await undo(id);
    expect([refused.status, refused.body.error]).toMatchObject([
      409,
      { code: 'conflict', message: expect.stringContaining(advice) },
    ]);
  }

  test('unless something else changed the license since, or nothing ever did', async () => {
    const { id } = await service.issue('pro');
    expect((await undo(id)).status).toBe(409);
    await change(id, { plan: 'vip', plan_until: inDays(1) });
    await shiftClock(service.database.prisma, '25 hours');
    expect((await undo(id)).status).toBe(409);
    expect(await licenseOf(id)).toMatchObject({ plan: 'pro' });
  });
});

describe('an end that is a day includes that day, in the zone of the quotas', () => {
  let tehran: Service;
  let token: string;
  beforeAll(async () => {
    tehran = await startService({ env: { QUOTA_TIME_ZONE: 'Asia/Tehran' } });
    token = await tehran.signInAs('owner');
  }, SLOW_MS);
  afterAll(() => tehran.close());
  const DAY = '2047-02-28';
  const END = '2047-02-28T20:30:00.000Z';
  const send = (method: string, path: string, body: object) =>
    tehran.call(method, `/admin/api${path}`, { token, body });

  test('of a license, issued or changed, of a plan and of limits', async () => {
    const email = 'day@example.com';
    const issued = await send('POST', '/licenses', { email, plan: 'basic', expires_at: DAY });
    const { id } = issued.body.license as { id: string };
    expect(issued.body.license).toMatchObject({ expires_at: END });
    await send('PATCH', `/licenses/${id}`, { expires_at: null });
    const changed = await send('PATCH', `/licenses/${id}`, { expires_at: DAY });
    expect(changed.body.license).toMatchObject({ expires_at: END });
    const given = await send('PATCH', `/licenses/${id}`, {
      plan: 'vip',
      plan_until: DAY,
      limits: { openai: 5, until: DAY },
    });
    expect(given.body.license).toMatchObject({ plan_until: END });
    const shown = await tehran.call('GET', `/admin/api/licenses/${id}`, { token });
    expect(shown.body.limits_until).toEqual({ openrouter: null, openai: END });
    const exact = await send('PATCH', `/licenses/${id}`, { expires_at: '2047-03-01T00:00:00Z' });
    expect(exact.body.license).toMatchObject({ expires_at: '2047-03-01T00:00:00.000Z' });
  });

  test('of a code and of an API token', async () => {
    await send('POST', '/codes', { product: '404', count: 1, expires_at: DAY });
    const { body } = await tehran.call('GET', '/admin/api/codes', { token });
    expect(body.codes).toMatchObject([{ expires_at: END }]);
    const day = inDays(20).slice(0, 10);
    const made = await send('POST', '/tokens', { name: 'x', expires_at: day });
    expect(made.body.expires_at).toBe(`${day}T20:30:00.000Z`);
  });
});

/** The rows of the export of licenses. */
async function exported(): Promise<Array<Record<string, unknown>>> {
  const token = await service.signInAs('viewer');
  const response = await fetch(`${service.url}/admin/api/exports/licenses.jsonl`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  const lines = (await response.text()).trim().split('\n');
  return lines.map(line => JSON.parse(line));
}
