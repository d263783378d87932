// The official SDK against the running service, over a real socket.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import { type Service, startService } from '../harness/service.js';

const LIGHT = 'qwen/qwen-2.5-7b-instruct';
const FAULTS = [
  'tools',
  'reasoning',
  'image',
  'stream-error-2',
  'cut-2',
  'status-500',
  'status-400',
];

let service: Service;
let pro: string;
let vip: string;
let attempts = 0;

beforeAll(async () => {
  service = await startService({ faults: FAULTS });
  pro = (await service.issue('pro')).key;
  vip = (await service.issue('vip')).key;
});
afterAll(() => service.close());

function client(apiKey: string, baseURL = `${service.url}/v1`): OpenAI {
  attempts = 0;
  return new OpenAI({
    apiKey,
    baseURL,
    fetch: (url, init) => {
      attempts += 1;
      return fetch(url as string, init as RequestInit);
    },
  });
}

const messages = [{ role: 'user' as const, content: 'سلام' }];

interface Counters {
  quota: { plan: string; used: number; limit: number; remaining: number; resets_at: string };
  usage_breakdown: Record<string, { used: number }>;
}

describe('chat.completions.create', () => {
  test('answers with the message, the tokens and the quota', async () => {
    const answer = await client(vip).chat.completions.create({ model: 'gpt-5.2', messages });
    expect(answer).toMatchObject({
      id: expect.stringMatching(/^chatcmpl-/),
      object: 'chat.completion',
      model: 'openai/gpt-5.2',
      choices: [
        {
          index: 0,
          finish_reason: 'stop',
          message: { role: 'assistant', content: '[sandbox] You said: سلام', refusal: null },
        },
      ],
      usage: { prompt_tokens: expect.any(Number), total_tokens: expect.any(Number) },
      quota: { plan: 'vip', used: 1, limit: 80, remaining: 79 },
      usage_breakdown: { openrouter: { used: 0 }, openai: { used: 1 } },
    });
    expect(Math.abs(answer.created * 1000 - Date.now())).toBeLessThan(60_000);
    const { quota } = answer as unknown as Counters;
    expect(new Date(quota.resets_at).getTime()).toBeGreaterThan(Date.now());
  });

  test.each(['/v1', '/v1/', '/api/v1'])('works below %s', async path => {
    const answer = await client(pro, service.url + path).chat.completions.create({
      model: LIGHT,
      messages,
    });
    expect(answer.choices[0]?.message.content).toContain('سلام');
  });

  test('takes the documented address with a slash at its end', async () => {
    const body = { model: LIGHT, messages };
    const headers = { Authorization: `Bearer ${pro}` };
    expect((await service.post('/api/v1/chat/completions/', body, headers)).status).toBe(200);
    const byOwnHeader = { 'X-API-Key': pro };
    expect((await service.post('/v1/chat/completions', body, byOwnHeader)).status).toBe(200);
  });

  test('streams, with the quota in the last chunk', async () => {
    const stream = await client(pro).chat.completions.create({
      model: LIGHT,
      messages,
      stream: true,
    });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks.map(chunk => chunk.choices[0]?.delta.content ?? '').join('')).toBe(
      '[sandbox] You said: سلام',
    );
    expect(new Set(chunks.map(chunk => chunk.id)).size).toBe(1);
    expect(chunks.every(chunk => chunk.model === LIGHT && chunk.choices.length === 1)).toBe(true);
    expect(chunks.at(-1)).toMatchObject({
      choices: [{ finish_reason: 'stop' }],
      quota: { plan: 'pro', limit: 750 },
      usage_breakdown: { openrouter: { limit: 750 }, openai: { limit: 0 } },
    });
  });

  test('streams the token usage to a client that asks for it, in a chunk of its own', async () => {
    const stream = await client(pro).chat.completions.create({
      model: LIGHT,
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: expect.any(Number), completion_tokens: expect.any(Number) },
      quota: { plan: 'pro' },
    });
  });

  test('the stream helper gives the whole answer', async () => {
    const runner = client(pro).chat.completions.stream({ model: LIGHT, messages });
    expect(await runner.finalContent()).toBe('[sandbox] You said: سلام');
  });

  test.each([true, false])('calls tools (streamed: %s)', async isStreamed => {
    const request = {
      model: 'fault/tools',
      messages,
      tools: [
        {
          type: 'function' as const,
          function: { name: 'sandbox_tool', parameters: { type: 'object', properties: {} } },
        },
      ],
      tool_choice: 'auto' as const,
    };
    const completions = client(pro).chat.completions;
    const answer = isStreamed
      ? await completions.stream(request).finalChatCompletion()
      : await completions.create(request);
    const [call] = answer.choices[0]?.message.tool_calls ?? [];
    expect(answer.choices[0]?.finish_reason).toBe('tool_calls');
    expect(call).toMatchObject({ type: 'function', function: { name: 'sandbox_tool' } });
    const next = await client(pro).chat.completions.create({
      model: LIGHT,
      messages: [
        ...messages,
        answer.choices[0]?.message as OpenAI.ChatCompletionMessage,
        { role: 'tool', tool_call_id: call?.id as string, content: '{"ok":true}' },
      ],
    });
    expect(next.choices[0]?.message.content).toContain('سلام');
  });

  test.each([true, false])('passes made images on (streamed: %s)', async stream => {
    const request = { model: 'fault/image', messages, modalities: ['text', 'image'] as never };
    const completions = client(pro).chat.completions;
    const text = stream
      ? JSON.stringify(await chunksOf(completions.create({ ...request, stream: true })))
      : JSON.stringify(await completions.create(request));
    expect(text).toContain('data:image/png;base64,');
  });
});

