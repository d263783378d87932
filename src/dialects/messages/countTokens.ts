// At most how many tokens the input of a request has, whatever the model's tokenizer.

import type { CallRequest } from '../../domain/call.js';
import { putLongTextsBack } from '../../domain/longTexts.js';
import { type Fields, isFields } from '../openai/fields.js';

/** Above every tokenizer that was measured, on any script, on code and on base64. */
const MOST_TOKENS_A_BYTE = 0.75;
/** An image of the largest size that a model sees. */
const MOST_TOKENS_AN_IMAGE = 4_005;
/** What the model reads; all else says how it is to answer. */
const READ = ['system', 'messages', 'tools', 'tool_choice', 'output_config'];
/** What a body is written for does not matter where it is only counted. */
const NOBODY = {
  provider: 'openrouter',
  upstreamId: '',
  licenseId: '',
  reasoning: false,
  isStreamed: false,
} as const;

/** By the bytes of its JSON, which also has more around each message than a model is told. */
export function inputTokensOf({ native, longTexts }: CallRequest): number {
  const body = (native?.bodyOf(NOBODY) ?? {}) as Fields;
  let images = 0;
  const read = Object.fromEntries(READ.map(field => [field, body[field]]));
  const json = JSON.stringify(read, (_name, value) => {
    if (!isFields(value) || value.type !== 'image') return value;
    images += 1;
    return null;
  });
  const pieces = longTexts?.texts.length ? putLongTextsBack(json, longTexts) : [Buffer.from(json)];
  const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
  return Math.ceil(bytes * MOST_TOKENS_A_BYTE) + images * MOST_TOKENS_AN_IMAGE;
}
