// Secrets are planted wherever a client, an administrator or an operator can put them, and must then be found
// nowhere: not in a log line, error, audit entry, metric, export or backup, nor in the database's own text.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeKey } from '../../../src/domain/key.js';

const canary = (name: string) => `canary-${name}-${randomBytes(12).toString('hex')}`;
/** A key that a client might put by mistake in a place that is shown, logged or kept. */
const KEY = makeKey(randomBytes);
const UPSTREAM_KEY = `sk-or-v1-${canary('upstream')}`;
const OPENAI_KEY = `sk-${canary('openai')}`;
const PASSWORD = canary('password');
const SECRETS = {
  jwt: canary('jwt').padEnd(40, 'x'),
  pepper: canary('pepper').padEnd(40, 'x'),
  encryption: randomBytes(32).toString('base64'),
};

let directory: string;
let output = '';
let url: string;
let server: ReturnType<typeof spawn>;
const seen: string[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sahm-secrets-'));
  await cp('catalog', join(directory, 'catalog'), { recursive: true });
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  server = spawn(process.execPath, ['dist/src/main.js'], {
    env: {
      ...inherited,
      NODE_ENV: 'development',
      PORT: '0',
      HOST: '127.0.0.1',
      LOG_LEVEL: 'trace',
      DATABASE_URL: '',
      DATA_DIR: directory,
      CATALOG_DIR: join(directory, 'catalog'),
      ADMIN_EMAIL: 'admin@example.com',
      ADMIN_PASSWORD: PASSWORD,
      JWT_SECRET: SECRETS.jwt,
      KEY_PEPPER: SECRETS.pepper,
      KEY_ENCRYPTION_KEY: SECRETS.encryption,
      OPENROUTER_API_KEY: UPSTREAM_KEY,
      // Nobody listens there, so the adapter fails while it has its key in hand.
      OPENROUTER_BASE_URL: 'http://127.0.0.1:9',
      OPENAI_API_KEY: OPENAI_KEY,
      OPENAI_BASE_URL: 'http://127.0.0.1:9',
    },
  });
  server.stdout?.setEncoding('utf8').on('data', text => {
    output += text;
  });
  server.stderr?.setEncoding('utf8').on('data', text => {
    output += text;
  });
  while (!/Sahm listens on/.test(output) || !/Password: /.test(output)) {
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  url = (/http:\/\/localhost:\d+/.exec(output)?.[0] ?? '').replace('localhost', '127.0.0.1');
  // With real upstreams no demo key is issued.
  expect(output).not.toContain('sahm_live_');
  output = '';
}, 180_000);
afterAll(async () => {
  server.kill('SIGKILL');
  await rm(directory, { recursive: true, force: true });
});

