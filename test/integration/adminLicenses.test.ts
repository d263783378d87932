import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { shiftClock } from '../harness/testDatabase.js';
import { type Administration, openAdministration } from './administration.js';

let administration: Administration;
let call: Administration['call'];
let operator: string;
beforeAll(async () => {
  administration = await openAdministration();
  call = administration.call;
  operator = await administration.signInAs('operator');
});
afterAll(() => administration.close());

const LICENSES = '/admin/api/licenses';
const send = (method: 'post' | 'patch' | 'delete', path: string, body?: object) =>
  call(method, LICENSES + path, operator).send(body);
const show = async (id: string) => (await call('get', `${LICENSES}/${id}`, operator)).body;
const state = async (id: string) => (await show(id)).license.status;

describe('issuing', () => {
  test('gives the license and its key, which works; nothing else ever shows the key', async () => {
    const issued = await send('post', '', {
      email: 'Buyer@Example.com',
      plan: 'PRO',
      expires_at: '2030-01-31T10:00:00+01:00',
      note: 'order 17',
    });
    expect(issued.status).toBe(201);
    const { license, key } = issued.body;
    expect(license).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      plan: 'pro',
      status: 'active',
      email: 'buyer@example.com',
      key_prefix: key.slice(0, 14),
      key_last4: key.slice(-4),
      created_at: expect.any(String),
      expires_at: '2030-01-31T09:00:00.000Z',
      note: 'order 17',
    });
    expect(Math.abs(Date.parse(license.created_at) - Date.now())).toBeLessThan(60_000);
    expect(await administration.use(key, 'openrouter')).toBe('held');

    const holder = await call('get', '/api/license').set('X-API-Key', key);
    const stored = await administration.prisma.licenseKey.findFirstOrThrow({
      where: { licenseId: license.id },
    });
    const shown = JSON.stringify([
      await show(license.id),
      (await send('post', '/lookup', { key })).body,
      (await call('get', LICENSES, operator)).body,
      holder.body,
      await administration.prisma.auditEntry
        .findMany()
        .then(entries => entries.map(entry => [entry.before, entry.after])),
    ]);
    const digest = Buffer.from(stored.digest);
    for (const secret of [key, digest.toString('hex'), digest.toString('base64')]) {
      expect(shown).not.toContain(secret);
    }
  });

  test('several at once for one new address share one account', async () => {
    const email = 'shared@example.com';
    await Promise.all(
      [1, 2, 3, 4].map(() => administration.issue(operator, { email, plan: 'vip' })),
    );
    expect(await administration.prisma.account.count({ where: { email } })).toBe(1);
    expect(await administration.prisma.license.count({ where: { account: { email } } })).toBe(4);
  });

  test.each<[string, object, string, string?]>([
    ['an unknown plan', { plan: 'gold' }, 'plan', 'basic | pro | vip'],
    ['an empty plan', { plan: '' }, 'plan', 'missing'],
    ['a plan of the prototype', { plan: '__proto__' }, 'plan'],
    ['a bad address', { email: 'nobody' }, 'email'],
    ['no date', { expires_at: 'tomorrow' }, 'expires_at'],
    ['a day that does not exist', { expires_at: '2026-02-30T00:00:00Z' }, 'expires_at'],
    ['a year beyond the calendar', { expires_at: '9999-12-31T23:59:59-10:00' }, 'expires_at'],
    ['a year before it', { expires_at: '0000-01-01' }, 'expires_at'],
    ['NUL in a note', { note: 'a\0b' }, 'note'],
    ['half a character in a note', { note: '\ud800' }, 'note'],
    ['a long note', { note: 'a'.repeat(2_001) }, 'note'],
  ])('%s is refused', async (_name, fault, field, says = field) => {
    const { status, body } = await send('post', '', {
      email: 'a@example.com',
      plan: 'pro',
      ...fault,
    });
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ code: 'invalid_request', details: { field } });
    expect(body.error.message).toContain(says);
  });
});

