// Estimates the most tokens that a request's input can have, with any model's tokenizer.

import type { CallRequest } from '../domain/call.js';
import { putLongTextsBack } from '../domain/longTexts.js';
import { type Fields, isFields } from './openai/fields.js';

/** More than any tokenizer that was measured, on every script, on code and on base64. */
const MOST_TOKENS_A_BYTE = 0.75;
/** An image of the largest size that a model sees. */
const MOST_TOKENS_AN_IMAGE = 4_005;
const IMAGES: unknown[] = ['image', 'input_image'];
/** Stands for the receiver of the body, which makes no difference for counting. */
const NOBODY = {
  provider: 'openrouter',
  upstreamId: '',
  licenseId: '',
  reasoning: false,
  isStreamed: false,
} as const;

/**
 * Counts the bytes of the JSON. It has more around each message than a model reads, so the result is not too low.
 * `read` has the fields that the model reads. All others only say how to answer.
 */
export function inputTokensOf({ native, longTexts }: CallRequest, read: readonly string[]): number {
  const body = (native?.bodyOf(NOBODY) ?? {}) as Fields;
  let images = 0;
  const shown = Object.fromEntries(read.map(field => [field, body[field]]));
  const json = JSON.stringify(shown, (_name, value) => {
    if (!isFields(value) || !IMAGES.includes(value.type)) return value;
    images += 1;
    return null;
  });
  const pieces = longTexts?.texts.length ? putLongTextsBack(json, longTexts) : [Buffer.from(json)];
  const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
  return Math.ceil(bytes * MOST_TOKENS_A_BYTE) + images * MOST_TOKENS_AN_IMAGE;
}
