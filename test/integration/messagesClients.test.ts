// Clients that speak Anthropic's API, used as their users would.

import { createAnthropic } from '@ai-sdk/anthropic';
import Anthropic from '@anthropic-ai/sdk';
import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { SYSTEM } from '../../src/store/admin/audit.js';
import { type Service, startService } from '../harness/service.js';

const LIGHT = 'qwen/qwen-2.5-7b-instruct';
const SAID = '[sandbox] You said: سلام';
const body = { max_tokens: 2048, messages: [{ role: 'user' as const, content: 'سلام' }] };

let service: Service;
let license: { id: string; key: string };
/** What was asked of the service. */
const asked: string[] = [];
const counting: typeof fetch = (input, init) => {
  asked.push(`${init?.method ?? 'GET'} ${new URL(String(input)).pathname}`);
  return fetch(input, init);
};
beforeAll(async () => {
  service = await startService({ faults: ['tools', 'turns-3', 'cut-5', 'status-400'] });
  license = await service.issue('pro');
});
afterAll(() => service.close());

const client = (key = license.key) =>
  new Anthropic({ apiKey: key, baseURL: service.url, fetch: counting });
const failureOf = (asking: Promise<unknown>) =>
  asking.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('the Anthropic SDK', () => {
  test('answers, by either header, with what is left', async () => {
    const answer = await client().messages.create({ model: LIGHT, ...body });
    expect(answer).toMatchObject({
      model: LIGHT,
      content: [{ type: 'text', text: SAID }],
      stop_reason: 'end_turn',
      quota: { plan: 'pro', charged: 1 },
    });
    expect(answer._request_id).toBe(answer.id.replace('msg_', ''));
    const byToken = new Anthropic({ apiKey: null, authToken: license.key, baseURL: service.url });
    expect((await byToken.messages.create({ model: LIGHT, ...body })).role).toBe('assistant');
  });

  test('streams: its helper puts together the message with thoughts and signature', async () => {
    const stream = client().messages.stream({
      model: LIGHT,
      ...body,
      thinking: { type: 'enabled', budget_tokens: 1024 },
    });
    let heard = '';
    stream.on('text', text => {
      heard += text;
    });
    const message = await stream.finalMessage();
    expect(heard).toBe(SAID);
    expect(message).toMatchObject({
      model: LIGHT,
      content: [
        { type: 'thinking', thinking: expect.any(String), signature: expect.any(String) },
        { type: 'text', text: SAID },
      ],
      stop_reason: 'end_turn',
      usage: { input_tokens: expect.any(Number), output_tokens: expect.any(Number) },
    });
    expect(message.usage.output_tokens).toBeGreaterThan(0);
    expect(stream.request_id).toBe(message.id.replace('msg_', ''));
  });

  test.each([false, true])('runs tools to the end of a task, streamed: %s', async isStreamed => {
    let calls = 0;
    const look = betaZodTool({
      name: 'look',
      description: 'Looks something up.',
      inputSchema: z.object({}),
      run() {
        calls += 1;
        return '42';
      },
    });
    const runner = client().beta.messages.toolRunner({
      model: 'fault/turns-3',
      ...body,
      thinking: { type: 'adaptive' },
      tools: [look],
      stream: isStreamed,
    });
    asked.length = 0;
    const last = await runner.runUntilDone();
    expect(calls).toBe(3);
    // The first asks the server to keep the conversation, and is refused.
    expect(asked).toHaveLength(1 + 4);
    expect(last).toMatchObject({ content: [{ type: 'thinking' }, { type: 'text', text: SAID }] });
  });

  test('counts tokens, and lists models page by page', async () => {
    const { max_tokens: _, ...counted } = body;
    const { input_tokens } = await client().messages.countTokens({ model: LIGHT, ...counted });
    expect(input_tokens).toBeGreaterThan(0);
    const ids: string[] = [];
    asked.length = 0;
    for await (const model of client().models.list({ limit: 10 })) {
      expect(model).toMatchObject({ type: 'model', display_name: expect.any(String) });
      expect(new Date(model.created_at).getTime()).toBeGreaterThan(Date.parse('2024-01-01'));
      ids.push(model.id);
    }
    const all = [...service.deps.chat.catalog().models.keys()];
    expect(ids).toEqual(all);
    expect(asked).toHaveLength(Math.ceil(all.length / 10));
    const backwards = await client().models.list({ limit: 2, before_id: all[5] as string });
    expect(backwards.data.map(({ id }) => id)).toEqual(all.slice(3, 5));
    expect(backwards.has_more).toBe(true);
    expect((await client().models.retrieve('claude-haiku-4.5')).id).toBe(
      'anthropic/claude-haiku-4.5',
    );
  });

  test('raises errors of its own classes, with the id of the request', async () => {
    const wrong = await failureOf(client('no').messages.create({ model: LIGHT, ...body }));
    expect(wrong).toBeInstanceOf(Anthropic.AuthenticationError);
    expect((wrong as InstanceType<typeof Anthropic.APIError>).requestID).toMatch(/^[0-9a-f-]{36}$/);
    const asking = (model: string, more: object = {}) =>
      failureOf(client().messages.create({ model, ...body, ...more }, { maxRetries: 0 }));
    expect(await asking('none')).toBeInstanceOf(Anthropic.NotFoundError);
    expect(await asking('gpt-5.2')).toBeInstanceOf(Anthropic.PermissionDeniedError);
    expect(await asking(LIGHT, { temperature: 9 })).toBeInstanceOf(Anthropic.BadRequestError);
    expect(await asking('fault/status-400')).toBeInstanceOf(Anthropic.BadRequestError);
    expect(await failureOf(client('no').models.list())).toMatchObject({
      status: 401,
      type: 'authentication_error',
    });
    const cut = client().messages.stream({ model: 'fault/cut-5', ...body });
    expect(await failureOf(cut.finalMessage())).toMatchObject({
      error: { type: 'error', error: { type: 'api_error' } },
    });
  });

  test('makes one attempt if the quota is used up, and nothing stays held', async () => {
    const { id, key } = await service.issue('pro');
    await service.deps.admin.licenses.change(id, { limits: { openrouter: 1 } }, SYSTEM);
    await client(key).messages.create({ model: LIGHT, ...body });
    for (const stream of [false, true]) {
      asked.length = 0;
      const failure = await failureOf(
        client(key).messages.create({ model: LIGHT, ...body, stream }),
      );
      expect(failure).toBeInstanceOf(Anthropic.RateLimitError);
      expect(failure).toMatchObject({
        type: 'rate_limit_error',
        error: { error: { code: 'quota_exhausted' }, quota: { used: 1, remaining: 0 } },
      });
      expect(asked).toEqual(['POST /v1/messages']);
    }
    expect((await service.deps.chat.ledger.usage(id)).quotas.openrouter).toMatchObject({
      used: 1,
      held: 0,
    });
  });
});

