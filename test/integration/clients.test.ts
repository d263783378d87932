// Other clients that speak OpenAI's API, used as their users would.

import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI } from '@langchain/openai';
import {
  Agent,
  tool as agentTool,
  OpenAIChatCompletionsModel,
  Runner,
  setTracingDisabled,
} from '@openai/agents';
import { tool as aiTool, generateText, stepCountIs, streamText } from 'ai';
import OpenAI from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import NewestOpenAI from 'openai-newest';
import { z } from 'zod';
import { SYSTEM } from '../../src/store/admin/audit.js';
import { type Service, startService } from '../harness/service.js';

const LIGHT = 'qwen/qwen-2.5-7b-instruct';
const SAID = '[sandbox] You said: سلام';
const messages = [{ role: 'user' as const, content: 'سلام' }];

let service: Service;
let key: string;
let emptyKey: string;
beforeAll(async () => {
  setTracingDisabled(true);
  service = await startService({ faults: ['tools', 'cut-2', 'turns-3'] });
  key = (await service.issue('pro')).key;
  const empty = await service.issue('pro');
  emptyKey = empty.key;
  await service.deps.admin.licenses.change(empty.id, { limits: { openrouter: 0 } }, SYSTEM);
});
afterAll(() => service.close());

describe('the newest openai', () => {
  const client = () => new NewestOpenAI({ apiKey: key, baseURL: `${service.url}/v1` });

  test('answers, streams, calls tools and lists models', async () => {
    const answer = await client().chat.completions.create({ model: LIGHT, messages });
    expect(answer).toMatchObject({
      choices: [{ message: { content: SAID } }],
      quota: { plan: 'pro' },
    });
    const runner = client().chat.completions.stream({ model: LIGHT, messages });
    expect(await runner.finalContent()).toBe(SAID);
    const called = await client().chat.completions.create({ model: 'fault/tools', messages });
    expect(called.choices[0]?.finish_reason).toBe('tool_calls');
    expect((await client().models.retrieve(LIGHT)).id).toBe(LIGHT);
  });

  test('raises what went wrong', async () => {
    const wrong = new NewestOpenAI({ apiKey: 'no', baseURL: `${service.url}/v1` });
    await expect(wrong.chat.completions.create({ model: LIGHT, messages })).rejects.toBeInstanceOf(
      NewestOpenAI.AuthenticationError,
    );
    const stream = await client().chat.completions.create({
      model: 'fault/cut-2',
      messages,
      stream: true,
    });
    const read = async () => {
      for await (const _ of stream);
    };
    await expect(read()).rejects.toMatchObject({ code: 'upstream_failed' });
  });
});

describe('LangChain', () => {
  const client = (model: string) =>
    new ChatOpenAI({ model, apiKey: key, configuration: { baseURL: `${service.url}/v1` } });

  test('answers and streams, with the tokens', async () => {
    const answer = await client(LIGHT).invoke('سلام');
    expect([
      answer.text,
      (answer.usage_metadata as { total_tokens?: number } | undefined)?.total_tokens,
    ]).toEqual([SAID, expect.any(Number)]);
    let text = '';
    for await (const chunk of await client(LIGHT).stream('سلام')) text += chunk.text;
    expect(text).toBe(SAID);
  });

  test('calls tools', async () => {
    const sandboxTool = tool(() => 'ok', {
      name: 'sandbox_tool',
      description: 'A tool.',
      schema: z.object({ source: z.string() }),
    });
    const answer = await client('fault/tools').bindTools([sandboxTool]).invoke('x');
    expect(answer.tool_calls).toMatchObject([
      { name: 'sandbox_tool', args: { source: 'sandbox' } },
    ]);
  });
});

describe('the AI SDK', () => {
  const model = (id: string) =>
    createOpenAICompatible({
      name: 'sahm',
      apiKey: key,
      baseURL: `${service.url}/v1`,
      includeUsage: true,
    })(id);
  const prompt = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'سلام' }] }];

  test('answers, and calls tools', async () => {
    const answer = await model(LIGHT).doGenerate({ prompt });
    expect(answer.content).toEqual([{ type: 'text', text: SAID }]);
    const called = await model('fault/tools').doGenerate({ prompt });
    expect(called.content).toMatchObject([{ type: 'tool-call', toolName: 'sandbox_tool' }]);
  });

  test('streams, with the tokens', async () => {
    const { stream } = await model(LIGHT).doStream({ prompt });
    const parts = [];
    for await (const part of stream) parts.push(part);
    const text = parts.map(part => (part.type === 'text-delta' ? part.delta : '')).join('');
    expect(text).toBe(SAID);
    expect(parts.at(-1)).toMatchObject({
      type: 'finish',
      usage: { inputTokens: { total: expect.any(Number) } },
    });
  });
});

