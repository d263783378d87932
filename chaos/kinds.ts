// The kinds of calls that clients send: the path of each, its body, and the models that it may ask for.

import type { Provider } from '../src/domain/provider.js';

export interface Kind {
  name: string;
  path: string;
  isStream: boolean;
  /** The models to ask for, beside those with faults. */
  models: Array<{ id: string; provider: Provider }>;
  /** Whether the models with faults may be asked for. */
  takesFaults: boolean;
  /** The most units that a call costs. */
  units: number;
  body(model: string, text: string): object;
}

const LIGHT = { id: 'qwen/qwen-2.5-7b-instruct', provider: 'openrouter' } as const;
const MINI = { id: 'openai/gpt-4o-mini', provider: 'openrouter' } as const;
const DIRECT = { id: 'openai/gpt-4.1-mini', provider: 'openai' } as const;
const chats = { models: [LIGHT, MINI, DIRECT], takesFaults: true, units: 1 };
const user = (content: string) => [{ role: 'user', content }];

export const KINDS: Kind[] = [
  {
    ...chats,
    name: 'chat_v3',
    path: '/api/chat_v3',
    isStream: false,
    body: (model, prompt) => ({ model, prompt }),
  },
  ...[false, true].flatMap((isStream): Kind[] => [
    {
      ...chats,
      name: isStream ? 'chat, streamed' : 'chat',
      path: '/v1/chat/completions',
      isStream,
      body: (model, text) => ({ model, messages: user(text), max_tokens: 64, stream: isStream }),
    },
    {
      ...chats,
      name: isStream ? 'Responses, streamed' : 'Responses',
      path: '/v1/responses',
      isStream,
      body: (model, input) => ({
        model,
        input,
        store: false,
        max_output_tokens: 64,
        stream: isStream,
      }),
    },
    {
      ...chats,
      models: [LIGHT, MINI],
      name: isStream ? 'Messages, streamed' : 'Messages',
      path: '/v1/messages',
      isStream,
      body: (model, text) => ({ model, max_tokens: 64, messages: user(text), stream: isStream }),
    },
  ]),
  {
    ...chats,
    name: 'envelope',
    path: '/envelope/v1/chat/completions',
    isStream: false,
    body: (model, text) => ({ model, messages: user(text) }),
  },
  {
    name: 'embeddings',
    path: '/v1/embeddings',
    isStream: false,
    models: [{ id: 'openai/text-embedding-3-small', provider: 'openrouter' }],
    takesFaults: false,
    units: 1,
    body: (model, input) => ({ model, input }),
  },
  {
    name: 'images',
    path: '/v1/images/generations',
    isStream: false,
    models: [{ id: 'bytedance-seed/seedream-4.5', provider: 'openrouter' }],
    takesFaults: false,
    units: 2,
    body: (model, prompt) => ({ model, prompt, n: 2 }),
  },
];

/** Models whose names make the upstream answer slowly, partly, garbled, or with an error. */
export const UPSTREAM_FAULTS = [
  'delay-60',
  'delay-400',
  'delay-3000',
  'status-500',
  'status-429',
  'reset',
  'reset-body',
  'malformed',
  'html',
  'blank',
  'cut-2',
  'pace-40',
  'error-500',
  'stream-error-2',
];
