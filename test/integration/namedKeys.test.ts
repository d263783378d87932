// Several keys on one license, over HTTP and two replicas: made, limited, rotated, withdrawn, and reported on.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Answer } from '../harness/service.js';
import { type Service, startService } from '../harness/service.js';
import { shiftClock } from '../harness/testDatabase.js';

const LIGHT = 'qwen/qwen-2.5-7b-instruct';
const NONE = { openrouter: null, openai: null };

let service: Service;
let replica: Service;
let admin: string;
beforeAll(async () => {
  const env = {
    KEY_PEPPER: 'a pepper of the tests, long enough for all',
    KEY_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
    JWT_SECRET: 'a secret of the tests, long enough for all',
  };
  service = await startService({ env });
  replica = await startService({ env, database: service.database });
  admin = await service.signInAs('operator');
});
afterAll(async () => {
  await replica.close();
  await service.close();
});

interface Key {
  id: string;
  name: string;
  state: string;
  key_last4: string;
  usage: Record<string, unknown>;
  [field: string]: unknown;
}

const keyOf = (answer: Answer) => answer.body.key as Key;
const secretOf = (answer: Answer) => answer.body.secret as string;

function make(licenseKey: string, body: object): Promise<Answer> {
  return service.call('POST', '/api/license/keys', { token: licenseKey, body });
}

function chat(key: string, more: object = {}, on = service): Promise<Answer> {
  return on.post('/api/chat_v3', { api_key: key, model: LIGHT, prompt: 'x', ...more }, EN);
}
const EN = { 'Accept-Language': 'en' };

const verify = async () => {
  const answer = await service.call('GET', '/admin/api/verify', { token: admin });
  expect(answer.body).toEqual({ ok: true, problems: [] });
};

