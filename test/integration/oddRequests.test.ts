// Values that no database, calendar or column can hold are refused with their field's name, on every route.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { type Selling, startSelling } from './sellingFixture.js';

const JWT_SECRET = 'a secret of the tests, long enough for HS256';

let selling: Selling;
let token: string;
let id: string;
let key: string;
beforeAll(async () => {
  selling = await startSelling({ JWT_SECRET });
  token = await selling.service.signInAs('owner');
  ({ id, key } = await selling.service.issue('vip'));
});
afterAll(() => selling.close());

const get = (path: string, more: object = { token }) => selling.service.call('GET', path, more);

describe('the field of a value that cannot be stored is named', () => {
  const DAYS = ['0000-01-01', '1969-12-31', '2026-02-30', '9999-12-31', '275760-09-13', 'x'];
  const REPORTS = ['/admin/api/usage', '/admin/api/usage/refusals', '/admin/api/usage/sales'];

  test.each(REPORTS.flatMap(path => DAYS.map(day => [path, day])))(
    '%s?from=%s',
    async (path, day) => {
      for (const field of ['from', 'to']) {
        const refused = await get(`${path}?${field}=${day}`);
        expect(refused.status).toBe(400);
        expect(refused.body).toMatchObject({
          error: { code: 'invalid_request', details: { field } },
        });
      }
    },
  );

  test.each(DAYS)('/api/license/usage?to=%s', async day => {
    const refused = await get(`/api/license/usage?to=${day}`, { token: key });
    expect(refused.status).toBe(400);
    expect(refused.body).toMatchObject({ error: { details: { field: 'to' } } });
  });

  test.each([
    '0000-01-01T00:00:00Z',
    '1969-12-31T23:59:59Z',
    '9999-12-31T23:59:59Z',
    '9999-01-01T00:00:00-00:01',
    '+275760-09-13T00:00:00Z',
    '2026-02-30',
  ])('a license until %s', async expires_at => {
    const issued = { email: 'odd@example.com', plan: 'vip', expires_at };
    for (const [method, path, body] of [
      ['POST', '/admin/api/licenses', issued],
      ['PATCH', `/admin/api/licenses/${id}`, { expires_at }],
      ['POST', '/admin/api/tokens', { name: 'x', expires_at }],
    ] as const) {
      const refused = await selling.service.call(method, path, { token, body });
      expect(refused.status).toBe(400);
      expect(refused.body).toMatchObject({ error: { details: { field: 'expires_at' } } });
    }
  });

  test.each(['\0', '\ud800', 'a\udc00b'])('text %j', async text => {
    for (const [method, path, body, field] of [
      ['POST', `/admin/api/licenses/${id}/suspend`, { reason: text }, 'reason'],
      ['PATCH', `/admin/api/licenses/${id}`, { note: text }, 'note'],
      ['POST', `/admin/api/licenses/${id}/grants`, { product: text }, 'product'],
      ['POST', '/admin/api/tokens', { name: text }, 'name'],
      ['POST', '/admin/api/licenses/lookup', { key: text }, 'key'],
      ['POST', '/api/checkout', { product: text }, 'product'],
      ['POST', '/admin/api/session', { email: text, password: 'x' }, 'email'],
      ['POST', '/admin/api/session', { email: 'x', password: text }, 'password'],
    ] as const) {
      const how = { body, ...(path.startsWith('/admin/') && { token }) };
      const refused = await selling.service.call(method, path, how);
      expect([path, refused.status]).toEqual([path, 400]);
      expect(refused.body).toMatchObject({ error: { details: { field } } });
    }
  });

  test.each(['order', 'email', 'plan', 'cursor'])('NUL in the query: %s', async field => {
    const refused = await get(`/admin/api/licenses?${field}=%00`);
    expect(refused.status).toBe(400);
    expect(refused.body).toMatchObject({ error: { details: { field } } });
  });
});

test('a buyer who asks for the key of an impossible license is refused', async () => {
  const { buyers } = selling.service.deps.selling;
  const { prisma } = selling.service.database;
  const account = await prisma.account.findFirstOrThrow();
  const session = await buyers.signIn(await buyers.openSignIn(account.id));
  const headers = { Cookie: `sahm_session=${session?.token}` };
  const reveal = (license: string) =>
    selling.service.call('POST', '/api/license/reveal', { headers, body: { license } });
  const refused = await reveal('\0');
  expect(refused.status).toBe(400);
  expect(refused.body).toMatchObject({ error: { details: { field: 'license' } } });
  expect((await reveal('no id')).status).toBe(404);
});

test('a malformed id is answered like an unknown one', async () => {
  for (const odd of ['1', '%00', 'x%ED%A0%80', '%F0%9F%98%80', '9'.repeat(300), `${id}0`]) {
    expect((await get(`/admin/api/licenses/${odd}`)).status).toBe(404);
    expect((await get(`/admin/api/licenses/${odd}/timeline`)).status).toBe(404);
    expect((await get(`/admin/api/purchases/${odd}`)).status).toBe(404);
    const path = `/admin/api/licenses/${id}/grants/${odd}`;
    expect((await selling.service.call('DELETE', path, { token })).status).toBe(404);
  }
});

test('a token that is signed with our key but has odd contents is refused', async () => {
  for (const payload of ['null', '1', '[]', '"text"', '{"sid":"\\u0000"}', '', 'no JSON']) {
    const part = (text: string) => Buffer.from(text).toString('base64url');
    const head = part('{"alg":"HS256","typ":"JWT"}');
    const [, , signature] = jwt
      .sign(payload, JWT_SECRET, { header: { alg: 'HS256', typ: 'JWT' } })
      .split('.');
    const forged = `${head}.${part(payload)}.${signature}`;
    expect((await get('/admin/api/licenses', { token: forged })).status).toBe(401);
  }
});

test('an impossible license key is a wrong key, and not a malformed request', async () => {
  for (const api_key of ['\0', '\ud800', '', 'x'.repeat(10_000)]) {
    const refused = await selling.service.post('/api/license/status', { api_key });
    expect([refused.status, refused.body.code]).toEqual([401, 'invalid_license_key']);
  }
});

test.each(['/v1/models/%ff', '/v1/responses/%ff', '/api/v1/responses/%ff/input_items'])(
  'an id that is not UTF-8 is refused in the form that OpenAI’s clients read: %s',
  async path => {
    const refused = await get(path, {});
    expect(refused.status).toBe(404);
    expect(refused.body).toMatchObject({
      error: { type: 'invalid_request_error', code: 'not_found' },
    });
  },
);

test('a job that fails when it is run by hand says why, and is no fault of the request', async () => {
  selling.woo.isUp = false;
  const run = await selling.service.call('POST', '/admin/api/jobs/reconcile-woocommerce/run', {
    token,
  });
  expect([run.status, run.body]).toEqual([
    200,
    {
      name: 'reconcile-woocommerce',
      outcome: 'failed',
      reason: expect.stringContaining('WooCommerce answered 500'),
    },
  ]);
});
