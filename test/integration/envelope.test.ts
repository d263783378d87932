// The envelope: the requests of seed 004, with another host and key, answer as documented, field by field.

import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { imageSize } from 'image-size';
import { createApp } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { envelopeCode } from '../../src/dialects/envelope/chat.js';
import type { Model } from '../../src/domain/catalog.js';
import { chatListeners } from '../../src/http/chat/chat.js';
import { toEnvelope } from '../../src/http/chat/envelopeHosts.js';
import { createHttpServer } from '../../src/http/kernel/server.js';
import { type Service, startService } from '../harness/service.js';

let service: Service;
let vip: { id: string; key: string };

beforeAll(async () => {
  service = await startService({ faults: ['status-500', 'status-429', 'stream-error-1'] });
  vip = await service.issue('vip');
});
afterAll(() => service.close());

const SECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const ask = (path: string, body: unknown, key = vip.key, headers = {}) =>
  service.post(`/envelope/v1${path}`, body, { Authorization: `Bearer ${key}`, ...headers });
const quotaOf = async () => (await service.deps.chat.ledger.usage(vip.id)).quotas;
const success = (data: object) => ({
  success: true,
  data: { ...data, quota: expect.anything(), usage_breakdown: expect.anything() },
  message: '操作成功',
  timestamp: expect.stringMatching(SECONDS),
});
const failure = (
  code: string,
  type: string,
  message: unknown = expect.stringMatching(/\p{Script=Han}/u),
) => ({
  success: false,
  error: { code, message, type },
  timestamp: expect.stringMatching(SECONDS),
});
const TOKENS = {
  prompt_tokens: expect.any(Number),
  completion_tokens: expect.any(Number),
  total_tokens: expect.any(Number),
};

const CHAT = {
  model: 'gpt-4-turbo',
  messages: [{ role: 'user', content: '你好,請介紹一下人工智能。' }],
  temperature: 0.7,
  max_tokens: 1000,
};
const CODE = {
  model: 'codellama-70b',
  prompt: 'def fibonacci(n):',
  language: 'python',
  max_tokens: 200,
};
const IMAGE = {
  model: 'seeddream-4.0',
  prompt: 'a beautiful sunset over the ocean, digital art',
  n: 1,
  size: '1024x1024',
  style: 'digital-art',
};
const AUDIO = {
  model: 'audiogen',
  prompt: 'gentle rain and thunder in the background',
  duration: 30,
  format: 'mp3',
};

