// Decides for each field of a request whether it is checked and sent, or left out. Unknown fields are left out, not
// refused, because clients send new ones every month. What is left out never reaches the upstream. docs/messages.md
// has the table.

import type { Modality } from '../../domain/catalog.js';
import { refuse } from '../../domain/refusal.js';
import {
  FieldFault,
  type Fields,
  fieldsOf,
  invalid,
  isAbsent,
  isFields,
  textOf,
} from '../openai/fields.js';
import { integer, LARGEST, number } from '../openai/options.js';
import { lookAt } from './content.js';
import { siftTools } from './tools.js';

export interface Sifted {
  /** The fields of the body that are sent. */
  sent: Fields;
  /** The names of the fields that are left out. */
  ignored: Set<string>;
  /** The kinds of content in its messages. */
  content: Set<Modality>;
}

type Reader = (value: unknown, field: string, sifted: Sifted) => unknown;

const READERS: Record<string, Reader> = {
  max_tokens: integer(1, LARGEST),
  messages: readMessages,
  system: (value, field, { content }) => lookAt(value, field, content),
  stop_sequences: readTexts,
  temperature: number(0, 2),
  top_p: number(0, 1),
  top_k: integer(0, LARGEST),
  tools: (value, field, { ignored }) => siftTools(value, field, ignored),
  tool_choice: fieldsOf,
  thinking: fieldsOf,
  output_config: (value, field, { ignored }) => only(['effort', 'format'], value, field, ignored),
  context_management: fieldsOf,
  cache_control: fieldsOf,
  thread: refuseThread,
};
/** Fields that are read elsewhere. None of them is sent as it came. */
const READ_ELSEWHERE = ['model', 'stream', 'metadata', 'strict'];

/** @throws {FieldFault} if no upstream could answer the request, or if it refers to the operator's account. */
export function sift(body: Fields): Sifted {
  const sifted: Sifted = {
    sent: {},
    ignored: new Set(),
    content: new Set<Modality>(['text']),
  };
  for (const [name, value] of Object.entries(body)) {
    if (isAbsent(value) || READ_ELSEWHERE.includes(name)) continue;
    const reader = Object.hasOwn(READERS, name) && READERS[name];
    if (reader) sifted.sent[name] = reader(value, name, sifted);
    else sifted.ignored.add(name);
  }
  dropIdleChoice(body, sifted);
  return sifted;
}

/** Leaves the choice of a tool out if no tools are sent. */
function dropIdleChoice(body: Fields, { sent, ignored }: Sifted): void {
  const tools = namesOf(sent.tools);
  if (tools.length === 0) delete sent.tools;
  if (sent.tool_choice === undefined) return;
  const { name } = sent.tool_choice as Fields;
  const isLeftOut = namesOf(body.tools).includes(name) && !tools.includes(name);
  if (tools.length > 0 && !isLeftOut) return;
  delete sent.tool_choice;
  ignored.add('tool_choice');
}

function namesOf(tools: unknown): unknown[] {
  return Array.isArray(tools) ? tools.map(tool => (isFields(tool) ? tool.name : undefined)) : [];
}

/** Anthropic's code for a thread that is not kept. */
export const THREAD_NOT_KEPT = 'thread_unsupported_request';

const ROLES = ['user', 'assistant', 'system'];

/** Messages are passed on unchanged, because signatures cover what a model said. */
function readMessages(value: unknown, field: string, { content }: Sifted): unknown {
  if (!Array.isArray(value) || value.length === 0) throw invalid(field, 'array of messages');
  for (const [index, message] of value.entries()) {
    const path = `${field}[${index}]`;
    const fields = fieldsOf(message, path);
    if (!ROLES.includes(fields.role as string)) throw invalid(`${path}.role`, ROLES.join(' | '));
    lookAt(fields.content, `${path}.content`, content);
  }
  return value;
}

function readTexts(value: unknown, field: string): unknown {
  if (!Array.isArray(value)) throw invalid(field, 'array of strings');
  return value.map((text, index) => textOf(text, `${field}[${index}]`));
}

/**
 * The next request of a thread has only the new messages. We keep no threads, so the model would not know the earlier
 * ones. After this refusal the SDKs send the whole conversation.
 */
function refuseThread(_value: unknown, field: string): never {
  const more = { field, upstreamCode: THREAD_NOT_KEPT };
  throw new FieldFault(refuse('invalid_request', 'thread_not_kept', { field }, more));
}

/** Keeps only these fields of an object. */
function only(names: string[], value: unknown, field: string, ignored: Set<string>): Fields {
  const given = Object.entries(fieldsOf(value, field)).filter(([, part]) => !isAbsent(part));
  for (const [name] of given) if (!names.includes(name)) ignored.add(`${field}.${name}`);
  return Object.fromEntries(given.filter(([name]) => names.includes(name)));
}