describe('finding', () => {
  test('by key: any license, also one that is revoked; unknown and malformed keys alike are not found', async () => {
    const { id, key } = await administration.issue(operator, { plan: 'basic' });
    await send('post', `/${id}/revoke`);
    const found = await send('post', '/lookup', { key: ` ${key} ` });
    expect(found.body.license).toMatchObject({ id, status: 'revoked' });
    const other = `sahm_live_${'a'.repeat(36)}`;
    for (const unknown of [other, 'x', key.slice(0, -1), `${key}x`]) {
      const { status, body } = await send('post', '/lookup', { key: unknown });
      expect(status).toBe(404);
      expect(JSON.stringify(body)).not.toContain(unknown.slice(0, 20).padEnd(20, '!'));
    }
  });

  test('by address, plan and state', async () => {
    const email = 'filter@example.com';
    const { id: vip } = await administration.issue(operator, { email, plan: 'vip' });
    const { id: pro } = await administration.issue(operator, { email, plan: 'pro' });
    await send('post', `/${pro}/suspend`);
    const { id: over } = await administration.issue(operator, {
      email,
      plan: 'pro',
      expires_at: '2020-01-01',
    });
    const find = async (query: object) => {
      const { body } = await call('get', LICENSES, operator).query(query);
      return body.licenses.map((license: { id: string }) => license.id);
    };
    expect(await find({ email: 'Filter@example.com' })).toEqual([over, pro, vip]);
    expect(await find({ email, plan: 'PRO' })).toEqual([over, pro]);
    expect(await find({ email, status: 'active' })).toEqual([vip]);
    expect(await find({ email, status: 'suspended' })).toEqual([pro]);
    expect(await find({ email, status: 'expired' })).toEqual([over]);
    expect(await find({ email: 'none@example.com' })).toEqual([]);
  });

  test('pages hold every license once, newest first, also when new ones are issued meanwhile', async () => {
    const email = 'pages@example.com';
    const issued: string[] = [];
    for (let count = 0; count < 7; count++) {
      issued.unshift((await administration.issue(operator, { email, plan: 'pro' })).id);
    }
    // All in the same microsecond, so the id decides the order.
    await administration.prisma.license.updateMany({
      where: { id: { in: issued.slice(1, 6) } },
      data: { createdAt: new Date() },
    });
    const expected = await administration.prisma.license.findMany({
      where: { account: { email } },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    });
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query = { email, limit: 2, ...(cursor && { cursor }) };
      const { body } = await call('get', LICENSES, operator).query(query);
      seen.push(...body.licenses.map((license: { id: string }) => license.id));
      cursor = body.next_cursor;
      await administration.issue(operator, { email, plan: 'basic' });
    } while (cursor !== null);
    expect(seen).toEqual(expected.map(license => license.id));
  });

  test.each([
    ['cursor', 'x'],
    ['cursor', Buffer.from('1.2').toString('base64url')],
    ['limit', '0'],
    ['limit', '201'],
    ['limit', 'ten'],
    ['limit', '1e999'],
    ['status', 'gone'],
    ['email', ''],
  ])('%s=%s is refused', async (field, value) => {
    const { status, body } = await call('get', LICENSES, operator).query({ [field]: value });
    expect(status).toBe(400);
    expect(body.error.details).toEqual({ field });
  });

  test('foreign and malformed ids get the same answer as unknown ones, on every route', async () => {
    const { id } = await administration.issue(operator, { plan: 'vip' });
    const other = await administration.issue(operator, { plan: 'vip' });
    const given = await send('post', `/${other.id}/grants`, { product: '404' });
    for (const unknown of [uuidv7(), 'x', "'; DROP TABLE license", '%00', `${id}0`]) {
      const path = `/${encodeURIComponent(unknown)}`;
      const answers = [
        await call('get', LICENSES + path, operator),
        await send('patch', path, { note: 'x' }),
        await send('post', `${path}/suspend`),
        await send('post', `${path}/grants`, { product: '404' }),
        await send('delete', `${path}/grants/${given.body.grant.id}`),
        await send('delete', `/${id}/grants${path}`),
      ];
      for (const { status, body } of answers) {
        expect(status).toBe(404);
        expect(body.error.code).toBe('not_found');
      }
    }
    expect((await send('delete', `/${id}/grants/${given.body.grant.id}`)).status).toBe(404);
  });
});

