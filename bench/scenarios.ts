// The requests of each scenario. All servers get the same bytes, including the license key, which only Sahm reads.

import { requestBytes } from './load.js';

export interface Scenario {
  name: string;
  /** The name in tables and plots. */
  title: string;
  connections: number;
  /**
   * Short, so that a slow phase of the machine affects all servers. Long enough for each connection to get
   * some answers.
   */
  turnMs: number;
  /**
   * The clients start within this time, which is about as long as an answer takes. If all began at the same
   * instant and got answers of the same length, they would go on asking in step, which real users do not.
   */
  spreadMs?: number;
  /** Whether the first byte of the answer is what matters. */
  isStream: boolean;
  request(key: string): Buffer;
  /** Whether plans that sell money are measured beside those of requests. */
  alsoMoney?: true;
}

const MODEL = 'qwen/qwen-2.5-7b-instruct';
const VISION_MODEL = 'meta-llama/llama-3.2-11b-vision-instruct';
const CLAUDE = 'anthropic/claude-haiku-4.5';
const EMBEDDING_MODEL = 'openai/text-embedding-3-small';
const IMAGE_BYTES = 1024 * 1024;
const PACED = 'wait 50 pieces 40 apart 10';
const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

function chatV3(key: string, more: { prompt: string; model?: string; image_url?: string }): Buffer {
  return requestBytes('/api/chat_v3', { api_key: key, model: MODEL, ...more });
}

function openAi(key: string, prompt: string, more: object = {}): Buffer {
  const messages = [{ role: 'user', content: prompt }];
  const headers = { Authorization: `Bearer ${key}` };
  return requestBytes('/v1/chat/completions', { model: MODEL, messages, ...more }, headers);
}

function responses(key: string, input: string, more: object): Buffer {
  const headers = { Authorization: `Bearer ${key}` };
  return requestBytes('/v1/responses', { model: MODEL, input, ...more }, headers);
}

function messages(key: string, prompt: string, more: object): Buffer {
  const body = { model: CLAUDE, max_tokens: 500, messages: [{ role: 'user', content: prompt }] };
  return requestBytes('/v1/messages', { ...body, ...more }, { 'x-api-key': key });
}

function embedding(key: string, input: string): Buffer {
  const headers = { Authorization: `Bearer ${key}` };
  const body = { model: EMBEDDING_MODEL, input, encoding_format: 'base64' };
  return requestBytes('/v1/embeddings', body, headers);
}

function image(): string {
  const bytes = Buffer.alloc(IMAGE_BYTES, 'an image of noise; ');
  bytes.set(PNG_SIGNATURE);
  return `data:image/png;base64,${bytes.toString('base64')}`;
}

export const SCENARIOS: Scenario[] = [
  {
    name: 'chat_v3',
    title: 'chat_v3, upstream 0 ms, 64 connections',
    connections: 64,
    turnMs: 1_000,
    isStream: false,
    request: key => chatV3(key, { prompt: 'How are you?' }),
  },
  {
    name: 'v1',
    title: '/v1, upstream 0 ms, 64 connections',
    connections: 64,
    turnMs: 1_000,
    isStream: false,
    request: key => openAi(key, 'How are you?'),
    alsoMoney: true,
  },
  {
    name: 'chat_v3_50ms',
    title: 'chat_v3, upstream 50 ms, 32 connections',
    connections: 32,
    turnMs: 1_000,
    spreadMs: 50,
    isStream: false,
    request: key => chatV3(key, { prompt: 'wait 50' }),
  },
  {
    name: 'image',
    title: 'chat_v3 with an image of 1 MiB, 16 connections',
    connections: 16,
    turnMs: 3_000,
    isStream: false,
    request: key =>
      chatV3(key, { prompt: 'What is this?', model: VISION_MODEL, image_url: image() }),
  },
  {
    name: 'stream',
    title: '/v1 stream, 40 pieces 10 ms apart, 32 connections',
    connections: 32,
    turnMs: 3_000,
    spreadMs: 450,
    isStream: true,
    request: key => openAi(key, PACED, { stream: true }),
    alsoMoney: true,
  },
  {
    name: 'stream_together',
    title: '/v1 stream, the same, all begun in one instant',
    connections: 32,
    turnMs: 3_000,
    isStream: true,
    request: key => openAi(key, PACED, { stream: true }),
  },
  {
    name: 'stream_burst',
    title: '/v1 stream, 40 pieces at once, 32 connections',
    connections: 32,
    turnMs: 1_000,
    isStream: true,
    request: key => openAi(key, 'pieces 40', { stream: true }),
    alsoMoney: true,
  },
  {
    name: 'responses_stream',
    title: '/v1/responses stream, 40 pieces 10 ms apart, 32 connections',
    connections: 32,
    turnMs: 3_000,
    spreadMs: 450,
    isStream: true,
    request: key => responses(key, PACED, { stream: true, store: false }),
  },
  {
    name: 'responses',
    title: '/v1/responses, nothing kept, upstream 0 ms, 64 connections',
    connections: 64,
    turnMs: 1_000,
    isStream: false,
    request: key => responses(key, 'How are you?', { store: false }),
  },
  {
    name: 'responses_kept',
    title: '/v1/responses, kept, upstream 0 ms, 64 connections',
    connections: 64,
    turnMs: 1_000,
    isStream: false,
    request: key => responses(key, 'How are you?', {}),
  },
  {
    name: 'messages_stream',
    title: '/v1/messages stream, 40 pieces 10 ms apart, 32 connections',
    connections: 32,
    turnMs: 3_000,
    spreadMs: 450,
    isStream: true,
    request: key => messages(key, PACED, { stream: true }),
  },
  {
    name: 'embeddings',
    title: '/v1/embeddings, a vector of 8 kB, upstream 0 ms, 64 connections',
    connections: 64,
    turnMs: 1_000,
    isStream: false,
    request: key => embedding(key, 'How are you?'),
  },
];
