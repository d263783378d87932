// Buyers choose which mails they get.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { SYSTEM } from '../../src/store/admin/audit.js';
import { startTold, type Told } from './noticesFixture.js';

const PATH = '/api/license/notices';
const EVERYTHING = {
  allowance_80: true,
  allowance_100: true,
  license_expiring: true,
  license_suspended: true,
  grant_waiting: true,
  payment_failed: true,
  model_retiring: true,
  purchase_confirmed: true,
};

let told: Told;
beforeAll(async () => {
  told = await startTold();
});
afterAll(() => told.close());
beforeEach(() => told.reset());

const read = (key: string) =>
  told.service.call('GET', PATH, { headers: { Authorization: `Bearer ${key}` } });
const change = (key: string, body: object) =>
  told.service.call('PATCH', PATH, { headers: { 'X-API-Key': key }, body });
const emailOf = async (id: string) => {
  const { body } = await told.call('GET', `/licenses/${id}`);
  return (body.license as { email: string }).email;
};
const suspend = (id: string) =>
  told.service.deps.admin.licenses.transition(id, 'suspend', '', SYSTEM);
const mailsOf = async (id: string) => {
  await told.deliver();
  return told.mails(await emailOf(id));
};
const unsubscribeLinkIn = (mail = '') =>
  new URL(/http\S+\/unsubscribe\/\S+/.exec(mail)?.[0] ?? 'http://none/').pathname;
const fetchPage = (path: string, init: RequestInit = {}) =>
  fetch(`${told.service.url}${path}`, init);

describe('with the license key', () => {
  test('every kind is on at first, and those that are always sent are named', async () => {
    const { key } = await told.license();
    const { status, body } = await read(key);
    expect(status).toBe(200);
    expect(body).toEqual({
      language: null,
      notices: EVERYTHING,
      always_sent: ['license_ready', 'sign_in'],
    });
  });

  test('a kind that is off is not mailed, but still sent to webhooks', async () => {
    const { id, key } = await told.license();
    const changed = await change(key, { notices: { license_suspended: false } });
    expect(changed.body.notices).toEqual({ ...EVERYTHING, license_suspended: false });
    await suspend(id);
    expect(await mailsOf(id)).toEqual([]);
    const [notice] = await told.notices(id);
    expect(notice?.kind).toBe('license_suspended');
    expect(notice?.deliveries.map(({ endpointId }) => endpointId)).toEqual([told.endpointId]);
  });

  test('switched on again, it is mailed again', async () => {
    const { id, key } = await told.license();
    await change(key, { notices: { license_suspended: false, allowance_80: false } });
    await change(key, { notices: { license_suspended: true } });
    expect((await read(key)).body.notices).toEqual({ ...EVERYTHING, allowance_80: false });
    await suspend(id);
    expect(await mailsOf(id)).toHaveLength(1);
  });

  test('a mail that waits already is not sent either', async () => {
    const { id, key } = await told.license();
    await suspend(id);
    await change(key, { notices: { license_suspended: false } });
    expect(await mailsOf(id)).toEqual([]);
  });

  test('with a chosen language mails come only in that one', async () => {
    const { id, key } = await told.license();
    expect((await change(key, { language: 'zh-TW' })).body.language).toBe('zh-TW');
    await suspend(id);
    const [mail] = await mailsOf(id);
    expect(mail).toContain('授權已被停用');
    expect(mail).not.toMatch(/[آ-ی]|is suspended/);
  });

  test.each([
    ['the claim link', { notices: { license_ready: false } }],
    ['signing in', { notices: { sign_in: false } }],
    ['an unknown kind', { notices: { weather: false } }],
    ['another type', { notices: { allowance_80: 'no' } }],
    ['an unknown language', { language: 'de' }],
    ['an unknown field', { mails: false }],
  ])('%s cannot be switched', async (_name, body) => {
    const { key } = await told.license();
    const refused = await change(key, body);
    expect(refused.status).toBe(400);
    expect(refused.body.error).toMatchObject({ code: 'invalid_request' });
  });

  test('nobody else’s key, and nobody without one, reads or changes anything', async () => {
    for (const headers of [{}, { Authorization: 'Bearer sahm_live_none' }]) {
      for (const method of ['GET', 'PATCH']) {
        const body = method === 'PATCH' ? { notices: {} } : undefined;
        const { status } = await told.service.call(method, PATH, { headers, body });
        expect(status).toBe(401);
      }
    }
  });
});

test('with the session of a mailed link the same is read and changed', async () => {
  const { id } = await told.license();
  const email = await emailOf(id);
  const asked = await told.service.post('/api/sign-in', { email });
  expect(asked.status).toBe(202);
  await told.deliver();
  const [mail = ''] = await told.mails(email);
  const path = /\/sign-in\/[\w-]{43}/.exec(mail)?.[0];
  const signedIn = await told.service.call('POST', `/api${path}`);
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
  const headers = { Cookie: cookie };
  const body = { notices: { allowance_100: false } };
  const changed = await told.service.call('PATCH', PATH, { headers, body });
  expect(changed.status).toBe(200);
  const { body: now } = await told.service.call('GET', PATH, { headers });
  expect(now.notices).toEqual({ ...EVERYTHING, allowance_100: false });
});

describe('the link in a mail', () => {
  async function mailed() {
    const { id, key } = await told.license();
    await suspend(id);
    const [mail] = await mailsOf(id);
    return { key, path: unsubscribeLinkIn(mail) };
  }

  test('opened, it changes nothing: mail scanners open links too', async () => {
    const { key, path } = await mailed();
    const page = await fetchPage(path);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await page.text()).toContain('<form method="post">');
    expect((await read(key)).body.notices).toEqual(EVERYTHING);
  });

  test('posted to as mail programs do, it switches that kind off, however often', async () => {
    const { key, path } = await mailed();
    for (let time = 0; time < 2; time++) {
      const posted = await fetchPage(path, {
        method: 'POST',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body: 'List-Unsubscribe=One-Click',
      });
      expect(posted.status).toBe(200);
    }
    expect((await read(key)).body.notices).toEqual({ ...EVERYTHING, license_suspended: false });
  });

  test('an altered link does nothing', async () => {
    const { key, path } = await mailed();
    const other = await told.license();
    const account = await accountOf(other.id);
    const [, token = ''] = path.split('/unsubscribe/');
    const [, kind, signature] = token.split('.');
    const forged = [
      `${account}.${kind}.${signature}`,
      token.replace('license_suspended', 'allowance_80'),
      token.replace('license_suspended', 'sign_in'),
      token.slice(0, -1),
      'x',
      '%00',
    ];
    for (const each of forged) {
      const { status } = await fetchPage(`/unsubscribe/${each}`, { method: 'POST' });
      expect(status).toBe(404);
    }
    expect((await read(key)).body.notices).toEqual(EVERYTHING);
    expect((await read(other.key)).body.notices).toEqual(EVERYTHING);
  });

  const accountOf = async (licenseId: string) => {
    const { prisma } = told.service.database;
    return (await prisma.license.findUniqueOrThrow({ where: { id: licenseId } })).accountId;
  };
});