async function call(method: string, path: string, headers = {}, body?: unknown): Promise<Response> {
  const response = await fetch(url + path, {
    method,
    headers: { 'Content-Type': 'application/json', ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return response;
}

interface Issued {
  token: string;
  key: string;
  license: { id: string };
}

async function json(...how: Parameters<typeof call>): Promise<Issued> {
  return (await (await call(...how)).json()) as Issued;
}

/** Sends a request, and remembers everything that came back. */
async function note(method: string, path: string, headers = {}, body?: unknown): Promise<string> {
  const response = await call(method, path, headers, body);
  const text = await response.text();
  seen.push(text, JSON.stringify([...response.headers]));
  return text;
}

test('secrets planted in 30 places appear nowhere', async () => {
  const signedIn = await json(
    'POST',
    '/admin/api/session',
    {},
    { email: 'admin@example.com', password: PASSWORD },
  );
  const admin = { Authorization: `Bearer ${signedIn.token}` };
  const made = await json('POST', '/admin/api/tokens', admin, { name: 'script' });
  const body = { email: 'holder@example.com', plan: 'vip' };
  const issued = await json('POST', '/admin/api/licenses', admin, body);
  const { key } = issued;
  const path = `/admin/api/licenses/${issued.license.id}`;
  const rotated = await json('POST', `${path}/rotate`, admin, {});
  const revealed = await json('POST', `${path}/reveal`, admin, {});
  expect(revealed.key).toBe(rotated.key);

  const prompt = canary('prompt');
  const chat = { api_key: key, model: 'gpt-5.2', prompt };
  const bearer = { Authorization: `Bearer ${KEY}` };
  const messages = [{ role: 'user', content: 'x' }];
  const unknown = { model: 'gpt-5.2', messages, [KEY]: 1 };
  const nested = { model: 'gpt-5.2', messages, metadata: { [`a.${KEY}`]: '\ud800' } };
  const planted: Array<() => Promise<string>> = [
    () => note('POST', '/api/chat_v3', {}, chat),
    () => note('POST', '/api/chat_v3', {}, { ...chat, api_key: KEY }),
    () => note('POST', '/api/chat_v3', {}, { ...chat, api_key: ` ${key} x` }),
    () => note('POST', '/api/chat_v3', {}, { ...chat, model: KEY }),
    () => note('POST', '/api/chat_v3', {}, { ...chat, model: { [KEY]: KEY } }),
    () => note('POST', '/api/chat_v3', {}, { ...chat, image_url: KEY }),
    () => note('POST', '/api/chat_v3', {}, { ...chat, messages: [{ role: KEY, content: KEY }] }),
    () => note('POST', '/api/chat_v3', {}, { ...chat, [KEY]: KEY }),
    () => note('POST', '/api/chat_v3', {}, `{"api_key": "${KEY}", `),
    () => note('POST', '/api/chat_v3', { 'Content-Type': 'text/plain' }, KEY),
    () => note('POST', `/api/chat_v3?api_key=${KEY}`, {}, {}),
    () => note('POST', '/api/chat_v3', { 'X-API-Key': KEY, 'Accept-Language': KEY }, { prompt }),
    () => note('POST', '/api/chat_v3', { Cookie: `key=${KEY}`, Referer: `http://x/${KEY}` }, chat),
    () => note('POST', '/v1/chat/completions', bearer, { model: KEY, messages: KEY }),
    () => note('POST', '/v1/chat/completions', bearer, { model: 'gpt-5.2', messages: [] }),
    () => note('GET', `/v1/models/${KEY}`),
    () => note('GET', '/v1/models', bearer),
    () => note('GET', '/api/license', bearer),
    () => note('GET', `/api/license/requests?cursor=${KEY}`, { 'X-API-Key': key }),
    () => note('GET', `/api/license/usage?group=${KEY}`, { 'X-API-Key': key }),
    () => note('POST', '/v1/chat/completions', { Authorization: `Bearer ${key}` }, nested),
    () => note('POST', '/v1/chat/completions', { Authorization: `Bearer ${key}` }, unknown),
    () => note('POST', `${path}/suspend`, admin, { reason: `shared ${KEY}` }),
    () => note('PATCH', path, admin, { note: KEY }),
    () => note('POST', '/admin/api/tokens', admin, { name: KEY }),
    () => note('POST', '/api/license/status', {}, { api_key: KEY, [KEY]: 1 }),
    () => note('POST', '/api/license/rotate', { 'X-API-Key': key }, { [KEY]: 1 }),
    () => note('GET', `/nowhere/${KEY}?${KEY}=${KEY}`),
    () => note('GET', `/admin/api/licenses/${KEY}`, admin),
    () => note('GET', `/admin/api/licenses?key_prefix=${KEY}`, admin),
    () => note('GET', '/admin/api/licenses', { Authorization: `Bearer ${made.token}x` }),
    () => note('POST', '/admin/api/session', {}, { email: KEY, password: PASSWORD, [KEY]: 1 }),
    () => note('POST', '/admin/api/session', {}, { email: 'x@example.com', password: PASSWORD }),
    () => note('POST', '/admin/api/licenses/lookup', admin, { key: KEY }),
    () => note('POST', '/admin/api/licenses', admin, { email: KEY, plan: KEY }),
    () => note('PATCH', path, admin, { [KEY]: KEY }),
    () => note('POST', `${path}/grants`, admin, { product: KEY }),
    () => note('POST', `/admin/api/jobs/${KEY}/run`, admin),
  ];
  expect(planted.length).toBeGreaterThanOrEqual(30);
  for (const plant of planted) await plant();
  for (const show of [
    '/admin/api/audit',
    `${path}/timeline`,
    path,
    '/admin/api/tokens',
    '/admin/api/administrators',
    '/admin/api/jobs',
    '/admin/api/exports/licenses.csv',
    '/admin/api/exports/requests.jsonl',
    '/admin/api/usage/sales',
    '/admin/api/usage/refusals',
  ]) {
    await note('GET', show, admin);
  }
  await note('GET', '/metrics');
  const backup = Buffer.from(await (await call('GET', '/admin/api/backup', admin)).arrayBuffer());
  const database = gunzipSync(backup).toString('utf8');

  const secrets = [
    KEY,
    key,
    rotated.key,
    UPSTREAM_KEY,
    OPENAI_KEY,
    PASSWORD,
    prompt,
    made.token,
    signedIn.token,
    ...Object.values(SECRETS),
  ];
  // At this log level the jobs also write a line, every ten seconds.
  while (output === '') await new Promise(resolve => setTimeout(resolve, 200));
  const places = { log: output, answers: seen.join('\n'), database };
  for (const [place, text] of Object.entries(places)) {
    expect([place, text.length > 0]).toEqual([place, true]);
    for (const [index, secret] of secrets.entries()) {
      expect([place, index, text.includes(secret)]).toEqual([place, index, false]);
    }
  }
  // Proves that the search can find something.
  expect(database).toContain('holder@example.com');
});
