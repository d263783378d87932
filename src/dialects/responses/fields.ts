// The fields of a request beside `model` and `input`. Clients of this format send new ones every month. Unknown fields
// are left out and named in X-Sahm-Ignored, so that nothing unknown reaches the upstream, where it might cost money.

import { listOf, recordOf } from '../../domain/unknownJson.js';
import { nameIgnored } from '../ignoredFields.js';
import {
  type Fields,
  fieldsOf,
  filledTextOf,
  invalid,
  isAbsent,
  isEmptyList,
  isFields,
  textOf,
} from '../openai/fields.js';
import { notServed } from '../openai/notServed.js';
import {
  boolean,
  effort,
  integer,
  number,
  oneOf,
  type Reader,
  readNamed,
} from '../openai/options.js';
import { readToolChoice, readTools, typesLeftOut } from './tools.js';

/** Fields that are checked and sent. */
const SENT: Record<string, Reader> = {
  instructions: textOf,
  max_output_tokens: integer(1, Number.MAX_SAFE_INTEGER),
  temperature: number(0, 2),
  top_p: number(0, 1),
  top_logprobs: integer(0, 20),
  truncation: oneOf('auto', 'disabled'),
  reasoning: readReasoning,
  text: readText,
  tools: readTools,
  tool_choice: readToolChoice,
  parallel_tool_calls: boolean,
  include: readInclude,
  prompt_cache_key: filledTextOf,
  prompt_cache_retention: oneOf('in_memory', 'in-memory', '24h'),
  prompt_cache_options: fieldsOf,
  user: textOf,
  safety_identifier: textOf,
};

/** Fields that are read elsewhere, or checked and repeated in the answer without being sent. */
const READ_HERE: Record<string, Reader> = {
  model: () => undefined,
  input: () => undefined,
  stream: boolean,
  strict: boolean,
  stream_options: fieldsOf,
  store: boolean,
  previous_response_id: filledTextOf,
  metadata: readMetadata,
};

const WHOLE_CONVERSATION =
  'Send the whole conversation in "input", or name the last answer in "previous_response_id"';
/** Fields that ask for something that we do not offer. */
const REFUSED: Record<string, string> = {
  conversation: WHOLE_CONVERSATION,
  background: 'Remove it, and wait for the answer',
  prompt: 'Write the text of the prompt in "instructions" and "input"',
  context_management: 'Shorten "input" yourself',
};

/** The names that other APIs have for these fields. */
const OTHER_NAMES: Record<string, string | undefined> = {
  messages: 'input',
  max_tokens: 'max_output_tokens',
  max_completion_tokens: 'max_output_tokens',
  system: 'instructions',
  response_format: 'text',
  reasoning_effort: 'reasoning',
  // A field of OpenRouter, and no misspelling of `model`.
  models: undefined,
};
const KNOWN = [...Object.keys(SENT), ...Object.keys(READ_HERE), ...Object.keys(REFUSED)];

/** Returns the fields to send. Throws a FieldFault if a known field is wrong. */
export function readFields(body: Fields): Fields {
  const sent: Fields = {};
  for (const [name, value] of Object.entries(body)) {
    if (isAbsent(value)) continue;
    const instead = Object.hasOwn(REFUSED, name) && REFUSED[name];
    if (instead && value !== false && !isEmptyList(value)) throw notServed(name, instead);
    if (Object.hasOwn(READ_HERE, name)) READ_HERE[name]?.(value, name);
    if (!Object.hasOwn(SENT, name)) continue;
    const read = SENT[name]?.(value, name);
    if (read !== undefined) sent[name] = read;
  }
  return sent;
}

/** The types of items with tools in them. */
const BRING_TOOLS: unknown[] = ['additional_tools', 'tool_search_output'];

/** The fields that are neither sent nor answered, for the header X-Sahm-Ignored. */
export function ignoredOf(body: unknown): string | null {
  if (!isFields(body)) return null;
  const { tools, input, include, reasoning } = body;
  // Codex adds tools in the middle of a conversation.
  const added = listOf(input)
    .filter(item => isFields(item) && BRING_TOOLS.includes(item.type))
    .flatMap(item => typesLeftOut(recordOf(item).tools));
  const parts = [
    ...[...typesLeftOut(tools), ...added].map(type => `tools.${type}`),
    ...(Array.isArray(include) ? include.filter(isLeftOut) : []).map(one => `include.${one}`),
    ...(isFields(reasoning) ? Object.keys(reasoning) : [])
      .filter(name => !Object.hasOwn(REASONING, name))
      .map(name => `reasoning.${name}`),
  ];
  const named = { ...body, ...Object.fromEntries(parts.map(name => [name, true])) };
  return nameIgnored(named, KNOWN, OTHER_NAMES);
}

const REASONING: Record<string, Reader> = {
  effort,
  summary: oneOf('auto', 'concise', 'detailed'),
  context: textOf,
};

/** Leaves out `mode`, because it can multiply the cost. */
function readReasoning(value: unknown, field: string): Fields | undefined {
  if (isEmptyList(value)) return undefined;
  return readNamed(value, field, REASONING);
}

const TEXT: Record<string, Reader> = {
  format: readFormat,
  verbosity: oneOf('low', 'medium', 'high'),
};

function readText(value: unknown, field: string): Fields | undefined {
  if (isEmptyList(value)) return undefined;
  return readNamed(value, field, TEXT);
}

/** The fields that chat completions have inside `json_schema` are beside the type here. */
function readFormat(value: unknown, field: string): Fields {
  const { type, name, schema, strict, description } = fieldsOf(value, field);
  oneOf('text', 'json_object', 'json_schema')(type, `${field}.type`);
  if (type !== 'json_schema') return { type };
  return {
    type,
    name: filledTextOf(name, `${field}.name`),
    schema: fieldsOf(schema, `${field}.schema`),
    ...(!isAbsent(strict) && { strict: boolean(strict, `${field}.strict`) }),
    ...(!isAbsent(description) && { description: textOf(description, `${field}.description`) }),
  };
}

const INCLUDED = [
  'reasoning.encrypted_content',
  'message.output_text.logprobs',
  'message.input_image.image_url',
];

const isLeftOut = (one: unknown) => typeof one === 'string' && !INCLUDED.includes(one);

function readInclude(value: unknown, field: string): string[] | undefined {
  if (!Array.isArray(value)) throw invalid(field, 'array of strings');
  const sent = value.filter(one => INCLUDED.includes(one));
  return sent.length > 0 ? sent : undefined;
}

const MOST_PAIRS = 16;
const LONGEST_NAME = 64;
const LONGEST_VALUE = 512;

/** Only checked: the answer repeats it as it came. */
function readMetadata(value: unknown, field: string): void {
  if (isEmptyList(value)) return;
  const pairs = Object.entries(fieldsOf(value, field));
  const isGood =
    pairs.length <= MOST_PAIRS &&
    pairs.every(
      ([name, text]) =>
        name.length <= LONGEST_NAME && typeof text === 'string' && text.length <= LONGEST_VALUE,
    );
  if (!isGood) throw invalid(field, 'object of at most 16 short strings');
}
