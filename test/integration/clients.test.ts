// Other clients that speak OpenAI's API, used as their users would.

import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI } from '@langchain/openai';
import NewestOpenAI from 'openai-newest';
import { z } from 'zod';
import { type Service, startService } from '../harness/service.js';

const LIGHT = 'qwen/qwen-2.5-7b-instruct';
const SAID = '[sandbox] You said: سلام';
const messages = [{ role: 'user' as const, content: 'سلام' }];

let service: Service;
let key: string;
beforeAll(async () => {
  service = await startService({ faults: ['tools', 'cut-2'] });
  key = (await service.issue('pro')).key;
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
