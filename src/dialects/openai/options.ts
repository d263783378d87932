// The fields that a caller may set beside the messages. Any other field is refused with its name, above all those that
// could cost more than one request (`models`, `plugins`, `provider`, `web_search_options`, ...).

import type { ChatOptions } from '../../domain/chat.js';
import { meantBy } from '../ignoredFields.js';
import { readCacheControl } from './content.js';
import {
  type Fields,
  fieldsOf,
  filledTextOf,
  invalid,
  isAbsent,
  isEmptyList,
  isFields,
  textOf,
  unknown,
} from './fields.js';

export type Reader = (value: unknown, field: string) => unknown;

export const number =
  (least: number, most: number): Reader =>
  (value, field) => {
    const isInside = typeof value === 'number' && value >= least && value <= most;
    if (!isInside) throw invalid(field, `number from ${least} to ${most}`);
    return value;
  };

export const integer =
  (least: number, most: number): Reader =>
  (value, field) => {
    const isInside = Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
    if (!isInside) throw invalid(field, `integer from ${least} to ${most}`);
    return value;
  };

export const oneOf =
  (...allowed: unknown[]): Reader =>
  (value, field) => {
    if (!allowed.includes(value)) throw invalid(field, allowed.join(' | '));
    return value;
  };

export const boolean = oneOf(true, false);
export const LARGEST = Number.MAX_SAFE_INTEGER;
const tokens = integer(1, LARGEST);
export const effort = oneOf('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max');
const REASONING_READERS: Record<string, Reader> = {
  effort,
  summary: textOf,
  exclude: boolean,
  enabled: boolean,
  max_tokens: tokens,
};

const READERS: Record<string, Reader> = {
  temperature: number(0, 2),
  top_p: number(0, 1),
  frequency_penalty: number(-2, 2),
  presence_penalty: number(-2, 2),
  top_k: integer(0, LARGEST),
  min_p: number(0, 1),
  top_a: number(0, 1),
  repetition_penalty: number(0, 2),
  max_tokens: tokens,
  max_completion_tokens: tokens,
  seed: integer(-LARGEST, LARGEST),
  stop: readStop,
  logprobs: boolean,
  top_logprobs: integer(0, 20),
  logit_bias: readLogitBias,
  response_format: readResponseFormat,
  tools: readTools,
  tool_choice: readToolChoice,
  parallel_tool_calls: boolean,
  reasoning_effort: effort,
  reasoning: readReasoning,
  include_reasoning: boolean,
  cache_control: readCacheControl,
  prompt_cache_key: filledTextOf,
  prompt_cache_retention: oneOf('in_memory', 'in-memory', '24h'),
  transforms: listOf('middle-out'),
  verbosity: oneOf('low', 'medium', 'high', 'xhigh', 'max'),
  modalities: readModalities,
};

const nothing: Reader = (value, field) => {
  if (!isEmptyList(value) && !(isFields(value) && Object.keys(value).length === 0)) {
    throw unknown(field);
  }
};

/**
 * Fields that are checked but not sent: those about an account at the provider, which is the operator's, and those
 * that clients send with every request although nothing depends on them.
 */
const LEFT_OUT: Record<string, Reader> = {
  n: oneOf(1),
  store: boolean,
  service_tier: textOf,
  user: textOf,
  safety_identifier: textOf,
  session_id: textOf,
  metadata: fieldsOf,
  usage: fieldsOf,
  prediction: fieldsOf,
  trace: fieldsOf,
  debug: fieldsOf,
  route: textOf,
  prompt_cache_options: fieldsOf,
  // With content, these could cost more than one request.
  models: nothing,
  provider: nothing,
  plugins: nothing,
};
/** The names that other APIs have for these fields, or that OpenAI had before. */
const OTHER_NAMES: Record<string, string | undefined> = {
  functions: 'tools',
  function_call: 'tool_choice',
  prompt: 'messages',
  input: 'messages',
  system: 'messages',
  instructions: 'messages',
  max_output_tokens: 'max_completion_tokens',
  max_new_tokens: 'max_completion_tokens',
  stop_sequences: 'stop',
  thinking: 'reasoning',
  text: 'response_format',
};
const KNOWN = ['model', 'messages', 'stream', 'stream_options', ...Object.keys(READERS)];
/** Fields with objects, for which PHP's empty list means an empty object. */
const OBJECTS = [
  'metadata',
  'usage',
  'prediction',
  'trace',
  'debug',
  'prompt_cache_options',
  'logit_bias',
  'response_format',
  'reasoning',
];
/** Fields that mean nothing if they are empty. */
const NOTHING_WHERE_EMPTY = ['prompt_cache_key', 'stop'];

