import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { v7 as uuidv7 } from 'uuid';
import { shiftClock } from '../harness/testDatabase.js';
import { type Administration, JWT_SECRET, openAdministration, PASSWORD } from './administration.js';

let administration: Administration;
let call: Administration['call'];
beforeAll(async () => {
  administration = await openAdministration();
  call = administration.call;
});
afterAll(() => administration.close());

const signIn = (email: string, password = PASSWORD) =>
  call('post', '/admin/api/session').send({ email, password });

describe('sign-in', () => {
  test('gives a token for 15 minutes, whatever the case of the address', async () => {
    await administration.createAdministrator('ada@example.com', 'operator');
    const { status, body, headers } = await signIn('Ada@Example.com');
    expect(status).toBe(200);
    expect(body).toEqual({
      token: expect.any(String),
      token_type: 'Bearer',
      expires_at: expect.any(String),
      role: 'operator',
    });
    const leftMs = Date.parse(body.expires_at) - Date.now();
    expect(leftMs).toBeGreaterThan(14 * 60_000);
    expect(leftMs).toBeLessThanOrEqual(15 * 60_000);
    expect(headers['cache-control']).toBe('no-store');
    expect((await call('get', '/admin/api/licenses', body.token)).status).toBe(200);
  });

  test('a wrong password, an unknown address and a disabled administrator get the same answer', async () => {
    await administration.createAdministrator('off@example.com', 'owner');
    await administration.prisma.administrator.update({
      where: { email: 'off@example.com' },
      data: { disabledAt: new Date() },
    });
    const answers = [
      await signIn('ada@example.com', 'wrong'),
      await signIn('nobody@example.com'),
      await signIn('off@example.com'),
    ];
    for (const { status, body } of answers) {
      expect(status).toBe(401);
      expect(body).toEqual({
        error: {
          code: 'unauthenticated',
          message: 'The e-mail address or the password is wrong.',
        },
      });
    }
  });

  test('the message is in the language of the caller', async () => {
    const say = async (language: string) =>
      (await signIn('nobody@example.com').set('Accept-Language', language)).body.error.message;
    expect(await say('fa')).toBe('ایمیل یا گذرواژه درست نیست.');
    expect(await say('zh-TW')).toMatch(/密碼/);
  });

  test.each([
    [{ email: 'ada@example.com' }, 'password'],
    [{ email: '', password: 'x' }, 'email'],
    [{ email: 'a\0b', password: 'x' }, 'email'],
    [{ email: 1, password: 'x' }, 'email'],
    [[], 'body'],
    [null, 'body'],
  ])('%j is refused', async (sent, field) => {
    const { status, body } = await call('post', '/admin/api/session')
      .set('Content-Type', 'application/json')
      .send(JSON.stringify(sent));
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ code: 'invalid_request', details: { field } });
  });
});

describe('a session', () => {
  test('signing out ends it at once', async () => {
    const token = await administration.signInAs('viewer');
    expect((await call('delete', '/admin/api/session', token)).status).toBe(204);
    expect((await call('get', '/admin/api/licenses', token)).status).toBe(401);
    expect((await call('delete', '/admin/api/session', token)).status).toBe(401);
  });

  test('disabling the administrator and changing the role count at once', async () => {
    const token = await administration.signInAs('owner');
    const run = () => call('post', '/admin/api/jobs/expire-licenses/run', token);
    expect((await run()).status).toBe(200);
    await administration.prisma.administrator.updateMany({ data: { role: 'viewer' } });
    expect((await run()).status).toBe(403);
    await administration.prisma.administrator.updateMany({ data: { disabledAt: new Date() } });
    expect((await run()).status).toBe(401);
  });

  test("is over after 15 minutes by the database's clock", async () => {
    const token = await administration.signInAs('viewer');
    await shiftClock(administration.prisma, '16 minutes');
    try {
      expect((await call('get', '/admin/api/licenses', token)).status).toBe(401);
    } finally {
      await shiftClock(administration.prisma, '0');
    }
    expect((await call('get', '/admin/api/licenses', token)).status).toBe(200);
  });
});

test('tokens that are not ours are refused', async () => {
  const valid = await administration.signInAs('owner');
  const { sid, sub } = jwt.decode(valid) as { sid: string; sub: string };
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: 'sahm', aud: 'sahm-admin', sub, sid, iat: now, exp: now + 900 };
  const sign = (payload: object, options: jwt.SignOptions = {}, secret = JWT_SECRET) =>
    jwt.sign(payload, secret, { algorithm: 'HS256', ...options });
  const without = (name: keyof typeof claims) => {
    const { [name]: _, ...rest } = claims;
    return rest;
  };
  const segment = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const header = (typ?: string) => ({ header: { alg: 'HS256', typ } }) as jwt.SignOptions;

  const status = async (token: string) => (await call('get', '/admin/api/licenses', token)).status;
  expect(await status(sign(claims))).toBe(200);
  const forged = [
    'x',
    'a.b.c',
    `${segment({ alg: 'none', typ: 'JWT' })}.${segment(claims)}.`,
    `${segment({ alg: 'HS256', typ: 'JWT' })}.${segment(claims)}.`,
    sign(claims, {}, 'another secret, of a good length too'),
    sign(claims, { algorithm: 'HS512' }),
    sign(claims, { ...header('at+jwt') }),
    sign(claims, { ...header(undefined) }),
    sign({ ...claims, iss: 'other' }),
    sign({ ...claims, aud: 'other' }),
    sign({ ...claims, exp: now - 1 }),
    sign({ ...claims, nbf: now + 600 }),
    sign({ ...claims, iat: now - 901, exp: now + 900 }),
    sign({ ...claims, sid: 'no uuid' }),
    sign({ ...claims, sid: uuidv7() }),
    sign({ ...claims, sid: 7 }),
    sign(without('iss')),
    sign(without('aud')),
    sign(without('exp')),
    sign(without('iat'), { noTimestamp: true }),
    sign(without('sid')),
  ];
  for (const [index, token] of forged.entries()) {
    expect([index, await status(token)]).toEqual([index, 401]);
  }
});

describe('the first administrator', () => {
  test('is made once, with a random password that is shown once', async () => {
    await administration.prisma.administrator.deleteMany();
    const wanted = { email: 'First@Example.com' };
    const results = await Promise.all(
      [1, 2, 3].map(() => administration.administrators.ensureFirst(wanted)),
    );
    const made = results.filter(result => result !== null);
    expect(made).toEqual([{ email: 'first@example.com', password: expect.any(String) }]);
    expect(made[0]?.password?.length).toBeGreaterThanOrEqual(16);
    expect((await signIn('first@example.com', made[0]?.password)).body.role).toBe('owner');
    expect(await administration.administrators.ensureFirst(wanted)).toBeNull();
  });

  test('gets the configured password, which is not shown and replaces no existing one', async () => {
    await administration.prisma.administrator.deleteMany();
    const ensure = (password: string) =>
      administration.administrators.ensureFirst({ email: 'set@example.com', password });
    expect(await ensure(PASSWORD)).toEqual({ email: 'set@example.com' });
    expect(await ensure('another password')).toBeNull();
    expect((await signIn('set@example.com')).status).toBe(200);
    expect((await signIn('set@example.com', 'another password')).status).toBe(401);
  });
});
