// What the sandbox reads of a chat request, and what it has to say about it.

import type { Provider } from '../../domain/provider.js';
import { type Fault, parseFault } from './faults.js';
import { MANNERS } from './manners.js';
import { type WireError, wireError } from './wireErrors.js';

export interface SandboxRequest {
  provider: Provider;
  /** As the caller wrote it, less the fault. */
  model: string;
  fault: Fault | undefined;
  stream: boolean;
  includeUsage: boolean;
  messages: unknown[];
}

const MAX_ECHOED_CHARACTERS = 80;

type Fields = Record<string, unknown>;

/** The request, or the error that the real upstream would answer. */
export function readChatRequest(provider: Provider, text: string): SandboxRequest | WireError {
  const body = parseObject(text);
  if (body === undefined) return wireError(400, 'The body is not a JSON object.');
  if (typeof body.model !== 'string' || body.model === '') {
    return wireError(400, 'You must provide a model parameter.', 'model');
  }
  if (!Array.isArray(body.messages) || body.messages.length === 0) {
    return wireError(400, 'You must provide a messages parameter.', 'messages');
  }
  const { model, fault } = parseFault(body.model);
  if (fault === 'unknown') {
    return wireError(400, `The sandbox knows no fault of the name in ${body.model}`, 'model');
  }
  const options = body.stream_options as Fields | null | undefined;
  return (
    (MANNERS[provider].reasoningIsStrict ? unsupported(model, body) : undefined) ?? {
      provider,
      model,
      fault,
      stream: body.stream === true,
      includeUsage: options?.include_usage === true,
      messages: body.messages,
    }
  );
}

function parseObject(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Fields)
      : undefined;
  } catch {
    return undefined;
  }
}

/** OpenAI's reasoning models refuse the old name and every temperature but 1. */
function unsupported(model: string, body: Fields): WireError | undefined {
  if (!/^(gpt-[5-9]|o)/.test(model)) return undefined;
  if (body.max_tokens !== undefined) {
    const message =
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
    return wireError(400, message, 'max_tokens', 'unsupported_parameter');
  }
  if (body.temperature !== undefined && body.temperature !== 1) {
    const message = `Unsupported value: 'temperature' does not support ${body.temperature} with this model. Only the default (1) value is supported.`;
    return wireError(400, message, 'temperature', 'unsupported_value');
  }
  return undefined;
}

/** Says that the sandbox speaks, what media it saw, and a short part of the last user message. */
export function sayOf(messages: unknown[]): string {
  const user = messages.filter(message => (message as Fields | null)?.role === 'user').at(-1);
  const content = (user as Fields | undefined)?.content;
  const parts: Fields[] = Array.isArray(content) ? content : [{ type: 'text', text: content }];
  const seen = [
    ['images', 'image_url'],
    ['files', 'file'],
    ['audio', 'input_audio'],
    ['videos', 'video_url'],
  ].flatMap(([name, type]) => {
    const count = parts.filter(part => part?.type === type).length;
    return count > 0 ? [`${name}: ${count}.`] : [];
  });
  const text = parts.flatMap(part => (typeof part?.text === 'string' ? [part.text] : [])).join(' ');
  return ['[sandbox]', ...seen, 'You said:', shorten(text)].join(' ');
}

function shorten(text: string): string {
  // Twice as many units hold at least that many characters, and not all of a text of megabytes.
  const start = [...text.slice(0, 2 * MAX_ECHOED_CHARACTERS)].slice(0, MAX_ECHOED_CHARACTERS);
  const shown = start.join('');
  return shown.length < text.length ? `${shown}...` : text;
}

const MEDIA_TOKENS = 85;

/** About four characters a token, as with the real ones; each of the media by a fixed sum. */
export function estimateTokens(messages: unknown[]): number {
  let tokens = 0;
  for (const part of messages.flatMap(message => (message as Fields | null)?.content ?? '')) {
    const text = typeof part === 'string' ? part : (part as Fields | null)?.text;
    tokens += typeof text === 'string' ? text.length / 4 : MEDIA_TOKENS;
  }
  return Math.max(1, Math.ceil(tokens));
}