/** `fields` are those of the body that are not read elsewhere. */
export function parseOptions(fields: Fields): ChatOptions {
  const options: ChatOptions = {};
  for (const [name, value] of Object.entries(fields)) {
    // Some clients send every field that they know, without values.
    if (isAbsent(value) || saysNothing(name, value)) continue;
    const isSent = Object.hasOwn(READERS, name);
    const reader = isSent ? READERS[name] : Object.hasOwn(LEFT_OUT, name) && LEFT_OUT[name];
    if (!reader) throw unknown(name, meantBy(name, KNOWN, OTHER_NAMES));
    const read = reader(value, name);
    if (isSent) options[name] = read;
  }
  if (options.max_tokens !== undefined) {
    options.max_completion_tokens ??= options.max_tokens as number;
    delete options.max_tokens;
  }
  if (isFields(options.reasoning) && options.reasoning_effort !== undefined) {
    options.reasoning = { effort: options.reasoning_effort, ...options.reasoning };
    delete options.reasoning_effort;
  }
  if (isEmptyList(options.tools)) {
    delete options.tools;
    delete options.tool_choice;
    delete options.parallel_tool_calls;
  }
  return options;
}

function saysNothing(name: string, value: unknown): boolean {
  if (isEmptyList(value)) return OBJECTS.includes(name) || NOTHING_WHERE_EMPTY.includes(name);
  return value === '' && (NOTHING_WHERE_EMPTY.includes(name) || !Object.hasOwn(READERS, name));
}

/** Reads OpenRouter's field `reasoning`. */
function readReasoning(value: unknown, field: string): Fields {
  return readNamed(value, field, REASONING_READERS);
}

/** Reads the fields of an object that have a reader, and leaves out all others. */
export function readNamed(value: unknown, field: string, readers: Record<string, Reader>): Fields {
  const fields = fieldsOf(value, field);
  const said = Object.entries(readers).filter(([name]) => !isAbsent(fields[name]));
  return Object.fromEntries(
    said.map(([name, reader]) => [name, reader(fields[name], `${field}.${name}`)]),
  );
}

function listOf(...allowed: string[]): Reader {
  return (value, field) => {
    const isGood = Array.isArray(value) && value.every(one => allowed.includes(one));
    if (!isGood) throw invalid(field, `array of: ${allowed.join(' | ')}`);
    return value;
  };
}

function readStop(value: unknown, field: string): unknown {
  const list = Array.isArray(value) ? value : [value];
  const isGood =
    list.length >= 1 && list.length <= 4 && list.every(text => typeof text === 'string');
  if (!isGood) throw invalid(field, 'string | array of 1 to 4 strings');
  return value;
}

const MOST_BIASES = 2_000;

function readLogitBias(value: unknown, field: string): unknown {
  const biases = fieldsOf(value, field);
  // Objects with numbers as names are slow to list with their values, so the names are counted first.
  const tokens = Object.keys(biases);
  if (tokens.length > MOST_BIASES) throw invalid(field, `object of at most ${MOST_BIASES} tokens`);
  for (const token of tokens) number(-100, 100)(biases[token], `${field}.${token}`);
  return value;
}

function readResponseFormat(value: unknown, field: string): unknown {
  const { type, json_schema } = fieldsOf(value, field);
  oneOf('text', 'json_object', 'json_schema')(type, `${field}.type`);
  if (type !== 'json_schema') return { type };
  return { type, json_schema: fieldsOf(json_schema, `${field}.json_schema`) };
}

const MOST_TOOLS = 128;

/** Accepts only functions of the caller, because the upstreams' own tools cost money. */
function readTools(value: unknown, field: string): unknown {
  if (!Array.isArray(value) || value.length > MOST_TOOLS) {
    throw invalid(field, `array of at most ${MOST_TOOLS} tools`);
  }
  return value.map((tool, index) => {
    const path = `${field}[${index}]`;
    const { type, function: called, cache_control } = fieldsOf(tool, path);
    if (type !== 'function') throw invalid(`${path}.type`, 'function');
    const { name, description, parameters, strict } = fieldsOf(called, `${path}.function`);
    filledTextOf(name, `${path}.function.name`);
    const given = Object.entries({ name, description, parameters, strict });
    const said = given.filter(([, part]) => !isAbsent(part) && !isEmptyList(part));
    return {
      type,
      function: Object.fromEntries(said),
      ...(!isAbsent(cache_control) && {
        cache_control: readCacheControl(cache_control, `${path}.cache_control`),
      }),
    };
  });
}

function readToolChoice(value: unknown, field: string): unknown {
  if (!isFields(value)) return oneOf('none', 'auto', 'required')(value, field);
  const { type, function: called } = value;
  if (type !== 'function') throw invalid(`${field}.type`, 'function');
  const { name } = fieldsOf(called, `${field}.function`);
  return { type, function: { name: filledTextOf(name, `${field}.function.name`) } };
}

/** Accepts no spoken answers: they would need a voice, and a stream. */
function readModalities(value: unknown, field: string): unknown {
  if (isEmptyList(value)) throw invalid(field, 'array of: text | image');
  return listOf('text', 'image')(value, field);
}
