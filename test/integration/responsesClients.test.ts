// The clients that speak Responses, used as their users would: most of them at their defaults.

import { createOpenAI } from '@ai-sdk/openai';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HumanMessage } from '@langchain/core/messages';
import { tool as langchainTool } from '@langchain/core/tools';
import { ChatOpenAI } from '@langchain/openai';
import {
  Agent,
  tool as agentTool,
  OpenAIProvider,
  Runner,
  setTracingDisabled,
} from '@openai/agents';
import { generateText, stepCountIs, streamText, tool } from 'ai';
import OpenAI from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import NewestOpenAI from 'openai-newest';
import { z } from 'zod';
import { SYSTEM } from '../../src/store/admin/audit.js';
import { type Service, startService } from '../harness/service.js';

const LIGHT = 'qwen/qwen-2.5-7b-instruct';
const SAID = '[sandbox] You said: سلام';

let service: Service;
let license: { id: string; key: string };
let emptyKey: string;
beforeAll(async () => {
  setTracingDisabled(true);
  service = await startService({
    faults: ['tools', 'turns-1', 'turns-9', 'reasoning', 'cut-6', 'status-400'],
  });
  license = await service.issue('pro');
  const empty = await service.issue('pro');
  emptyKey = empty.key;
  await service.deps.admin.licenses.change(empty.id, { limits: { openrouter: 0 } }, SYSTEM);
});
afterAll(() => service.close());

const usedOf = async () =>
  (await service.deps.chat.ledger.usage(license.id)).quotas.openrouter.used;
const weather = {
  type: 'function' as const,
  name: 'weather',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
  strict: true,
};

describe.each([
  ['openai 6', OpenAI],
  ['the newest openai', NewestOpenAI as unknown as typeof OpenAI],
])('%s', (_name, Client) => {
  const client = (more: object = {}) =>
    new Client({ apiKey: license.key, baseURL: `${service.url}/v1`, ...more });

  test('answers whole, by its iterator, and by its strict helper', async () => {
    const whole = await client().responses.create({ model: LIGHT, input: 'سلام' });
    expect(whole.output_text).toBe(SAID);
    expect(whole).toMatchObject({ model: LIGHT, quota: { charged: 1 } });
    const events = await client().responses.create({ model: LIGHT, input: 'سلام', stream: true });
    let text = '';
    for await (const event of events) {
      if (event.type === 'response.output_text.delta') text += event.delta;
    }
    expect(text).toBe(SAID);
    for (const model of [LIGHT, 'fault/reasoning', 'fault/tools']) {
      const tools = [weather];
      const stream = client().responses.stream({ model, input: 'سلام', tools });
      const final = await stream.finalResponse();
      expect(final.status).toBe('completed');
      expect(final.output.at(-1)).toMatchObject(
        model === 'fault/tools'
          ? { type: 'function_call', name: 'weather' }
          : { type: 'message', content: [{ text: SAID }] },
      );
    }
  });

  test('keeps, shows, goes on from and deletes responses', async () => {
    const first = await client().responses.create({ model: LIGHT, input: 'one' });
    const second = await client().responses.create({
      model: LIGHT,
      input: 'two',
      previous_response_id: first.id,
    });
    expect(second.previous_response_id).toBe(first.id);
    expect((await client().responses.retrieve(second.id)).output_text).toBe(second.output_text);
    const items = await client().responses.inputItems.list(second.id);
    expect(items.data).toHaveLength(3);
    await client().responses.delete(first.id);
    await expect(client().responses.retrieve(first.id)).rejects.toBeInstanceOf(
      Client.NotFoundError,
    );
  });

  test('throws a refusal after one attempt', async () => {
    let attempts = 0;
    const counted = (key: string) =>
      client({
        apiKey: key,
        fetch: (url: string, init: RequestInit) => {
          attempts += 1;
          return fetch(url, init);
        },
      });
    const before = await usedOf();
    const ask = (model: string, key: string) =>
      counted(key).responses.create({ model, input: 'x' });
    await expect(ask(LIGHT, emptyKey)).rejects.toMatchObject({
      status: 429,
      type: 'insufficient_quota',
      code: 'quota_exhausted',
    });
    await expect(ask('openai/gpt-5.2', license.key)).rejects.toMatchObject({ status: 403 });
    await expect(ask('fault/status-400', license.key)).rejects.toMatchObject({ status: 400 });
    await expect(ask(LIGHT, 'no key')).rejects.toMatchObject({ status: 401 });
    expect(attempts).toBe(4);
    expect(await usedOf()).toBe(before);
  });

  test('throws if a stream breaks off, by its iterator and its helper', async () => {
    const body = { model: 'fault/cut-6', input: 'سلام' };
    const events = await client().responses.create({ ...body, stream: true });
    const read = async () => {
      for await (const _ of events);
    };
    await expect(read()).rejects.toMatchObject({ code: 'upstream_failed' });
    const stream = client().responses.stream(body);
    await expect(stream.finalResponse()).rejects.toMatchObject({ code: 'upstream_failed' });
  });
});

