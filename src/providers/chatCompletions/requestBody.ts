// Builds the body of a request.

import { createHash } from 'node:crypto';
import type { ChatMessage, ChatOptions, ContentPart } from '../../domain/chat.js';
import { type BodyText, beginningOf, bodyText } from '../../domain/longTexts.js';
import type { UpstreamCall } from '../port.js';

type FilePart = Extract<ContentPart, { type: 'file' }>;

/** In what the bodies for one upstream differ from those for another. */
export interface BodyWays {
  /** Returns the options that the upstream and the model accept. May change the given object. */
  optionsOf(options: ChatOptions, call: UpstreamCall): ChatOptions;
  /** Returns what the upstream accepts of a caller's message. */
  messageOf(message: ChatMessage): ChatMessage;
}

/** `more` has further fields of the body. */
export function requestBody(
  call: UpstreamCall,
  { optionsOf, messageOf }: BodyWays,
  more: object,
): Record<string, unknown> {
  const { upstreamId, messages } = call;
  const asked = {
    model: upstreamId,
    messages: messages.map(message => messageOf(withFileData(message))),
  };
  // Assigned last, so that no option can replace these fields.
  return Object.assign(optionsOf(sendableOptions(call), call), asked, more);
}

const CACHE_KEY_CHARACTERS = 32;

function sendableOptions({ options, licenseId }: UpstreamCall): ChatOptions {
  // `max_tokens` is the old name, which reasoning models refuse; every model takes the new one.
  const { max_tokens, prompt_cache_key, ...sendable } = options;
  if (max_tokens !== undefined) sendable.max_completion_tokens ??= max_tokens as number;
  if (prompt_cache_key !== undefined) {
    // All callers share the operator's account, and two of them may choose the same cache key.
    const key = createHash('sha256').update(`${licenseId} ${prompt_cache_key}`).digest('hex');
    sendable.prompt_cache_key = key.slice(0, CACHE_KEY_CHARACTERS);
  }
  return sendable;
}

function withFileData(message: ChatMessage): ChatMessage {
  const { content } = message;
  if (!Array.isArray(content)) return message;
  if (!content.some(isFile)) return message;
  return { ...message, content: content.map(part => (isFile(part) ? inFileData(part) : part)) };
}

function isFile(part: ContentPart): part is FilePart {
  return part.type === 'file';
}

/** Callers may send `{url, mime_type}` (seed 001). Upstreams want the URL in `file_data`, and a name. */
function inFileData({ file, ...part }: FilePart): FilePart {
  const { url, mime_type, file_data = url } = file;
  const filename = file.filename ?? bodyText(nameOf(file_data ?? NOWHERE, mime_type));
  return { ...part, file: { filename, ...(file_data !== undefined && { file_data }) } };
}

const NOWHERE = bodyText('');

/** The file name in the URL's path, or else a name made of the file's type. */
function nameOf(url: BodyText, mimeType = bodyText('')): string {
  const path = /^https?:\/\/[^/]+\/(?:[^?#]*\/)?([^/?#]+\.\w{1,8})(?:[?#]|$)/i;
  const inPath = path.exec(beginningOf(url))?.[1];
  if (inPath !== undefined) return inPath;
  const kind = /^[\w.+-]+\/(\w{1,8})$/.exec(beginningOf(mimeType))?.[1];
  return kind === undefined ? 'document' : `document.${kind}`;
}
