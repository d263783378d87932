// A chat as the sandbox reads it, and the text that it answers.

import type { Fields } from '../../domain/unknownJson.js';
import { type Fault, parseFault } from './faults.js';
import { type WireError, wireError } from './wireError.js';

export interface SandboxRequest {
  /** As the caller wrote it, without the fault. */
  model: string;
  fault: Fault | undefined;
  stream: boolean;
  /** In OpenAI's form. */
  messages: unknown[];
  /** The whole body as it came. */
  body: Fields;
}

const MAX_ECHOED_CHARACTERS = 80;

/** Reads the usual fields of a chat's body, or says what is wrong with them. */
export function readUsualFields(body: Fields): SandboxRequest | WireError {
  const read = modelAndFault(body);
  if ('kind' in read) return read;
  if (!Array.isArray(body.messages) || body.messages.length === 0) {
    return wireError(400, 'You must provide a messages parameter.', 'messages');
  }
  return { ...read, stream: body.stream === true, messages: body.messages, body };
}

export function modelAndFault(body: Fields): Pick<SandboxRequest, 'model' | 'fault'> | WireError {
  if (typeof body.model !== 'string' || body.model === '') {
    return wireError(400, 'You must provide a model parameter.', 'model');
  }
  const { model, fault } = parseFault(body.model);
  if (fault === 'unknown') {
    return wireError(400, `The sandbox knows no fault of the name in ${body.model}`, 'model');
  }
  return { model, fault };
}

/** The text says that this is the sandbox, which media it saw, and how the last user message begins. */
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
  // A character has at most two code units. So this prefix is long enough, without splitting a text of megabytes.
  const start = [...text.slice(0, 2 * MAX_ECHOED_CHARACTERS)].slice(0, MAX_ECHOED_CHARACTERS);
  const shown = start.join('');
  return shown.length < text.length ? `${shown}...` : text;
}

const MEDIA_TOKENS = 85;

/** About four characters per token, as with real models, and a fixed number for each image or file. */
export function estimateTokens(messages: unknown[]): number {
  let tokens = 0;
  for (const part of messages.flatMap(message => (message as Fields | null)?.content ?? '')) {
    const text = typeof part === 'string' ? part : (part as Fields | null)?.text;
    tokens += typeof text === 'string' ? text.length / 4 : MEDIA_TOKENS;
  }
  return Math.max(1, Math.ceil(tokens));
}