test('openai sends schemas and parses what comes', async () => {
  const client = new OpenAI({ apiKey: license.key, baseURL: `${service.url}/v1` });
  const format = zodTextFormat(z.object({ city: z.string() }), 'city');
  const asked = client.responses.parse({
    model: LIGHT,
    input: '{"city":"شیراز"}',
    text: { format },
  });
  // The sandbox says its own words, which are no JSON.
  await expect(asked).rejects.toThrow(/JSON/);
  const called = await client.responses.parse({
    model: 'fault/tools',
    input: 'x',
    tools: [weather],
  });
  expect(called.output[0]).toMatchObject({ parsed_arguments: { city: 'sandbox' } });
});

describe('the AI SDK at its defaults', () => {
  const openai = () => createOpenAI({ apiKey: license.key, baseURL: `${service.url}/v1` });
  const tools = {
    weather: tool({ inputSchema: z.object({}).loose(), execute: async () => 'sunny' }),
  };

  test('holds a conversation of ten turns with tools', async () => {
    const before = await usedOf();
    const answer = await generateText({
      model: openai()('fault/turns-9'),
      prompt: 'سلام',
      tools,
      stopWhen: stepCountIs(12),
    });
    expect(answer.steps).toHaveLength(10);
    expect(answer.text).toBe(SAID);
    expect(await usedOf()).toBe(before + 10);
  });

  test('streams, reasons, and goes on from its own history', async () => {
    const model = openai()('fault/reasoning');
    const first = streamText({ model, prompt: 'سلام' });
    expect(await first.text).toBe(SAID);
    expect(await first.reasoningText).toBe('[sandbox] A moment of thought.');
    const { messages } = await first.response;
    const history = [
      { role: 'user' as const, content: 'سلام' },
      ...messages,
      { role: 'user' as const, content: 'again' },
    ];
    const second = await generateText({ model, messages: history });
    expect(second.text).toContain('again');
    const refused = generateText({
      model: createOpenAI({ apiKey: emptyKey, baseURL: `${service.url}/v1` })(LIGHT),
      prompt: 'x',
      maxRetries: 0,
    });
    await expect(refused).rejects.toMatchObject({ statusCode: 429 });
  });
});

test('the Agents SDK at its default runs an agent with a tool, whole and streamed', async () => {
  const modelProvider = new OpenAIProvider({
    apiKey: license.key,
    baseURL: `${service.url}/v1`,
  });
  const runner = new Runner({ modelProvider });
  const agent = new Agent({
    name: 'forecaster',
    instructions: 'Be brief.',
    model: 'fault/turns-1',
    tools: [
      agentTool({
        name: 'weather',
        description: 'The weather',
        parameters: z.object({ source: z.string() }),
        execute: async () => 'sunny',
      }),
    ],
  });
  const whole = await runner.run(agent, 'سلام');
  expect(whole.finalOutput).toBe(SAID);
  const streamed = await runner.run(agent, 'سلام', { stream: true });
  let text = '';
  for await (const piece of streamed.toTextStream()) text += piece;
  await streamed.completed;
  expect(text).toBe(SAID);
});

test('LangChain answers, streams and calls tools by Responses', async () => {
  const client = (model: string) =>
    new ChatOpenAI({
      model,
      apiKey: license.key,
      useResponsesApi: true,
      configuration: { baseURL: `${service.url}/v1` },
    });
  const answer = await client(LIGHT).invoke([new HumanMessage('سلام')]);
  expect(answer.text).toBe(SAID);
  let text = '';
  for await (const chunk of await client(LIGHT).stream([new HumanMessage('سلام')])) {
    text += chunk.text;
  }
  expect(text).toBe(SAID);
  const lookUp = langchainTool(async () => 'sunny', { name: 'weather', schema: z.object({}) });
  const called = await client('fault/tools').bindTools([lookUp]).invoke('سلام');
  expect(called.tool_calls?.[0]).toMatchObject({ name: 'weather' });
});