describe('a task of three turns of tools, whose reasoning is wanted back', () => {
  const MODEL = 'fault/turns-3';
  const baseURL = () => `${service.url}/v1`;
  const schema = z.object({ city: z.string() });

  const runTools = async (Client: typeof OpenAI, apiKey: string, stream: boolean) => {
    const client = new Client({ apiKey, baseURL: baseURL() });
    const look = {
      type: 'function' as const,
      function: {
        name: 'look',
        description: 'Looks.',
        parameters: {
          type: 'object',
          properties: { city: { type: 'string' } },
          required: ['city'],
        },
        parse: (given: string) => schema.parse(JSON.parse(given)),
        function: ({ city }: { city: string }) => `It is sunny in ${city}.`,
      },
    };
    const request = { model: MODEL, messages, tools: [look] };
    const runner = stream
      ? client.chat.completions.runTools({ ...request, stream: true })
      : client.chat.completions.runTools(request);
    return (await runner.finalContent()) ?? '';
  };
  const runAgent = async (apiKey: string, stream: boolean) => {
    const client = new OpenAI({ apiKey, baseURL: baseURL() });
    const look = agentTool({
      name: 'look',
      description: 'Looks.',
      parameters: schema,
      execute: async () => 'sunny',
    });
    const model = new OpenAIChatCompletionsModel(client, MODEL);
    const agent = new Agent({ name: 'looker', instructions: 'Look.', model, tools: [look] });
    if (!stream) return (await new Runner().run(agent, 'سلام')).finalOutput ?? '';
    const run = await new Runner().run(agent, 'سلام', { stream: true });
    let text = '';
    for await (const piece of run.toTextStream()) text += piece;
    await run.completed;
    return text;
  };
  const generate = async (model: Parameters<typeof generateText>[0]['model'], stream: boolean) => {
    const task = {
      model,
      prompt: 'سلام',
      maxRetries: 0,
      tools: { look: aiTool({ inputSchema: schema, execute: async () => 'sunny' }) },
      stopWhen: stepCountIs(9),
    };
    if (!stream) return (await generateText(task)).text;
    let text = '';
    for await (const part of streamText({ ...task, onError() {} }).fullStream) {
      if (part.type === 'error') throw part.error;
      if (part.type === 'text-delta') text += part.text;
    }
    return text;
  };
  const CLIENTS: Array<[string, (apiKey: string, stream: boolean) => Promise<string>]> = [
    ['runTools of openai 6', (apiKey, stream) => runTools(OpenAI, apiKey, stream)],
    [
      'runTools of the newest openai',
      (apiKey, stream) => runTools(NewestOpenAI as unknown as typeof OpenAI, apiKey, stream),
    ],
    ['the Agents SDK in chat mode', runAgent],
    [
      'openai.chat of the AI SDK',
      (apiKey, stream) =>
        generate(createOpenAI({ apiKey, baseURL: baseURL() }).chat(MODEL), stream),
    ],
    [
      'openai-compatible of the AI SDK',
      (apiKey, stream) =>
        generate(
          createOpenAICompatible({ name: 'sahm', apiKey, baseURL: baseURL() })(MODEL),
          stream,
        ),
    ],
  ];

  test.each(CLIENTS)('%s finishes it, whole and streamed', async (_name, run) => {
    expect(await run(key, false)).toBe(SAID);
    expect(await run(key, true)).toBe(SAID);
  });

  test.each(CLIENTS)('%s says that the quota is used up', async (_name, run) => {
    for (const stream of [false, true]) {
      await expect(run(emptyKey, stream)).rejects.toThrow(/quota is used up/);
    }
  });
});

test('openai’s parse gives the arguments of a call, and asks once where the quota is used up', async () => {
  let attempts = 0;
  const parse = (apiKey: string, more: object) =>
    new OpenAI({
      apiKey,
      baseURL: `${service.url}/v1`,
      fetch: (url, init) => {
        attempts += 1;
        return fetch(url, init);
      },
    }).chat.completions.parse({ model: 'fault/tools', messages, ...more });
  const parameters = { type: 'object', properties: {}, additionalProperties: false };
  const tools = [
    { type: 'function', function: { name: 'sandbox_tool', strict: true, parameters } },
  ];
  const called = await parse(key, { tools });
  expect(called.choices[0]?.message.tool_calls?.[0]).toMatchObject({
    function: { parsed_arguments: { source: 'sandbox' } },
  });
  const format = zodResponseFormat(z.object({ city: z.string() }), 'city');
  await expect(parse(emptyKey, { response_format: format })).rejects.toThrow(/quota is used up/);
  expect(attempts).toBe(2);
});
