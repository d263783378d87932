// Writes the sandbox's answers as items of a response.

import { randomUUID } from 'node:crypto';
import { type Fields, listOf, recordOf } from '../../domain/unknownJson.js';
import type { Answer } from './answer.js';
import type { SandboxRequest } from './request.js';
import { argumentsFor } from './toolArguments.js';

/** The prefix of the ids of calls whose reasoning must come back in the next request. */
export const THOUGHTFUL = 'call_thought_';

/** The body of a 200. The faults that change an answer's content are applied here. */
export function responseBody(request: SandboxRequest, answer: Answer): Fields {
  const { fault } = request;
  const name = fault?.name ?? '';
  if (['error', 'stream-error', 'choice-error'].includes(name)) {
    return { ...begunResponse(request, answer), status: 'failed', error: failureFor(request) };
  }
  return endedResponse(request, answer, name === 'empty' ? [] : itemsOf(request, answer));
}

/** Has the status that the fault asks for, if it names one. */
export function failureFor({ fault }: SandboxRequest): Fields {
  const status = fault?.name === 'error' ? fault.amount : 500;
  const codes: Record<number, string> = { 400: 'invalid_prompt', 429: 'rate_limit_exceeded' };
  const message = '[sandbox] The provider failed after it began.';
  return { code: codes[status] ?? 'server_error', message };
}

export function begunResponse({ model, body }: SandboxRequest, answer: Answer): Fields {
  const { instructions = null, tools = [], tool_choice = 'auto' } = body;
  return {
    id: `resp_${answer.id}`,
    object: 'response',
    created_at: answer.createdSeconds,
    status: 'in_progress',
    error: null,
    incomplete_details: null,
    instructions,
    model,
    output: [],
    tools,
    tool_choice,
    store: false,
    usage: null,
  };
}

const WHY_INCOMPLETE: Partial<Record<string, string>> = {
  length: 'max_output_tokens',
  content_filter: 'content_filter',
};

export function endedResponse(request: SandboxRequest, answer: Answer, output: Fields[]): Fields {
  const reason = WHY_INCOMPLETE[answer.finishReason];
  const { promptTokens, completionTokens } = answer;
  const usage = {
    input_tokens: promptTokens,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: completionTokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: promptTokens + completionTokens,
    cost: Number((promptTokens * 15e-8 + completionTokens * 6e-7).toFixed(8)),
  };
  return {
    ...begunResponse(request, answer),
    status: reason ? 'incomplete' : 'completed',
    incomplete_details: reason ? { reason } : null,
    output,
    ...(request.fault?.name !== 'empty' && { usage }),
  };
}

export function itemsOf(request: SandboxRequest, answer: Answer): Fields[] {
  const { fault, messages, body } = request;
  const { content, images, reasoning } = answer.message;
  const wantsEncrypted = listOf(body.include).includes('reasoning.encrypted_content');
  const results = messages.filter(message => recordOf(message).role === 'tool');
  switch (fault?.name) {
    case 'tools':
      return [callOf(body, `call_${randomUUID()}`)];
    case 'encrypted':
      return [thought('', true)];
    case 'turns':
      if (results.length >= fault.amount) break;
      return [
        thought('[sandbox] A tool is needed.', wantsEncrypted),
        callOf(body, THOUGHTFUL + randomUUID()),
      ];
  }
  const said = { type: 'output_text', text: content ?? '', annotations: [], logprobs: [] };
  const message = {
    id: `msg_${randomUUID()}`,
    type: 'message',
    status: 'completed',
    role: 'assistant',
    content: [said],
  };
  return [
    ...(reasoning ? [thought(String(reasoning), wantsEncrypted)] : []),
    ...(content ? [message] : []),
    ...(images ?? []).map(({ image_url }) => ({
      id: `ig_${randomUUID()}`,
      type: 'image_generation_call',
      status: 'completed',
      result: String(image_url.url).replace(/^[^,]*,/, ''),
    })),
  ];
}

function thought(text: string, isEncrypted: boolean): Fields {
  return {
    id: `rs_${randomUUID()}`,
    type: 'reasoning',
    summary: text ? [{ type: 'summary_text', text }] : [],
    ...(isEncrypted && { encrypted_content: btoa(randomUUID()) }),
  };
}

const status = 'completed';

/** Calls the first of the request's tools, in the form of its kind. */
function callOf({ tools }: Fields, call_id: string): Fields {
  const tool = recordOf(listOf(tools)[0]);
  const { type, name = 'sandbox_tool' } = tool;
  if (type === 'custom') {
    const input = '[sandbox] an input';
    return { id: `ctc_${randomUUID()}`, type: 'custom_tool_call', status, call_id, name, input };
  }
  const inside = recordOf(listOf(tool.tools)[0]);
  const { parameters } = type === 'namespace' ? inside : tool;
  return {
    id: `fc_${randomUUID()}`,
    type: 'function_call',
    status,
    call_id,
    name: type === 'namespace' ? inside.name : name,
    ...(type === 'namespace' && { namespace: name }),
    arguments: argumentsFor(parameters),
  };
}
