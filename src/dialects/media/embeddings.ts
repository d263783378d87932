// POST /v1/embeddings.

import { type Fields, invalid, isAbsent, isFields, missing, unknown } from '../openai/fields.js';
import { jsonKind } from '../openai/jsonKind.js';
import { integer, oneOf } from '../openai/options.js';

const MOST_INPUTS = 2_048;
const MOST_DIMENSIONS = 65_536;

export const embeddings = jsonKind({
  name: 'embeddings',
  modelKind: 'embedding',
  paths: { openai: '/embeddings', openrouter: '/embeddings' },
  content: ['text'],
  read({ input, encoding_format, dimensions, ...others }) {
    for (const field of Object.keys(others)) throw unknown(field);
    if (isAbsent(input)) throw missing('input');
    if (!isInput(input)) throw invalid('input', 'text | array of texts | array of tokens');
    const sent: Fields = { input };
    if (!isAbsent(encoding_format)) {
      sent.encoding_format = oneOf('float', 'base64')(encoding_format, 'encoding_format');
    }
    if (!isAbsent(dimensions)) {
      sent.dimensions = integer(1, MOST_DIMENSIONS)(dimensions, 'dimensions');
    }
    return sent;
  },
  isAnswer: ({ data }) =>
    Array.isArray(data) &&
    data.length > 0 &&
    data.every(one => isFields(one) && Object(one.embedding).length > 0),
});

function isInput(input: unknown): boolean {
  if (typeof input === 'string') return input !== '';
  if (!Array.isArray(input) || input.length === 0 || input.length > MOST_INPUTS) return false;
  return (
    input.every(one => typeof one === 'string' && one !== '') ||
    isTokens(input) ||
    input.every(one => Array.isArray(one) && one.length > 0 && isTokens(one))
  );
}

const isTokens = (list: unknown[]) => list.every(one => isNumberUpTo(one, 2 ** 31));

function isNumberUpTo(value: unknown, most: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most;
}
