// The sandbox speaks the wire formats of both upstreams.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openai } from '../../src/providers/openai/wire.js';
import { openrouter } from '../../src/providers/openrouter/wire.js';
import { type Sandbox, startSandbox } from '../../src/providers/sandbox/server.js';
import { createUpstream } from '../../src/providers/upstream.js';
import { callOf, NEVER, postChat } from './fakeUpstream.js';

let sandbox: Sandbox;
const logFile = join(mkdtempSync(join(tmpdir(), 'sahm-sandbox-')), 'served.jsonl');

beforeAll(async () => {
  sandbox = await startSandbox({ logFile });
});
afterAll(async () => {
  await sandbox.close();
  rmSync(join(logFile, '..'), { recursive: true });
});

describe('a JSON answer', () => {
  test('through the OpenRouter adapter says that it is the sandbox, and what it cost', async () => {
    const baseUrl = sandbox.url('openrouter');
    const provider = createUpstream(openrouter, { apiKey: 'any', baseUrl, timeoutMs: 5_000 });
    expect(await provider.complete(callOf(), NEVER)).toEqual({
      kind: 'answer',
      message: { role: 'assistant', content: '[sandbox] You said: Hello' },
      finishReason: 'stop',
      tokens: { promptTokens: 2, completionTokens: 7, costMicrousd: 5, costDollars: '0.0000045' },
    });
    await provider.close();
  });

  test('through the OpenAI adapter has no cost', async () => {
    const provider = createUpstream(openai, {
      apiKey: 'any',
      baseUrl: sandbox.url('openai'),
      timeoutMs: 5_000,
    });
    const call = callOf({ upstreamId: 'gpt-5', reasoning: true, options: { temperature: 0.2 } });
    expect(await provider.complete(call, NEVER)).toMatchObject({ tokens: { costMicrousd: null } });
    await provider.close();
  });

  test('counts the images that it saw and echoes the last user message, shortened', async () => {
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } };
    const content = [{ type: 'text', text: 'ب'.repeat(100) }, image, image];
    const messages = [
      { role: 'user', content },
      { role: 'assistant', content: 'No' },
    ];
    const reply = await postChat(sandbox, 'openrouter', { model: 'a/b', messages });
    expect(reply.headers.get('x-generation-id')).toMatch(/^gen-/);
    const body = (await reply.json()) as { choices: Array<{ message: object }> };
    expect(body.choices[0]?.message).toHaveProperty(
      'content',
      `[sandbox] images: 2. You said: ${'ب'.repeat(80)}...`,
    );
  });
});

describe('errors', () => {
  test('without a key, in both formats', async () => {
    const openRouter = await postChat(
      sandbox,
      'openrouter',
      { model: 'a/b' },
      { authorization: '' },
    );
    expect([openRouter.status, await openRouter.json()]).toEqual([
      401,
      { error: { code: 401, message: expect.any(String) } },
    ]);
    const openAi = await postChat(sandbox, 'openai', { model: 'a' }, { authorization: '' });
    expect([openAi.status, await openAi.json()]).toEqual([
      401,
      {
        error: {
          message: expect.any(String),
          type: 'invalid_request_error',
          param: null,
          code: null,
        },
      },
    ]);
  });

  test.each([
    [
      { max_tokens: 5 },
      'max_tokens',
      'unsupported_parameter',
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    ],
    [
      { temperature: 0.5, reasoning_effort: 'low' },
      'temperature',
      'unsupported_value',
      "Unsupported value: 'temperature' does not support 0.5 with this model. Only the default (1) value is supported.",
    ],
    [
      { stop: ['x'] },
      'stop',
      'unsupported_parameter',
      "Unsupported parameter: 'stop' is not supported with this model.",
    ],
  ])('a reasoning model of OpenAI refuses %j', async (options, param, code, message) => {
    const reply = await postChat(sandbox, 'openai', { model: 'gpt-5.2', ...options });
    expect(reply.status).toBe(400);
    expect(await reply.json()).toEqual({
      error: { message, type: 'invalid_request_error', param, code },
    });
    expect((await postChat(sandbox, 'openai', { model: 'gpt-4o', ...options })).status).toBe(200);
    expect((await postChat(sandbox, 'openrouter', { model: 'gpt-5.2', ...options })).status).toBe(
      200,
    );
  });

  test('an unknown fault, a body without a model, an unknown path', async () => {
    expect((await postChat(sandbox, 'openai', { model: 'a#nothing' })).status).toBe(400);
    expect((await postChat(sandbox, 'openai', {})).status).toBe(400);
    expect((await fetch(`${sandbox.url('openai')}/nothing`)).status).toBe(404);
  });
});

test('lists models: OpenRouter to everybody, OpenAI to those with a key', async () => {
  const openRouter = await fetch(`${sandbox.url('openrouter')}/models`);
  expect(await openRouter.json()).toMatchObject({
    data: [{ id: 'sandbox/model', pricing: { prompt: expect.any(String) } }],
    total_count: 1,
  });
  expect((await fetch(`${sandbox.url('openai')}/models`)).status).toBe(401);
  const headers = { authorization: 'Bearer any' };
  const openAi = await fetch(`${sandbox.url('openai')}/models`, { headers });
  expect(await openAi.json()).toMatchObject({ object: 'list', data: [{ object: 'model' }] });
});

test('served requests are in memory and, on arrival and at their end, in the file', async () => {
  await (
    await postChat(sandbox, 'openai', { model: 'gpt#tools' }, { 'x-client-request-id': 'hold-9' })
  ).text();
  const request = {
    provider: 'openai',
    holdId: 'hold-9',
    model: 'gpt',
    stream: false,
    outcome: 'tools',
    clientAborted: false,
  };
  await expect(readFileSync(logFile, 'utf8')).toContain('"holdId":"hold-9"');
  while (!sandbox.served.at(-1)?.ended) await new Promise(resolve => setTimeout(resolve, 5));
  const lines = readFileSync(logFile, 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
    .filter(line => line.holdId === 'hold-9');
  expect(sandbox.served.at(-1)).toMatchObject(request);
  expect(lines).toMatchObject([
    { ...request, ended: false },
    { ...request, ended: true },
  ]);
});
