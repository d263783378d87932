// Responses, as upstreams that store nothing offer them.

import { type Fields, isPresent, listOf, recordOf, textOf } from '../../domain/unknownJson.js';
import { modelAndFault } from './request.js';
import { streamEvents } from './responsesEvents.js';
import { responseBody, THOUGHTFUL } from './responsesOutput.js';
import type { NativeStandIn } from './standIn.js';
import { type WireError, wireError } from './wireError.js';

export const responses: NativeStandIn = {
  readRequest(body) {
    const read = modelAndFault(body);
    if ('kind' in read) return read;
    const wrong = refusalOf(read.model, body);
    if (wrong) return wrong;
    const input = listOf(body.input).map(recordOf);
    return { ...read, stream: body.stream === true, messages: input.map(messageOf), body };
  },
  bodyOf: responseBody,
  eventsOf: streamEvents,
};

/** The fields of the top level. Every other one is refused. */
const KNOWN = (
  'model input instructions stream stream_options store max_output_tokens temperature top_p top_logprobs truncation ' +
  'reasoning text tools tool_choice parallel_tool_calls include prompt_cache_key prompt_cache_retention ' +
  'prompt_cache_options user safety_identifier metadata'
).split(' ');
const OWN_TOOLS = ['function', 'custom', 'namespace'];

function refusalOf(model: string, body: Fields): WireError | undefined {
  const unknown = Object.keys(body).find(name => !KNOWN.includes(name));
  if (unknown) {
    return wireError(400, `Unknown parameter: '${unknown}'.`, unknown, 'unknown_parameter');
  }
  if (body.store !== false) {
    return wireError(400, '[sandbox] Nothing is stored: "store" has to be false.', 'store');
  }
  if (!Array.isArray(body.input) || body.input.length === 0) {
    return wireError(400, 'You must provide an input parameter.', 'input');
  }
  const items = body.input.map(recordOf);
  const lost = items.find(({ type }) => type === 'item_reference');
  if (lost) return wireError(404, `Item with id '${lost.id}' not found.`, 'input');
  const hosted = listOf(body.tools).find(tool => !OWN_TOOLS.includes(String(recordOf(tool).type)));
  if (hosted) return wireError(400, '[sandbox] Only the caller’s own tools.', 'tools');
  if (lacksReasoning(items)) {
    const message = '[sandbox] The reasoning behind a tool call is missing.';
    return wireError(400, message, 'input');
  }
  if (/^(gpt-[5-9]|o)/.test(model) && recordOf(body.reasoning).effort && isPresent(body.top_p)) {
    const message = "Unsupported parameter: 'top_p' is not supported with this model.";
    return wireError(400, message, 'top_p', 'unsupported_parameter');
  }
  return undefined;
}

function lacksReasoning(items: Fields[]): boolean {
  return items.some(({ type, call_id }, at) => {
    const isCall = type === 'function_call' || type === 'custom_tool_call';
    if (!isCall || !String(call_id).startsWith(THOUGHTFUL)) return false;
    const before = items[at - 1];
    return before?.type !== 'reasoning' || !textOf(before.encrypted_content);
  });
}

/** Converts an item to a message of chat completions, because the sandbox says the same in both forms. */
function messageOf({ type = 'message', role, content, output }: Fields): Fields {
  if (type === 'function_call_output' || type === 'custom_tool_call_output') {
    return { role: 'tool', content: partsOf(output) };
  }
  return { role: type === 'message' ? role : type, content: partsOf(content) };
}

const CHAT_TYPES: Partial<Record<string, string>> = {
  input_text: 'text',
  output_text: 'text',
  input_image: 'image_url',
  input_file: 'file',
  input_video: 'video_url',
};

function partsOf(content: unknown): unknown {
  if (!Array.isArray(content)) return content;
  return content.map(recordOf).map(part => {
    const type = String(part.type);
    return { ...part, type: CHAT_TYPES[type] ?? type };
  });
}
