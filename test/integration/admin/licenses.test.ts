import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { type Service, startService } from '../../harness/service.js';
import { shiftClock } from '../../harness/testDatabase.js';

const LICENSES = '/admin/api/licenses';
const LIGHT = 'qwen/qwen-2.5-7b-instruct';
let service: Service;
let operator: string;
let owner: string;
beforeAll(async () => {
  service = await startService({ faults: ['delay-300'] });
  operator = await service.signInAs('operator');
  owner = await service.signInAs('owner');
});
afterAll(() => service.close());

const as = (token: string, method: string, path: string, body?: object, headers = {}) =>
  service.call(method, LICENSES + path, { token, body, headers });
const send = (method: string, path: string, body?: object, headers = {}) =>
  as(operator, method, path, body, headers);
const chat = (key: string, model = LIGHT) =>
  service.post('/api/chat_v3', { api_key: key, model, prompt: 'x' });
const idsOf = (body: Record<string, unknown>) =>
  (body.licenses as Array<{ id: string }>).map(({ id }) => id);

describe('finding a license', () => {
  test('by prefix, last 4, order, and all of them together', async () => {
    const { id, key } = await service.issue('pro');
    await service.issue('pro');
    const find = async (query: string) => idsOf((await send('GET', `?${query}`)).body);
    expect(await find(`key_prefix=${key.slice(0, 14)}`)).toEqual([id]);
    expect(await find(`key_last4=${key.slice(-4)}`)).toEqual([id]);
    expect(await find(`plan=PRO&status=active&key_last4=${key.slice(-4)}`)).toEqual([id]);
    expect(await find(`status=suspended&key_last4=${key.slice(-4)}`)).toEqual([]);
    expect(await find('order=unknown')).toEqual([]);
    for (const query of ['key_prefix=sahm_live_', 'key_prefix=%25', 'key_last4=abc', 'other=1']) {
      expect((await send('GET', `?${query}`)).status).toBe(400);
    }
  });

  test('by its end: that day is included, and what does not end is not found', async () => {
    const { id, key } = await service.issue('pro');
    const find = async (day: string) =>
      idsOf(
        (await send('GET', `?expires_by=${day}&status=active&key_last4=${key.slice(-4)}`)).body,
      );
    expect(await find('2190-03-05')).toEqual([]);
    await send('PATCH', `/${id}`, { expires_at: '2190-03-05' });
    expect(await find('2190-03-05')).toEqual([id]);
    expect(await find('2190-03-04')).toEqual([]);
    expect((await send('GET', '?expires_by=soon')).status).toBe(400);
  });

  test('shows own limits and rate limit, and both can be taken away again', async () => {
    const { id } = await service.issue('pro');
    const changes = { limits: { openrouter: 5 }, rate_limit: 7 };
    expect((await send('PATCH', `/${id}`, changes)).status).toBe(200);
    expect((await send('GET', `/${id}`)).body).toMatchObject({
      limits: { openrouter: 5, openai: null },
      rate_limit: 7,
      usage_breakdown: { openrouter: { limit: 5 } },
    });
    await send('PATCH', `/${id}`, { limits: { openrouter: null }, rate_limit: null });
    expect((await send('GET', `/${id}`)).body).toMatchObject({
      limits: { openrouter: null, openai: null },
      rate_limit: null,
      usage_breakdown: { openrouter: { limit: 750 } },
    });
    expect((await send('PATCH', `/${id}`, { rate_limit: 0 })).status).toBe(400);
  });
});

