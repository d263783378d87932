// Upstreams that are servers of the test: what reaches them, and what happens when they fail.

import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Service, startService } from '../harness/service.js';
import { type Fake, type Received, startHttp, startRecorder } from '../providers/fakeUpstream.js';

const LIGHT = 'qwen/qwen-2.5-7b-instruct';
const messages = [{ role: 'user', content: 'سلام' }];

const ask = (service: Service, key: string, body: object) =>
  service.post('/v1/chat/completions', body, { Authorization: `Bearer ${key}` });

async function post(service: Service, key: string, body: object) {
  const headers = { Authorization: `Bearer ${key}` };
  return service.post('/api/v1/chat/completions/', body, headers);
}

describe('content', () => {
  let recorder: Fake & { received: Received[] };
  let service: Service;
  let vip: string;
  beforeAll(async () => {
    recorder = await startRecorder();
    service = await startService({
      env: {
        OPENROUTER_API_KEY: 'k',
        OPENROUTER_BASE_URL: `${recorder.origin}/api/v1`,
        OPENAI_API_KEY: 'k',
        OPENAI_BASE_URL: `${recorder.origin}/v1`,
      },
    });
    vip = (await service.issue('vip')).key;
  });
  afterAll(async () => {
    await service.close();
    await recorder.close();
  });
  const sent = () => recorder.received.at(-1)?.body;

  const IMAGE = { type: 'image_url', image_url: { url: 'https://example.com/image.jpg' } };
  const AUDIO = {
    type: 'input_audio',
    input_audio: { format: 'mp3', data: '<BASE64_AUDIO_DATA>' },
  };
  const VIDEO = { type: 'video_url', video_url: { url: 'https://www.youtube.com/watch?v=...' } };
  const document = (name: string) => ({
    type: 'file',
    file: { url: `https://example.com/${name}.pdf`, mime_type: 'application/pdf' },
  });
  const documentSent = (name: string) => ({
    type: 'file',
    file: { filename: `${name}.pdf`, file_data: `https://example.com/${name}.pdf` },
  });
  const userSays = (...content: unknown[]) => [{ role: 'user', content }];
  const say = (text: string) => ({ type: 'text', text });

  test('the example request of the gateway’s page arrives unchanged', async () => {
    const body = {
      model: 'anthropic/claude-haiku-4.5',
      messages: userSays(say('این تصویر چه احساسی را در شما برمیانگیزد؟'), IMAGE),
      temperature: 1,
      max_tokens: 1024,
      top_p: 1,
      frequency_penalty: 0,
      presence_penalty: 0,
    };
    expect((await ask(service, vip, body)).status).toBe(200);
    const { max_tokens, ...rest } = body;
    expect(sent()).toEqual({ ...rest, max_completion_tokens: max_tokens });
  });

  test('its default values are sent if the request has none', async () => {
    await ask(service, vip, { model: 'anthropic/claude-haiku-4.5', messages });
    expect(sent()).toMatchObject({ max_completion_tokens: 1024 });
    await ask(service, vip, { model: LIGHT, messages });
    expect(sent()).not.toHaveProperty('max_completion_tokens');
  });

  test('an image and a PDF, from the example’s addresses', async () => {
    const model = 'openai/gpt-4o-mini';
    const image = userSays(say('این تصویر را توضیح بده'), IMAGE);
    expect((await post(service, vip, { model, messages: image })).status).toBe(200);
    expect(sent()).toEqual({ model, messages: image });
    const pdf = userSays(say('خلاصه‌ای از این فایل PDF بده'), document('report'));
    const answer = await post(service, vip, { model, messages: pdf });
    expect(answer.body).toMatchObject({ choices: [{ message: { content: 'Hello' } }] });
    expect(sent()).toEqual({
      model,
      messages: userSays(say('خلاصه‌ای از این فایل PDF بده'), documentSent('report')),
    });
  });

  const FIVE = userSays(
    say('خلاصهٔ کوتاهی از این محتوا بده.'),
    IMAGE,
    document('document'),
    AUDIO,
    VIDEO,
  );

  test('all five parts, to a model that accepts them', async () => {
    const all = ['text', 'image', 'file', 'audio', 'video'] as const;
    const model = [...service.deps.chat.catalog().models.values()].find(({ card }) =>
      all.every(modality => card.inputModalities.includes(modality)),
    );
    const spoken = { ...AUDIO, input_audio: { format: 'mp3', data: 'SUQzBAAA' } };
    const messages = [
      { role: 'user', content: FIVE[0]?.content.map(part => (part === AUDIO ? spoken : part)) },
    ];
    const answer = await post(service, vip, { model: model?.id, messages });
    expect(answer.status).toBe(200);
    const parts = [
      say('خلاصهٔ کوتاهی از این محتوا بده.'),
      IMAGE,
      documentSent('document'),
      spoken,
      VIDEO,
    ];
    expect(sent()?.messages).toEqual(userSays(...parts));
  });

  test('all five parts as printed: a 400 that names audio and video, and models that accept them', async () => {
    const before = recorder.received.length;
    const answer = await post(service, vip, { model: 'openai/gpt-4o-mini', messages: FIVE });
    expect(answer.status).toBe(400);
    const { error } = answer.body as { error: Record<string, string> };
    expect(error).toMatchObject({ code: 'content_not_supported', param: 'messages' });
    expect(error.message).toMatch(
      /does not accept audio, video\. Models of your plan that do: \S+/,
    );
    expect(recorder.received.length).toBe(before);
    expect(answer.body).toMatchObject({
      usage_breakdown: { openrouter: { used: expect.any(Number) } },
    });
  });

  test('files and images as data', async () => {
    const png =
      'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
    const file = { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' };
    const content = userSays(
      { type: 'file', file },
      { type: 'image_url', image_url: { url: png, detail: 'low' } },
    );
    expect(
      (await ask(service, vip, { model: 'openai/gpt-4o-mini', messages: content })).status,
    ).toBe(200);
    expect(sent()?.messages).toEqual(content);
  });

  test.each<[string, unknown]>([
    [
      'messages[0].content[0].image_url.url',
      { type: 'image_url', image_url: { url: 'file:///etc/passwd' } },
    ],
    [
      'messages[0].content[0].image_url.url',
      { type: 'image_url', image_url: { url: 'data:image/svg+xml;base64,AAAA' } },
    ],
    ['messages[0].content[0].file.file_id', { type: 'file', file: { file_id: 'file-1' } }],
    [
      'messages[0].content[0].input_audio.format',
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'midi' } },
    ],
    ['messages[0].content[0].type', { type: 'thing' }],
    ['messages[0].content[0].type', { type: 'constructor' }],
    ['messages[0].content[0].text', { type: 'text', text: 'a\0b' }],
  ])('what cannot be used is named: %s', async (param, part) => {
    const answer = await ask(service, vip, {
      model: 'openai/gpt-4o-mini',
      messages: userSays(part),
    });
    expect([answer.status, answer.body]).toMatchObject([
      400,
      { error: { code: 'invalid_request', param } },
    ]);
  });

  test.each(
    'models plugins provider service_tier web_search_options transforms route functions audio prediction n store'.split(
      ' ',
    ),
  )('%s, which could cost more, is refused', async field => {
    const answer = await ask(service, vip, { model: LIGHT, messages, [field]: ['x'] });
    expect([answer.status, answer.body]).toMatchObject([400, { error: { param: field } }]);
  });

  test('all allowed fields are sent, but nothing about the caller', async () => {
    const sentOn = {
      temperature: 0.5,
      top_p: 0.5,
      top_k: 3,
      seed: 7,
      stop: ['a', 'b'],
      logprobs: true,
      top_logprobs: 2,
      logit_bias: { '50256': -100 },
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema: {} } },
      tools: [{ type: 'function', function: { name: 'f', parameters: {} } }],
      tool_choice: { type: 'function', function: { name: 'f' } },
      parallel_tool_calls: false,
      reasoning_effort: 'low',
      max_completion_tokens: 9,
    };
    const notSent = {
      n: 1,
      user: 'u',
      metadata: { a: 'b' },
      store: false,
      stream: false,
      service_tier: 'auto',
    };
    const conversation = [
      { role: 'system', content: 's' },
      { role: 'developer', content: [say('d')] },
      { role: 'user', content: 'u', name: 'bob' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
      },
      { role: 'tool', content: 't', tool_call_id: 'c' },
    ];
    const body = { model: LIGHT, messages: conversation, ...sentOn, ...notSent };
    expect((await ask(service, vip, body)).status).toBe(200);
    expect(sent()).toEqual({ model: LIGHT, messages: conversation, ...sentOn });
  });
});

