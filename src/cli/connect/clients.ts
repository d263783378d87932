// The clients that can be connected: where each keeps its configuration, what has to stand in it, and how it asks.

import { isObject, type Json } from '../client.js';
import { wrongUsage } from '../errors.js';
import { withTable, withTopKeys } from './toml.js';

export interface Connection {
  /** Without a slash at its end. */
  url: string;
  key: string;
  model: string;
}

export interface ConnectedClient {
  /** Below the home folder. */
  file: string;
  /** What stands in the file afterwards. `before` is null where there is none. */
  change(before: string | null, connection: Connection): string;
  /** A part of a model's id that it works best with. */
  prefers?: string;
  /** One request as it sends them. */
  ask(model: string): { path: string; body: Json };
}

const QUESTION = 'Say OK.';
const MOST_TOKENS = 64;
const askChat = (model: string) => ({
  path: '/v1/chat/completions',
  body: { model, max_tokens: MOST_TOKENS, messages: [{ role: 'user', content: QUESTION }] },
});

export const CLIENTS: Record<string, ConnectedClient> = {
  codex: {
    file: '.codex/config.toml',
    change(before, { url, key, model }) {
      const text = withTopKeys(before ?? '', { model, model_provider: 'sahm' });
      return withTable(text, 'model_providers.sahm', {
        name: 'Sahm',
        base_url: `${url}/v1`,
        wire_api: 'responses',
        http_headers: { Authorization: `Bearer ${key}` },
      });
    },
    ask: model => ({
      path: '/v1/responses',
      body: { model, input: QUESTION, max_output_tokens: MOST_TOKENS, store: false },
    }),
  },
  claude: {
    file: '.claude/settings.json',
    prefers: 'claude',
    change: (before, { url, key, model }) =>
      withFields(before, {
        env: {
          ANTHROPIC_BASE_URL: url,
          ANTHROPIC_AUTH_TOKEN: key,
          ANTHROPIC_MODEL: model,
          // It asks smaller models for small things, by names that are not ours.
          ANTHROPIC_DEFAULT_HAIKU_MODEL: model,
          ANTHROPIC_DEFAULT_SONNET_MODEL: model,
          ANTHROPIC_DEFAULT_OPUS_MODEL: model,
        },
      }),
    ask: model => ({
      path: '/v1/messages',
      body: { model, max_tokens: MOST_TOKENS, messages: [{ role: 'user', content: QUESTION }] },
    }),
  },
  opencode: {
    file: '.config/opencode/opencode.json',
    change: (before, { url, key, model }) =>
      withFields(before, {
        model: `sahm/${model}`,
        provider: {
          sahm: {
            npm: '@ai-sdk/openai-compatible',
            name: 'Sahm',
            options: { baseURL: `${url}/v1`, apiKey: key },
            models: { [model]: { name: model } },
          },
        },
      }),
    ask: askChat,
  },
  cline: {
    file: '.cline/data/settings/providers.json',
    change: (before, { url, key, model }) =>
      withFields(before, {
        version: 1,
        lastUsedProvider: 'openai-compatible',
        providers: {
          'openai-compatible': {
            settings: {
              provider: 'openai-compatible',
              baseUrl: `${url}/v1`,
              apiKey: key,
              model,
            },
            updatedAt: new Date().toISOString(),
            tokenSource: 'manual',
          },
        },
      }),
    ask: askChat,
  },
};

/** A JSON text with these fields in it; all others stay, in their order and with their indentation. */
function withFields(before: string | null, fields: Json): string {
  const indentation = /^[\t ]+(?=")/m.exec(before ?? '')?.[0] ?? '  ';
  return `${JSON.stringify(merged(parsed(before), fields), null, indentation)}\n`;
}

function parsed(text: string | null): Json {
  if (text === null || text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // Told below, as what is no object.
  }
  throw wrongUsage(
    'Its configuration is no plain JSON object (it may have comments): change it by hand.',
  );
}

function merged(into: Json, fields: Json): Json {
  const all = { ...into };
  for (const [name, value] of Object.entries(fields)) {
    const old = all[name];
    all[name] = isObject(value) && isObject(old) ? merged(old, value) : value;
  }
  return all;
}