describe('states', () => {
  test('suspend and reinstate work any number of times; revoked is for good', async () => {
    const { id, key } = await administration.issue(operator, { plan: 'basic' });
    const go = async (to: string) => {
      const { status, body } = await send('post', `/${id}/${to}`, { reason: 'because' });
      return [status, body.license?.status ?? body.error.code];
    };
    expect(await go('suspend')).toEqual([200, 'suspended']);
    expect(await go('suspend')).toEqual([200, 'suspended']);
    expect(await administration.use(key, 'openrouter')).toBe('stale');
    expect(await go('reinstate')).toEqual([200, 'active']);
    expect(await go('reinstate')).toEqual([200, 'active']);
    expect(await administration.use(key, 'openrouter')).toBe('held');
    expect(await go('revoke')).toEqual([200, 'revoked']);
    expect(await go('revoke')).toEqual([200, 'revoked']);
    expect(await go('suspend')).toEqual([409, 'conflict']);
    expect(await go('reinstate')).toEqual([409, 'conflict']);
    expect((await send('patch', `/${id}`, { plan: 'vip' })).status).toBe(409);
    expect((await send('post', `/${id}/grants`, { product: '404' })).status).toBe(409);
    expect((await send('patch', `/${id}`, { note: 'gone' })).body.license.note).toBe('gone');
    const { version } = await administration.prisma.license.findUniqueOrThrow({ where: { id } });
    expect(version).toBe(4);
  });

  test('a license ends at its expiry, before and after the job; a later expiry makes it work again', async () => {
    const { id, key } = await administration.issue(operator, { plan: 'basic' });
    const setExpiry = (expires_at: string | null) => send('patch', `/${id}`, { expires_at });
    const inTwoDays = new Date(Date.now() + 2 * 86_400_000).toISOString();
    expect((await setExpiry(inTwoDays)).body.license).toMatchObject({
      status: 'active',
      expires_at: inTwoDays,
    });
    await shiftClock(administration.prisma, '3 days');
    operator = await administration.signInAs('operator');
    expect(await state(id)).toBe('expired');
    expect(await administration.use(key, 'openrouter')).toBe('stale');
    expect(await administration.licenses.expireDue(100)).toBeGreaterThanOrEqual(1);
    expect(await administration.licenses.expireDue(100)).toBe(0);
    expect(await state(id)).toBe('expired');

    expect((await send('post', `/${id}/suspend`)).body.license.status).toBe('suspended');
    expect((await send('post', `/${id}/reinstate`)).body.license.status).toBe('expired');
    expect((await setExpiry(null)).body.license).toMatchObject({
      status: 'active',
      expires_at: null,
    });
    expect(await administration.use(key, 'openrouter')).toBe('held');
    expect((await setExpiry('2020-01-01')).body.license.status).toBe('expired');

    await shiftClock(administration.prisma, '0');
    operator = await administration.signInAs('operator');
  });

  test('a suspended license stays suspended, whatever its expiry', async () => {
    const { id } = await administration.issue(operator, { plan: 'basic' });
    await send('post', `/${id}/suspend`);
    const changed = await send('patch', `/${id}`, { expires_at: '2040-01-01' });
    expect(changed.body.license.status).toBe('suspended');
  });
});

test('every change is in the audit log with who, from where, what, before and after', async () => {
  const { id } = await administration.issue(operator, { plan: 'basic' });
  await send('post', `/${id}/suspend`, { reason: 'abuse' });
  await send('post', `/${id}/suspend`, { reason: 'again' });
  await send('patch', `/${id}`, { plan: 'VIP', limits: { openai: 5 } });
  const entries = await administration.prisma.auditEntry.findMany({
    where: { subject: `license:${id}` },
    orderBy: { id: 'asc' },
  });
  expect(entries.map(entry => entry.action)).toEqual([
    'license.issue',
    'license.suspend',
    'license.change',
  ]);
  for (const entry of entries) {
    expect(entry.actor).toMatch(/^operator-.*@example\.com$/);
    expect(entry.address).toMatch(/127\.0\.0\.1$/);
    expect(entry.administratorId).toEqual(expect.any(String));
  }
  expect(entries[1]).toMatchObject({
    before: { status: 'active' },
    after: { status: 'suspended', reason: 'abuse' },
  });
  expect(entries[2]).toMatchObject({
    before: { plan: 'basic', limits: { openai: null } },
    after: { plan: 'vip', limits: { openai: 5, openrouter: null } },
  });
});

test('of simultaneous changes, each entry begins with the limits that the previous one left', async () => {
  const { id } = await administration.issue(operator, { plan: 'basic' });
  await Promise.all(
    Array.from({ length: 10 }, (_, units) =>
      send('patch', `/${id}`, { limits: units % 2 ? { openai: units } : { openrouter: units } }),
    ),
  );
  const entries = await administration.prisma.auditEntry.findMany({
    where: { subject: `license:${id}`, action: 'license.change' },
    orderBy: { id: 'asc' },
  });
  const limitsOf = (state: unknown) => (state as { limits: unknown }).limits;
  const left = entries.map(({ after }) => limitsOf(after));
  expect(left.length).toBe(10);
  expect(entries.map(({ before }) => limitsOf(before))).toEqual([
    { openrouter: null, openai: null },
    ...left.slice(0, -1),
  ]);
});
