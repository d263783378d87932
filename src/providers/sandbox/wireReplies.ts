// Answers in the wire formats of the two upstreams: JSON, server-sent events, and model lists.

import type { PerProvider, Provider } from '../../domain/provider.js';
import type { Answer } from './answer.js';
import type { SandboxRequest } from './chatRequest.js';
import { MANNERS } from './manners.js';
import { errorBody, wireError } from './wireErrors.js';

const FAILED = wireError(502, '[sandbox] The provider failed after it began.');

/** The body of a 200; faults of what an answer says are told here. */
export function completionBody(request: SandboxRequest, answer: Answer): object {
  const { provider, model, fault } = request;
  if (fault && ['error', 'stream-error'].includes(fault.name)) return errorBody(provider, FAILED);
  const choice =
    fault?.name === 'choice-error'
      ? {
          index: 0,
          finish_reason: 'error',
          message: { role: 'assistant', content: '' },
          ...errorBody(provider, FAILED),
        }
      : { index: 0, finish_reason: answer.finishReason, logprobs: null, message: answer.message };
  return {
    id: answer.id,
    object: 'chat.completion',
    created: answer.createdSeconds,
    model,
    choices: fault?.name === 'empty' ? [] : [choice],
    usage: answer.usage,
  };
}

/** The events of a stream, each with its blank line. */
export function streamEvents(request: SandboxRequest, answer: Answer): string[] {
  const { provider, fault } = request;
  const chunk = chunkMaker(request, answer);
  const { comments, failsInChunks } = MANNERS[provider];
  const all = chunks(request, answer, chunk);
  const errorEvent = event(
    failsInChunks
      ? chunk({ delta: { content: '' }, finish_reason: 'error' }, errorBody(provider, FAILED))
      : errorBody(provider, FAILED),
  );
  if (fault?.name === 'error' || fault?.name === 'choice-error') return [...comments, errorEvent];
  if (fault?.name === 'stream-error') {
    return [...comments, ...all.slice(0, fault.amount), errorEvent];
  }
  return [...comments, ...all.slice(0, 1), ...comments, ...all.slice(1), 'data: [DONE]\n\n'];
}

type ChunkMaker = (choice: object | null, more?: object) => object;

function chunkMaker(request: SandboxRequest, answer: Answer): ChunkMaker {
  const { saysNullUsage } = MANNERS[request.provider];
  const usage = saysNullUsage && request.includeUsage ? { usage: null } : {};
  return (choice, more = {}) => ({
    id: answer.id,
    object: 'chat.completion.chunk',
    created: answer.createdSeconds,
    model: request.model,
    choices: choice ? [{ index: 0, finish_reason: null, ...choice }] : [],
    ...usage,
    ...more,
  });
}

function chunks(request: SandboxRequest, answer: Answer, chunk: ChunkMaker): string[] {
  const deltas = request.fault?.name === 'empty' ? [] : deltasOf(answer);
  const events = deltas.map((delta, index) =>
    event(chunk({ delta: index === 0 ? { role: 'assistant', ...delta } : delta })),
  );
  if (deltas.length > 0) {
    events.push(event(chunk({ delta: {}, finish_reason: answer.finishReason })));
  }
  if (MANNERS[request.provider].saysUsageUnasked || request.includeUsage) {
    events.push(event(chunk(null, { usage: answer.usage })));
  }
  return events;
}

function deltasOf(answer: Answer): object[] {
  const { content, reasoning, tool_calls, images } = answer.message;
  const words = content?.match(/\S+\s*/g) ?? [];
  return [
    ...(reasoning ? [{ content: '', reasoning }] : []),
    ...words.map(word => ({ content: word })),
    ...(images ? [{ content: '', images }] : []),
    ...(tool_calls ? [{ tool_calls: tool_calls.map((call, index) => ({ index, ...call })) }] : []),
    ...(content === '' ? [{ content }] : []),
  ];
}

function event(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

const MODEL_LISTS: PerProvider<(ids: string[]) => object> = {
  openrouter: ids => ({
    data: ids.map(openRouterModel),
    total_count: ids.length,
    links: { next: null },
  }),
  openai: ids => ({ object: 'list', data: ids.map(openAiModel) }),
};

export function modelList(provider: Provider, ids: string[]): object {
  return MODEL_LISTS[provider](ids);
}

function openAiModel(id: string): object {
  return { id, object: 'model', created: 0, owned_by: 'sandbox', shutdown_date: null };
}

function openRouterModel(id: string): object {
  const modalities = ['text', 'image', 'file', 'audio', 'video'];
  return {
    id,
    canonical_slug: id,
    name: `[sandbox] ${id}`,
    created: 0,
    description: 'Answered by the sandbox.',
    context_length: 128_000,
    architecture: {
      modality: `${modalities.join('+')}->text`,
      input_modalities: modalities,
      output_modalities: ['text'],
      tokenizer: 'Other',
      instruct_type: null,
    },
    pricing: { prompt: '0.00000015', completion: '0.0000006' },
    top_provider: {
      context_length: 128_000,
      max_completion_tokens: 16_384,
      is_moderated: false,
    },
    per_request_limits: null,
    supported_parameters: ['max_completion_tokens', 'temperature', 'top_p', 'tools'],
    expiration_date: null,
  };
}
