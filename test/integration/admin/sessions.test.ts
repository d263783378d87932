import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseSetCookie } from 'cookie';
import jwt from 'jsonwebtoken';
import { v7 as uuidv7 } from 'uuid';
import { PASSWORD, type Service, startService } from '../../harness/service.js';
import { shiftClock } from '../../harness/testDatabase.js';

const JWT_SECRET = 'a secret of the tests, long enough for HS256';
let service: Service;
beforeAll(async () => {
  service = await startService({ env: { JWT_SECRET } });
});
afterAll(() => service.close());

const signIn = (email: string, password = PASSWORD, headers = {}) =>
  service.call('POST', '/admin/api/session', { body: { email, password }, headers });
const statusOf = async (token: string) =>
  (await service.call('GET', '/admin/api/licenses', { token })).status;
const cookieOf = (headers: Headers) => (headers.get('set-cookie') ?? '').split(';')[0] as string;
const refresh = (cookie: string) =>
  service.call('POST', '/admin/api/session/refresh', { headers: { Cookie: cookie } });

async function newcomer(role: 'viewer' | 'operator' | 'owner' = 'operator') {
  const email = `${uuidv7()}@example.com`;
  const id = await service.createAdministrator(email, role);
  const { body, headers } = await signIn(email);
  return { id, email, token: body.token as string, cookie: cookieOf(headers) };
}

describe('a session', () => {
  test('is renewed by a cookie that no script reads and no other site sends', async () => {
    const email = `${uuidv7()}@example.com`;
    await service.createAdministrator(email, 'viewer');
    const { headers } = await signIn(email);
    expect(parseSetCookie(headers.get('set-cookie') ?? '')).toEqual({
      name: 'sahm_admin_refresh',
      value: expect.stringMatching(/^\S{43}$/),
      path: '/admin/api/session',
      httpOnly: true,
      sameSite: 'strict',
    });
    const renewed = await refresh(cookieOf(headers));
    expect(renewed.status).toBe(200);
    expect(await statusOf(renewed.body.token as string)).toBe(200);
    expect((await refresh('sahm_admin_refresh=wrong')).status).toBe(401);
    expect((await refresh('other=1')).status).toBe(401);
  });

  test('is renewed by its token as long as that is valid, for programs that keep no cookies', async () => {
    const { token } = await newcomer();
    const again = () => service.call('POST', '/admin/api/session/refresh', { token });
    try {
      await shiftClock(service.database.prisma, '14 minutes');
      const renewed = await again();
      expect(renewed).toMatchObject({ status: 200, body: { token_type: 'Bearer' } });
      await shiftClock(service.database.prisma, '16 minutes');
      expect(await statusOf(renewed.body.token as string)).toBe(200);
      expect((await again()).status).toBe(401);
    } finally {
      await shiftClock(service.database.prisma, '0');
    }
  });

  test('outlives its token, and ends when nobody renews it', async () => {
    const { token, cookie } = await newcomer();
    try {
      await shiftClock(service.database.prisma, '16 minutes');
      expect(await statusOf(token)).toBe(401);
      const renewed = await refresh(cookie);
      expect(await statusOf(renewed.body.token as string)).toBe(200);
      await shiftClock(service.database.prisma, '13 hours');
      expect((await refresh(cookie)).status).toBe(401);
    } finally {
      await shiftClock(service.database.prisma, '0');
    }
  });

  test('signing out ends token and cookie at once', async () => {
    const { token, cookie } = await newcomer();
    expect((await service.call('DELETE', '/admin/api/session', { token })).status).toBe(204);
    expect(await statusOf(token)).toBe(401);
    expect((await refresh(cookie)).status).toBe(401);
  });

  test('disabling and a new password end it at once, a lesser role counts at once', async () => {
    const owner = await service.signInAs('owner');
    const change = (id: string, body: object) =>
      service.call('PATCH', `/admin/api/administrators/${id}`, { token: owner, body });
    const one = await newcomer('operator');
    expect((await change(one.id, { role: 'viewer' })).status).toBe(200);
    const body = { plan: 'pro', email: 'x@example.com' };
    const issue = await service.call('POST', '/admin/api/licenses', { token: one.token, body });
    expect(issue.status).toBe(403);
    expect((await change(one.id, { disabled: true })).body.administrator).toMatchObject({
      disabled: true,
    });
    expect(await statusOf(one.token)).toBe(401);
    expect((await refresh(one.cookie)).status).toBe(401);
    expect((await signIn(one.email)).status).toBe(401);
    await change(one.id, { disabled: false, password: 'another good password' });
    expect((await signIn(one.email, 'another good password')).status).toBe(200);
    expect((await signIn(one.email)).status).toBe(401);
  });
});