describe('rotating the key', () => {
  test('both keys work in the grace time and draw on one balance; then only the new one', async () => {
    const { id, key } = await service.issue('pro');
    expect((await chat(key)).body).toMatchObject({ usage: { used: 1 } });
    const rotated = await send('POST', `/${id}/rotate`, { grace_seconds: 3_600 });
    expect(rotated.status).toBe(200);
    const fresh = rotated.body.key as string;
    expect(fresh).not.toBe(key);
    expect(rotated.body.license).toMatchObject({ key_last4: fresh.slice(-4) });
    expect((await chat(fresh)).body).toMatchObject({ usage: { used: 2 } });
    expect((await chat(key)).body).toMatchObject({ usage: { used: 3 } });
    await shiftClock(service.database.prisma, '61 minutes');
    try {
      expect((await chat(key)).status).toBe(401);
      expect((await chat(fresh)).body).toMatchObject({ usage: { used: 4 } });
    } finally {
      await shiftClock(service.database.prisma, '0');
    }
  });

  test('a request that is repeated after a lost answer gets the same key', async () => {
    const { id } = await service.issue('pro');
    const named = { 'Idempotency-Key': 'rotation of November' };
    const rotate = async (body = {}, headers = {}) =>
      (await send('POST', `/${id}/rotate`, body, headers)).body.key;
    const first = await rotate({ grace_seconds: 0 }, { 'Idempotency-Key': 'one' });
    expect(await rotate({ grace_seconds: 0 }, { 'Idempotency-Key': 'one' })).toBe(first);
    const second = await rotate({}, { 'Idempotency-Key': 'two' });
    expect(second).not.toBe(first);
    // Without a name it counts as the same rotation while the grace time runs.
    expect(await rotate()).toBe(second);
    expect(await rotate({ grace_seconds: 0 })).not.toBe(second);
    expect((await send('POST', `/${id}/rotate`, {}, named)).status).toBe(400);
  });

  test('with no grace time the old key is refused at once', async () => {
    const { id, key } = await service.issue('pro');
    expect((await chat(key)).status).toBe(200);
    const { body } = await send('POST', `/${id}/rotate`, { grace_seconds: 0 });
    expect(body.previous_key_valid_until).toBeNull();
    expect((await chat(key)).status).toBe(401);
    expect((await chat(body.key as string)).status).toBe(200);
  });

  test('under load no request fails in the grace time, none passes after it, the balance is one', async () => {
    const { id, key } = await service.issue('pro');
    let sent = 0;
    let current = key;
    let isRotating = true;
    const statuses: number[] = [];
    const worker = async (which: () => string) => {
      while (isRotating) {
        sent += 1;
        statuses.push((await chat(which())).status);
      }
    };
    const load = [worker(() => key), worker(() => current), worker(() => current)];
    await new Promise(resolve => setTimeout(resolve, 100));
    current = (await send('POST', `/${id}/rotate`, { grace_seconds: 3_600 })).body.key as string;
    await new Promise(resolve => setTimeout(resolve, 300));
    isRotating = false;
    await Promise.all(load);
    expect(new Set(statuses)).toEqual(new Set([200]));
    // The grace time ends while requests with the old key arrive.
    const after: Array<{ at: number; status: number }> = [];
    let endedAt = Number.POSITIVE_INFINITY;
    const isLate = ({ at }: { at: number }) => at > endedAt;
    const late = (async () => {
      // Whoever goes on with a key that has ended is soon limited as a stranger.
      while (after.filter(isLate).length < 5) {
        const at = performance.now();
        after.push({ at, status: (await chat(key)).status });
      }
    })();
    await new Promise(resolve => setTimeout(resolve, 100));
    await send('POST', `/${id}/rotate`, { grace_seconds: 0 });
    endedAt = performance.now();
    await late;
    expect(after.filter(isLate).map(({ status }) => status)).toEqual([401, 401, 401, 401, 401]);
    const passed = after.filter(({ status }) => status === 200).length;
    const { body } = await send('GET', `/${id}`);
    expect(body.usage).toMatchObject({ used: sent + passed });
    expect((await as(owner, 'POST', `/${id}/reveal`)).body.key).not.toBe(current);
  });

  test('by the holder: with the old key, a repetition gets the same new key; a key that somebody else replaced gets none', async () => {
    const { id, key } = await service.issue('pro');
    const rotate = (token: string) =>
      service.call('POST', '/api/license/rotate', { token, body: { grace_seconds: 600 } });
    const first = await rotate(key);
    expect(first.status).toBe(200);
    expect((await rotate(key)).body).toEqual(first.body);
    const second = await rotate(first.body.key as string);
    expect(second.body.key).not.toBe(first.body.key);
    expect((await rotate(key)).status).toBe(409);
    // After an administrator's rotation, somebody who has the old key must not get the new one.
    const other = await service.issue('pro');
    await send('POST', `/${other.id}/rotate`);
    expect((await rotate(other.key)).status).toBe(409);
    await send('POST', `/${id}/suspend`);
    expect((await rotate(second.body.key as string)).status).toBe(401);
  });
});

test('the owner reads the key again, and the audit log says so without it', async () => {
  const { id, key } = await service.issue('pro');
  expect((await send('POST', `/${id}/reveal`)).status).toBe(403);
  expect((await as(owner, 'POST', `/${id}/reveal`)).body).toEqual({ key });
  expect((await as(owner, 'POST', `/${uuidv7()}/reveal`)).status).toBe(404);
  const { body } = await service.call('GET', `/admin/api/audit?subject=license:${id}`, {
    token: owner,
  });
  expect(body.entries).toMatchObject([
    { action: 'license.reveal', actor: expect.stringMatching(/^owner-/) },
    { action: 'license.issue' },
  ]);
  expect(JSON.stringify(body)).not.toContain(key);
});

