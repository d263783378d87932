// Writes the sandbox's answers as chat completions: JSON, or server-sent events.

import { recordOf } from '../../domain/unknownJson.js';
import type { Answer } from '../sandbox/answer.js';
import type { SandboxRequest } from '../sandbox/request.js';
import { type WireError, wireError } from '../sandbox/wireError.js';
import type { Manners } from './manners.js';

/** Has the status that the fault asks for, if it names one. */
function failureFor({ amount }: { amount: number }): WireError {
  const status = amount >= 400 ? amount : 502;
  return wireError(status, '[sandbox] The provider failed after it began.');
}

/** US dollars per token. */
const PROMPT_PRICE = 0.000_000_15;
const COMPLETION_PRICE = 0.000_000_6;

/** The body of a 200. The faults that change an answer's content are applied here. */
export function completionBody(
  { model, fault }: SandboxRequest,
  answer: Answer,
  manners: Manners,
): object {
  const { errorBody } = manners;
  const failure = fault && errorBody(failureFor(fault));
  if (failure && ['error', 'stream-error'].includes(fault.name)) return failure;
  const choice =
    fault?.name === 'choice-error'
      ? {
          index: 0,
          finish_reason: 'error',
          message: { role: 'assistant', content: '' },
          ...failure,
        }
      : { index: 0, finish_reason: answer.finishReason, logprobs: null, message: answer.message };
  return {
    id: answer.id,
    object: 'chat.completion',
    created: answer.createdSeconds,
    model,
    choices: fault?.name === 'empty' ? [] : [choice],
    usage: usageOf(answer, manners),
  };
}

/** The events of a stream, each with its blank line. */
export function streamEvents(request: SandboxRequest, answer: Answer, manners: Manners): string[] {
  const { fault } = request;
  const { comments, failsInChunks, errorBody } = manners;
  // The amount of `stream-error` is a number of chunks.
  const failure = errorBody(failureFor(fault?.name === 'error' ? fault : { amount: 502 }));
  const chunk = chunkMaker(request, answer, manners);
  const all = chunks(request, answer, manners, chunk);
  const errorEvent = event(
    failsInChunks ? chunk({ delta: { content: '' }, finish_reason: 'error' }, failure) : failure,
  );
  if (fault?.name === 'error' || fault?.name === 'choice-error') return [...comments, errorEvent];
  if (fault?.name === 'stream-error') {
    return [...comments, ...all.slice(0, fault.amount), errorEvent];
  }
  return [...comments, ...all.slice(0, 1), ...comments, ...all.slice(1), 'data: [DONE]\n\n'];
}

type ChunkMaker = (choice: object | null, more?: object) => object;

function chunkMaker(request: SandboxRequest, answer: Answer, manners: Manners): ChunkMaker {
  const usage = manners.saysNullUsage && isUsageAsked(request) ? { usage: null } : {};
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

function chunks(
  request: SandboxRequest,
  answer: Answer,
  manners: Manners,
  chunk: ChunkMaker,
): string[] {
  const deltas = request.fault?.name === 'empty' ? [] : deltasOf(answer);
  const events = deltas.map((delta, index) =>
    event(
      chunk({
        delta: index === 0 || manners.repeatsRole ? { role: 'assistant', ...delta } : delta,
      }),
    ),
  );
  if (deltas.length > 0) {
    events.push(event(chunk({ delta: {}, finish_reason: answer.finishReason })));
  }
  if (manners.saysUsageUnasked || isUsageAsked(request)) {
    events.push(event(chunk(null, { usage: usageOf(answer, manners) })));
  }
  return events;
}

function isUsageAsked({ body }: SandboxRequest): boolean {
  return recordOf(body.stream_options).include_usage === true;
}

function usageOf({ promptTokens, completionTokens }: Answer, { saysCost }: Manners): object {
  const usage = {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
  if (!saysCost) return usage;
  return { ...usage, cost: costOf({ promptTokens, completionTokens }) };
}

/** US dollars. */
export function costOf({
  promptTokens,
  completionTokens,
}: Pick<Answer, 'promptTokens' | 'completionTokens'>): number {
  return Number((promptTokens * PROMPT_PRICE + completionTokens * COMPLETION_PRICE).toFixed(8));
}

function deltasOf(answer: Answer): object[] {
  const { content, reasoning, reasoning_details, tool_calls, images } = answer.message;
  const words = content?.match(/\S+\s*/g) ?? [];
  return [
    ...(reasoning || reasoning_details
      ? [
          {
            content: '',
            ...(reasoning && { reasoning }),
            ...(reasoning_details ? { reasoning_details } : {}),
          },
        ]
      : []),
    ...words.map(word => ({ content: word })),
    ...(images ? [{ content: '', images }] : []),
    ...(tool_calls ? [{ tool_calls: tool_calls.map((call, index) => ({ index, ...call })) }] : []),
    ...(content === '' ? [{ content }] : []),
  ];
}

function event(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}
