// Reads the body of POST /v1/responses.

import { type LongTexts, putLongTextsBack } from '../../domain/longTexts.js';
import type { NativeCall, NativeRequest, SentCall } from '../../domain/native.js';
import { DESCRIPTIONS } from '../../domain/provider.js';
import { willReason } from '../../domain/reasoningModel.js';
import { type Refusal, refuse } from '../../domain/refusal.js';
import { listOf, recordOf } from '../../domain/unknownJson.js';
import { userNamed } from '../../domain/user.js';
import {
  type Fields,
  fieldsOf,
  isAbsent,
  isEmptyList,
  modelNameOf,
  readOrRefuse,
  requireBody,
} from '../openai/fields.js';
import { upstreamDigest } from '../upstreamDigest.js';
import { readFields } from './fields.js';
import { type ReadInput, readInput } from './input.js';
import { namesIn, recalled, toKeep } from './kept.js';
import { readAnswer, startReading } from './reading.js';

const PATH = '/responses';

export function parseRequest(
  body: unknown,
  licenseKey: string | undefined,
): NativeRequest | Refusal {
  if (licenseKey === undefined) return refuse('invalid_license_key', 'license_invalid', {});
  return readOrRefuse(() => requestOf(fieldsOf(body, 'body'), licenseKey));
}

function requestOf(body: Fields, licenseKey: string): NativeRequest {
  requireBody(body, isAbsent(body.previous_response_id) ? ['model', 'input'] : ['model']);
  const read: ReadBody = {
    body,
    licenseKey,
    model: modelNameOf(body.model),
    sent: readFields(body),
    previous: isAbsent(body.previous_response_id) ? undefined : String(body.previous_response_id),
  };
  return assemble(read, readInput(body.input));
}

/** The result of a tool of any kind. */
function isToolResult(item: unknown): boolean {
  const { type } = recordOf(item);
  return typeof type === 'string' && type.endsWith('_call_output');
}

interface ReadBody {
  body: Fields;
  licenseKey: string;
  model: string;
  sent: Fields;
  previous: string | undefined;
}

function assemble(read: ReadBody, input: ReadInput, longTexts?: LongTexts): NativeRequest {
  const { body, licenseKey, model, previous } = read;
  const sent = { ...read.sent };
  const hasTools = !isEmptyList(sent.tools ?? []) || input.hasTools;
  if (!hasTools) {
    for (const name of ['tools', 'tool_choice', 'parallel_tool_calls']) delete sent[name];
  }
  const isToBeKept = body.store !== false;
  const request: NativeRequest = {
    licenseKey,
    model,
    stream: body.stream === true,
    strict: body.strict === true,
    user: userNamed(body.user) ?? userNamed(body.safety_identifier),
    needs: {
      content: input.content,
      tools: hasTools,
      contentField: 'input',
      bringsToolResults: isToolResult(input.items.at(-1)),
    },
    native: callOf(sent, input, isToBeKept, () => echoOf(body, sent, request.longTexts)),
    keeping: {
      names: namesIn(previous, input.items),
      withKept: (kept, modelId) =>
        readOrRefuse(() => {
          const items = recalled(previous, input.items, kept, modelId);
          const whole = { ...read, previous: undefined };
          return assemble(whole, readInput(items), request.longTexts);
        }),
      toKeep: (answer, by) =>
        isToBeKept ? toKeep(answer, by, input.items, request.longTexts) : null,
    },
  };
  if (longTexts) request.longTexts = longTexts;
  return request;
}

function callOf(
  sent: Fields,
  input: ReadInput,
  isToBeKept: boolean,
  echo: () => Fields,
): NativeCall {
  return {
    modelKind: 'chat',
    paths: { openai: PATH, openrouter: PATH },
    headers: {},
    limit: { field: 'max_output_tokens', beside: 0 },
    bodyOf: call => bodyOf(sent, input.items, isToBeKept, call),
    readAnswer: (body, callId) => readAnswer(body, callId, echo()),
    startReading: callId => startReading(callId, echo()),
    // The last event has the whole response.
    fold: (events, tokens) => ({
      kind: 'answer',
      body: recordOf(events.at(-1)?.data.response),
      tokens,
    }),
  };
}

/** Tells the upstream to store nothing: we keep responses ourselves. */
function bodyOf(fields: Fields, input: Fields[], isToBeKept: boolean, call: SentCall): Fields {
  const { provider, upstreamId, licenseId, reasoning, isStreamed } = call;
  const { isDirect } = DESCRIPTIONS[provider];
  const { user, safety_identifier, prompt_cache_key, ...sent } = fields;
  const customer = upstreamDigest(`${licenseId} `);
  if (reasoning && willReason(upstreamId, recordOf(sent.reasoning).effort)) {
    for (const name of SAMPLING) delete sent[name];
  }
  if (!isDirect) for (const name of OF_OPENAI) delete sent[name];
  // The upstream does not store its reasoning, so we ask for it and send it with the next call. OpenAI refuses this
  // for a model that does not reason.
  if (isToBeKept && (reasoning || !isDirect))
    sent.include = [...new Set([...listOf(sent.include), ENCRYPTED])];
  return {
    model: upstreamId,
    input,
    ...sent,
    store: false,
    ...(isStreamed && { stream: true }),
    ...(isStreamed && isDirect && { stream_options: { include_obfuscation: false } }),
    // All callers share the operator's account. The upstream gets a digest of the license, never of its users.
    ...(user !== undefined && { user: customer }),
    ...(safety_identifier !== undefined && { safety_identifier: customer }),
    ...(prompt_cache_key !== undefined && {
      prompt_cache_key: upstreamDigest(`${licenseId} ${prompt_cache_key}`),
    }),
  };
}

const OF_OPENAI = ['prompt_cache_retention', 'prompt_cache_options'];
/** Reasoning models refuse these while they reason. */
const SAMPLING = ['temperature', 'top_p', 'top_logprobs'];
const ENCRYPTED = 'reasoning.encrypted_content';
/** Fields of the request that the answer repeats, with the caller's values. */
const ECHOED = [
  'instructions',
  'max_output_tokens',
  'temperature',
  'top_p',
  'top_logprobs',
  'truncation',
  'reasoning',
  'text',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
] as const;
/** Fields for which the upstream gets another value, or none. */
const OURS = ['metadata', 'previous_response_id', 'prompt_cache_key', 'safety_identifier', 'user'];

function echoOf(body: Fields, sent: Fields, longTexts: LongTexts | undefined): Fields {
  const echo: Fields = {};
  for (const name of ECHOED) if (sent[name] !== undefined) echo[name] = sent[name];
  for (const name of OURS) if (!isAbsent(body[name])) echo[name] = body[name];
  if (isEmptyList(echo.metadata)) echo.metadata = {};
  return longTexts?.texts.length ? withLongTexts(echo, longTexts) : echo;
}

export function withLongTexts<Value>(value: Value, longTexts: LongTexts): Value {
  const json = putLongTextsBack(JSON.stringify(value), longTexts);
  return JSON.parse(Buffer.concat(json).toString());
}
