// The rights of roles, the order of the checks of a request, and refusals.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Administration, openAdministration } from './administration.js';

let administration: Administration;
let call: Administration['call'];
const tokens: Record<string, string> = {};
let license: { id: string; key: string };
beforeAll(async () => {
  administration = await openAdministration();
  call = administration.call;
  for (const role of ['viewer', 'operator', 'owner'] as const) {
    tokens[role] = await administration.signInAs(role);
  }
  license = await administration.issue(tokens.owner as string, { plan: 'basic' });
});
afterAll(() => administration.close());

type Method = 'get' | 'post' | 'patch' | 'delete';
const ROUTES: Array<[method: Method, path: string, least: 'viewer' | 'operator' | 'owner']> = [
  ['delete', '/session', 'viewer'],
  ['get', '/licenses', 'viewer'],
  ['post', '/licenses', 'operator'],
  ['post', '/licenses/lookup', 'viewer'],
  ['get', '/licenses/ID', 'viewer'],
  ['patch', '/licenses/ID', 'operator'],
  ['post', '/licenses/ID/suspend', 'operator'],
  ['post', '/licenses/ID/reinstate', 'operator'],
  ['post', '/licenses/ID/revoke', 'operator'],
  ['post', '/licenses/ID/grants', 'operator'],
  ['delete', '/licenses/ID/grants/ID', 'operator'],
  ['get', '/verify', 'viewer'],
  ['post', '/jobs/none/run', 'owner'],
];
const ROLES = ['viewer', 'operator', 'owner'];

describe.each(ROUTES)('%s %s', (method, path, least) => {
  const url = `/admin/api${path.replace('ID', 'no-such-id').replace('ID', 'none')}`;
  // Not even JSON: a caller without access must hear nothing about the body.
  const request = (token?: string) => {
    const asked = call(method, url, token);
    return method === 'get' ? asked : asked.set('Content-Type', 'application/json').send('{');
  };

  test('401 without a token and with the key of a license, before anything is validated', async () => {
    for (const token of [undefined, 'x', license.key]) {
      const { status, body, headers } = await request(token);
      expect(status).toBe(401);
      expect(body.error.code).toBe('unauthenticated');
      expect(headers['www-authenticate']).toBe('Bearer');
    }
  });

  test(`403 below ${least}, before anything is validated`, async () => {
    for (const role of ROLES.slice(0, ROLES.indexOf(least))) {
      const { status, body } = await request(tokens[role]);
      expect(status).toBe(403);
      expect(body.error).toEqual({ code: 'forbidden', message: expect.stringContaining(least) });
    }
  });

  test(`let through from ${least} on`, async () => {
    if (path === '/session') return;
    for (const role of ROLES.slice(ROLES.indexOf(least))) {
      expect([200, 400, 404]).toContain((await request(tokens[role])).status);
    }
  });
});

describe('bodies', () => {
  const owner = (method: Method, path: string) => call(method, `/admin/api${path}`, tokens.owner);

  test.each<[Method, string, object, string]>([
    ['post', '/session', { email: 'a', password: 'b', role: 'owner' }, 'role'],
    ['post', '/licenses', { email: 'a@example.com', plan: 'vip', used: 0 }, 'used'],
    ['post', '/licenses/lookup', { key: 'x', id: 'y' }, 'id'],
    ['patch', '/licenses/LICENSE', { note: 'changed', version: 9 }, 'version'],
    ['patch', '/licenses/LICENSE', { note: 'changed', limits: { other: 1 } }, 'limits.other'],
    ['post', '/licenses/LICENSE/suspend', { reason: 'x', state: 'revoked' }, 'state'],
    ['post', '/licenses/LICENSE/grants', { product: '404', units: 5 }, 'units'],
    ['post', '/licenses/LICENSE/grants', { product: '404', entitled: 5 }, 'entitled'],
  ])(
    '%s %s %j: the unknown field is named and nothing changes',
    async (method, path, body, field) => {
      const state = async () => [
        (await owner('get', `/licenses/${license.id}`)).body,
        await administration.prisma.license.count(),
      ];
      const before = await state();
      const refused = await owner(method, path.replace('LICENSE', license.id)).send(body);
      expect(refused.status).toBe(400);
      expect(refused.body.error.code).toBe('invalid_request');
      expect(refused.body.error.message).toContain(`"${field}"`);
      expect(await state()).toEqual(before);
    },
  );

  test('an unknown field that looks like a key is not repeated', async () => {
    const refused = await owner('post', '/licenses/lookup').send({ key: 'x', [license.key]: 1 });
    expect(refused.status).toBe(400);
    expect(JSON.stringify(refused.body)).not.toContain(license.key);
  });

  test('an unknown query parameter is refused', async () => {
    const refused = await owner('get', '/licenses').query({ offset: 5 });
    expect(refused.body.error.message).toContain('"offset"');
  });

  test.each<[string, string | Buffer, string, number, string]>([
    ['broken JSON', '{', 'application/json', 400, 'invalid_request'],
    ['no body', '', 'application/json', 400, 'invalid_request'],
    ['__proto__', '{"__proto__": {"plan": "vip"}}', 'application/json', 400, 'invalid_request'],
    ['no UTF-8', Buffer.of(0x22, 0xff, 0x22), 'application/json', 400, 'invalid_request'],
    ['a form', 'a=b', 'application/x-www-form-urlencoded', 415, 'unsupported_media_type'],
    ['over 1 MiB', ' '.repeat(2 ** 20 + 1), 'application/json', 413, 'request_too_large'],
  ])('%s is refused', async (_name, body, type, status, code) => {
    const refused = await owner('post', '/licenses')
      .set('Content-Type', type)
      .serialize(raw => raw)
      .send(body);
    expect(refused.status).toBe(status);
    expect(refused.body.error.code).toBe(code);
  });

  test('a reason may be left out, with the whole body', async () => {
    const { id } = await administration.issue(tokens.owner as string, { plan: 'basic' });
    expect((await owner('post', `/licenses/${id}/suspend`)).status).toBe(200);
    expect((await owner('post', `/licenses/${id}/reinstate`).send({})).status).toBe(200);
  });
});

describe('operation', () => {
  const owner = (method: Method, path: string) => call(method, `/admin/api${path}`, tokens.owner);

  test('verify says what is wrong with the ledger', async () => {
    await administration.use(license.key, 'openrouter');
    expect((await owner('get', '/verify')).body).toEqual({ ok: true, problems: [] });
    await administration.prisma.quotaPeriod.updateMany({
      where: { provider: 'openrouter' },
      data: { used: 2 },
    });
    const { ok, problems } = (await owner('get', '/verify')).body;
    expect(ok).toBe(false);
    expect(problems.join()).toContain(license.id);
  });

  test('a job runs by its name', async () => {
    const run = await owner('post', '/jobs/expire-licenses/run');
    expect(run.status).toBe(200);
    expect(run.body).toEqual({ name: 'expire-licenses', outcome: 'done', result: { expired: 0 } });
    expect((await owner('post', '/jobs/other/run')).status).toBe(404);
  });

  test('an unknown path is 404, a wrong method 405 with the methods that exist', async () => {
    expect((await owner('get', '/nothing')).body.error.code).toBe('not_found');
    const { status, headers, body } = await owner('delete', '/licenses');
    expect(status).toBe(405);
    expect(headers.allow).toBe('GET, POST');
    expect(body.error.code).toBe('method_not_allowed');
  });
});