async function chunksOf(stream: PromiseLike<AsyncIterable<unknown>>): Promise<unknown[]> {
  const chunks = [];
  for await (const chunk of await stream) chunks.push(chunk);
  return chunks;
}

describe('errors are the classes of the SDK, after exactly one attempt', () => {
  const ask = (key: string, more: object = {}) =>
    client(key).chat.completions.create({ model: LIGHT, messages, ...more } as never);

  test.each([
    [
      'an unknown key',
      'sahm_live_nothing',
      {},
      OpenAI.AuthenticationError,
      'invalid_license_key',
      null,
    ],
    [
      'a model above the plan',
      'pro',
      { model: 'gpt-5.2' },
      OpenAI.PermissionDeniedError,
      'model_not_in_plan',
      null,
    ],
    [
      'an unknown model',
      'pro',
      { model: 'no/such' },
      OpenAI.NotFoundError,
      'model_not_found',
      'model',
    ],
    [
      'an unknown field',
      'pro',
      { plugins: [{ id: 'web' }] },
      OpenAI.BadRequestError,
      'invalid_request',
      'plugins',
    ],
    [
      'a bad value',
      'pro',
      { temperature: 3 },
      OpenAI.BadRequestError,
      'invalid_request',
      'temperature',
    ],
    ['two answers', 'pro', { n: 2 }, OpenAI.BadRequestError, 'invalid_request', 'n'],
    [
      'a tool that costs',
      'pro',
      { tools: [{ type: 'openrouter:web_search' }] },
      OpenAI.BadRequestError,
      'invalid_request',
      'tools[0].type',
    ],
    [
      'what the upstream refuses',
      'pro',
      { model: 'fault/status-400' },
      OpenAI.BadRequestError,
      'invalid_request',
      null,
    ],
  ])('%s', async (_name, who, more, type, code, param) => {
    const error = await ask(who === 'pro' ? pro : who, more).catch((fault: unknown) => fault);
    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject({ code, param, type: expect.any(String) });
    expect((error as { requestID: string }).requestID).toMatch(/^[0-9a-f-]{36}$/);
    expect(attempts).toBe(1);
  });

  test('RateLimitError for a quota that is used up, without further attempts', async () => {
    const { id, key } = await service.issue('basic');
    await ask(key);
    await service.database.prisma.quotaPeriod.updateMany({
      where: { licenseId: id, provider: 'openrouter' },
      data: { planLimit: 1 },
    });
    const error = await ask(key).catch((fault: unknown) => fault);
    expect(error).toBeInstanceOf(OpenAI.RateLimitError);
    expect(error).toMatchObject({ code: 'quota_exhausted' });
    expect(attempts).toBe(1);
    const answer = await service.post(
      '/v1/chat/completions',
      { model: LIGHT, messages },
      { Authorization: `Bearer ${key}` },
    );
    expect(answer.headers.get('x-should-retry')).toBe('false');
    expect(answer.headers.get('retry-after')).toBeNull();
    expect(answer.body).toMatchObject({
      error: { type: 'insufficient_quota', param: null, code: 'quota_exhausted' },
      quota: { used: 1, limit: 1, remaining: 0, resets_at: expect.any(String) },
    });
  });

  test.each(['stream-error-2', 'cut-2'])('an upstream that dies in mid-stream: %s', async fault => {
    const { key } = await service.issue('basic');
    const stream = await client(key).chat.completions.create({
      model: `fault/${fault}`,
      messages,
      stream: true,
    });
    let text = '';
    const read = (async () => {
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    })();
    await expect(read).rejects.toMatchObject({ code: 'upstream_failed' });
    expect(text).toContain('[sandbox]');
    expect(attempts).toBe(1);
    const usage = await service.post('/api/chat_v3', { api_key: key, model: LIGHT, prompt: 'x' });
    expect(usage.body.usage).toMatchObject({ used: 1 });
  });

  test('an upstream that fails before its first chunk has a status', async () => {
    const stream = client(pro).chat.completions.create(
      { model: 'fault/status-500', messages, stream: true },
      { maxRetries: 0 },
    );
    await expect(stream).rejects.toBeInstanceOf(OpenAI.InternalServerError);
  });

  test('other paths and methods answer in the same form', async () => {
    const headers = { Authorization: `Bearer ${pro}` };
    const assistants = await service.post('/v1/assistants', {}, headers);
    expect([assistants.status, assistants.body]).toMatchObject([
      404,
      { error: { code: 'not_found', param: null } },
    ]);
    const got = await fetch(`${service.url}/v1/chat/completions`);
    expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

describe('models', () => {
  test('list and retrieve, also by an id with a slash', async () => {
    const openai = client(pro);
    const models = [];
    for await (const model of openai.models.list()) models.push(model);
    expect(models.length).toBe(service.deps.chat.catalog().models.size);
    const model = await openai.models.retrieve('openai/gpt-5.2');
    expect(model).toMatchObject({
      id: 'openai/gpt-5.2',
      object: 'model',
      owned_by: 'openai',
      architecture: 'decoder',
      pricing: { prompt: expect.stringMatching(/^\d/), completion: expect.stringMatching(/^\d/) },
      features: { tools: true, vision: expect.any(Boolean) },
      minimum_plan: 'vip',
      units: 1,
      available: false,
      description: expect.stringMatching(/^[ -~]+$/),
    });
    expect(Object.keys(model)).toEqual(
      expect.arrayContaining(
        'name context_length hosted_by tokenizer maxCompletionTokens provider inputModalities huggingFaceId outputModalities retires_at created'.split(
          ' ',
        ),
      ),
    );
    await expect(openai.models.retrieve('no/such')).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });

  test('need no key, and have nothing of a license without one', async () => {
    const get = async (path: string, headers = {}) =>
      (await (await fetch(service.url + path, { headers })).json()) as Record<string, unknown>;
    const list = await get('/v1/models');
    expect(list).toMatchObject({ object: 'list', has_more: false });
    expect(JSON.stringify(list)).not.toContain('available');
    for (const path of [
      '/v1/models/openai/gpt-5.2',
      '/api/v1/models/openai%2Fgpt-5.2',
      '/v1/models/gpt-5.2/',
    ]) {
      const fa = await get(path, { 'Accept-Language': 'fa' });
      expect(fa).toMatchObject({
        id: 'openai/gpt-5.2',
        description: expect.stringMatching(/\p{Script=Arabic}/u),
      });
      expect(fa).not.toHaveProperty('available');
    }
    const withKey = await get('/v1/models/gpt-5.2', { Authorization: `Bearer ${vip}` });
    expect(withKey.available).toBe(true);
    const badKey = await fetch(`${service.url}/v1/models`, {
      headers: { Authorization: 'Bearer x' },
    });
    expect(badKey.status).toBe(401);
  });

  test('have a Vary header, and refuse in OpenAI’s form, other methods too', async () => {
    const list = await fetch(`${service.url}/v1/models?anything[]=%ff`);
    expect([list.status, list.headers.get('vary')]).toEqual([
      200,
      'Accept-Language, Authorization, X-API-Key, api-key, Cookie',
    ]);
    for (const [method, path, status, code] of [
      ['GET', '/v1/models/no/such', 404, 'model_not_found'],
      ['POST', '/v1/models', 405, 'method_not_allowed'],
      ['DELETE', '/api/v1/models/a/b', 405, 'method_not_allowed'],
    ] as const) {
      const refused = await fetch(service.url + path, { method });
      expect([path, refused.status]).toEqual([path, status]);
      expect(await refused.json()).toMatchObject({ error: { code, type: expect.any(String) } });
    }
  });
});