describe('administrators', () => {
  test('an owner is always left', async () => {
    const fresh = await startService();
    try {
      const email = 'only@example.com';
      const id = await fresh.createAdministrator(email, 'owner');
      const signedIn = await fresh.call('POST', '/admin/api/session', {
        body: { email, password: PASSWORD },
      });
      const token = signedIn.body.token as string;
      const path = `/admin/api/administrators/${id}`;
      for (const body of [{ role: 'viewer' }, { disabled: true }]) {
        expect((await fresh.call('PATCH', path, { token, body })).status).toBe(409);
      }
      const body = { email: 'Second@example.com', password: 'long enough, it is', role: 'owner' };
      const created = await fresh.call('POST', '/admin/api/administrators', { token, body });
      expect(created.status).toBe(201);
      expect(created.body.administrator).toMatchObject({ email: 'second@example.com' });
      expect((await fresh.call('POST', '/admin/api/administrators', { token, body })).status).toBe(
        409,
      );
      expect((await fresh.call('PATCH', path, { token, body: { role: 'viewer' } })).status).toBe(
        200,
      );
      expect((await fresh.call('GET', '/admin/api/administrators', { token })).status).toBe(403);
    } finally {
      await fresh.close();
    }
  });
});

describe('guessing passwords', () => {
  test('is stopped, and does not lock out an administrator who signed in from there before', async () => {
    const env = { JWT_SECRET, TRUST_PROXY: '1' };
    const behindProxy = await startService({ env });
    try {
      await behindProxy.createAdministrator('owner@example.com', 'owner');
      const from = async (address: string, password: string) => {
        const answer = await behindProxy.call('POST', '/admin/api/session', {
          body: { email: 'owner@example.com', password },
          headers: { 'X-Forwarded-For': address },
        });
        return answer.status;
      };
      expect(await from('192.0.2.1', PASSWORD)).toBe(200);
      const guesses = [];
      for (let guess = 0; guess < 60; guess++) {
        guesses.push(await from(`198.51.100.${Math.floor(guess / 8)}`, 'wrong'));
      }
      expect(new Set(guesses)).toEqual(new Set([401, 429]));
      expect(guesses.at(-1)).toBe(429);
      // The account's limit is reached, so even the right password is refused from a new address.
      expect(await from('203.0.113.9', PASSWORD)).toBe(429);
      expect(await from('192.0.2.1', PASSWORD)).toBe(200);
      const limited = await behindProxy.call('POST', '/admin/api/session', {
        body: { email: 'owner@example.com', password: 'wrong' },
        headers: { 'X-Forwarded-For': '203.0.113.9' },
      });
      expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(limited.body).toMatchObject({ error: { code: 'rate_limited' } });
    } finally {
      await behindProxy.close();
    }
  });
});

describe('signing in', () => {
  test('from one IPv6 subnet counts as one address, and the whole subnet becomes known', async () => {
    const fresh = await startService({ env: { JWT_SECRET, TRUST_PROXY: '1' } });
    try {
      await fresh.createAdministrator('owner@example.com', 'owner');
      const from = async (address: string, password = 'wrong', email = 'owner@example.com') => {
        const answer = await fresh.call('POST', '/admin/api/session', {
          body: { email, password },
          headers: { 'X-Forwarded-For': address },
        });
        return answer.status;
      };
      expect(await from('2001:db8:7:7::1', PASSWORD)).toBe(200);
      const guesses = [];
      for (let guess = 0; guess < 40; guess++) {
        guesses.push(
          await from(`2001:db8:0:1::${guess.toString(16)}`, 'wrong', `${guess}@x.example`),
        );
      }
      expect(guesses.filter(status => status === 401)).toHaveLength(30);
      expect(guesses.at(-1)).toBe(429);
      // Five addresses. Ten of the guesses from each count against the account.
      for (let guess = 0; guess < 60; guess++) await from(`192.0.2.${Math.floor(guess / 12)}`);
      expect(await from('203.0.113.9', PASSWORD)).toBe(429);
      expect(await from('2001:db8:7:7:ffff::2', PASSWORD)).toBe(200);
      expect(await from('2001:db8:7:8::1', PASSWORD)).toBe(429);
    } finally {
      await fresh.close();
    }
  });
});

/** There are some, and all of them were refused. */
function isRefused(statuses: number[]): boolean {
  return statuses.length > 0 && statuses.every(status => status === 429);
}