/** Answers a chat as upstreams do. */
function answerWith(model: string): string {
  const usage = { prompt_tokens: 1000, completion_tokens: 10, total_tokens: 1010 };
  const choice = {
    index: 0,
    finish_reason: 'stop',
    message: { role: 'assistant', content: model },
  };
  return JSON.stringify({ id: 'x', object: 'chat.completion', model, choices: [choice], usage });
}

interface Seen {
  key: string;
  model: string;
}

/** An upstream that decides for each call: a status, or null for an answer. */
async function startUpstream(
  decide: (seen: Seen) => { status: number; retryAfter?: string } | null,
) {
  const seen: Seen[] = [];
  const fake = await startHttp(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { model } = JSON.parse(Buffer.concat(chunks).toString());
    const call = { key: request.headers.authorization?.slice('Bearer '.length) ?? '', model };
    seen.push(call);
    const failure = decide(call);
    response.writeHead(failure?.status ?? 200, {
      'content-type': 'application/json',
      ...(failure?.retryAfter && { 'retry-after': failure.retryAfter }),
    });
    response.end(failure ? '{"error":{"message":"no"}}' : answerWith(model));
  });
  return { ...fake, seen };
}

describe('several keys', () => {
  test('the first answers 429 and the second 200: all of 100 succeed, each charged once', async () => {
    const upstream = await startUpstream(({ key }) =>
      key === 'one' ? { status: 429, retryAfter: '30' } : null,
    );
    const env = { OPENROUTER_API_KEY: 'one, two', OPENROUTER_BASE_URL: upstream.origin };
    const service = await startService({ env });
    try {
      const { id, key } = await service.issue('basic');
      const answers = await Promise.all(
        Array.from({ length: 100 }, () => ask(service, key, { model: LIGHT, messages })),
      );
      expect(new Set(answers.map(answer => answer.status))).toEqual(new Set([200]));
      expect((await service.deps.chat.ledger.usage(id)).quotas.openrouter).toMatchObject({
        used: 100,
        held: 0,
      });
      expect(upstream.seen.filter(({ key }) => key === 'two').length).toBe(100);
      expect(await service.deps.findProblems()).toEqual([]);
    } finally {
      await service.close();
      await upstream.close();
    }
  });
});