describe('the calls of seed 004', () => {
  test('a chat: the reply has the model’s name as it was requested', async () => {
    const answer = await ask('/chat/completions', CHAT);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual(
      success({
        id: expect.stringMatching(/^chatcmpl-/),
        object: 'chat.completion',
        created: expect.any(Number),
        model: 'gpt-4-turbo',
        choices: [
          {
            index: 0,
            message: { role: 'assistant', content: expect.stringContaining('你好'), refusal: null },
            logprobs: null,
            finish_reason: 'stop',
          },
        ],
        usage: TOKENS,
      }),
    );
    expect(answer.headers.get('x-quota-charged')).toBe('1');
  });

  test('code, without the fence of the model', async () => {
    const answer = await ask('/code/completions', CODE);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual(
      success({
        id: expect.any(String),
        object: 'code.completion',
        model: 'codellama-70b',
        choices: [{ text: expect.stringContaining('fibonacci'), index: 0, finish_reason: 'stop' }],
        usage: TOKENS,
      }),
    );
    const message = { role: 'assistant' as const, content: '```python\nreturn 1\n```' };
    const usage = await service.deps.chat.ledger.usage(vip.id);
    const rendered = envelopeCode.renderReply({
      id: '019abc00-0000-7000-8000-000000000000',
      asked: 'codellama-70b',
      language: 'zh-TW',
      answer: { kind: 'answer', message, finishReason: 'stop', tokens: null },
      model: service.deps.chat.catalog().modelsByName.get('codellama-70b') as Model,
      usage,
      charged: 1,
    });
    expect(rendered).toMatchObject({ data: { choices: [{ text: 'return 1' }] } });
  });

  test('an image: the size is read from it, the cost comes from the catalogue', async () => {
    for (const size of ['512x512', '1024x1024', '2048x2048']) {
      const answer = await ask('/images/generations', { ...IMAGE, size, n: 2 });
      expect(answer.status).toBe(200);
      const side = Number(size.split('x')[0]);
      const image = { url: expect.any(String), width: side, height: side };
      expect(answer.body).toEqual(
        success({ images: [image, image], usage: { images: 2, cost: 0.08 } }),
      );
      const [first] = (answer.body.data as { images: Array<{ url: string }> }).images;
      const file = await fetch(first?.url as string);
      expect(imageSize(Buffer.from(await file.arrayBuffer())).width).toBe(side);
    }
  });

  test('audio: the length is that of the file', async () => {
    const answer = await ask('/audio/generations', AUDIO);
    expect(answer.status).toBe(200);
    const { audio } = answer.body.data as { audio: { url: string; duration: number } };
    expect(answer.body).toEqual(
      success({
        audio: {
          url: expect.stringMatching(/\.mp3$/),
          duration: expect.any(Number),
          format: 'mp3',
        },
        usage: { seconds: audio.duration, cost: 0 },
      }),
    );
    const file = await fetch(audio.url);
    expect(file.headers.get('content-type')).toBe('audio/mpeg');
    // The sandbox speaks 15 characters a second.
    expect(audio.duration).toBeCloseTo(Math.ceil(AUDIO.prompt.length / 15), 0);
  });

  test('only absent fields get a default', async () => {
    const { temperature: _, max_tokens: __, ...bare } = CHAT;
    const asked = { ...bare, model: 'openai/gpt-4o-mini' };
    expect((await ask('/chat/completions', { ...asked, temperature: null })).status).toBe(200);
    const tooMuch = await ask('/chat/completions', { ...asked, temperature: 3 });
    expect(tooMuch.body).toEqual(failure('invalid_request', 'invalid_request_error'));
  });

  test('a stream has OpenAI’s chunks, and refuses in the envelope', async () => {
    const response = await fetch(`${service.url}/envelope/v1/chat/completions`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${vip.key}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ ...CHAT, stream: true }),
    });
    const text = await response.text();
    expect(text).toContain('"object":"chat.completion.chunk"');
    expect(new Set(text.match(/"model":"[^"]+"/g))).toEqual(new Set(['"model":"gpt-4-turbo"']));
    expect(text.trim().endsWith('data: [DONE]')).toBe(true);
    const broken = await fetch(`${service.url}/envelope/v1/chat/completions`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${vip.key}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ ...CHAT, model: 'fault/stream-error-1', stream: true }),
    });
    const last = (await broken.text()).trim().split('\n\n').at(-1) as string;
    expect(JSON.parse(last.replace('data: ', ''))).toEqual(
      failure('upstream_failed', 'server_error'),
    );
  });
});

