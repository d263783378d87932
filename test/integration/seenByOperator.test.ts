// The log for operators: requests, failed upstreams, and wrongly set up shops.

import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { until } from '../harness/load.js';
import { type Service, startService } from '../harness/service.js';

const LIGHT = 'qwen/qwen-2.5-7b-instruct';
const UPSTREAM_KEY = 'sk-or-v1-0123456789abcdef0123456789abcdef';
const SECRET = 'the-webhook-secret-of-this-service';
const PROMPT = 'a prompt that nobody but the upstream may read';

let lines: Array<Record<string, unknown>> = [];
let answer: RequestListener;
let upstream: Server;
let service: Service;
let license: { id: string; key: string };

beforeAll(async () => {
  upstream = createServer((request, response) => {
    request.resume();
    request.on('end', () => answer(request, response));
  });
  await new Promise<void>(resolve => upstream.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  service = await startService({
    env: {
      LOG_LEVEL: 'info',
      OPENROUTER_API_KEY: UPSTREAM_KEY,
      OPENROUTER_BASE_URL: `${origin}/api/v1`,
      PURCHASE_WEBHOOK_SECRET: SECRET,
    },
    log: line => void lines.push(JSON.parse(line)),
  });
});
afterAll(async () => {
  await service.close();
  upstream.closeAllConnections();
  await new Promise(resolve => upstream.close(resolve));
});
beforeEach(async () => {
  license = await service.issue('basic');
  lines = [];
  answer = answers(200, {
    choices: [{ message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }],
  });
});

function answers(status: number, body: object): RequestListener {
  return (_request, response) => {
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(body));
  };
}

const chat = (more: object = {}, key = license.key) =>
  service.post('/api/chat_v3', { api_key: key, model: LIGHT, prompt: PROMPT, ...more });

async function requestLines(count = 1) {
  const found = () => lines.filter(({ msg }) => msg === 'request');
  await until(async () => found().length >= count, 5_000);
  return found();
}

const written = (part: string) => lines.filter(({ msg }) => String(msg).includes(part));

