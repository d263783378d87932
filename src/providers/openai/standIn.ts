import { type Fields, listOf, recordOf } from '../../domain/unknownJson.js';
import { chatCompletionsStandIn } from '../chatCompletions/standIn.js';
import { type WireError, wireError } from '../sandbox/wireError.js';

export const standIn = chatCompletionsStandIn({
  answerIdPrefix: 'chatcmpl',
  idHeader: 'x-request-id',
  showsModelsToAnybody: false,
  comments: [],
  failsInChunks: false,
  saysUsageUnasked: false,
  saysNullUsage: true,
  saysCost: false,
  repeatsRole: false,
  refusalOf,
  errorBody: ({ status, message, param, code }) => ({
    error: { message, type: typeOf(status), param, code },
  }),
  modelList: ids => ({ object: 'list', data: ids.map(listedModel) }),
});

/** The fields of the top level. Every other one is refused. */
const KNOWN = (
  'model messages stream stream_options max_tokens max_completion_tokens temperature top_p n stop seed tools ' +
  'tool_choice parallel_tool_calls response_format reasoning_effort verbosity modalities audio logprobs ' +
  'top_logprobs logit_bias frequency_penalty presence_penalty prediction service_tier store metadata user ' +
  'safety_identifier prompt_cache_key prompt_cache_retention'
).split(' ');
const KNOWN_OF_MESSAGE = 'role content name tool_calls tool_call_id refusal audio'.split(' ');

function refusalOf(model: string, body: Fields): WireError | undefined {
  const unknown =
    Object.keys(body).find(name => !KNOWN.includes(name)) ??
    unknownOfMessages(listOf(body.messages));
  if (unknown) {
    return wireError(400, `Unknown parameter: '${unknown}'.`, unknown, 'unknown_parameter');
  }
  if (Array.isArray(body.tools) && body.tools.length === 0) {
    const message = "Invalid 'tools': empty array. Expected an array with minimum length 1.";
    return wireError(400, message, 'tools', 'empty_array');
  }
  return /^(gpt-[5-9]|o)/.test(model) ? refusalByReasoningModel(model, body) : undefined;
}

function unknownOfMessages(messages: unknown[]): string | undefined {
  for (const [index, message] of messages.map(recordOf).entries()) {
    const name = Object.keys(message).find(one => !KNOWN_OF_MESSAGE.includes(one));
    if (name) return `messages[${index}].${name}`;
    const part = listOf(message.content).findIndex(one => recordOf(one).cache_control);
    if (part >= 0) return `messages[${index}].content[${part}].cache_control`;
  }
  return undefined;
}

const NEVER_OF_REASONING = [
  'max_tokens',
  'stop',
  'logit_bias',
  'presence_penalty',
  'frequency_penalty',
];
const OF_NO_REASONING = ['top_p', 'logprobs', 'top_logprobs'];

/** Reasoning models refuse `max_tokens`. While they reason, they also refuse sampling other than the default. */
function refusalByReasoningModel(model: string, body: Fields): WireError | undefined {
  const { reasoning_effort: effort = 'none', temperature } = body;
  const mayReason = effort !== 'none' || !/^gpt-(5\.[1-9]|[6-9])/.test(model);
  const refused = [...NEVER_OF_REASONING, ...(mayReason ? OF_NO_REASONING : [])];
  const unsupported = refused.find(name => body[name] !== undefined);
  if (unsupported) {
    const instead = unsupported === 'max_tokens' ? " Use 'max_completion_tokens' instead." : '';
    const message = `Unsupported parameter: '${unsupported}' is not supported with this model.${instead}`;
    return wireError(400, message, unsupported, 'unsupported_parameter');
  }
  if (mayReason && temperature !== undefined && temperature !== 1) {
    const message = `Unsupported value: 'temperature' does not support ${temperature} with this model. Only the default (1) value is supported.`;
    return wireError(400, message, 'temperature', 'unsupported_value');
  }
  return undefined;
}

function typeOf(status: number): string {
  if (status === 429) return 'rate_limit_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}

function listedModel(id: string): object {
  return { id, object: 'model', created: 0, owned_by: 'sandbox', shutdown_date: null };
}