describe('a named key', () => {
  test('is shown once when it is made, and never again', async () => {
    const { id, key } = await service.issue('pro');
    const made = await make(key, { name: 'bot one', limits: { openrouter: 5 }, rate_limit: 9 });
    expect(made.status).toBe(201);
    expect(secretOf(made)).toMatch(/^sahm_live_[0-9A-Za-z]{36}$/);
    expect(keyOf(made)).toMatchObject({
      name: 'bot one',
      state: 'active',
      key_last4: secretOf(made).slice(-4),
      limits: { openrouter: 5, openai: null },
      rate_limit: 9,
      usage: {
        openrouter: { used: 0, held: 0, limit: 5, remaining: 5 },
        openai: { used: 0, held: 0, limit: null, remaining: null },
      },
      last_used_at: null,
    });
    const listed = await service.call('GET', '/api/license/keys', { token: secretOf(made) });
    expect(listed.body).toEqual({ keys: [keyOf(made)], next_cursor: null });
    const path = `/admin/api/licenses/${id}/keys`;
    expect((await service.call('GET', path, { token: admin })).body).toEqual(listed.body);
    const timeline = await service.call('GET', `/admin/api/licenses/${id}/timeline`, {
      token: admin,
    });
    expect(JSON.stringify(timeline.body)).toContain('key.create');
    expect(JSON.stringify([listed.body, timeline.body])).not.toContain(secretOf(made));
  });

  test('counts on the license and on itself; a refusal names the key only for its own limit', async () => {
    const { key } = await service.issue('pro');
    const made = await make(key, { name: 'development', limits: { openrouter: 2 } });
    const secret = secretOf(made);
    const first = await chat(secret);
    expect(first.body.usage).toMatchObject({ used: 1, limit: 750, remaining: 749 });
    expect(first.headers.get('x-quota-limit')).toBe('2');
    expect(first.headers.get('x-quota-remaining')).toBe('1');
    await chat(secret, {}, replica);
    const refused = await chat(secret);
    expect(refused.status).toBe(429);
    expect(refused.body).toMatchObject({ code: 'quota_exhausted', usage: { remaining: 748 } });
    expect(refused.body.message).toContain('"development"');
    expect(refused.headers.get('x-quota-remaining')).toBe('0');
    expect(refused.headers.get('x-should-retry')).toBe('false');
    const master = await chat(key);
    expect(master.status).toBe(200);
    expect(master.headers.get('x-quota-remaining')).toBe('747');
    const listed = await service.call('GET', '/api/license/keys', { token: key });
    const [shown] = listed.body.keys as Key[];
    expect(shown?.usage.openrouter).toEqual({ used: 2, held: 0, limit: 2, remaining: 0 });
    expect(shown?.last_used_at).not.toBeNull();
    await verify();
  });

  test('lets exactly its limit through two replicas at once', async () => {
    const { key } = await service.issue('pro');
    const secret = secretOf(await make(key, { name: 'bot', limits: { openrouter: 6 } }));
    const answers = await Promise.all(
      Array.from({ length: 24 }, (_, index) => chat(secret, {}, index % 2 ? replica : service)),
    );
    // Some may have met requests under way; what was given back is there for the next.
    let served = answers.filter(({ status }) => status === 200).length;
    while ((await chat(secret)).status === 200) served += 1;
    expect(served).toBe(6);
    await verify();
  });

  test('that is withdrawn counts at once on every replica, and the others go on', async () => {
    const { key } = await service.issue('pro');
    const [one, two] = [await make(key, { name: 'one' }), await make(key, { name: 'two' })];
    for (const on of [service, replica]) {
      expect((await chat(secretOf(one), {}, on)).status).toBe(200);
    }
    const path = `/api/license/keys/${keyOf(one).id}`;
    const withdrawn = await service.call('DELETE', path, { token: key });
    expect(keyOf(withdrawn)).toMatchObject({ state: 'withdrawn', name: 'one' });
    for (const on of [service, replica]) {
      const refused = await chat(secretOf(one), {}, on);
      expect([refused.status, refused.body.code]).toEqual([401, 'invalid_license_key']);
    }
    expect((await chat(secretOf(two), {}, replica)).status).toBe(200);
    expect((await chat(key, {}, replica)).status).toBe(200);
    expect((await service.call('DELETE', path, { token: key })).status).toBe(200);
    const changed = await service.call('PATCH', path, { token: key, body: { name: 'x' } });
    expect(changed.status).toBe(409);
    // Its name is free again.
    expect((await make(key, { name: 'one' })).status).toBe(201);
    await verify();
  });

  test('is rotated by itself: old and new work in the grace time and share the limit', async () => {
    const { key } = await service.issue('pro');
    const made = await make(key, { name: 'bot', limits: { openrouter: 3 } });
    const other = await make(key, { name: 'other' });
    const rotated = await service.call('POST', `/api/license/keys/${keyOf(made).id}/rotate`, {
      token: key,
      body: { grace_seconds: 60 },
    });
    expect(rotated.status).toBe(200);
    expect(rotated.body.previous_key_valid_until).not.toBeNull();
    expect(keyOf(rotated).key_last4).toBe(secretOf(rotated).slice(-4));
    expect((await chat(secretOf(made), {}, replica)).status).toBe(200);
    expect((await chat(secretOf(rotated))).status).toBe(200);
    await shiftClock(service.database.prisma, '61 seconds');
    expect((await chat(secretOf(made), {}, replica)).status).toBe(401);
    expect((await chat(secretOf(rotated), {}, replica)).status).toBe(200);
    expect((await chat(secretOf(rotated))).status).toBe(429);
    await shiftClock(service.database.prisma, '0');
    expect((await chat(secretOf(other))).status).toBe(200);
    expect((await chat(key)).status).toBe(200);
    const atOnce = await service.call('POST', `/api/license/keys/${keyOf(other).id}/rotate`, {
      token: key,
      body: { grace_seconds: 0 },
    });
    expect(atOnce.body.previous_key_valid_until).toBeNull();
    expect((await chat(secretOf(other), {}, replica)).status).toBe(401);
  });

  test('goes on when the master key is rotated, and is never revealed', async () => {
    const { id, key } = await service.issue('pro');
    const made = await make(key, { name: 'bot' });
    const secret = secretOf(made);
    const owner = await service.signInAs('owner');
    const path = `/admin/api/licenses/${id}`;
    const revealed = await service.call('POST', `${path}/reveal`, { token: owner });
    expect(revealed.body).toEqual({ key });
    const rotated = await service.call('POST', '/api/license/rotate', {
      token: key,
      body: { grace_seconds: 0 },
    });
    expect((await chat(key)).status).toBe(401);
    expect((await chat(secret)).status).toBe(200);
    expect((await chat(rotated.body.key as string)).status).toBe(200);
    const shown = await service.call('GET', path, { token: admin });
    const last4 = (rotated.body.key as string).slice(-4);
    expect(shown.body.license).toMatchObject({ key_last4: last4 });
    const found = await service.call('POST', '/admin/api/licenses/lookup', {
      token: admin,
      body: { key: secret },
    });
    expect(found.body.license).toMatchObject({
      id,
      matched_keys: [{ name: 'bot', key_last4: secret.slice(-4), state: 'current' }],
    });
    const listed = await service.call('GET', `/admin/api/licenses?key_last4=${secret.slice(-4)}`, {
      token: admin,
    });
    expect(JSON.stringify(listed.body)).toContain(id);
    const audited = await service.call('GET', `/admin/api/audit?key_last4=${secret.slice(-4)}`, {
      token: admin,
    });
    expect(JSON.stringify(audited.body)).toContain(`license:${id}`);
    await chat(secret, { model: 'gpt-97' });
    const refusals = await service.call('GET', `${path}/refusals`, { token: admin });
    expect((refusals.body.refusals as object[])[0]).toMatchObject({
      model: 'gpt-97',
      key: keyOf(made).id,
      key_name: 'bot',
    });
  });

  test('that ended is told apart from the others by administrators, with why it was refused; its caller never is', async () => {
    const { id, key } = await service.issue('pro');
    const path = `/admin/api/licenses/${id}`;
    const post = (to: string, body: object) => service.call('POST', to, { token: admin, body });
    const made = await make(key, { name: 'bot' });
    const secret = secretOf(made);
    const rotated = await post(`${path}/rotate`, { grace_seconds: 60 });
    const newKey = rotated.body.key as string;
    const validUntil = rotated.body.previous_key_valid_until;
    const shown = await service.call('GET', path, { token: admin });
    expect(shown.body.previous_keys).toEqual([
      { name: null, key_last4: key.slice(-4), state: 'previous', valid_until: validUntil },
    ]);
    await service.call('DELETE', `/api/license/keys/${keyOf(made).id}`, { token: newKey });
    await shiftClock(service.database.prisma, '61 seconds');
    const asked = [await chat(secret), await chat(key)];
    await post(`${path}/suspend`, {});
    asked.push(await chat(newKey));
    for (const [typed, name, state] of [
      [secret, 'bot', 'withdrawn'],
      [key, null, 'replaced'],
      [newKey, null, 'current'],
    ] as const) {
      const matched = [{ name, state, key_last4: typed.slice(-4) }];
      const found = await post('/admin/api/licenses/lookup', { key: typed });
      expect(found.body.license).toMatchObject({ id, matched_keys: matched });
      const last4 = `/admin/api/licenses?key_last4=${typed.slice(-4)}`;
      const { body } = await service.call('GET', last4, { token: admin });
      const row = (body.licenses as Array<{ id: string }>).find(each => each.id === id);
      expect(row).toMatchObject({ matched_keys: matched });
    }
    const [first] = asked.map(({ body }) => ({ ...body, request_id: '' }));
    for (const { status, body } of asked) {
      expect([status, { ...body, request_id: '' }]).toEqual([401, first]);
    }
    const english = { token: admin, headers: EN };
    const told = await service.call('GET', `${path}/refusals`, english);
    expect((told.body.refusals as object[]).slice(0, 3)).toMatchObject([
      { cause: { code: 'license_suspended' }, parameters: {} },
      { cause: { code: 'key_replaced' } },
      { cause: { code: 'key_withdrawn', message: expect.stringMatching(/"bot" .* on 20/) } },
    ]);
    await post(`${path}/reinstate`, {});
    const own = await service.call('GET', '/api/license/refusals', { token: newKey });
    expect(JSON.stringify(own.body)).not.toMatch(/cause|withdrawn|suspended/);
    await shiftClock(service.database.prisma, '0');
  });

  test('with its own rate limit gets that one in its headers, and a change counts at once on every replica', async () => {
    const { key } = await service.issue('pro');
    const made = await make(key, { name: 'slow', rate_limit: 2 });
    const rates = async () => {
      const { status, headers } = await chat(secretOf(made), {}, replica);
      return [status, headers.get('x-ratelimit-limit'), headers.get('x-ratelimit-remaining')];
    };
    expect(await rates()).toEqual([200, '2', '1']);
    expect(await rates()).toEqual([200, '2', '0']);
    expect(await rates()).toEqual([429, '2', '0']);
    const path = `/api/license/keys/${keyOf(made).id}`;
    const body = { rate_limit: 5, limits: { openrouter: 1 }, name: 'fast' };
    const changed = await service.call('PATCH', path, { token: key, body });
    expect(keyOf(changed)).toMatchObject({ name: 'fast', rate_limit: 5 });
    // The limit counts what it has used this month already.
    const refused = await chat(secretOf(made), {}, replica);
    expect(refused.body.message).toContain('"fast"');
    const free = { limits: NONE, rate_limit: null };
    await service.call('PATCH', path, { token: key, body: free });
    // The first request may still have been rated by what was known of the key before.
    expect((await rates())[0]).toBe(200);
    expect(await rates()).toEqual([200, null, null]);
  });
});

