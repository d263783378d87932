// Sends one chat, and reports its answer as it grows.

import { credentialsOf } from '../../api/credentials.js';
import { Refusal, refusalOf, Unreachable } from '../../api/refusal.js';
import type { Charge, Reply } from './conversation.js';
import type { Breakdown } from './counters.js';
import { eventsOf } from './eventStream.js';
import { numberOf, recordOf } from './model.js';

export const PATH = '/v1/chat/completions';

export interface Told {
  grow(change: (reply: Reply) => Reply): void;
  /** The counters of the whole license, after this request. */
  count(breakdown: Breakdown): void;
}

/**
 * Resolves when the answer is whole.
 * @throws {Refusal} also in the middle of a stream, {Unreachable}, or an AbortError if it was stopped.
 */
export async function ask(body: object, signal: AbortSignal, told: Told): Promise<void> {
  const began = performance.now();
  const response = await post(body, signal);
  const requestId = response.headers.get('x-request-id');
  if (!response.ok || !response.body) {
    const answer: unknown = await response.json().catch(() => null);
    heed(answer, told);
    const units = numberOf(response.headers.get('x-quota-charged'));
    if (units !== null) told.grow(reply => ({ ...reply, charge: reply.charge ?? chargeOf(units) }));
    throw refusalOf(response, answer);
  }
  told.grow(reply => ({ ...reply, state: 'streaming', requestId }));
  let isWhole = false;
  try {
    for await (const data of eventsOf(response.body)) {
      if (data === '[DONE]') isWhole = true;
      else isWhole = hear(JSON.parse(data), response, told, began) || isWhole;
    }
  } catch (error) {
    if (signal.aborted || error instanceof Refusal) throw error;
    throw new Unreachable('broken off', { cause: error });
  } finally {
    told.grow(reply => ({ ...reply, wholeMs: performance.now() - began }));
  }
  if (!isWhole) throw new Unreachable('broken off');
}

async function post(body: object, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(PATH, {
      method: 'POST',
      credentials: 'same-origin',
      signal,
      headers: {
        'Content-Type': 'application/json',
        'Accept-Language': document.documentElement.lang,
        ...credentialsOf('holder'),
      },
      body: JSON.stringify({ ...body, stream: true, stream_options: { include_usage: true } }),
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Unreachable('no answer', { cause: error });
  }
}

/** True if the event was the answer's end. */
function hear(event: unknown, response: Response, told: Told, began: number): boolean {
  const fields = recordOf(event);
  heed(event, told);
  if (fields.error) throw refusalOf(response, event);
  const [choice] = Array.isArray(fields.choices) ? fields.choices : [];
  const { delta, finish_reason } = recordOf(choice);
  const said = recordOf(delta);
  const text = `${textOf(said.content)}${textOf(said.refusal)}`;
  const reasoning = textOf(said.reasoning) || textOf(said.reasoning_content);
  const pictures = picturesIn(said.images);
  const usage = recordOf(fields.usage);
  told.grow(reply => ({
    ...reply,
    chatId: reply.chatId ?? (textOf(fields.id).replace(/^chatcmpl-/, '') || null),
    text: reply.text + text,
    reasoning: reply.reasoning + reasoning,
    pictures: pictures.length > 0 ? [...reply.pictures, ...pictures] : reply.pictures,
    finishReason: textOf(finish_reason) || reply.finishReason,
    promptTokens: numberOf(usage.prompt_tokens) ?? reply.promptTokens,
    completionTokens: numberOf(usage.completion_tokens) ?? reply.completionTokens,
    firstWordMs: reply.firstWordMs ?? (text || reasoning ? performance.now() - began : null),
  }));
  return fields.quota !== undefined;
}

/** Reads the counters, which both answers and refusals have. */
function heed(answer: unknown, told: Told): void {
  const { quota, usage_breakdown } = recordOf(answer);
  const breakdown = breakdownOf(usage_breakdown);
  if (breakdown) told.count(breakdown);
  const { charged, unit } = recordOf(quota);
  const units = numberOf(charged);
  if (units !== null) told.grow(reply => ({ ...reply, charge: chargeOf(units, textOf(unit)) }));
}

function chargeOf(units: number, unit = ''): Charge {
  return { units, unit: unit || 'request', provider: null, costMicros: null };
}

export function breakdownOf(value: unknown): Breakdown | null {
  const entries = Object.entries(recordOf(value)).map(([provider, counters]) => {
    const { used, limit, remaining } = recordOf(counters);
    const read = { used: numberOf(used) ?? 0, limit: numberOf(limit) ?? 0 };
    return [provider, { ...read, remaining: numberOf(remaining) ?? 0 }] as const;
  });
  return entries.length > 0 ? Object.fromEntries(entries) : null;
}

const PICTURE = /^data:image\/(png|jpe?g|webp|gif);base64,/i;

function picturesIn(images: unknown): string[] {
  if (!Array.isArray(images)) return [];
  return images
    .map(image => textOf(recordOf(recordOf(image).image_url).url))
    .filter(url => PICTURE.test(url));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