describe('the AI SDK', () => {
  const model = (id: string) =>
    createAnthropic({ apiKey: license.key, baseURL: `${service.url}/v1` })(id);
  const prompt = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'سلام' }] }];

  test('answers, and calls tools', async () => {
    const answer = await model(LIGHT).doGenerate({ prompt });
    expect(answer.content).toMatchObject([{ type: 'text', text: SAID }]);
    expect(answer.usage.inputTokens.total).toBeGreaterThan(0);
    const called = await model('fault/tools').doGenerate({
      prompt,
      tools: [{ type: 'function', name: 'sandbox_tool', inputSchema: { type: 'object' } }],
    });
    expect(called.content).toMatchObject([
      { type: 'tool-call', toolName: 'sandbox_tool', input: '{"source":"sandbox"}' },
    ]);
    expect(called.finishReason.unified).toBe('tool-calls');
  });

  test('streams, with the tokens', async () => {
    const { stream } = await model(LIGHT).doStream({ prompt });
    const parts = [];
    for await (const part of stream) parts.push(part);
    const text = parts.map(part => (part.type === 'text-delta' ? part.delta : '')).join('');
    expect(text).toBe(SAID);
    expect(parts.at(-1)).toMatchObject({
      type: 'finish',
      finishReason: { unified: 'stop' },
      usage: { inputTokens: { total: expect.any(Number) } },
    });
  });
});

test('Codex gets its own list beside OpenAI’s if it sends its version', async () => {
  const list = await service.call('GET', '/v1/models?client_version=0.171.0');
  const { models, data } = list.body as { models: Array<Record<string, unknown>>; data: object[] };
  expect(models[0]).toMatchObject({
    slug: LIGHT,
    visibility: 'list',
    shell_type: 'shell_command',
    input_modalities: ['text'],
    truncation_policy: { mode: 'tokens', limit: 10_000 },
  });
  expect(models.map(({ slug }) => slug)).not.toContain('openai/text-embedding-3-small');
  expect(data.length).toBeGreaterThan(models.length);
  expect((await service.call('GET', '/v1/models')).body).not.toHaveProperty('models');
  expect((await service.call('GET', '/v1/models?limit=0')).status).toBe(400);
  expect((await service.call('GET', '/v1/models?after_id=none')).status).toBe(400);
});
