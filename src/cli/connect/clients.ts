// The clients that can be connected: where each keeps its configuration, what it must contain, and how it calls us.

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
  /** The new content of the file. `before` is null if there is no file. */
  change(before: string | null, connection: Connection): string;
  /** A part of the id of the model with which the client works best. */
  prefers?: string;
  /** A request in the client's form. */
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
          // For small tasks, the client uses models with names that we do not have.
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

/** Puts these fields into a JSON text. All others stay, in their order and with their indentation. */
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
    // Reported below, like a value that is no object.
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
