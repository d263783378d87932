// A buyer who signed in by a mailed link: the session's cookie stands for the key of the license.

import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SYSTEM } from '../../src/store/admin/audit.js';
import { type Service, startService } from '../harness/service.js';

let service: Service;
let cookie: string;
let licenses: Array<{ id: string; key: string }>;
const email = 'signed-in@example.com';

beforeAll(async () => {
  service = await startService();
  licenses = [];
  for (const plan of ['vip', 'basic']) {
    const issued = await service.deps.admin.licenses.issue({ plan, email }, SYSTEM);
    if (issued.kind === 'refusal') throw new Error(issued.code);
    licenses.push({ id: issued.license.id, key: issued.key });
  }
  cookie = await signIn();
});
afterAll(() => service.close());

async function signIn(): Promise<string> {
  const { buyers } = service.deps.selling;
  const [row] = await service.database.prisma.$queryRaw<Array<{ id: string }>>`
    SELECT id FROM account WHERE email = ${email}`;
  const session = await buyers.signIn(await buyers.openSignIn(row?.id as string));
  return `sahm_session=${session?.token}`;
}

function get(path: string, headers: Record<string, string> = {}) {
  return fetch(service.url + path, { headers: { cookie, ...headers } });
}

const NOBODY = { email: null, licenses: [] };
const chat = { model: 'gpt-5.2', messages: [{ role: 'user', content: 'hello' }] };

function post(path: string, body: object, headers: Record<string, string> = {}) {
  return service.post(path, body, { cookie, ...headers });
}

test('the account shows who is signed in and its licenses, never a key', async () => {
  const response = await get('/api/account');
  const text = await response.text();
  expect(JSON.parse(text)).toMatchObject({
    email,
    licenses: [
      { id: licenses[0]?.id, plan: 'vip', status: 'active', key_last4: licenses[0]?.key.slice(-4) },
      { id: licenses[1]?.id, plan: 'basic' },
    ],
  });
  expect(text).not.toContain(licenses[0]?.key);
  expect(text).not.toContain('note');
});

test('a signed-in buyer sees the license, and another one of the account by its id', async () => {
  expect(await (await get('/api/license')).json()).toMatchObject({ plan: 'vip' });
  const other = { 'X-License': licenses[1]?.id as string };
  expect(await (await get('/api/license', other)).json()).toMatchObject({ plan: 'basic' });
  expect((await get('/api/license/requests')).status).toBe(200);
  expect(await (await get('/api/license/purchases')).json()).toEqual({
    purchases: [],
    next_cursor: null,
  });
  const models = (await (await get('/v1/models')).json()) as {
    data: Array<{ available: boolean }>;
  };
  expect(models.data.every(({ available }) => available)).toBe(true);
});

test('a chat by the session is counted on the license, whole and streamed', async () => {
  const whole = await post('/v1/chat/completions', chat, { 'Sec-Fetch-Site': 'same-origin' });
  expect(whole).toMatchObject({ status: 200, body: { usage_breakdown: { openai: { used: 1 } } } });
  const streamed = await fetch(`${service.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { cookie, 'Content-Type': 'application/json', Origin: service.url },
    body: JSON.stringify({ ...chat, stream: true }),
  });
  expect(streamed.status).toBe(200);
  expect(await streamed.text()).toContain('"used":2');
});

test('another site, another host of the domain and another origin cannot use the session', async () => {
  const elsewhere: Array<Record<string, string>> = [
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
    { 'Sec-Fetch-Site': 'none' },
    { Origin: 'https://elsewhere.example' },
    { Origin: 'null' },
  ];
  for (const headers of elsewhere) {
    expect(await statusOf(headers)).toBe(401);
  }
  expect(await statusOf({ 'Sec-Fetch-Site': 'same-origin' })).toBe(200);
});

/** Fetch does not send these headers as they are given. */
function statusOf(headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${service.url}/v1/chat/completions`,
      { method: 'POST', headers: { cookie, 'Content-Type': 'application/json', ...headers } },
      response => {
        response.resume();
        resolve(response.statusCode);
      },
    );
    sent.on('error', reject);
    sent.end(JSON.stringify(chat));
  });
}

test('a wrong, ended or foreign choice is refused like a missing key', async () => {
  expect((await get('/api/license', { cookie: 'sahm_session=wrong' })).status).toBe(401);
  expect((await get('/api/license', { 'X-License': 'no-such-license' })).status).toBe(401);
  const stranger = await service.issue('vip');
  expect((await get('/api/license', { 'X-License': stranger.id })).status).toBe(401);
  const ended = await signIn();
  await fetch(`${service.url}/api/sign-in`, { method: 'DELETE', headers: { cookie: ended } });
  expect((await get('/api/license', { cookie: ended })).status).toBe(401);
  expect(await (await get('/api/account', { cookie: ended })).json()).toEqual(NOBODY);
  expect(await (await get('/api/account', { cookie: '' })).json()).toEqual(NOBODY);
});

test('a key that is sent counts, not the session', async () => {
  const own = await service.issue('pro');
  const shown = await get('/api/license', { authorization: `Bearer ${own.key}` });
  expect(await shown.json()).toMatchObject({ plan: 'pro' });
});
