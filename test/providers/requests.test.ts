// What the adapters put on the wire.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ContentPart } from '../../src/domain/chat.js';
import { bodyText } from '../../src/domain/longTexts.js';
import { openai } from '../../src/providers/openai/wire.js';
import { openrouter } from '../../src/providers/openrouter/wire.js';
import type { ChatProvider } from '../../src/providers/port.js';
import { createUpstream } from '../../src/providers/upstream.js';
import { callOf, NEVER, startRecorder } from './fakeUpstream.js';

let recorder: Awaited<ReturnType<typeof startRecorder>>;
let openRouter: ChatProvider;
let openAi: ChatProvider;

beforeAll(async () => {
  recorder = await startRecorder();
  const settings = { apiKey: 'the-key', timeoutMs: 5_000 };
  openRouter = createUpstream(openrouter, { ...settings, baseUrl: `${recorder.origin}/api/v1` });
  openAi = createUpstream(openai, { ...settings, baseUrl: `${recorder.origin}/v1/` });
});
beforeEach(() => {
  recorder.received.length = 0;
});
afterAll(async () => {
  await openRouter.close();
  await openAi.close();
  await recorder.close();
});

async function bodySentBy(provider: ChatProvider, ...call: Parameters<typeof callOf>) {
  expect(await provider.complete(callOf(...call), NEVER)).toMatchObject({ kind: 'answer' });
  return recorder.received.at(-1)?.body;
}

const SAMPLING = {
  temperature: 0.5,
  top_p: 0.9,
  presence_penalty: 1,
  frequency_penalty: 1,
  logprobs: true,
  top_logprobs: 2,
};

test('each request has its address, key and hold id, and asks for no compression', async () => {
  await bodySentBy(openRouter);
  await bodySentBy(openAi);
  const [first, second] = recorder.received;
  expect(first?.url).toBe('/api/v1/chat/completions');
  expect(second?.url).toBe('/v1/chat/completions');
  for (const request of recorder.received) {
    expect(request.headers).toMatchObject({
      authorization: 'Bearer the-key',
      'accept-encoding': 'identity',
      'content-type': 'application/json',
      'x-client-request-id': callOf().holdId,
    });
  }
  expect(first?.headers['x-openrouter-title']).toBe('Sahm');
  expect(second?.headers).not.toHaveProperty('x-openrouter-title');
});

describe('options', () => {
  test('OpenRouter gets all, also for a reasoning model', async () => {
    const options = { ...SAMPLING, top_k: 5, max_completion_tokens: 9 };
    expect(await bodySentBy(openRouter, { options, reasoning: true })).toEqual({
      model: 'any/model',
      messages: [{ role: 'user', content: 'Hello' }],
      ...options,
    });
  });

  test('OpenAI gets those that it knows', async () => {
    const options = { ...SAMPLING, top_k: 5, min_p: 0.1, max_completion_tokens: 9, stop: ['x'] };
    const { top_k, min_p, ...known } = options;
    const messages = [{ role: 'user', content: 'Hello' }];
    expect(await bodySentBy(openAi, { options })).toEqual({
      model: 'any/model',
      messages,
      ...known,
    });
  });

  test('a reasoning model of OpenAI gets no sampling parameters', async () => {
    const options = { ...SAMPLING, max_completion_tokens: 9, seed: 1 };
    expect(await bodySentBy(openAi, { options, reasoning: true })).toEqual({
      model: 'any/model',
      messages: [{ role: 'user', content: 'Hello' }],
      max_completion_tokens: 9,
      seed: 1,
    });
  });

  test('max_tokens is sent as max_completion_tokens, which wins if both are given', async () => {
    for (const provider of [openRouter, openAi]) {
      const renamed = await bodySentBy(provider, { options: { max_tokens: 5 } });
      expect(renamed).toHaveProperty('max_completion_tokens', 5);
      expect(renamed).not.toHaveProperty('max_tokens');
      const both = { max_tokens: 5, max_completion_tokens: 6 };
      expect(await bodySentBy(provider, { options: both })).toHaveProperty(
        'max_completion_tokens',
        6,
      );
    }
  });

  test('no option can replace the model or the messages', async () => {
    const options = { model: 'dear/model', messages: [] };
    expect(await bodySentBy(openRouter, { options })).toMatchObject({
      model: 'any/model',
      messages: [{ content: 'Hello' }],
    });
  });
});

describe('content parts', () => {
  const PARTS: ContentPart[] = [
    { type: 'text', text: bodyText('Look') },
    { type: 'image_url', image_url: { url: bodyText('data:image/png;base64,AA'), detail: 'low' } },
    { type: 'input_audio', input_audio: { data: bodyText('AA'), format: 'mp3' } },
    { type: 'video_url', video_url: { url: bodyText('https://example.com/a.mp4') } },
    {
      type: 'file',
      file: {
        filename: bodyText('a.pdf'),
        file_data: bodyText('data:application/pdf;base64,AA'),
      },
    },
  ];

  test('pass as they are', async () => {
    const messages = [{ role: 'user' as const, content: PARTS }];
    expect(await bodySentBy(openRouter, { messages })).toMatchObject({ messages });
  });

  test.each([
    [{ url: 'https://example.com/a/b.pdf?x=1', mime_type: 'application/pdf' }, 'b.pdf'],
    [{ url: 'https://example.com/', mime_type: 'application/pdf' }, 'document.pdf'],
    [{ url: 'data:application/pdf;base64,AA', mime_type: 'application/pdf' }, 'document.pdf'],
    [{ url: 'https://example.com/a', filename: 'own.pdf' }, 'own.pdf'],
    [{ url: 'https://example.com/a' }, 'document'],
  ])('a file by URL %j becomes file data named %s', async (given, filename) => {
    const file = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name, bodyText(value)]),
    );
    const messages = [{ role: 'user' as const, content: [{ type: 'file' as const, file }] }];
    const content = [{ type: 'file', file: { filename, file_data: given.url } }];
    for (const provider of [openRouter, openAi]) {
      expect(await bodySentBy(provider, { messages })).toHaveProperty('messages', [
        { role: 'user', content },
      ]);
    }
  });
});