describe('one retry', () => {
  test.each([
    ['a 500 that passes', 500, undefined, 200, 2, 0],
    ['a 503 that says no time', 503, undefined, 200, 2, 0],
    ['a 429 that says none that can be read', 429, 'soon', 200, 2, 0],
    ['a 429 whose Retry-After is short is waited for', 429, '1', 200, 2, 1_000],
    ['a 429 whose Retry-After is long is not', 429, '30', 503, 1, 0],
    ['the caller’s own mistake is not tried again', 400, undefined, 400, 1, 0],
    ['nor a refused account, with one key', 401, undefined, 503, 1, 0],
  ])('%s', async (_name, status, retryAfter, expected, calls, leastMs) => {
    let count = 0;
    const upstream = await startUpstream(() => {
      count += 1;
      return count > 1 ? null : { status, ...(retryAfter && { retryAfter }) };
    });
    const env = { OPENROUTER_API_KEY: 'one', OPENROUTER_BASE_URL: upstream.origin };
    const service = await startService({ env });
    try {
      const { id, key } = await service.issue('basic');
      const startedAt = performance.now();
      expect((await ask(service, key, { model: LIGHT, messages })).status).toBe(expected);
      expect(performance.now() - startedAt).toBeGreaterThanOrEqual(leastMs);
      expect(upstream.seen.length).toBe(calls);
      const used = expected === 200 ? 1 : 0;
      expect((await service.deps.chat.ledger.usage(id)).quotas.openrouter).toMatchObject({
        used,
        held: 0,
      });
    } finally {
      await service.close();
      await upstream.close();
    }
  });
});

describe('a fallback model', () => {
  test('answers with its name and its price; one hold, one charge', async () => {
    const upstream = await startUpstream(({ model }) =>
      model === 'x/first' ? { status: 404 } : null,
    );
    const env = { OPENROUTER_API_KEY: 'one', OPENROUTER_BASE_URL: upstream.origin };
    const change = { upstream_id: 'x/first', fallbacks: ['meta-llama/llama-3.1-8b-instruct'] };
    const service = await startService({ env, changes: { [LIGHT]: change } });
    try {
      const { id, key } = await service.issue('basic');
      const answer = await ask(service, key, { model: LIGHT, messages });
      expect(answer.body).toMatchObject({
        model: 'meta-llama/llama-3.1-8b-instruct',
        quota: { used: 1 },
      });
      expect(upstream.seen.map(({ model }) => model)).toEqual([
        'x/first',
        'meta-llama/llama-3.1-8b-instruct',
      ]);
      const holds = await service.database.prisma.hold.findMany({ where: { licenseId: id } });
      expect(holds).toEqual([
        expect.objectContaining({
          state: 'posted',
          model: 'meta-llama/llama-3.1-8b-instruct',
          promptTokens: 1000,
        }),
      ]);
      // 1000 tokens at 0.02 and 10 at 0.05 dollars per million: 20.5 micro-dollars, rounded up.
      expect(holds[0]?.costMicrousd).toBe(21n);
    } finally {
      await service.close();
      await upstream.close();
    }
  });
});

test('UPSTREAM_PROXY: all upstream traffic goes through it', async () => {
  const upstream = await startUpstream(() => null);
  let tunnels = 0;
  const proxy: Server = createServer((_request, response) => response.writeHead(500).end());
  proxy.on('connect', (request, client) => {
    tunnels += 1;
    const [host, port] = (request.url ?? '').split(':');
    const onward = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      onward.pipe(client);
      client.pipe(onward);
    });
    for (const socket of [onward, client]) socket.on('error', () => {});
  });
  await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve));
  const env = {
    OPENROUTER_API_KEY: 'one',
    OPENROUTER_BASE_URL: upstream.origin,
    UPSTREAM_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
  };
  const service = await startService({ env });
  try {
    const { key } = await service.issue('basic');
    expect((await ask(service, key, { model: LIGHT, messages })).status).toBe(200);
    expect(tunnels).toBe(1);
  } finally {
    await service.close();
    await upstream.close();
    proxy.closeAllConnections();
    await new Promise(resolve => proxy.close(resolve));
  }
});
