// What the sandbox answers, before it is written in either form (JSON or stream).

import { randomUUID } from 'node:crypto';
import type { AssistantMessage } from '../../domain/chat.js';
import { estimateTokens, type SandboxRequest, sayOf } from './chatRequest.js';
import type { FaultName } from './faults.js';
import { MANNERS } from './manners.js';

export interface Answer {
  id: string;
  createdSeconds: number;
  message: AssistantMessage;
  finishReason: string;
  usage: Record<string, unknown>;
}

/** A red pixel. */
const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';

/** US dollars a token. */
const PROMPT_PRICE = 0.000_000_15;
const COMPLETION_PRICE = 0.000_000_6;

export function answerTo(request: SandboxRequest): Answer {
  const message = messageFor(request.fault?.name, sayOf(request.messages));
  return {
    id: `${MANNERS[request.provider].answerIdPrefix}-${randomUUID()}`,
    createdSeconds: Math.floor(Date.now() / 1000),
    message,
    finishReason: finishReasonFor(request.fault?.name),
    usage: usageOf(request, message),
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

function usageOf(request: SandboxRequest, message: AssistantMessage): Record<string, unknown> {
  const prompt = estimateTokens(request.messages);
  const completion = estimateTokens([message]);
  const usage = {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
  };
  if (!MANNERS[request.provider].saysCost) return usage;
  const cost = prompt * PROMPT_PRICE + completion * COMPLETION_PRICE;
  return { ...usage, cost: Number(cost.toFixed(8)) };
}
