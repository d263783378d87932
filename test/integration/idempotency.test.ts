// Idempotency-Key: one upstream call and one charge, and the first reply again.

import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { SYSTEM } from '../../src/store/admin/audit.js';
import { type Service, startService } from '../harness/service.js';
import { shiftClock } from '../harness/testDatabase.js';
import { type Fake, startHttp } from '../providers/fakeUpstream.js';

const LIGHT = 'qwen/qwen-2.5-7b-instruct';
const REPLICAS = 3;
const messages = [{ role: 'user', content: 'a secret of mine' }];

let upstream: Fake;
let calls = 0;
let status = 200;
let waitMs = 0;
/** How long a stream continues after its content. */
let goesOnMs = 100;
let padding = '';
let received: { messages: unknown } | undefined;
let replicas: Service[] = [];
const first = () => replicas[0] as Service;

beforeAll(async () => {
  upstream = await startHttp(async (request, response) => {
    let text = '';
    for await (const part of request) text += part;
    calls += 1;
    received = JSON.parse(text);
    const { stream } = JSON.parse(text);
    const content = `the answer ${calls} ${padding}`;
    if (waitMs > 0) await new Promise(resolve => setTimeout(resolve, waitMs));
    if (status !== 200) return void response.writeHead(status).end('{}');
    if (!stream) {
      const choice = { index: 0, finish_reason: 'stop', message: { content } };
      response.writeHead(200, { 'content-type': 'application/json' });
      return void response.end(JSON.stringify({ choices: [choice] }));
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const delta = { choices: [{ index: 0, delta: { content } }] };
    response.write(`data: ${JSON.stringify(delta)}\n\n`);
    await new Promise(resolve => setTimeout(resolve, goesOnMs));
    response.end('data: [DONE]\n\n');
  });
  const env = {
    OPENROUTER_API_KEY: 'k',
    OPENROUTER_BASE_URL: upstream.origin,
    KEY_PEPPER: 'a pepper of the tests, long enough for all',
    KEY_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
  };
  replicas = [await startService({ env })];
  while (replicas.length < REPLICAS) {
    replicas.push(await startService({ env, database: first().database }));
  }
});
afterEach(() => {
  status = 200;
  waitMs = 0;
  goesOnMs = 100;
  padding = '';
});
afterAll(async () => {
  for (const replica of replicas.toReversed()) await replica.close();
  await upstream.close();
});

interface Answer {
  status: number;
  replayed: boolean;
  headers: Headers;
  text: string;
  code: string | undefined;
}

async function ask(
  licenseKey: string,
  idempotencyKey: string,
  {
    on = first(),
    path = '/v1/chat/completions',
    ...more
  }: Record<string, unknown> & { on?: Service; path?: string } = {},
): Promise<Answer> {
  const body = path.startsWith('/api/chat_v3')
    ? { api_key: licenseKey, model: LIGHT, prompt: 'x', ...more }
    : { model: LIGHT, messages, ...more };
  const response = await fetch(on.url + path, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Authorization: `Bearer ${licenseKey}`,
      'Idempotency-Key': idempotencyKey,
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return {
    status: response.status,
    replayed: response.headers.get('idempotent-replayed') === 'true',
    headers: response.headers,
    text,
    code: /"code":"(\w+)"/.exec(text)?.[1],
  };
}

const usedBy = async (id: string) =>
  (await first().deps.chat.ledger.usage(id)).quotas.openrouter.used;

test.each([
  ['JSON', '/v1/chat/completions', {}],
  ['a stream', '/v1/chat/completions', { stream: true }],
  ['chat_v3', '/api/chat_v3', {}],
  ['chat_v3 as a stream', '/api/chat_v3', { stream: true }],
])(
  '%s: the same bytes again, from every replica, without a call or a charge',
  async (_name, path, more) => {
    const { id, key } = await first().issue('basic');
    const before = calls;
    const original = await ask(key, 'one', { path, ...more });
    expect([original.status, original.replayed]).toEqual([200, false]);
    expect(original.headers.get('x-quota-remaining')).toBe('149');
    const requestIds = new Set([original.headers.get('x-request-id')]);
    for (const on of replicas) {
      const again = await ask(key, 'one', { on, path, ...more });
      requestIds.add(again.headers.get('x-request-id'));
      expect([again.status, again.replayed]).toEqual([200, true]);
      expect(again.text).toBe(original.text);
      expect(again.headers.get('content-type')).toBe(original.headers.get('content-type'));
      expect(again.headers.get('x-quota-remaining')).toBe('149');
    }
    expect(calls - before).toBe(1);
    expect(await usedBy(id)).toBe(1);
    expect(requestIds.size).toBe(1 + REPLICAS);
    for (const requestId of requestIds) expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
  },
);

test('while the first is under way: 409 with Retry-After', async () => {
  const { key } = await first().issue('basic');
  waitMs = 1_000;
  const before = calls;
  const original = ask(key, 'busy');
  while (calls === before) await new Promise(resolve => setTimeout(resolve, 10));
  const second = await ask(key, 'busy');
  expect([second.status, second.code]).toEqual([409, 'idempotency_in_progress']);
  expect(second.headers.get('retry-after')).toBe('1');
  expect((await original).status).toBe(200);
});

test('another body, or another dialect: 422; another license: its own', async () => {
  const { key } = await first().issue('basic');
  const other = await first().issue('basic');
  await ask(key, 'k');
  for (const more of [{ temperature: 1 }, { path: '/api/chat_v3' }]) {
    const answer = await ask(key, 'k', more);
    expect([answer.status, answer.code]).toEqual([422, 'idempotency_mismatch']);
  }
  expect((await ask(other.key, 'k')).replayed).toBe(false);
  expect(await usedBy(other.id)).toBe(1);
});

test('a large image is a part of the body, and reaches the upstream as it came', async () => {
  const { id, key } = await first().issue('basic');
  const image = (noise: string) => {
    const bytes = Buffer.alloc(300_000, noise);
    bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    return `data:image/png;base64,${bytes.toString('base64')}`;
  };
  const model = 'meta-llama/llama-3.2-11b-vision-instruct';
  const show = (image_url: string, path: string) =>
    path === '/api/chat_v3'
      ? ask(key, path, { path, model, prompt: 'x', image_url })
      : ask(key, path, {
          model,
          messages: [{ role: 'user', content: [{ type: 'image_url', image_url }] }],
        });
  for (const path of ['/api/chat_v3', '/v1/chat/completions']) {
    expect((await show(image('one'), path)).status).toBe(200);
    expect(JSON.stringify(received?.messages)).toContain(image('one'));
    expect((await show(image('one'), path)).replayed).toBe(true);
    expect((await show(image('two'), path)).code).toBe('idempotency_mismatch');
  }
  expect(await usedBy(id)).toBe(2);
});

test('the license key is no part of the body', async () => {
  const { id, key } = await first().issue('basic');
  await ask(key, 'k', { path: '/api/chat_v3' });
  expect((await ask(key, 'k', { path: '/api/chat_v3', api_key: undefined })).replayed).toBe(true);
  expect(await usedBy(id)).toBe(1);
});

test('a request that cost nothing frees its key', async () => {
  const { id, key } = await first().issue('basic');
  status = 400;
  expect((await ask(key, 'k')).status).toBe(400);
  status = 200;
  const answer = await ask(key, 'k');
  expect([answer.status, answer.replayed]).toEqual([200, false]);
  expect(await usedBy(id)).toBe(1);
});

test('charged without a kept reply (the client left, or over 1 MiB): 409, not to be retried', async () => {
  const { id, key } = await first().issue('basic');
  goesOnMs = 10_000;
  const leaving = new AbortController();
  const response = await fetch(`${first().url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Authorization: `Bearer ${key}`,
      'Idempotency-Key': 'left',
    },
    body: JSON.stringify({ model: LIGHT, messages, stream: true }),
    signal: leaving.signal,
  });
  await response.body?.getReader().read();
  leaving.abort();
  while ((await usedBy(id)) === 0) await new Promise(resolve => setTimeout(resolve, 10));
  padding = 'x'.repeat(1024 * 1024);
  await ask(key, 'large');
  for (const [name, more] of [
    ['left', { stream: true }],
    ['large', {}],
  ] as const) {
    const again = await ask(key, name, more);
    expect([again.status, again.code]).toEqual([409, 'conflict']);
    expect(again.headers.get('x-should-retry')).toBe('false');
  }
  expect(await usedBy(id)).toBe(2);
});

test('a replay works with a quota that is used up, but not with a suspended license', async () => {
  const { id, key } = await first().issue('basic');
  await first().deps.admin.licenses.change(id, { limits: { openrouter: 1 } }, SYSTEM);
  const original = await ask(key, 'k');
  expect((await ask(key, 'new')).status).toBe(429);
  expect((await ask(key, 'k')).text).toBe(original.text);
  await first().deps.admin.licenses.transition(id, 'suspend', '', SYSTEM);
  for (const on of replicas) expect((await ask(key, 'k', { on })).status).toBe(401);
});

test('a refused request can be sent again with the same key', async () => {
  const { id, key } = await first().issue('basic');
  await first().deps.admin.licenses.change(id, { limits: { openrouter: 0 } }, SYSTEM);
  expect((await ask(key, 'k')).status).toBe(429);
  await first().deps.admin.licenses.change(id, { limits: { openrouter: 1 } }, SYSTEM);
  expect((await ask(key, 'k')).status).toBe(200);
});

test('replies are kept encrypted, for 24 hours, and then pruned', async () => {
  const { id, key } = await first().issue('basic');
  const { prisma } = first().database;
  const claims = () => prisma.idempotencyClaim.findMany({ where: { licenseId: id } });
  await ask(key, 'k');
  const [claim] = await claims();
  expect(claim?.reply?.length).toBeGreaterThan(100);
  expect(Buffer.from(claim?.reply as Uint8Array).toString('latin1')).not.toMatch(/answer|choices/);
  await first().deps.jobs.prune();
  expect(await claims()).toHaveLength(1);
  try {
    await shiftClock(prisma, '24 hours');
    expect((await ask(key, 'k')).replayed).toBe(false);
    await shiftClock(prisma, '49 hours');
    await first().deps.jobs.prune();
    expect(await claims()).toHaveLength(0);
  } finally {
    await shiftClock(prisma, '0');
  }
});

test.each(['', ' ', 'x'.repeat(256), 'ü'])('a key like %j is refused', async name => {
  const { key } = await first().issue('basic');
  const answer = await ask(key, name);
  expect([answer.status, answer.code]).toEqual([400, 'invalid_request']);
});

test('a body that is nested too deep is refused, and is no 5xx', async () => {
  const { key } = await first().issue('basic');
  const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
  for (const [path, body] of [
    ['/api/chat_v3', `{"api_key":"${key}","model":"${LIGHT}","prompt":"x","more":${deep}}`],
    ['/v1/chat/completions', `{"model":"${LIGHT}","messages":[],"metadata":{"a":${deep}}}`],
  ] as const) {
    const headers = { Authorization: `Bearer ${key}`, 'Idempotency-Key': 'deep' };
    expect((await first().post(path, body, headers)).status).toBe(400);
  }
});

test.each([false, true])(
  '50 at once over 3 replicas: one call, one charge (streamed: %s)',
  async stream => {
    const { id, key } = await first().issue('basic');
    const before = calls;
    waitMs = 100;
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        ask(key, 'same', { on: replicas[index % REPLICAS] as Service, stream }),
      ),
    );
    const originals = answers.filter(answer => answer.status === 200 && !answer.replayed);
    expect(originals).toHaveLength(1);
    for (const answer of answers) {
      if (answer.status === 200) expect(answer.text).toBe(originals[0]?.text);
      else expect([answer.status, answer.code]).toEqual([409, 'idempotency_in_progress']);
    }
    expect(calls - before).toBe(1);
    expect(await usedBy(id)).toBe(1);
    expect((await ask(key, 'same', { stream })).replayed).toBe(true);
    expect(await first().deps.findProblems()).toEqual([]);
  },
);
