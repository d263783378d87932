// Reads the body of POST /v1/chat/completions. Unknown fields of the top level are refused with their names. Unknown
// fields of messages are ignored, because clients send back the messages that they got.

import type { ChatMessage, ChatRequest, Reasoning, ToolCall } from '../../domain/chat.js';
import { type BodyText, beginningOf, bodyText } from '../../domain/longTexts.js';
import { type Refusal, refuse } from '../../domain/refusal.js';
import { type Thought, Thoughts } from '../../domain/thought.js';
import { userNamed } from '../../domain/user.js';
import { parseContent, parseMadeImage, parseText } from './content.js';
import {
  FieldFault,
  type Fields,
  fieldsOf,
  filledTextOf,
  invalid,
  isAbsent,
  isEmptyList,
  isFields,
  modelNameOf,
  readOrRefuse,
  requireBody,
  textOf,
} from './fields.js';
import { parseOptions } from './options.js';

const MOST_MESSAGES = 1_000;
const ROLES = ['system', 'developer', 'user', 'assistant', 'tool'] as const;

/** The license key comes only in a header. */
export function parseChat(body: unknown, licenseKey: string | undefined): ChatRequest | Refusal {
  if (licenseKey === undefined) return refuse('invalid_license_key', 'license_invalid', {});
  return readOrRefuse(() => parseBody(fieldsOf(body, 'body'), licenseKey));
}

function parseBody(body: Fields, licenseKey: string): ChatRequest {
  const { model, messages, stream, stream_options, strict, ...rest } = body;
  requireBody(body, ['model', 'messages']);
  if (!isAbsent(stream) && typeof stream !== 'boolean') throw invalid('stream', 'boolean');
  if (!isAbsent(strict) && typeof strict !== 'boolean') throw invalid('strict', 'boolean');
  const { user, safety_identifier } = rest;
  return {
    licenseKey,
    model: modelNameOf(model),
    messages: parseMessages(messages),
    options: parseOptions(rest),
    user: userNamed(user) ?? userNamed(safety_identifier),
    stream: stream === true,
    strict: strict === true,
    includeUsage: wantsUsage(stream_options),
  };
}

function wantsUsage(value: unknown): boolean {
  if (isAbsent(value) || isEmptyList(value)) return false;
  const { include_usage } = fieldsOf(value, 'stream_options');
  if (isAbsent(include_usage)) return false;
  if (typeof include_usage !== 'boolean') throw invalid('stream_options.include_usage', 'boolean');
  return include_usage;
}

function parseMessages(value: unknown): ChatMessage[] {
  if (!Array.isArray(value) || value.length === 0) throw invalid('messages', 'array of messages');
  if (value.length > MOST_MESSAGES) {
    const parameters = { field: 'messages', most: MOST_MESSAGES };
    const more = { field: 'messages' };
    throw new FieldFault(refuse('invalid_request', 'too_many_messages', parameters, more));
  }
  const thoughts = new Thoughts();
  return value.map((message, index) => parseMessage(message, `messages[${index}]`, thoughts));
}

function parseMessage(value: unknown, field: string, thoughts: Thoughts): ChatMessage {
  const fields = fieldsOf(value, field);
  const role = ROLES.find(known => known === fields.role);
  if (!role) throw invalid(`${field}.role`, ROLES.join(' | '));
  const message: ChatMessage = { role, content: contentOf(role, fields, `${field}.content`) };
  if (!isAbsent(fields.name) && fields.name !== '') {
    message.name = filledTextOf(fields.name, `${field}.name`);
  }
  if (role === 'tool') {
    const given = filledTextOf(fields.tool_call_id, `${field}.tool_call_id`);
    message.tool_call_id = bodyText(thoughts.take(beginningOf(given)).id);
  }
  if (role !== 'assistant') return message;
  let thought: Thought | null = null;
  if (hasToolCalls(fields)) {
    const read = parseToolCalls(fields.tool_calls, `${field}.tool_calls`, thoughts);
    message.tool_calls = read.map(({ call }) => call);
    thought = read[0]?.thought ?? null;
  }
  if (Array.isArray(fields.images) && fields.images.length > 0) {
    message.images = fields.images.map((image, index) =>
      parseMadeImage(image, `${field}.images[${index}]`),
    );
  }
  // Reasoning that the client sends back replaces the reasoning in its ids.
  return Object.assign(message, thought && reasoningOf(thought), reasoningOf(fields));
}

/** Reads reasoning in any form that a reply can have. Some upstreams refuse the next call without it. */
function reasoningOf({
  reasoning,
  reasoning_content,
  reasoning_details,
}: Thought & { reasoning?: unknown }): Reasoning {
  return {
    ...(isText(reasoning) && { reasoning: bodyText(reasoning) }),
    ...(isText(reasoning_content) && { reasoning_content: bodyText(reasoning_content) }),
    ...(Array.isArray(reasoning_details) && reasoning_details.length > 0 && { reasoning_details }),
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function contentOf(role: string, fields: Fields, field: string): ChatMessage['content'] {
  const { content } = fields;
  // Tools give pictures too, such as screenshots.
  if (role === 'user' || role === 'tool') return parseContent(content, field);
  // An assistant's message may come back without content, or with an empty one beside what it refused.
  const isLeftOut = isAbsent(content) || isEmptyList(content);
  if (role !== 'assistant' || !(isLeftOut || content === '')) return parseText(content, field);
  if (isText(fields.refusal)) return bodyText(fields.refusal);
  return isLeftOut && hasToolCalls(fields) ? null : bodyText('');
}

function hasToolCalls({ tool_calls }: Fields): boolean {
  return !isAbsent(tool_calls) && !(Array.isArray(tool_calls) && tool_calls.length === 0);
}

interface ReadCall {
  call: ToolCall<BodyText>;
  /** The thought in the id of the call. */
  thought: Thought | null;
}

function parseToolCalls(value: unknown, field: string, thoughts: Thoughts): ReadCall[] {
  if (!Array.isArray(value)) throw invalid(field, 'array of tool calls');
  return value.map((call, index) => {
    const path = `${field}[${index}]`;
    const { id, type = 'function', function: called, extra_content } = fieldsOf(call, path);
    if (type !== 'function') throw invalid(`${path}.type`, 'function');
    if (!isFields(called)) throw invalid(`${path}.function`, 'object');
    const taken = thoughts.take(beginningOf(filledTextOf(id, `${path}.id`)));
    const extra = extra_content ?? taken.thought?.extra_content;
    const read: ToolCall<BodyText> = {
      id: bodyText(taken.id),
      type,
      function: {
        name: filledTextOf(called.name, `${path}.function.name`),
        arguments: textOf(called.arguments, `${path}.function.arguments`),
      },
      ...(!isAbsent(extra) && { extra_content: extra }),
    };
    return { call: read, thought: taken.thought };
  });
}
