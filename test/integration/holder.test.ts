import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeKey } from '../../src/domain/key.js';
import { perProvider } from '../../src/domain/provider.js';
import { shiftClock } from '../harness/testDatabase.js';
import { type Administration, openAdministration } from './administration.js';

let administration: Administration;
let operator: string;
beforeAll(async () => {
  administration = await openAdministration();
  operator = await administration.signInAs('operator');
});
afterAll(() => administration.close());

const view = (key: string) => administration.call('get', '/api/license', key);
const post = (path: string) => administration.call('post', `/admin/api/licenses${path}`, operator);

test('a holder sees plan, state, month, usage and grants, and no key', async () => {
  const { id, key } = await administration.issue(operator, { plan: 'vip' });
  await post(`/${id}/grants`).send({ product: '404' });
  await administration.use(key, 'openrouter');
  const { status, body, headers } = await view(key);
  const period = new Date().toISOString().slice(0, 7);
  expect(status).toBe(200);
  expect(body).toEqual({
    plan: 'vip',
    status: 'active',
    expires_at: null,
    period,
    resets_at: expect.stringMatching(/^\d{4}-\d{2}-01T00:00:00\.000Z$/),
    usage: { plan: 'vip', period, used: 1, limit: 880, remaining: 879 },
    usage_breakdown: {
      ...perProvider(() => ({ used: 0, limit: 0, remaining: 0 })),
      openrouter: { used: 1, limit: 800, remaining: 799 },
      openai: { used: 0, limit: 80, remaining: 80 },
    },
    grants: [
      {
        id: expect.any(String),
        product: '404',
        provider: 'openrouter',
        units: 50,
        remaining: 50,
        lasts: 'until-used',
        status: 'active',
        source: 'administrator',
        created_at: expect.any(String),
      },
    ],
  });
  expect(headers['cache-control']).toBe('no-store');
  const byHeader = await administration.call('get', '/api/license').set('X-API-Key', key);
  expect(byHeader.body).toEqual(body);
});

test('the holder of a suspended or expired license sees it', async () => {
  const suspended = await administration.issue(operator, { plan: 'basic' });
  await post(`/${suspended.id}/suspend`);
  expect((await view(suspended.key)).body.status).toBe('suspended');
  const expired = await administration.issue(operator, { plan: 'basic', expires_at: '2020-01-01' });
  expect((await view(expired.key)).body).toMatchObject({
    status: 'expired',
    expires_at: '2020-01-02T00:00:00.000Z',
  });
});

test('unknown, malformed, revoked and rotated-out keys get the same answer, a missing one where it belongs', async () => {
  const revoked = await administration.issue(operator, { plan: 'basic' });
  await post(`/${revoked.id}/revoke`);
  const rotated = await administration.issue(operator, { plan: 'basic' });
  await administration.prisma.$executeRaw`UPDATE license_key SET valid_until = sahm_now()
    WHERE license_id = ${rotated.id}::uuid`;
  const unknown = makeKey(count => new Uint8Array(count));
  const malformed = `${revoked.key.slice(0, -1)}!`;
  const keys = [revoked.key, rotated.key, unknown, malformed, 'x', operator];
  const answers = [
    ...(await Promise.all(keys.map(view))),
    await administration.call('get', '/api/license').set('X-API-Key', 'x\u00ff'),
  ];
  for (const { status, body } of answers) {
    expect(status).toBe(401);
    expect(body).toEqual({
      error: { code: 'invalid_license_key', message: expect.stringContaining('not valid') },
    });
  }
  const missing = await administration.call('get', '/api/license');
  expect([missing.status, missing.body.error]).toEqual([
    401,
    { code: 'invalid_license_key', message: expect.stringContaining('Authorization: Bearer') },
  ]);
});

test('a key without the right checksum is refused without asking the database', async () => {
  let asked = 0;
  const { direct } = administration;
  const original = direct.$queryRaw;
  direct.$queryRaw = (...parameters) => {
    asked += 1;
    return original(...parameters);
  };
  try {
    expect((await view(`sahm_live_${'a'.repeat(36)}`)).status).toBe(401);
    expect(asked).toBe(0);
    expect((await view(makeKey(count => new Uint8Array(count)))).status).toBe(401);
    expect(asked).toBe(1);
  } finally {
    direct.$queryRaw = original;
  }
});

test('a new month shows at once, with what is left of the add-ons', async () => {
  const { id, key } = await administration.issue(operator, { plan: 'basic' });
  await post(`/${id}/grants`).send({ product: '404' });
  await administration.use(key, 'openrouter');
  await shiftClock(administration.prisma, '32 days');
  const { body } = await view(key);
  await shiftClock(administration.prisma, '0');
  expect(body.period).not.toBe(new Date().toISOString().slice(0, 7));
  expect(body.usage).toMatchObject({ used: 0, limit: 200 });
});