describe('who may', () => {
  test('a named key reads the license and its keys, and changes nothing', async () => {
    const { key } = await service.issue('pro');
    const made = await make(key, { name: 'bot' });
    const token = secretOf(made);
    expect((await service.call('GET', '/api/license', { token })).status).toBe(200);
    expect((await service.call('GET', '/api/license/keys', { token })).status).toBe(200);
    const own = `/api/license/keys/${keyOf(made).id}`;
    const acts: Array<[string, string, object | undefined]> = [
      ['POST', '/api/license/keys', { name: 'more' }],
      ['PATCH', own, { name: 'more' }],
      ['DELETE', own, undefined],
      ['POST', `${own}/rotate`, {}],
      ['POST', '/api/license/rotate', {}],
      ['POST', '/api/license/billing-portal', {}],
    ];
    for (const [method, path, body] of acts) {
      const refused = await service.call(method, path, { token, body });
      expect([method, path, refused.status]).toEqual([method, path, 403]);
      expect(refused.body).toMatchObject({ error: { code: 'forbidden' } });
    }
    expect((await chat(token)).status).toBe(200);
  });

  test('a buyer who is signed in makes and withdraws keys of the own license, and of no other', async () => {
    const { id, key } = await service.issue('pro');
    const another = await service.issue('pro');
    const { accountId } = await service.database.prisma.license.findUniqueOrThrow({
      where: { id },
    });
    const { buyers } = service.deps.selling;
    const session = await buyers.signIn(await buyers.openSignIn(accountId));
    const headers = { Cookie: `sahm_session=${session?.token}` };
    const made = await service.call('POST', '/api/license/keys', {
      headers,
      body: { name: 'by the buyer' },
    });
    expect(made.status).toBe(201);
    expect((await chat(secretOf(made))).status).toBe(200);
    const theirs = keyOf(await make(another.key, { name: 'theirs' })).id;
    const paths = [`/api/license/keys/${theirs}`, `/api/license/keys/unknown`];
    for (const path of paths) {
      expect((await service.call('DELETE', path, { headers })).status).toBe(404);
      expect((await service.call('DELETE', path, { token: key })).status).toBe(404);
    }
    const own = `/api/license/keys/${keyOf(made).id}`;
    for (const license of ['x', another.id]) {
      const foreign = { headers: { ...headers, 'X-License': license } };
      expect((await service.call('DELETE', own, foreign)).status).toBe(401);
    }
    const chosen = { headers: { ...headers, 'X-License': id } };
    expect((await service.call('DELETE', own, chosen)).status).toBe(200);
    expect((await chat(secretOf(made))).status).toBe(401);
  });

  test('the keys of a suspended license can be read, but none can be made', async () => {
    const { id, key } = await service.issue('pro');
    const secret = secretOf(await make(key, { name: 'bot' }));
    const path = `/admin/api/licenses/${id}`;
    await service.call('POST', `${path}/suspend`, { token: admin, body: {} });
    expect((await make(key, { name: 'more' })).status).toBe(401);
    expect((await service.call('GET', '/api/license/keys', { token: key })).status).toBe(200);
    expect((await chat(secret, {}, replica)).status).toBe(401);
    await service.call('POST', `${path}/reinstate`, { token: admin, body: {} });
    expect((await chat(secret, {}, replica)).status).toBe(200);
    await service.call('POST', `${path}/revoke`, { token: admin, body: {} });
    const refused = await service.call('POST', `${path}/keys`, {
      token: admin,
      body: { name: 'x' },
    });
    expect(refused.status).toBe(409);
  });

  test('a name is taken once, and a wrong field is named', async () => {
    const { id, key } = await service.issue('pro');
    await make(key, { name: 'bot' });
    for (const same of ['bot', ' bot ']) {
      expect((await make(key, { name: same })).status).toBe(409);
    }
    const wrong: Array<[object, string]> = [
      [{}, 'name'],
      [{ name: '' }, 'name'],
      [{ name: ' ' }, 'name'],
      [{ name: 'x', limits: { openrouter: -1 } }, 'limits.openrouter'],
      [{ name: 'x', limits: { other: 1 } }, 'limits.other'],
      [{ name: 'x', rate_limit: 0 }, 'rate_limit'],
    ];
    for (const [body, field] of wrong) {
      const refused = await make(key, body);
      expect([field, refused.status]).toEqual([field, 400]);
      expect(JSON.stringify(refused.body)).toContain(field);
    }
    const other = `/admin/api/licenses/${(await service.issue('pro')).id}/keys`;
    const { keys } = (await service.call('GET', other, { token: admin })).body;
    expect(keys).toEqual([]);
    const path = `/admin/api/licenses/${id}/keys/none`;
    const unknown = await service.call('PATCH', path, { token: admin, body: { name: 'x' } });
    expect(unknown.status).toBe(404);
    const nobody = `/admin/api/licenses/unknown/keys`;
    expect((await service.call('GET', nobody, { token: admin })).status).toBe(404);
  });
});

