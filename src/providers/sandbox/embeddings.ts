import { listOf } from '../../domain/unknownJson.js';
import { modelAndFault } from './request.js';
import type { NativeStandIn } from './standIn.js';
import { wireError } from './wireError.js';

const DIMENSIONS = 8;

/** Unit vectors that depend on the text, in the requested encoding. */
export const embeddings: NativeStandIn = {
  readRequest(body) {
    const read = modelAndFault(body);
    if ('kind' in read) return read;
    if (body.input === undefined) return wireError(400, 'You must provide an input.', 'input');
    const input = isOne(body.input) ? [body.input] : listOf(body.input);
    const messages = input.map(text => ({ role: 'user', content: String(text) }));
    return { ...read, stream: false, messages, body };
  },
  bodyOf({ model, messages, body }, { promptTokens }) {
    const size = typeof body.dimensions === 'number' ? body.dimensions : DIMENSIONS;
    const data = messages.map((message, index) => {
      const vector = vectorOf(JSON.stringify(message), size);
      const isBinary = body.encoding_format === 'base64';
      const embedding = isBinary ? Buffer.from(vector.buffer).toString('base64') : [...vector];
      return { object: 'embedding', index, embedding };
    });
    const usage = { prompt_tokens: promptTokens, total_tokens: promptTokens };
    return { object: 'list', data, model, usage };
  },
  eventsOf: () => [],
};

/** A text, or the tokens of one. */
function isOne(input: unknown): boolean {
  return typeof input === 'string' || typeof listOf(input)[0] === 'number';
}

function vectorOf(text: string, size: number): Float32Array {
  const vector = new Float32Array(size);
  for (let at = 0; at < text.length; at++) {
    const place = (at * 31 + text.charCodeAt(at)) % size;
    vector[place] = (vector[place] ?? 0) + 1;
  }
  const length = Math.hypot(...vector) || 1;
  return vector.map(value => value / length);
}
