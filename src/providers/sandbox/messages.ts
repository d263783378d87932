// Anthropic's Messages, as OpenRouter speaks them for every model.

import { createHash } from 'node:crypto';
import { type Fields, listOf, recordOf, textOf } from '../../domain/unknownJson.js';
import { lacksReasoning } from './answer.js';
import { eventsOf, messageOf } from './messagesReplies.js';
import { readUsualFields } from './request.js';
import type { NativeStandIn } from './standIn.js';
import { type WireError, wireError } from './wireError.js';

export const messages: NativeStandIn = {
  readRequest(body) {
    const read = readUsualFields(body);
    if ('kind' in read) return read;
    if (!Number.isInteger(body.max_tokens)) {
      return wireError(400, 'max_tokens: Field required');
    }
    const usual = read.messages.flatMap(inUsualForm);
    // What is deferred can only be called after it was searched for.
    const callable = listOf(body.tools).filter(tool => recordOf(tool).defer_loading !== true);
    const tools = callable.map(toolInUsualForm);
    return refusalOf(usual) ?? { ...read, messages: usual, body: { ...body, tools } };
  },
  bodyOf: (request, answer) => messageOf(request, answer, errorBody, signatureOf),
  eventsOf: (request, answer) => eventsOf(request, answer, errorBody, signatureOf),
  errorBody,
};

const TYPE_OF_STATUS: Partial<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

function errorBody({ status, message, metadata }: WireError): object {
  const type = TYPE_OF_STATUS[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error');
  return { type: 'error', error: { type, message, ...(metadata && { metadata }) } };
}

/** Signs a thought. As with the real upstream, a thought that comes back changed is refused. */
function signatureOf(thinking: string): string {
  return createHash('sha256').update(`sandbox ${thinking}`).digest('base64');
}

function toolInUsualForm(tool: unknown): Fields {
  const { name, input_schema: parameters } = recordOf(tool);
  return { function: { name, parameters } };
}

function refusalOf(messages: unknown[]): WireError | undefined {
  if (lacksReasoning(messages)) {
    return wireError(400, '[sandbox] Expected `thinking` before `tool_use`.');
  }
  const thoughts = messages.flatMap(message => listOf(recordOf(message).reasoning_details));
  return thoughts.map(recordOf).every(isSigned)
    ? undefined
    : wireError(400, '[sandbox] Invalid `signature` in `thinking` block.');
}

function isSigned({ type, thinking, signature }: Fields): boolean {
  return type !== 'thinking' || signature === signatureOf(textOf(thinking) ?? '');
}

/** The message, and each tool result in it as a message of its own. */
function inUsualForm(message: unknown): Fields[] {
  const { role, content } = recordOf(message);
  if (!Array.isArray(content)) return [{ role, content }];
  const blocks = content.map(recordOf);
  const results = blocks.filter(({ type }) => type === 'tool_result');
  const calls = blocks.filter(({ type }) => type === 'tool_use');
  const thoughts = blocks.filter(({ type }) => /thinking$/.test(String(type)));
  const parts = blocks.flatMap(partOf);
  return [
    ...results.map(result => ({ role: 'tool', content: result.content })),
    ...(parts.length + calls.length + thoughts.length > 0
      ? [
          {
            role,
            content: parts,
            ...(calls.length > 0 && { tool_calls: calls }),
            ...(thoughts.length > 0 && { reasoning_details: thoughts }),
          },
        ]
      : []),
  ];
}

function partOf({ type, text }: Fields): object[] {
  switch (type) {
    case 'text':
      return [{ type, text }];
    case 'image':
      return [{ type: 'image_url' }];
    case 'document':
      return [{ type: 'file' }];
    default:
      return [];
  }
}
