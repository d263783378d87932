// Removes what OpenAI does not accept. It answers 400 to fields that it or the model does not know, while OpenRouter
// ignores them. Because we remove them, callers see no difference between the two providers.

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
/** Of who asks for reasoning without saying how much. */
const USUAL_EFFORT = 'medium';
/** Reasoning models accept these only while they do not reason. */
const SAMPLING = ['temperature', 'top_p', 'logprobs', 'top_logprobs'];

export function optionsOf(
  options: ChatOptions,
  { upstreamId, reasoning }: UpstreamCall,
): ChatOptions {
  const { effort, enabled, max_tokens } = recordOf(options.reasoning);
  if (isPresent(effort)) options.reasoning_effort ??= effort;
  // As OpenRouter does where a model knows only efforts.
  else if (reasoning && (enabled === true || isPresent(max_tokens))) {
    options.reasoning_effort ??= USUAL_EFFORT;
  }
  for (const name of UNKNOWN) delete options[name];
  const { verbosity } = options;
  // Only OpenRouter knows more. This is what comes nearest to it.
  if (verbosity === 'xhigh' || verbosity === 'max') options.verbosity = 'high';
  const { tools } = options;
  // OpenAI's tools have no field for caching, so only the function is kept.
  if (Array.isArray(tools)) options.tools = tools.map(functionAlone);
  if (!reasoning) return options;
  for (const name of REFUSED_BY_REASONING_MODELS) delete options[name];
  if (willReason(upstreamId, options.reasoning_effort)) {
    for (const name of SAMPLING) delete options[name];
  }
  return options;
}

/** Leaves out the fields of other providers, in answers and in requests. */
export function messageOf(message: ChatMessage): ChatMessage {
  const { content, role, tool_calls, name, tool_call_id } = message;
  const taken: ChatMessage = {
    role,
    content: Array.isArray(content) ? content.map(partOf) : content,
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

function partOf({ cache_control: _, ...part }: ContentPart): ContentPart {
  if (part.type !== 'image_url' || part.image_url.detail !== 'original') return part;
  // Only OpenRouter knows `original`. This is what comes nearest to it.
  return { ...part, image_url: { ...part.image_url, detail: 'high' } };
}
