// What both clients do with every kind of answer.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type ScriptedServer, startScriptedServer } from '../fakes/scriptedServer.js';
import { type Asker, type Call, describeClients } from './askers.js';

let server: ScriptedServer;
beforeAll(async () => {
  server = await startScriptedServer();
});
beforeEach(() => server.answer());
afterAll(() => server.close());

const CHAT = {
  call: 'chat.completions.create',
  request: { model: 'some/model', messages: [{ role: 'user', content: 'سلام' }] },
};
const STREAM = { ...CHAT, request: { ...CHAT.request, stream: true } };
const REPLY = { choices: [{ message: { role: 'assistant', content: 'Hello' } }] };
const NOW = { 'Retry-After': '0' };

const refusal = (status: number, code: string, headers: Record<string, string> = {}) => ({
  status,
  headers,
  body: { error: { message: `This is ${code}`, type: 'a_type', param: 'model', code } },
});

describeClients(open => {
  let asker: Asker;
  beforeAll(() => {
    asker = open();
  });
  afterAll(() => asker.close());
  const asked = (call: Omit<Call, 'baseUrl'>) => asker.ask({ baseUrl: server.url, ...call });
  const keys = () => server.asked.map(({ headers }) => headers['idempotency-key']);

  test('sends the key, the body and a key of its own for each call, and tells what the headers say', async () => {
    const headers = {
      'X-Request-Id': 'r-1',
      'X-Quota-Charged': '2',
      'X-Quota-Limit': '750',
      'X-Quota-Remaining': '748',
      'X-Quota-Reset': '1790000000',
      'X-RateLimit-Limit': '60',
      'X-RateLimit-Remaining': '59',
      'X-RateLimit-Reset': '1780000000',
    };
    server.answer(
      { headers, body: REPLY },
      { body: REPLY, headers: { 'Idempotent-Replayed': 'true' } },
    );
    const first = await asked(CHAT);
    expect(first).toMatchObject({
      data: REPLY,
      isReplay: false,
      requestId: 'r-1',
      charged: 2,
      quota: { limit: 750, remaining: 748, resetsAt: 1_790_000_000_000 },
      rateLimit: { limit: 60, remaining: 59, resetsAt: 1_780_000_000_000 },
    });
    const second = await asked({ ...CHAT, client: { language: 'fa' } });
    expect(second).toMatchObject({ isReplay: true, requestId: null, charged: null, quota: null });
    expect(server.asked).toMatchObject([
      {
        method: 'POST',
        path: '/v1/chat/completions',
        body: CHAT.request,
        headers: { authorization: 'Bearer sahm_live_test', 'content-type': 'application/json' },
      },
      { headers: { 'accept-language': 'fa' } },
    ]);
    expect(keys()[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(keys()[1]).not.toBe(keys()[0]);
  });

  test.each([
    [400, 'invalid_request', 'InvalidRequestError'],
    [401, 'invalid_license_key', 'AuthenticationError'],
    [403, 'model_not_in_plan', 'PermissionError'],
    [404, 'model_not_found', 'NotFoundError'],
    [409, 'conflict', 'ConflictError'],
    [413, 'request_too_large', 'InvalidRequestError'],
    [422, 'idempotency_mismatch', 'InvalidRequestError'],
    [429, 'quota_exhausted', 'QuotaExhaustedError'],
  ])('tells %d %s as %s, at one request', async (status, code, error) => {
    const headers = { 'X-Request-Id': 'r-2', 'x-should-retry': 'false', 'X-Quota-Charged': '0' };
    server.answer(refusal(status, code, headers), { body: REPLY });
    expect(await asked(CHAT)).toMatchObject({
      error,
      status,
      code,
      type: 'a_type',
      param: 'model',
      message: `This is ${code}`,
      requestId: 'r-2',
      charged: 0,
    });
    expect(server.asked).toHaveLength(1);
  });

  test.each([
    [408, 'request_timeout', 'ServiceError'],
    [409, 'idempotency_in_progress', 'ConflictError'],
    [429, 'quota_reserved', 'QuotaReservedError'],
    [429, 'rate_limited', 'RateLimitError'],
    [500, 'internal_error', 'ServiceError'],
    [502, 'upstream_failed', 'UpstreamError'],
    [503, 'upstream_unavailable', 'UpstreamError'],
    [503, 'service_unavailable', 'ServiceError'],
    [504, 'upstream_timeout', 'UpstreamError'],
  ])(
    'asks again after %d %s with the same key, and then tells it as %s',
    async (status, code, error) => {
      const refused = refusal(status, code, NOW);
      server.answer(refused, refused, { body: REPLY });
      expect(await asked(CHAT)).toMatchObject({ data: REPLY });
      expect(keys()).toHaveLength(3);
      expect(new Set(keys()).size).toBe(1);

      server.answer(refused, refused);
      const once = {
        client: { maxRetries: 5 },
        options: { maxRetries: 1, idempotencyKey: 'mine' },
      };
      expect(await asked({ ...CHAT, ...once })).toMatchObject({ error, status, code });
      expect(keys()).toEqual(['mine', 'mine']);
    },
  );

  test('asks no more than once where the service says so, the quota is used up, or the wait is long', async () => {
    for (const refused of [
      refusal(503, 'service_unavailable', { ...NOW, 'x-should-retry': 'false' }),
      refusal(429, 'quota_exhausted', NOW),
      refusal(429, 'rate_limited', { 'Retry-After': '61' }),
    ]) {
      server.answer(refused, { body: REPLY });
      expect(await asked(CHAT)).toMatchObject({ code: refused.body.error.code });
      expect(server.asked).toHaveLength(1);
    }
  });

  test('reads an error in each of the service’s forms, and one of somebody else', async () => {
    const myaihub = {
      error: true,
      message: 'سقف تمام شد',
      code: 'quota_exhausted',
      field: 'model',
    };
    server.answer({ status: 429, body: myaihub });
    const request = { model: 'some/model', prompt: 'سلام' };
    expect(await asked({ call: 'chatV3', request })).toMatchObject({
      error: 'QuotaExhaustedError',
      message: 'سقف تمام شد',
      param: 'model',
    });
    const error = { code: 'rate_limited', message: '請求過於頻繁', type: 'rate_limit_error' };
    server.answer({
      status: 429,
      headers: { 'Retry-After': '99' },
      body: { success: false, error },
    });
    expect(await asked({ call: 'images.create', request })).toMatchObject({
      error: 'RateLimitError',
      message: '請求過於頻繁',
      type: 'rate_limit_error',
    });
    const html = { 'Content-Type': 'text/html' };
    server.answer({ status: 404, headers: html, body: '<h1>Not here</h1>' });
    expect(await asked(CHAT)).toMatchObject({
      error: 'NotFoundError',
      code: null,
      message: 'The service answered with status 404',
    });
  });

  test('asks again where the connection breaks in the middle of an answer, with the same key', async () => {
    const longer = { 'Content-Length': '1000' };
    server.answer({ headers: longer, body: '{"choices":', ends: 'cut' }, { body: REPLY });
    expect(await asked(CHAT)).toMatchObject({ data: REPLY });
    expect(new Set(keys()).size).toBe(1);
    expect(keys()).toHaveLength(2);
  });

  test('tells of a service that is not there, and of one that says nothing', async () => {
    const nobody = { baseUrl: 'http://127.0.0.1:9', client: { maxRetries: 0 } };
    expect(await asker.ask({ ...CHAT, ...nobody })).toMatchObject({ error: 'ConnectionError' });
    server.answer({ ends: 'hang' });
    const options = { timeoutMs: 50, maxRetries: 0 };
    expect(await asked({ ...CHAT, options })).toMatchObject({ error: 'TimeoutError' });
    server.answer({ body: '{"choices":' });
    expect(await asked({ ...CHAT, options: { maxRetries: 0 } })).toMatchObject({
      error: 'ConnectionError',
    });
  });

  test('follows no redirection: the key stays where it was sent', async () => {
    const headers = { Location: `${server.url}/elsewhere` };
    for (const status of [301, 307]) {
      server.answer({ status, headers, body: {} });
      expect(await asked(CHAT)).toMatchObject({ error: 'ServiceError', status });
      expect(server.asked).toHaveLength(1);
    }
  });

  test('sends a key without the line break of its file, and shows none that cannot be sent', async () => {
    server.answer({ body: REPLY });
    await asked({ ...CHAT, apiKey: 'sahm_live_test\n' });
    expect(server.asked[0]?.headers.authorization).toBe('Bearer sahm_live_test');
    server.answer({ body: REPLY });
    for (const apiKey of ['sahm_live_a\nb', 'sahm_live_کلید']) {
      const { error, message } = await asked({ ...CHAT, apiKey });
      expect(error).toBe('SahmError');
      expect(message).not.toContain('sahm_live_');
    }
    expect(server.asked).toHaveLength(0);
  });

  test('repeats nothing that counts twice if it is done twice, except after a limit', async () => {
    const rotate = { call: 'license.keys.rotate', path: ['k'], request: {} };
    server.answer(refusal(503, 'service_unavailable', NOW), { body: {} });
    expect(await asked(rotate)).toMatchObject({ error: 'ServiceError' });
    expect(server.asked).toHaveLength(1);
    server.answer(refusal(429, 'rate_limited', NOW), { body: { secret: 's' } });
    expect(await asked(rotate)).toMatchObject({ data: { secret: 's' } });
    expect(keys()).toEqual([undefined, undefined]);
  });

  describe('of a stream', () => {
    const piece = (content: string) => ({ choices: [{ delta: { content } }] });

    test('gives event after event, to its end', async () => {
      const headers = { 'X-Request-Id': 'r-3' };
      const events = [
        piece('He'),
        piece('llo 你好'),
        { choices: [], quota: { used: 1 } },
        '[DONE]',
      ];
      server.answer({ headers, events });
      const outcome = await asked(STREAM);
      expect(outcome).toEqual(
        expect.objectContaining({ requestId: 'r-3', events: events.slice(0, 3) }),
      );
      expect(outcome.error).toBeUndefined();
      expect(server.asked[0]?.body).toEqual(STREAM.request);
    });

    test('asks again as long as it has not begun', async () => {
      server.answer(refusal(503, 'upstream_unavailable', NOW), { events: [piece('a'), '[DONE]'] });
      expect(await asked(STREAM)).toMatchObject({ events: [piece('a')] });
      expect(new Set(keys()).size).toBe(1);
    });

    test.each([
      [{ error: { message: 'It failed', code: 'upstream_failed' } }],
      [{ error: true, message: 'It failed', code: 'upstream_failed' }],
    ])('tells the error that ends it: %j', async error => {
      server.answer({ events: [piece('a'), error] });
      expect(await asked(STREAM)).toMatchObject({
        error: 'UpstreamError',
        code: 'upstream_failed',
        message: 'It failed',
        status: 200,
        events: [piece('a')],
      });
      expect(server.asked).toHaveLength(1);
    });

    test('tells that it broke off, ended too early, or stopped', async () => {
      server.answer({ events: [piece('a')], ends: 'cut' });
      expect(await asked(STREAM)).toMatchObject({ error: 'ConnectionError', events: [piece('a')] });
      server.answer({ events: [piece('a')] });
      expect(await asked(STREAM)).toMatchObject({ error: 'ConnectionError', events: [piece('a')] });
      const headers = { 'Content-Type': 'text/event-stream' };
      server.answer({ headers, body: `data: ${JSON.stringify(piece('a'))}\n\ndata: {"choi` });
      expect(await asked(STREAM)).toMatchObject({ error: 'ConnectionError', events: [piece('a')] });
      server.answer({ events: [piece('a'), '{"choi', '[DONE]'] });
      expect(await asked(STREAM)).toMatchObject({ error: 'ConnectionError', events: [piece('a')] });
      server.answer({ events: [piece('a')], ends: 'hang' });
      const options = { timeoutMs: 1_000, maxRetries: 0 };
      expect(await asked({ ...STREAM, options })).toMatchObject({
        error: 'TimeoutError',
        events: [piece('a')],
      });
    });
  });

  test.each([
    ['images.create', 'POST', '/envelope/v1/images/generations'],
    ['audio.create', 'POST', '/envelope/v1/audio/generations'],
    ['video.create', 'POST', '/envelope/v1/video/generations'],
    ['code.completions.create', 'POST', '/envelope/v1/code/completions'],
  ])('asks for %s and opens the envelope', async (call, method, path) => {
    const request = { model: 'some-model', prompt: 'a sunset' };
    server.answer({ status: 202, body: { success: true, data: { id: 'v' }, message: '操作成功' } });
    expect(await asked({ call, request })).toMatchObject({ data: { id: 'v' } });
    expect(server.asked).toMatchObject([{ method, path, body: request }]);
    expect(keys()[0]).toMatch(/^[0-9a-f-]{36}$/);
  });

  test.each([
    ['video.get', ['a/b'], undefined, 'GET /envelope/v1/video/generations/a%2Fb'],
    ['models.get', ['openai/gpt-5.2'], undefined, 'GET /v1/models/openai%2Fgpt-5.2'],
    ['chat.completions.estimate', [], CHAT.request, 'POST /v1/estimate'],
    ['license.get', [], undefined, 'GET /api/license'],
    [
      'license.usage',
      [],
      { from: '2026-11-01', group: 'day' },
      'GET /api/license/usage?from=2026-11-01&group=day',
    ],
    ['license.requests', [], { limit: 5 }, 'GET /api/license/requests?limit=5'],
    ['license.refusals', [], {}, 'GET /api/license/refusals'],
    ['license.purchases', [], {}, 'GET /api/license/purchases'],
    ['license.balance', [], {}, 'GET /api/license/balance'],
    ['license.statements', [], undefined, 'GET /api/license/statements'],
    ['license.statement', ['2026-11'], undefined, 'GET /api/license/statements/2026-11'],
    ['license.receipt', ['a/b'], undefined, 'GET /api/license/requests/a%2Fb/receipt'],
    ['license.rotate', [], { grace_seconds: 60 }, 'POST /api/license/rotate'],
    ['license.keys.list', [], {}, 'GET /api/license/keys'],
    ['license.keys.create', [], { name: 'bot' }, 'POST /api/license/keys'],
    ['license.keys.update', ['k'], { name: 'bot' }, 'PATCH /api/license/keys/k'],
    ['license.keys.withdraw', ['k'], undefined, 'DELETE /api/license/keys/k'],
  ])('%s asks what it says', async (call, path, request, line) => {
    server.answer({ body: { data: {} } });
    const outcome = await asked({ call, path, request });
    expect(outcome.error).toBeUndefined();
    expect(server.asked.map(each => `${each.method} ${each.path}`)).toEqual([line]);
    const sent = line.startsWith('GET') || line.startsWith('DELETE') ? null : request;
    expect(server.asked[0]?.body).toEqual(sent);
  });
});
