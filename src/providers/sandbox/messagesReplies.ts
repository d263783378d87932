// Writes the sandbox's answers as Anthropic's messages: JSON, or server-sent events.

import { type Fields, listOf, recordOf, textOf } from '../../domain/unknownJson.js';
import type { Answer } from './answer.js';
import type { Fault } from './faults.js';
import type { SandboxRequest } from './request.js';
import { type WireError, wireError } from './wireError.js';

type ErrorBody = (error: WireError) => object;
type Sign = (thinking: string) => string;

/** US dollars per token. */
const PRICE = 0.000_000_5;
const ALWAYS_FAILING = ['error', 'choice-error'];

/** The body of a 200. The faults that change an answer's content are applied here. */
export function messageOf(
  request: SandboxRequest,
  answer: Answer,
  errorBody: ErrorBody,
  sign: Sign,
): object {
  const { fault } = request;
  if (fault && [...ALWAYS_FAILING, 'stream-error'].includes(fault.name)) {
    return errorBody(failureFor(fault));
  }
  const said = saidBy(request, answer, sign);
  return {
    id: `msg_${answer.id}`,
    type: 'message',
    role: 'assistant',
    model: request.model,
    content: said.blocks,
    stop_reason: said.stopReason,
    stop_sequence: said.stopSequence,
    usage: usageOf(request, answer),
  };
}

/** The events of a stream, each with its name and its blank line. */
export function eventsOf(
  request: SandboxRequest,
  answer: Answer,
  errorBody: ErrorBody,
  sign: Sign,
): string[] {
  const { fault } = request;
  const all = allEvents(request, answer, sign);
  const failure = () => event('error', errorBody(failureFor(fault)));
  if (fault && ALWAYS_FAILING.includes(fault.name)) return [COMMENT, failure()];
  if (fault?.name === 'stream-error') return [COMMENT, ...all.slice(0, fault.amount), failure()];
  return [COMMENT, ...all];
}

const COMMENT = ': OPENROUTER PROCESSING\n\n';

/** Has the status that the fault asks for, if it names one. */
function failureFor(fault: Fault | undefined): WireError {
  const { name, amount = 0 } = fault ?? {};
  const status = name === 'error' && amount >= 400 ? amount : 502;
  return wireError(status, '[sandbox] The provider failed after it began.');
}

function allEvents(request: SandboxRequest, answer: Answer, sign: Sign): string[] {
  const { blocks, stopReason, stopSequence } = saidBy(request, answer, sign);
  const { output_tokens, ...input } = usageOf(request, answer);
  const message = {
    id: `msg_${answer.id}`,
    type: 'message',
    role: 'assistant',
    model: request.model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { ...input, output_tokens: 0 },
  };
  const delta = { stop_reason: stopReason, stop_sequence: stopSequence };
  return [
    event('message_start', { message }),
    event('ping', {}),
    ...blocks.flatMap((block, index) => [
      event('content_block_start', { index, content_block: { ...block, ...emptied(block) } }),
      ...deltasOf(block).map(each => event('content_block_delta', { index, delta: each })),
      event('content_block_stop', { index }),
    ]),
    event('message_delta', { delta, usage: { ...input, output_tokens } }),
    event('message_stop', {}),
  ];
}

/** A block without what its deltas will bring. */
function emptied({ type }: Fields): Fields {
  switch (type) {
    case 'text':
      return { text: '' };
    case 'thinking':
      return { thinking: '', signature: '' };
    case 'tool_use':
      return { input: {} };
    default:
      return {};
  }
}

function deltasOf({ type, text, thinking, signature, input }: Fields): object[] {
  switch (type) {
    case 'text':
      return wordsOf(text).map(word => ({ type: 'text_delta', text: word }));
    case 'thinking':
      return [
        ...wordsOf(thinking).map(word => ({ type: 'thinking_delta', thinking: word })),
        { type: 'signature_delta', signature },
      ];
    case 'tool_use':
      return ['', ...(JSON.stringify(input).match(/.{1,8}/g) ?? [])].map(partial_json => ({
        type: 'input_json_delta',
        partial_json,
      }));
    default:
      return [];
  }
}

function wordsOf(text: unknown): string[] {
  return textOf(text)?.match(/\S+\s*/g) ?? [];
}

interface Said {
  blocks: Fields[];
  stopReason: string | null;
  stopSequence: string | null;
}

const STOP_REASONS: Record<string, string> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'refusal',
};

function saidBy(
  { body, fault }: SandboxRequest,
  { message, finishReason }: Answer,
  sign: Sign,
): Said {
  if (fault?.name === 'empty') return { blocks: [], stopReason: null, stopSequence: null };
  const blocks = thoughtsOf(message, body, sign);
  const whole = message.content ?? '';
  const stopSequence = listOf(body.stop_sequences)
    .map(String)
    .find(sequence => whole.includes(sequence));
  const text = stopSequence === undefined ? whole : whole.slice(0, whole.indexOf(stopSequence));
  if (text !== '') blocks.push({ type: 'text', text, citations: null });
  for (const { id, function: called } of message.tool_calls ?? []) {
    const input = JSON.parse(called.arguments);
    blocks.push({ type: 'tool_use', id, name: called.name, input });
  }
  return {
    blocks,
    stopReason:
      stopSequence === undefined ? (STOP_REASONS[finishReason] ?? finishReason) : 'stop_sequence',
    stopSequence: stopSequence ?? null,
  };
}

/** Thoughts, if the fault has some or the request asks for thinking. */
function thoughtsOf({ reasoning, reasoning_details }: Answer['message'], body: Fields, sign: Sign) {
  const isAsked = ['enabled', 'adaptive'].includes(String(recordOf(body.thinking).type));
  const thinking = reasoning ?? (isAsked ? '[sandbox] A moment of thought.' : undefined);
  const blocks: Fields[] = [];
  if (thinking) blocks.push({ type: 'thinking', thinking, signature: sign(thinking) });
  const [hidden] = listOf(reasoning_details);
  if (!thinking && hidden) blocks.push({ type: 'redacted_thinking', data: recordOf(hidden).data });
  return blocks;
}

/** If the request wants caching, a third of the prompt counts as read from the cache, and a third as written to it. */
function usageOf({ body }: SandboxRequest, { promptTokens, completionTokens }: Answer) {
  const third = JSON.stringify(body).includes('"cache_control"') ? Math.floor(promptTokens / 3) : 0;
  return {
    input_tokens: promptTokens - 2 * third,
    cache_creation_input_tokens: third,
    cache_read_input_tokens: third,
    output_tokens: completionTokens,
    cost: Number(((promptTokens + completionTokens) * PRICE).toFixed(8)),
  };
}

function event(type: string, data: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
}