describe('one line for each request', () => {
  test('of a chat: its license, its end, its cost, and no secret', async () => {
    const { headers } = await chat();
    const [line] = await requestLines();
    expect(line).toMatchObject({
      level: 30,
      requestId: headers.get('x-request-id'),
      route: '/api/chat_v3',
      dialect: 'myaihub',
      status: 200,
      outcome: 'success',
      license: license.id,
      key: license.key.slice(-4),
      model: LIGHT,
      provider: 'openrouter',
      charged: 1,
      ms: expect.any(Number),
      upstreamMs: expect.any(Number),
      bytes: expect.any(Number),
      streamed: false,
    });
    expect(line?.bytes).toBeGreaterThan(200);
    const all = JSON.stringify(lines);
    for (const secret of [license.key, UPSTREAM_KEY, PROMPT, 'hello']) {
      expect(all).not.toContain(secret);
    }
  });

  test('of a refusal: its code and reason; of an unknown key not even the end is shown', async () => {
    await chat({ model: 'no/such-model' });
    await chat({}, 'sahm_live_no-key-at-all-9876');
    const [unknown, stranger] = await requestLines(2);
    expect(unknown).toMatchObject({
      status: 404,
      outcome: 'refused',
      code: 'model_not_found',
      model: 'no/such-model',
      license: license.id,
      charged: 0,
    });
    expect(unknown).not.toHaveProperty('provider');
    expect(stranger).toMatchObject({ status: 401, code: 'invalid_license_key' });
    expect(stranger).not.toHaveProperty('key');
    expect(JSON.stringify(stranger)).not.toContain('9876');
  });

  test('of a model’s name that holds a key: the key is masked', async () => {
    await chat({ model: license.key });
    const [line] = await requestLines();
    expect(JSON.stringify(line)).not.toContain(license.key);
  });

  test('of a failed upstream: the reason, which the caller does not see', async () => {
    answer = answers(503, { error: { message: 'busy' } });
    await chat();
    const [line] = await requestLines();
    expect(line).toMatchObject({
      status: 503,
      code: 'upstream_unavailable',
      failure: 'status_503',
      provider: 'openrouter',
      charged: 0,
    });
  });

  test('of a client that left: that it left, with the charge', async () => {
    let hasCome = false;
    answer = () => {
      hasCome = true;
    };
    const { port } = new URL(service.url);
    const socket = connect(Number(port), '127.0.0.1');
    const body = JSON.stringify({ api_key: license.key, model: LIGHT, prompt: PROMPT });
    socket.write(
      `POST /api/chat_v3 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await until(async () => hasCome, 5_000);
    socket.destroy();
    const [line] = await requestLines();
    expect(line).toMatchObject({ outcome: 'client_left', license: license.id, charged: 0 });
    expect(line).not.toHaveProperty('status');
    expect(line).not.toHaveProperty('code');
  });

  test('of a repeated Idempotency-Key: replayed', async () => {
    const body = { api_key: license.key, model: LIGHT, prompt: PROMPT };
    for (const _ of [1, 2]) {
      await service.post('/api/chat_v3', body, { 'Idempotency-Key': 'once' });
    }
    const [first, second] = await requestLines(2);
    expect(first).toMatchObject({ outcome: 'success' });
    expect(second).toMatchObject({ outcome: 'replayed', status: 200 });
  });

  test('of other routes: their pattern, so that no secret of an address is logged; none for health and metrics', async () => {
    for (const path of ['/healthz', '/readyz', '/metrics']) await service.call('GET', path);
    await service.call('POST', '/claim/a-secret-token');
    await service.call('GET', '/nowhere/a-secret-token?x=a-secret-token');
    await service.call('GET', '/api/license', { token: license.key });
    await service.call('GET', `/admin/api/licenses/${license.id}`);
    const found = await requestLines(4);
    expect(found.map(({ method, route, status }) => `${method} ${route} ${status}`)).toEqual([
      'POST /claim/:token 404',
      'GET unknown 404',
      'GET /api/license 200',
      'GET /admin/api/licenses/:id 401',
    ]);
    expect(found[2]).toMatchObject({ license: license.id, outcome: 'success' });
    expect(JSON.stringify(lines)).not.toContain('a-secret-token');
  });
});

describe('an upstream that fails', () => {
  // One license alone opens no breaker.
  let one: { id: string; key: string };
  beforeAll(async () => {
    one = await service.issue('basic');
  });

  const failures: Array<[string, RequestListener, object]> = [
    [
      'a 500, with its words',
      answers(500, {
        error: { message: `engine broke, key ${UPSTREAM_KEY}`, code: 'engine_error' },
      }),
      {
        reason: 'status_500',
        code: 'upstream_failed',
        words: 'engine broke, key [removed]',
        upstreamCode: 'engine_error',
      },
    ],
    [
      'a 429',
      answers(429, { error: { message: 'slow down' } }),
      { reason: 'status_429', code: 'upstream_unavailable', words: 'slow down' },
    ],
    ['a reset', (_request, response) => response.destroy(), { reason: 'reset' }],
    [
      'an error in a 200',
      answers(200, { error: { message: 'no capacity' } }),
      { reason: 'error_in_200', words: 'no capacity' },
    ],
  ];
  test.each(failures)('%s: each try is a line with what helps', async (_name, fails, expected) => {
    answer = fails;
    await chat({}, one.key);
    const [line] = written('an upstream call failed');
    expect(line).toMatchObject({
      level: 40,
      provider: 'openrouter',
      model: LIGHT,
      keyIndex: 0,
      attempt: 1,
      breaker: 'closed',
      holdId: expect.any(String),
      ...expected,
    });
    expect(JSON.stringify(lines)).not.toContain(UPSTREAM_KEY);
  });

  test('a refused account is an error, at most a few times a minute, and counted each time', async () => {
    answer = answers(401, { error: { message: 'no such key' } });
    const before = await failuresOf('status_401');
    for (let count = 0; count < 12; count++) await chat({}, one.key);
    const told = written('refuses our account');
    expect(told.length).toBeLessThanOrEqual(5);
    expect(told[0]).toMatchObject({ level: 50, reason: 'status_401' });
    expect((await failuresOf('status_401')) - before).toBe(12);
  });

  test('the newest is shown to administrators with its words, without a secret and without a refused request', async () => {
    const token = await service.signInAs('viewer');
    const last = async () =>
      (await service.call('GET', '/admin/api/upstreams', { token })).body.upstreams;
    answer = answers(402, { error: { message: `no credit left, ${UPSTREAM_KEY}` } });
    await chat({}, one.key);
    const failure = {
      at: expect.any(String),
      model: LIGHT,
      code: 'upstream_unavailable',
      reason: 'status_402',
      words: 'no credit left, [removed]',
    };
    const shown = [
      { provider: 'openrouter', last_failure: failure },
      { provider: 'openai', last_failure: null },
    ];
    expect(await last()).toEqual(shown);
    answer = answers(400, { error: { message: `cannot read: ${PROMPT}` } });
    await chat({}, one.key);
    expect(await last()).toEqual(shown);
  });

  test('a refusal of a request is logged without its message, which may quote the request', async () => {
    answer = answers(400, { error: { message: `cannot read: ${PROMPT}`, param: 'messages' } });
    await chat({}, one.key);
    expect(written('an upstream refused a request')).toMatchObject([
      { level: 30, reason: 'status_400', field: 'messages' },
    ]);
    expect(JSON.stringify(lines)).not.toContain(PROMPT);
  });

  test('a stream that breaks off is logged too', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      const delta = { choices: [{ index: 0, delta: { content: 'half' }, finish_reason: null }] };
      response.write(`data: ${JSON.stringify(delta)}\n\n`, () => response.destroy());
    };
    await service.call('POST', '/api/chat_v3', {
      body: { api_key: one.key, model: LIGHT, prompt: PROMPT, stream: true },
    });
    const [line] = await requestLines();
    expect(written('broke off')).toMatchObject([{ hadBegun: true, reason: expect.any(String) }]);
    expect(line).toMatchObject({ outcome: 'refused', streamed: true, charged: 0 });
  });

  async function failuresOf(reason: string): Promise<number> {
    const text = String((await service.call('GET', '/metrics')).body.text);
    const labels = `provider="openrouter",reason="${reason}"`;
    const found = new RegExp(`^sahm_upstream_failures_total\\{${labels}\\} (\\d+)$`, 'm');
    return Number(found.exec(text)?.[1] ?? 0);
  }
});

describe('a webhook that is set up wrongly', () => {
  const report = (signature?: string) =>
    service.post('/webhooks/purchases', '{"order_id":"1"}', {
      'Content-Type': 'application/json',
      ...(signature && { 'X-Signature': signature }),
    });
  const messageOf = ({ body }: { body: Record<string, unknown> }) =>
    (body.error as { message: string }).message;

  test('another secret: the answer names the signature and the secret, and the log says so', async () => {
    const now = Math.floor(Date.now() / 1000);
    const refused = await report(`t=${now},v1=${'0'.repeat(64)}`);
    expect(refused.status).toBe(401);
    expect(messageOf(refused)).toMatch(/signature.*secret.*PURCHASE_WEBHOOK_SECRET/);
    expect(messageOf(refused)).not.toMatch(/Bearer|signed in/);
    expect(written('with another secret')).toMatchObject([
      { level: 40, shop: 'signed', why: 'signature', secret: 'PURCHASE_WEBHOOK_SECRET' },
    ]);
    expect(JSON.stringify(lines)).not.toContain(SECRET);
  });

  test('no signature at all', async () => {
    const refused = await report();
    expect(refused.status).toBe(401);
    expect(messageOf(refused)).toMatch(/not signed.*PURCHASE_WEBHOOK_SECRET/);
  });

  test('no secret here: the answer and the log say so, and it is counted by shop', async () => {
    const refused = await service.post('/webhooks/stripe', '{}', { 'Stripe-Signature': 't=1' });
    expect(refused.status).toBe(503);
    expect(messageOf(refused)).toMatch(/no webhook secret.*STRIPE_WEBHOOK_SECRET/);
    expect(written('its webhook secret is not set')).toMatchObject([
      { shop: 'stripe', why: 'off' },
    ]);
    const text = (await service.call('GET', '/metrics')).body.text;
    expect(text).toMatch(/^sahm_webhooks_total\{shop="stripe",outcome="off"\} 1$/m);
  });

  test('a flood of them is a few lines', async () => {
    for (let count = 0; count < 20; count++) await report();
    expect(written('is not signed').length).toBeLessThanOrEqual(5);
  });
});
