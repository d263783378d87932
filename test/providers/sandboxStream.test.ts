// The sandbox streams in the wire formats of both upstreams.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Provider } from '../../src/domain/provider.js';
import { type Sandbox, startSandbox } from '../../src/providers/sandbox/server.js';
import { postChat } from './fakeUpstream.js';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

/** The events of a stream: parsed JSON, or the text of what is none. */
async function eventsOf(provider: Provider, body: object): Promise<unknown[]> {
  const text = await (await postChat(sandbox, provider, { stream: true, ...body })).text();
  return text.split('\n\n').flatMap(event => {
    if (event === '') return [];
    return event.startsWith('data: {') ? [JSON.parse(event.slice(6))] : [event];
  });
}

const textOf = (events: unknown[]) =>
  events.map(event => (event as Chunk).choices?.[0]?.delta?.content ?? '').join('');
interface Chunk {
  choices?: Array<{ delta?: { content?: string } }>;
}

describe('a stream', () => {
  test('of OpenRouter has comments, chunks, usage without choices, and an end', async () => {
    const events = await eventsOf('openrouter', { model: 'a/b' });
    expect(events[0]).toBe(': OPENROUTER PROCESSING');
    expect(textOf(events)).toBe('[sandbox] You said: Salam');
    expect(events.at(-2)).toMatchObject({ choices: [], usage: { cost: expect.any(Number) } });
    expect(events.at(-1)).toBe('data: [DONE]');
  });

  test('of OpenAI has usage only on request', async () => {
    const plain = await eventsOf('openai', { model: 'gpt' });
    expect(JSON.stringify(plain)).not.toContain('usage');
    expect(plain.at(-1)).toBe('data: [DONE]');
    const options = { stream_options: { include_usage: true } };
    const counted = await eventsOf('openai', { model: 'gpt', ...options });
    expect(counted[0]).toHaveProperty('usage', null);
    expect(counted.at(-2)).toMatchObject({ choices: [], usage: { prompt_tokens: 2 } });
  });

  test('is cut after the requested number of chunks', async () => {
    const reply = await postChat(sandbox, 'openrouter', { model: 'a/b#cut-2', stream: true });
    const decoder = new TextDecoder();
    let text = '';
    const read = async () => {
      for await (const bytes of reply.body ?? []) text += decoder.decode(bytes, { stream: true });
    };
    await expect(read()).rejects.toThrow();
    expect(text.match(/^data: /gm)).toHaveLength(2);
  });

  test('breaks with an error event in each format', async () => {
    const openRouter = await eventsOf('openrouter', { model: 'a/b#stream-error-3' });
    expect(openRouter).toHaveLength(5);
    expect(openRouter.at(-1)).toMatchObject({
      error: { code: 502 },
      choices: [{ delta: { content: '' }, finish_reason: 'error' }],
    });
    const openAi = await eventsOf('openai', { model: 'a#stream-error-3' });
    expect(openAi).toHaveLength(4);
    expect(openAi.at(-1)).toMatchObject({ error: { type: 'server_error' } });
  });

  test('that drips splits characters and loses none', async () => {
    const messages = [{ role: 'user', content: 'سلام' }];
    const events = await eventsOf('openrouter', { model: 'a/b#drip-0', messages });
    expect(textOf(events)).toBe('[sandbox] You said: سلام');
  });

  test('carries tool calls, images and reasoning', async () => {
    expect(JSON.stringify(await eventsOf('openai', { model: 'a#tools' }))).toContain(
      '"tool_calls":[{"index":0',
    );
    expect(JSON.stringify(await eventsOf('openrouter', { model: 'a#image' }))).toContain(
      '"images"',
    );
    expect(JSON.stringify(await eventsOf('openrouter', { model: 'a#reasoning' }))).toContain(
      '"reasoning":"[sandbox]',
    );
    expect(textOf(await eventsOf('openrouter', { model: 'a#blank' }))).toBe('');
    expect(textOf(await eventsOf('openrouter', { model: 'a#empty' }))).toBe('');
  });
});