test('the timeline has everything that changed the balance, page by page', async () => {
  const { id } = await service.issue('pro');
  await send('POST', `/${id}/grants`, { product: '404' });
  await send('POST', `/${id}/grants`, { provider: 'openrouter', units: 9, reason: 'sorry' });
  await send('PATCH', `/${id}`, { plan: 'vip' });
  await send('POST', `/${id}/suspend`, { reason: 'abuse' });
  await service.database.prisma.$executeRaw`
    INSERT INTO period_statement (license_id, period, provider, plan_limit, addon_limit, used,
      grants_used, written_at)
    VALUES (${id}::uuid, '2025-12', 'openrouter', 750, 0, 12, 3, sahm_now() + interval '1 second')`;
  const seen: Array<{ event: string; details: Record<string, unknown> }> = [];
  let cursor = '';
  do {
    const { status, body } = await send('GET', `/${id}/timeline?limit=2${cursor}`);
    expect(status).toBe(200);
    seen.push(...(body.events as typeof seen));
    cursor = body.next_cursor ? `&cursor=${body.next_cursor}` : '';
  } while (cursor);
  await service.database.prisma.periodStatement.deleteMany({ where: { licenseId: id } });
  expect(seen.map(({ event }) => event)).toEqual([
    'month.closed',
    'license.suspend',
    'license.change',
    'grant.give',
    'grant.give',
    'license.issue',
  ]);
  expect(seen[0]?.details).toMatchObject({ period: '2025-12', used: 12, used_from_grants: 3 });
  expect(seen[1]?.details).toMatchObject({ after: { reason: 'abuse' } });
  expect((await send('GET', `/${uuidv7()}/timeline`)).status).toBe(404);
  expect((await send('GET', `/${id}/timeline?cursor=x`)).status).toBe(400);
});

describe('a rate limit', () => {
  test('tells what is left, then refuses with Retry-After, charges nothing, and counts at once', async () => {
    const { id, key } = await service.issue('pro');
    expect((await chat(key)).headers.get('x-ratelimit-limit')).toBeNull();
    await send('PATCH', `/${id}`, { rate_limit: 2 });
    const answers = [await chat(key), await chat(key), await chat(key)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    const remaining = answers.map(({ headers }) => headers.get('x-ratelimit-remaining'));
    expect(remaining).toEqual(['1', '0', '0']);
    const [, , limited] = answers;
    expect(limited?.body).toMatchObject({
      error: true,
      code: 'rate_limited',
      usage: { used: 3 },
      usage_breakdown: { openrouter: { used: 3 } },
    });
    expect(limited?.headers.get('x-ratelimit-limit')).toBe('2');
    const retryAfter = Number(limited?.headers.get('retry-after'));
    expect(retryAfter).toBeGreaterThan(0);
    expect(retryAfter).toBeLessThanOrEqual(60);
    const reset = Number(limited?.headers.get('x-ratelimit-reset')) - Date.now() / 1000;
    expect(Math.abs(reset - retryAfter)).toBeLessThan(3);
    await send('PATCH', `/${id}`, { rate_limit: null });
    expect((await chat(key)).status).toBe(200);
  });
});

describe('the holder', () => {
  test('posts a key as JSON and gets the state in the MyAIHub dialect', async () => {
    const { id, key } = await service.issue('vip');
    const status = (body: unknown) => service.post('/api/license/status', body);
    const shown = await status({ api_key: key });
    expect(shown.status).toBe(200);
    expect(shown.body).toMatchObject({
      error: false,
      plan: 'vip',
      status: 'active',
      usage: { limit: 830 },
      usage_breakdown: { openai: { limit: 80 } },
    });
    await send('POST', `/${id}/suspend`);
    expect((await status({ api_key: key })).body).toMatchObject({ status: 'suspended' });
    const wrong = await status({ api_key: 'wrong' });
    expect(wrong.status).toBe(401);
    expect(wrong.body).toMatchObject({ error: true, message: expect.stringMatching(/نامعتبر/) });
    expect((await status({ api_key: 5 })).status).toBe(400);
    expect((await status([])).status).toBe(400);
  });

  test('sees each request with its cost and its end, and nothing of its content', async () => {
    const { key } = await service.issue('pro');
    const secret = 'what was said in confidence';
    for (const model of [LIGHT, 'deepseek/deepseek-chat', LIGHT]) {
      await service.post('/api/chat_v3', { api_key: key, model, prompt: secret });
    }
    const page = (query = '', token = key) =>
      service.call('GET', `/api/license/requests${query}`, { token });
    const first = await page('?limit=2');
    expect(first.body.requests).toMatchObject([
      { model: LIGHT, outcome: 'posted', charged: true, reason: 'success', units: 1 },
      { model: 'deepseek/deepseek-chat', provider: 'openrouter', grant: null },
    ]);
    const second = await page(`?limit=2&cursor=${first.body.next_cursor}`);
    expect(second.body.requests).toHaveLength(1);
    expect(second.body.next_cursor).toBeNull();
    expect(JSON.stringify([first.body, second.body])).not.toContain(secret);
    const other = await service.issue('pro');
    expect((await page('', other.key)).body.requests).toEqual([]);
    expect((await page('', 'wrong')).status).toBe(401);
    expect((await page('?cursor=x')).status).toBe(400);
  });
});
