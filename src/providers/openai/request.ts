// What OpenAI takes of a request: it answers 400 to fields that it does not know, and to those that a model
// does not take. OpenRouter drops them silently, so they are left out here: a caller sees no difference.

import type { ChatMessage, ChatOptions, ContentPart } from '../../domain/chat.js';
import { willReason } from '../../domain/reasoningModel.js';
import { isPresent, recordOf } from '../../domain/unknownJson.js';
import type { UpstreamCall } from '../port.js';

const UNKNOWN = [
  'top_k',
  'min_p',
  'top_a',
  'repetition_penalty',
  'reasoning',
  'include_reasoning',
  'cache_control',
  'transforms',
];
const REFUSED_BY_REASONING_MODELS = ['presence_penalty', 'frequency_penalty', 'stop', 'logit_bias'];
/** Reasoning models take these only while they do not reason. */
const SAMPLING = ['temperature', 'top_p', 'logprobs', 'top_logprobs'];

export function optionsOf(
  options: ChatOptions,
  { upstreamId, reasoning }: UpstreamCall,
): ChatOptions {
  const { effort } = recordOf(options.reasoning);
  if (isPresent(effort)) options.reasoning_effort ??= effort;
  for (const name of UNKNOWN) delete options[name];
  const { tools } = options;
  // Functions alone: there is no place for what is said of caching.
  if (Array.isArray(tools)) options.tools = tools.map(functionAlone);
  if (!reasoning) return options;
  for (const name of REFUSED_BY_REASONING_MODELS) delete options[name];
  if (willReason(upstreamId, options.reasoning_effort)) {
    for (const name of SAMPLING) delete options[name];
  }
  return options;
}

/** What other providers said in a conversation, or want to be told of it, is left out. */
export function messageOf(message: ChatMessage): ChatMessage {
  const { content, role, tool_calls, name, tool_call_id } = message;
  const taken: ChatMessage = {
    role,
    content: Array.isArray(content) ? content.map(withoutCacheControl) : content,
  };
  if (name !== undefined) taken.name = name;
  if (tool_call_id !== undefined) taken.tool_call_id = tool_call_id;
  if (tool_calls) {
    taken.tool_calls = tool_calls.map(call => ({ id: call.id, ...functionAlone(call) }));
  }
  return taken;
}

function functionAlone<Called>({ type, function: called }: { type: 'function'; function: Called }) {
  return { type, function: called };
}

function withoutCacheControl({ cache_control: _, ...part }: ContentPart): ContentPart {
  return part;
}