describe('usage', () => {
  test('is reported by key and by user, without the user’s name', async () => {
    const { id, key } = await service.issue('pro');
    const made = await make(key, { name: 'bot' });
    const secret = secretOf(made);
    await chat(key);
    await chat(secret, { user: 'alice@example.com' });
    await chat(secret, { user: 'alice@example.com' }, replica);
    await chat(secret, { user: 12345 });
    await service.post(
      '/v1/chat/completions',
      { model: LIGHT, messages: [{ role: 'user', content: 'x' }], user: '12345' },
      { Authorization: `Bearer ${secret}` },
    );
    const report = async (group: string) => {
      const own = await service.call('GET', `/api/license/usage?group=${group}`, { token: key });
      const all = await service.call('GET', `/admin/api/usage?group=${group}&license=${id}`, {
        token: admin,
      });
      expect(all.body.rows).toEqual(own.body.rows);
      return own.body.rows as Array<{ key: string; requests: number; name?: string }>;
    };
    const shown = (rows: Awaited<ReturnType<typeof report>>) =>
      rows.map(({ key: of, requests, name }) => [of, requests, name]);
    expect(shown(await report('key'))).toEqual([
      [keyOf(made).id, 4, 'bot'],
      ['master', 1, undefined],
    ]);
    const users = await report('user');
    expect(users.map(({ requests }) => requests).sort()).toEqual([1, 2, 2]);
    expect(users.find(({ requests }) => requests === 1)?.key).toBe('');
    for (const { key: user } of users) expect(user).toMatch(/^(?:[0-9a-f]{16})?$/);
    const requests = await service.call('GET', '/api/license/requests', { token: key });
    expect(JSON.stringify([users, requests.body])).not.toMatch(/alice|12345"/);
    const [newest] = requests.body.requests as Array<{ key: string; user: string }>;
    expect(newest?.key).toBe(keyOf(made).id);
    expect(users.map(({ key: user }) => user)).toContain(newest?.user);
    const by = async (name: string, list = 'requests') => {
      const query = `${list}?key=${name}`;
      const own = await service.call('GET', `/api/license/${query}`, { token: key });
      const all = await service.call('GET', `/admin/api/licenses/${id}/${query}`, { token: admin });
      return [own, all].map(({ body }) => (body[list] as unknown[]).length);
    };
    await chat(secret, { model: 'gpt-94' });
    expect([await by('bot'), await by(keyOf(made).id), await by('master')]).toEqual([
      [4, 4],
      [4, 4],
      [1, 1],
    ]);
    expect([await by('bot', 'refusals'), await by('master', 'refusals')]).toEqual([
      [1, 1],
      [0, 0],
    ]);
    expect(await by('bots')).toEqual([0, 0]);
    const holds = await service.database.prisma.hold.findMany({ where: { licenseId: id } });
    const kept = JSON.stringify(holds, (_, value) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    expect(kept).not.toMatch(/alice|"12345"/);
  });

  test('of one user is the same digest always, and another for each license', async () => {
    const digestOf = async (key: string) => {
      await chat(key, { user: 'bob' });
      const report = await service.call('GET', '/api/license/usage?group=user', { token: key });
      return (report.body.rows as Array<{ key: string }>).map(row => row.key);
    };
    const [one, other] = [await service.issue('pro'), await service.issue('pro')];
    const [first] = await digestOf(one.key);
    expect(await digestOf(one.key)).toEqual([first]);
    expect(await digestOf(other.key)).not.toEqual([first]);
  });
});

test('a stream, and a request with an Idempotency-Key, count on the key too', async () => {
  const { key } = await service.issue('pro');
  const secret = secretOf(await make(key, { name: 'bot', limits: { openrouter: 2 } }));
  const body = { api_key: secret, model: LIGHT, prompt: 'x' };
  const streamed = await fetch(`${service.url}/api/chat_v3`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ ...body, stream: true }),
  });
  await streamed.text();
  expect(streamed.headers.get('x-quota-remaining')).toBe('1');
  const idempotent = (on: Service) =>
    on.post('/api/chat_v3', body, { 'Idempotency-Key': 'once', ...EN });
  const first = await idempotent(service);
  expect([first.status, first.headers.get('x-quota-remaining')]).toEqual([200, '0']);
  const again = await idempotent(replica);
  expect(again.body).toEqual(first.body);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  const other = await service.post('/api/chat_v3', body, { 'Idempotency-Key': 'twice', ...EN });
  expect(other.body.message).toContain('"bot"');
  await verify();
});