describe('many sign-ins at once', () => {
  let crowded: Service;
  beforeAll(async () => {
    crowded = await startService({ env: { JWT_SECRET, TRUST_PROXY: '1' } });
    await crowded.createAdministrator('owner@example.com', 'owner');
  });
  afterAll(() => crowded.close());
  const from = (address: string, body: object) =>
    crowded.call('POST', '/admin/api/session', {
      body,
      headers: { 'X-Forwarded-For': address },
    });

  test('only a few passwords are compared at a time; the other sign-ins are refused', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        from(`192.0.2.${index + 1}`, { email: `${index}@x.example`, password: 'wrong' }),
      ),
    );
    const sentAway = answers.filter(({ status }) => status === 429);
    expect(sentAway.length).toBeGreaterThan(0);
    for (const { headers } of sentAway) expect(headers.get('retry-after')).toBe('1');
    expect(answers.every(({ status }) => status === 429 || status === 401)).toBe(true);
  });

  test('an address of earlier sign-ins is not shut out', async () => {
    const right = { email: 'owner@example.com', password: PASSWORD };
    expect((await from('192.0.2.200', right)).status).toBe(200);
    let others: number[] = [];
    let known = 0;
    for (let round = 0; round < 60 && !isRefused(others); round++) {
      const [own, ...rest] = await Promise.all([
        from('192.0.2.200', right),
        // Without a password nothing is compared, but the attempt counts.
        ...[1, 2, 3, 4, 5, 6].map(each => from(`198.51.${round}.${each}`, {})),
      ]);
      known = own.status;
      others = rest.map(({ status }) => status);
    }
    expect([isRefused(others), known]).toEqual([true, 200]);
  });
});

describe('API tokens', () => {
  const make = (token: string, body: object) =>
    service.call('POST', '/admin/api/tokens', { token, body });

  test('work until they are revoked, with no more rights than their role and their owner', async () => {
    const operator = await newcomer('operator');
    const made = await make(operator.token, { name: 'script', role: 'viewer' });
    expect(made.status).toBe(201);
    const apiToken = made.body.token as string;
    expect(apiToken).toMatch(/^sahm_admin_/);
    expect(await statusOf(apiToken)).toBe(200);
    const body = { plan: 'pro', email: 'x@example.com' };
    expect(
      (await service.call('POST', '/admin/api/licenses', { token: apiToken, body })).status,
    ).toBe(403);
    expect((await make(operator.token, { name: 'too much', role: 'owner' })).status).toBe(403);
    expect((await make(apiToken, { name: 'more' })).status).toBe(403);
    const listed = await service.call('GET', '/admin/api/tokens', { token: operator.token });
    expect(JSON.stringify(listed.body)).not.toContain(apiToken);
    expect(listed.body.tokens).toMatchObject([
      { name: 'script', role: 'viewer', revoked_at: null },
    ]);

    const other = await newcomer('operator');
    const path = `/admin/api/tokens/${made.body.id}`;
    expect((await service.call('DELETE', path, { token: other.token })).status).toBe(404);
    expect((await service.call('DELETE', path, { token: operator.token })).status).toBe(200);
    expect(await statusOf(apiToken)).toBe(401);
  });

  test('end when the password, the role or the administrator with which they were made changes', async () => {
    const owner = await service.signInAs('owner');
    for (const [change, session] of [
      [{ password: 'another good password' }, 401],
      [{ disabled: true }, 401],
      // The session goes on, with the lower role at once.
      [{ role: 'viewer' }, 200],
    ] as const) {
      const { id, token } = await newcomer('operator');
      const made = await make(token, { name: 'script', role: 'viewer' });
      const path = `/admin/api/administrators/${id}`;
      const changeBy = (body: object) => service.call('PATCH', path, { token: owner, body });
      expect((await changeBy({ role: 'owner' })).status).toBe(200);
      expect(await statusOf(made.body.token as string)).toBe(200);
      expect((await changeBy(change)).status).toBe(200);
      expect([change, await statusOf(made.body.token as string)]).toEqual([change, 401]);
      expect([change, await statusOf(token)]).toEqual([change, session]);
      // For good: promoting the administrator again does not revive the tokens.
      expect((await changeBy({ disabled: false, role: 'owner' })).status).toBe(200);
      expect(await statusOf(made.body.token as string)).toBe(401);
    }
  });

  test('expire, and end with their administrator', async () => {
    const { id, token } = await newcomer('operator');
    const soon = new Date(Date.now() + 3_600_000).toISOString();
    const short = (await make(token, { name: 'short', expires_at: soon })).body.token as string;
    const long = (await make(token, { name: 'long' })).body.token as string;
    expect((await make(token, { name: 'x', expires_at: '2020-01-01' })).status).toBe(400);
    expect((await make(token, { name: 'x', expires_at: '2090-01-01' })).status).toBe(400);
    await shiftClock(service.database.prisma, '2 hours');
    expect([await statusOf(short), await statusOf(long)]).toEqual([401, 200]);
    await shiftClock(service.database.prisma, '0');
    const owner = await service.signInAs('owner');
    await service.call('PATCH', `/admin/api/administrators/${id}`, {
      token: owner,
      body: { disabled: true },
    });
    expect(await statusOf(long)).toBe(401);
  });
});

