// POST /v1/embeddings: counted as any call, on the same key.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import { embeddings } from '../../src/dialects/media/embeddings.js';
import { type Service, startService } from '../harness/service.js';

let service: Service;
let basic: { id: string; key: string };

beforeAll(async () => {
  service = await startService({
    changes: {
      'openai/text-embedding-3-large': { minimum_plan: 'basic', upstream_id: 'a#status-500' },
    },
  });
  basic = await service.issue('basic');
});
afterAll(() => service.close());

const MODEL = 'text-embedding-3-small';
const ask = (body: object, key = basic.key) =>
  service.post('/v1/embeddings', body, { Authorization: `Bearer ${key}` });
const usedOf = async () => (await service.deps.chat.ledger.usage(basic.id)).quotas.openrouter;

test('the official SDK gets vectors in the encoding that it requests', async () => {
  const client = new OpenAI({ apiKey: basic.key, baseURL: `${service.url}/v1` });
  const answer = await client.embeddings.create({ model: MODEL, input: ['سلام', 'hello'] });
  expect(answer.model).toBe('openai/text-embedding-3-small');
  expect(answer.data).toHaveLength(2);
  const [first] = answer.data;
  expect(Math.hypot(...(first?.embedding ?? []))).toBeCloseTo(1, 5);
  const floats = await ask({ model: MODEL, input: 'hello', dimensions: 3 });
  expect(floats).toMatchObject({
    status: 200,
    body: {
      object: 'list',
      data: [{ object: 'embedding', index: 0, embedding: expect.arrayContaining([]) }],
      usage: { total_tokens: expect.any(Number) },
      quota: { charged: 1, used: 2 },
      usage_breakdown: { openrouter: { used: 2, limit: 150 } },
    },
  });
  expect(floats.headers.get('x-quota-charged')).toBe('1');
  const nothingSaid = { user: null, encoding_format: null, input_type: null };
  expect(await ask({ model: MODEL, input: 'hello', ...nothingSaid })).toMatchObject({
    status: 200,
  });
});

test.each([
  ['no input', { model: MODEL }, 400, 'invalid_request', 'input'],
  ['an empty input', { model: MODEL, input: [] }, 400, 'invalid_request', 'input'],
  ['no model', { input: 'x' }, 400, 'invalid_request', 'model'],
  [
    'an unknown field',
    { model: MODEL, input: 'x', plugins: [] },
    400,
    'invalid_request',
    'plugins',
  ],
  [
    'dimensions 0',
    { model: MODEL, input: 'x', dimensions: 0 },
    400,
    'invalid_request',
    'dimensions',
  ],
  ['no such model', { model: 'none', input: 'x' }, 404, 'model_not_found', 'model'],
  [
    'a model for chats',
    { model: 'openai/gpt-4o-mini', input: 'x' },
    400,
    'content_not_supported',
    'model',
  ],
])('%s is refused by name, with nothing held', async (_name, body, status, code, param) => {
  const before = await usedOf();
  const answer = await ask(body);
  expect(answer).toMatchObject({ status, body: { error: { code, param } } });
  expect(await usedOf()).toEqual(before);
});

test('a chat with a model for embeddings is refused, with the models for chats', async () => {
  const answer = await service.post(
    '/v1/chat/completions',
    { model: MODEL, messages: [{ role: 'user', content: 'x' }] },
    { Authorization: `Bearer ${basic.key}` },
  );
  expect(answer).toMatchObject({ status: 400, body: { error: { code: 'content_not_supported' } } });
  expect(JSON.stringify(answer.body)).toContain('qwen/qwen-2.5-7b-instruct');
});

test('if the upstream fails, nothing is charged', async () => {
  const answer = await ask({ model: 'text-embedding-3-large', input: 'x' });
  expect(answer.status).toBe(429);
  const vip = await service.issue('vip');
  const failed = await ask({ model: 'text-embedding-3-large', input: 'x' }, vip.key);
  expect(failed).toMatchObject({ status: 502, body: { usage_breakdown: { openai: { used: 0 } } } });
  expect(failed.headers.get('x-quota-charged')).toBe('0');
});

test('the same Idempotency-Key gives the same bytes, charged once', async () => {
  const headers = { Authorization: `Bearer ${basic.key}`, 'Idempotency-Key': 'one' };
  const body = { model: MODEL, input: 'again' };
  const first = await service.post('/v1/embeddings', body, headers);
  const second = await service.post('/v1/embeddings', body, headers);
  expect(second.body).toEqual(first.body);
  expect(second.headers.get('idempotent-replayed')).toBe('true');
});

const HALVES = [0.5, -1.25];
const IN_BASE64 = 'AAAAPwAAoL8=';
const told = (...embeddings: unknown[]) => ({
  data: embeddings.map((embedding, index) => ({ index, embedding })).toReversed(),
});

test.each([
  ['base64', told(HALVES, HALVES), [IN_BASE64, IN_BASE64]],
  ['float', told(IN_BASE64, [1]), [HALVES, [1]]],
  [undefined, told(IN_BASE64, HALVES), [HALVES, HALVES]],
])(
  'vectors come in the encoding %s, in the order of their texts, whatever the upstream gives',
  (encoding_format, body, vectors) => {
    const call = embeddings.parse({ model: MODEL, input: ['a', 'b'], encoding_format }, 'key', {});
    if ('code' in call) throw new Error(call.code);
    const data = vectors.map((embedding, index) => ({ object: 'embedding', index, embedding }));
    expect(call.native.readAnswer(body, 'id')).toMatchObject({ body: { object: 'list', data } });
  },
);

test('an answer with a vector too few is none', () => {
  const call = embeddings.parse({ model: MODEL, input: ['a', 'b'] }, 'key', {});
  if ('code' in call) throw new Error(call.code);
  expect(call.native.readAnswer(told(HALVES), 'id')).toMatchObject({ kind: 'failure' });
  const numbered = [0, 0].map(index => ({ index, embedding: HALVES }));
  const data = [{ index: 0 }, { index: 1 }];
  expect(call.native.readAnswer({ data: numbered }, 'id')).toMatchObject({ body: { data } });
});