describe('each status of seed 004', () => {
  test.each<[string, string, object, string]>([
    ['no prompt', '/images/generations', { ...IMAGE, prompt: undefined }, 'prompt'],
    ['five images', '/images/generations', { ...IMAGE, n: 5 }, '4'],
    ['another size', '/images/generations', { ...IMAGE, size: '640x480' }, '2048x2048'],
    ['another style', '/images/generations', { ...IMAGE, style: 'cubist' }, 'photo-realistic'],
    ['a duration of 0', '/audio/generations', { ...AUDIO, duration: 0 }, '300'],
    ['another format', '/audio/generations', { ...AUDIO, format: 'midi' }, 'flac'],
    ['an unknown field', '/code/completions', { ...CODE, suffix: 'x' }, 'suffix'],
    ['no messages', '/chat/completions', { model: 'gpt-4-turbo' }, 'messages'],
    [
      'a model of another kind',
      '/audio/generations',
      { ...AUDIO, model: 'gpt-4-turbo' },
      'hexgrad/kokoro-82m',
    ],
  ])('400, in Chinese, that names what is allowed: %s', async (_name, path, body, named) => {
    const before = await quotaOf();
    const answer = await ask(path, body);
    expect(answer.status).toBe(400);
    const { error } = answer.body as { error: { code: string; message: string } };
    expect(answer.body).toEqual(failure(error.code, 'invalid_request_error'));
    expect(error.message).toContain(named);
    expect(await quotaOf()).toEqual(before);
  });

  test('401 with seed 004’s own words for a wrong key; without one it says where a key belongs', async () => {
    const invalid = failure('invalid_api_key', 'authentication_error', 'API密鑰無效或已過期');
    expect(await ask('/chat/completions', CHAT, 'YOUR_API_KEY')).toMatchObject({
      status: 401,
      body: invalid,
    });
    const english = await ask('/chat/completions', CHAT, 'x', { 'Accept-Language': 'en' });
    expect(english.body.error).toMatchObject({
      message: 'The API key is not valid or has expired.',
    });
    const without = await service.post('/envelope/v1/chat/completions', CHAT);
    expect([without.status, without.body.error]).toMatchObject([
      401,
      { code: 'invalid_api_key', message: expect.stringContaining('Authorization: Bearer') },
    ]);
  });

  test('403, 404, 405, 429 and failures of the upstream', async () => {
    const basic = await service.issue('basic');
    expect(await ask('/chat/completions', CHAT, basic.key)).toMatchObject({
      status: 403,
      body: failure('model_not_in_plan', 'permission_error'),
    });
    expect(await ask('/chat/completions', { ...CHAT, model: 'nobody' })).toMatchObject({
      status: 404,
      body: failure('model_not_found', 'invalid_request_error'),
    });
    expect(await ask('/nowhere', {})).toMatchObject({
      status: 404,
      body: failure('not_found', 'invalid_request_error'),
    });
    const got = await service.call('GET', '/envelope/v1/chat/completions');
    expect(got).toMatchObject({
      status: 405,
      body: failure('method_not_allowed', 'invalid_request_error'),
    });
    expect(await ask('/chat/completions', { ...CHAT, model: 'fault/status-500' })).toMatchObject({
      status: 502,
      body: failure('upstream_failed', 'server_error'),
    });
    const token = await service.signInAs('owner');
    const limits = { limits: { openrouter: 0 } };
    await service.call('PATCH', `/admin/api/licenses/${basic.id}`, { token, body: limits });
    const exhausted = await ask('/audio/generations', AUDIO, basic.key);
    expect(exhausted).toMatchObject({
      status: 429,
      body: failure('quota_exhausted', 'insufficient_quota'),
    });
    expect(exhausted.headers.get('x-should-retry')).toBe('false');
  });

  test('500 for an unexpected fault', async () => {
    const { ledger } = service.deps.chat;
    const { hold } = ledger;
    ledger.hold = () => Promise.reject(new Error('as if'));
    try {
      expect(await ask('/chat/completions', CHAT)).toMatchObject({
        status: 500,
        body: failure('internal_error', 'server_error'),
      });
    } finally {
      ledger.hold = hold;
    }
  });

  test('every answer of a license with a rate limit has the headers, and 429 when it is spent', async () => {
    const license = await service.issue('vip');
    const token = await service.signInAs('operator');
    const body = { rate_limit: 3 };
    await service.call('PATCH', `/admin/api/licenses/${license.id}`, { token, body });
    const answers = [];
    answers.push(await ask('/chat/completions', { model: 'gpt-4-turbo' }, license.key));
    answers.push(await ask('/chat/completions', CHAT, license.key));
    answers.push(await ask('/images/generations', { ...IMAGE, model: 'nobody' }, license.key));
    answers.push(await ask('/audio/generations', AUDIO, license.key));
    expect(answers.map(({ status }) => status)).toEqual([400, 200, 404, 429]);
    expect(answers[3]?.body).toEqual(failure('rate_limited', 'rate_limit_error'));
    for (const { headers } of answers) {
      expect(headers.get('x-ratelimit-limit')).toBe('3');
      expect(Number(headers.get('x-ratelimit-remaining'))).toBeLessThan(3);
      expect(Number(headers.get('x-ratelimit-reset'))).toBeGreaterThan(1_700_000_000);
    }
  });
});

describe('hosts of its own', () => {
  test('at /v1 it is the envelope for these, and OpenAI’s for all others', async () => {
    const { envelopeHosts } = loadConfig({ ENVELOPE_HOSTS: 'API.aimodels.example, other.example' });
    const { deps } = service;
    const server = createHttpServer(createApp(deps), chatListeners(deps), {
      redirect: toEnvelope(envelopeHosts),
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const askAt = (host: string) =>
      new Promise<Record<string, unknown>>((resolve, reject) => {
        const headers = {
          Host: host,
          Authorization: `Bearer ${vip.key}`,
          'Content-Type': 'application/json',
        };
        const path = '/v1/chat/completions';
        const asked = httpRequest({ port, path, method: 'POST', headers }, response => {
          const chunks: Buffer[] = [];
          response.on('data', chunk => chunks.push(chunk));
          response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString())));
        });
        asked.on('error', reject);
        asked.end(JSON.stringify({ ...CHAT, model: 'openai/gpt-4o-mini' }));
      });
    try {
      expect(await askAt('api.aimodels.example:443')).toMatchObject({ success: true });
      expect(await askAt('api.shop.example')).toMatchObject({ object: 'chat.completion' });
    } finally {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    }
  });

  test('a text that is no host name is refused at start', () => {
    expect(() => loadConfig({ ENVELOPE_HOSTS: 'https://x.example' })).toThrow(/ENVELOPE_HOSTS/);
  });
});
