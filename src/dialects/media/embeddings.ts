// POST /v1/embeddings.

import { type Fields, invalid, isAbsent, isFields, missing, unknown } from '../openai/fields.js';
import { jsonKind } from '../openai/jsonKind.js';
import { integer, oneOf } from '../openai/options.js';

const MOST_INPUTS = 2_048;
const MOST_DIMENSIONS = 65_536;
const FLOAT_BYTES = 4;

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
  // If one vector were missing, clients would take each later vector for that of another text.
  isAnswer: ({ data }, { input }) =>
    Array.isArray(data) &&
    data.length === inputsIn(input) &&
    data.every(one => isFields(one) && Object(one.embedding).length > 0),
  inForm({ data, ...more }, { encoding_format }) {
    const said = data as Fields[];
    // Some number all of them 0: then their order tells them.
    const isNumbered = new Set(said.map(({ index }) => index)).size === said.length;
    const vectors = said.map(({ embedding, index, ...rest }, place) => ({
      object: 'embedding',
      index: isNumbered && typeof index === 'number' ? index : place,
      embedding: encoding_format === 'base64' ? inBase64(embedding) : inNumbers(embedding),
      ...rest,
    }));
    return { object: 'list', data: vectors.sort((one, other) => one.index - other.index), ...more };
  },
});

function inputsIn(input: unknown): number {
  return Array.isArray(input) && !isTokens(input) ? input.length : 1;
}

/** Numbers of 32 bits, the lowest byte first, as OpenAI writes them. */
function inBase64(embedding: unknown): unknown {
  if (!Array.isArray(embedding)) return embedding;
  const bytes = Buffer.alloc(embedding.length * FLOAT_BYTES);
  for (const [place, value] of embedding.entries()) {
    bytes.writeFloatLE(typeof value === 'number' ? value : Number.NaN, place * FLOAT_BYTES);
  }
  return bytes.toString('base64');
}

function inNumbers(embedding: unknown): unknown {
  if (typeof embedding !== 'string') return embedding;
  const bytes = Buffer.from(embedding, 'base64');
  const length = Math.floor(bytes.length / FLOAT_BYTES);
  return Array.from({ length }, (_, place) => bytes.readFloatLE(place * FLOAT_BYTES));
}

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
