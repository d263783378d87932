// What both upstreams want of a request's body.

import type { ChatMessage, ChatOptions, ContentPart } from '../domain/chat.js';
import { type BodyText, beginningOf, bodyText } from '../domain/longTexts.js';
import type { UpstreamCall } from './port.js';

type FilePart = Extract<ContentPart, { type: 'file' }>;
type FileByUrl = FilePart & { file: { url: BodyText } };

/** The body of a call; `leftOut` are options that this upstream or model would refuse, `more` is the adapter's. */
export function requestBody(
  { upstreamId, messages, options }: UpstreamCall,
  leftOut: string[],
  more: object,
): Record<string, unknown> {
  const asked = { model: upstreamId, messages: messages.map(withFileData) };
  // No option can take their place.
  return Object.assign(sendableOptions(options, leftOut), asked, more);
}

/** `max_tokens` is the old name, which reasoning models refuse; every model takes the new one. */
function sendableOptions(options: ChatOptions, leftOut: string[]): ChatOptions {
  const { max_tokens, ...sendable } = options;
  if (max_tokens !== undefined) sendable.max_completion_tokens ??= max_tokens as number;
  for (const name of leftOut) delete sendable[name];
  return sendable;
}

function withFileData(message: ChatMessage): ChatMessage {
  const { content } = message;
  if (!Array.isArray(content)) return message;
  if (!content.some(isFileByUrl)) return message;
  return {
    ...message,
    content: content.map(part => (isFileByUrl(part) ? inFileData(part) : part)),
  };
}

function isFileByUrl(part: ContentPart): part is FileByUrl {
  return part.type === 'file' && part.file.url !== undefined;
}

/** Callers may write `{url, mime_type}` (seed 001); upstreams want the URL in `file_data`, and a name. */
function inFileData({ file }: FileByUrl): FilePart {
  const { url, mime_type, filename = bodyText(nameOf(url, mime_type)) } = file;
  return { type: 'file', file: { filename, file_data: file.file_data ?? url } };
}

/** The name in the URL's path, or one that says what kind of file it is. */
function nameOf(url: BodyText, mimeType = bodyText('')): string {
  const path = /^https?:\/\/[^/]+\/(?:[^?#]*\/)?([^/?#]+\.\w{1,8})(?:[?#]|$)/i;
  const inPath = path.exec(beginningOf(url))?.[1];
  if (inPath !== undefined) return inPath;
  const kind = /^[\w.+-]+\/(\w{1,8})$/.exec(beginningOf(mimeType))?.[1];
  return kind === undefined ? 'document' : `document.${kind}`;
}
