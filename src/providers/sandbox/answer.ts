// What the sandbox answers, before it is written in the form of an upstream.

import { randomUUID } from 'node:crypto';
import type { AssistantMessage } from '../../domain/chat.js';
import type { FaultName } from './faults.js';
import { estimateTokens, type SandboxRequest, sayOf } from './request.js';

export interface Answer {
  id: string;
  createdSeconds: number;
  message: AssistantMessage;
  /** In OpenAI's words. */
  finishReason: string;
  promptTokens: number;
  completionTokens: number;
}

/** A red pixel. */
const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';

export function answerTo(request: SandboxRequest): Answer {
  const message = messageFor(request.fault?.name, sayOf(request.messages));
  return {
    id: randomUUID(),
    createdSeconds: Math.floor(Date.now() / 1000),
    message,
    finishReason: finishReasonFor(request.fault?.name),
    promptTokens: estimateTokens(request.messages),
    completionTokens: request.fault?.name === 'blank' ? 0 : estimateTokens([message]),
  };
}

function messageFor(fault: FaultName | undefined, text: string): AssistantMessage {
  switch (fault) {
    case 'blank':
      return { role: 'assistant', content: '' };
    case 'length':
      return { role: 'assistant', content: text.slice(0, Math.ceil(text.length / 2)) };
    case 'reasoning':
      return { role: 'assistant', content: text, reasoning: '[sandbox] A moment of thought.' };
    case 'image':
      return {
        role: 'assistant',
        content: text,
        images: [{ type: 'image_url', image_url: { url: PIXEL } }],
      };
    case 'tools': {
      const call = { name: 'sandbox_tool', arguments: '{"source":"sandbox"}' };
      return {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: `call_${randomUUID()}`, type: 'function', function: call }],
      };
    }
    default:
      return { role: 'assistant', content: text };
  }
}

function finishReasonFor(fault: FaultName | undefined): string {
  if (fault === 'tools') return 'tool_calls';
  return fault === 'length' ? 'length' : 'stop';
}
