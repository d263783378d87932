// POST /v1/moderations. Only OpenAI has it, and it is free there, so nothing is held or charged.

import { type Fields, invalid, isAbsent, isFields, missing, unknown } from '../openai/fields.js';
import { jsonKind } from '../openai/jsonKind.js';

const MOST_INPUTS = 2_048;

export const moderations = jsonKind({
  name: 'moderations',
  modelKind: 'moderation',
  model: 'omni-moderation-latest',
  paths: { openai: '/moderations' },
  content: ['text'],
  count: 0,
  read({ input, ...others }) {
    for (const field of Object.keys(others)) throw unknown(field);
    if (isAbsent(input)) throw missing('input');
    if (!isInput(input)) throw invalid('input', 'string | array');
    return { input };
  },
  isAnswer: ({ results }) =>
    Array.isArray(results) && results.length > 0 && results.every(isFields),
});

function isInput(input: unknown): boolean {
  if (typeof input === 'string') return input !== '';
  if (!Array.isArray(input) || input.length === 0 || input.length > MOST_INPUTS) return false;
  return input.every(one => typeof one === 'string') || input.every(isPart);
}

function isPart(part: unknown): boolean {
  const { type, text, image_url } = Object(part) as Fields;
  if (type === 'text') return typeof text === 'string';
  return type === 'image_url' && isFields(image_url) && typeof image_url.url === 'string';
}
