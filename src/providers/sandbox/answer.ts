// What the sandbox answers, before it is written in the form of an upstream.

import { randomUUID } from 'node:crypto';
import type { AssistantMessage } from '../../domain/chat.js';
import { type Fields, listOf, recordOf } from '../../domain/unknownJson.js';
import type { FaultName } from './faults.js';
import { estimateTokens, type SandboxRequest, sayOf } from './request.js';
import { argumentsFor } from './toolArguments.js';

export interface Answer {
  id: string;
  createdSeconds: number;
  message: AssistantMessage;
  /** In OpenAI's terms. */
  finishReason: string;
  promptTokens: number;
  completionTokens: number;
}

/** A red pixel. */
const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';

export function answerTo(request: SandboxRequest): Answer {
  const message = messageFor(request, sayOf(request.messages));
  const limit = request.body.max_completion_tokens;
  if (typeof limit === 'number' && isLonger(message, limit))
    return shortened(request, message, limit);
  return {
    id: randomUUID(),
    createdSeconds: Math.floor(Date.now() / 1000),
    message,
    finishReason: finishReasonFor(request.fault?.name, message),
    promptTokens: estimateTokens(request.messages),
    completionTokens: request.fault?.name === 'blank' ? 0 : estimateTokens([message]),
  };
}

function isLonger({ content, tool_calls, images }: AssistantMessage, limit: number): boolean {
  return !tool_calls && !images && estimateTokens([{ content }]) > limit;
}

/** Cuts the answer off at the requested limit, as a model does. */
function shortened(request: SandboxRequest, message: AssistantMessage, limit: number): Answer {
  return {
    id: randomUUID(),
    createdSeconds: Math.floor(Date.now() / 1000),
    message: { ...message, content: (message.content ?? '').slice(0, limit * 4) },
    finishReason: 'length',
    promptTokens: estimateTokens(request.messages),
    completionTokens: limit,
  };
}

function messageFor(request: SandboxRequest, text: string): AssistantMessage {
  const { fault } = request;
  switch (fault?.name) {
    case 'blank':
    case 'blank-length':
    case 'blank-filter':
      return { role: 'assistant', content: '' };
    case 'length':
      return { role: 'assistant', content: text.slice(0, Math.ceil(text.length / 2)) };
    case 'reasoning':
      return { role: 'assistant', content: text, reasoning: '[sandbox] A moment of thought.' };
    case 'image':
      return { role: 'assistant', content: text, images: [madeImage()] };
    case 'tools': {
      const call = { name: 'sandbox_tool', arguments: '{"source":"sandbox"}' };
      return {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: `call_${randomUUID()}`, type: 'function', function: call }],
      };
    }
    case 'encrypted':
      return { role: 'assistant', content: null, reasoning_details: [encrypted()] };
    case 'turns':
      return turnsOf(request.messages) < fault.amount
        ? thoughtfulCall(request.body)
        : { role: 'assistant', content: text };
    default:
      return asksForImage(request.body)
        ? { role: 'assistant', content: text, images: [madeImage()] }
        : { role: 'assistant', content: text };
  }
}

const madeImage = () => ({ type: 'image_url' as const, image_url: { url: PIXEL } });

/** Whether the request asks for an image, in the way of models that make images. */
function asksForImage({ modalities }: Fields): boolean {
  return listOf(modalities).includes('image');
}

/** Different each time, because SDKs merge equal ones. */
const encrypted = () => ({
  type: 'reasoning.encrypted',
  data: btoa(randomUUID()),
  // One of OpenRouter's formats. Its own SDK drops unknown ones.
  format: 'google-gemini-v1',
  index: 0,
});

function turnsOf(messages: unknown[]): number {
  return messages.filter(message => recordOf(message).role === 'tool').length;
}

/** Calls the first of the request's tools, with reasoning. */
function thoughtfulCall({ tools }: Fields): AssistantMessage {
  const called = recordOf(recordOf(listOf(tools)[0]).function);
  const { name = 'sandbox_tool', parameters } = called;
  return {
    role: 'assistant',
    content: null,
    reasoning: '[sandbox] A tool is needed.',
    reasoning_details: [encrypted()],
    tool_calls: [
      {
        id: `${THOUGHTFUL}${randomUUID()}`,
        type: 'function',
        function: { name: String(name), arguments: argumentsFor(parameters) },
      },
    ],
  };
}

/** The prefix of the ids of calls whose reasoning must come back in the next request. */
const THOUGHTFUL = 'call_thought_';

/** Whether a conversation lacks the reasoning behind one of its calls. */
export function lacksReasoning(messages: unknown[]): boolean {
  return messages.map(recordOf).some(({ tool_calls, reasoning_details }) => {
    const ids = listOf(tool_calls).map(call => String(recordOf(call).id));
    return ids.some(id => id.startsWith(THOUGHTFUL)) && listOf(reasoning_details).length === 0;
  });
}

function finishReasonFor(fault: FaultName | undefined, { tool_calls }: AssistantMessage): string {
  if (tool_calls) return 'tool_calls';
  if (fault === 'blank-filter') return 'content_filter';
  return fault === 'length' || fault === 'blank-length' ? 'length' : 'stop';
}