test('another JWT_SECRET ends every earlier token, and no session', async () => {
  const { token, cookie } = await newcomer('owner');
  const made = await service.call('POST', '/admin/api/tokens', {
    token,
    body: { name: uuidv7(), role: 'viewer', expires_at: null },
  });
  const rotated = await startService({
    env: { JWT_SECRET: `another ${JWT_SECRET}` },
    database: service.database,
  });
  try {
    const ask = async (with_: string) =>
      (await rotated.call('GET', '/admin/api/licenses', { token: with_ })).status;
    expect(await ask(token)).toBe(401);
    const path = '/admin/api/session/refresh';
    const { body } = await rotated.call('POST', path, { headers: { Cookie: cookie } });
    expect(await ask(body.token as string)).toBe(200);
    expect(await ask(made.body.token as string)).toBe(200);
  } finally {
    await rotated.close();
  }
});

test('every forged token gets 401', async () => {
  const { token: valid } = await newcomer('owner');
  const { sid, sub } = jwt.decode(valid) as { sid: string; sub: string };
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: 'sahm', aud: 'sahm-admin', sub, sid, iat: now, exp: now + 900 };
  const sign = (payload: object, header: object = {}, secret = JWT_SECRET) =>
    jwt.sign(payload, secret, {
      algorithm: 'HS256',
      header: { alg: 'HS256', typ: 'JWT', ...header },
    } as jwt.SignOptions);
  const segment = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const unsigned = (header: object) => `${segment(header)}.${segment(claims)}.`;
  const [head = '', body = '', signature = ''] = valid.split('.');
  const key = { kty: 'oct', k: Buffer.from('x'.repeat(32)).toString('base64url') };
  expect(await statusOf(sign(claims))).toBe(200);
  const forged: Record<string, string> = {
    nonsense: 'x',
    'three dots': 'a.b.c',
    none: unsigned({ alg: 'none', typ: 'JWT' }),
    None: unsigned({ alg: 'None', typ: 'JWT' }),
    'no algorithm': unsigned({ typ: 'JWT' }),
    'no signature': unsigned({ alg: 'HS256', typ: 'JWT' }),
    'another algorithm': sign(claims, { alg: 'HS512' }),
    'said to be RS256': `${segment({ alg: 'RS256', typ: 'JWT' })}.${body}.${signature}`,
    'kid as a path': sign(
      claims,
      { kid: '../../../../dev/null' },
      'another secret, long enough for it',
    ),
    'kid as SQL': sign(claims, { kid: "x' UNION SELECT 'x" }, 'another secret, long enough for it'),
    'an embedded key': sign(claims, { jwk: key }, 'x'.repeat(32)),
    'a key elsewhere': sign(claims, { jku: 'http://127.0.0.1:1/jwks' }, 'x'.repeat(32)),
    'a certificate elsewhere': sign(claims, { x5u: 'http://127.0.0.1:1/c' }, 'x'.repeat(32)),
    'another secret': sign(claims, {}, 'another secret, long enough for it'),
    'an empty secret': `${head}.${body}.${segment('')}`,
    'another type': sign(claims, { typ: 'at+jwt' }),
    'another issuer': sign({ ...claims, iss: 'other' }),
    'another audience': sign({ ...claims, aud: 'sahm' }),
    expired: sign({ ...claims, exp: now - 1 }),
    'for ten years': sign({ ...claims, iat: now - 1_000, exp: now + 315_360_000 }),
    'not yet valid': sign({ ...claims, nbf: now + 600 }),
    'exp as text': `${head}.${segment({ ...claims, exp: '9999999999' })}.${signature}`,
    'another session': sign({ ...claims, sid: uuidv7() }),
    'a session of no form': sign({ ...claims, sid: "' OR 1=1" }),
    'a number for a session': sign({ ...claims, sid: 7 }),
    'changed by a byte': `${head}.${body}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`,
    'other claims under this signature': `${head}.${segment({ ...claims, sid: uuidv7() })}.${signature}`,
    'a megabyte': `${head}.${'A'.repeat(1_000_000)}.${signature}`,
  };
  for (const [name, token] of Object.entries(forged)) {
    expect([name, await statusOf(token)]).toEqual([name, 401]);
  }
});
