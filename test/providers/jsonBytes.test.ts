import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { jsonBytes } from '../../src/providers/jsonBytes.js';

const LONG = 20_000;

/** What may stand in a body: short and long, plain data URLs and such as only look like one. */
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc
    .nat(3)
    .map(more => `data:image/png;base64,${Buffer.alloc(LONG + more, 'x').toString('base64')}`),
  fc.constantFrom('"', '\\', '\u0000', 'é').map(odd => `data:a/b;base64,${odd.repeat(LONG)}`),
  fc.constantFrom('"', '\\', '\n', 'é').map(odd => odd.repeat(LONG)),
);

test('the bytes are those of JSON.stringify, whatever is in the body', () => {
  const body = fc.dictionary(fc.string(), fc.oneof(text, fc.array(text), fc.record({ url: text })));
  fc.assert(
    fc.property(body, value => {
      expect(Buffer.from(jsonBytes(value)).equals(Buffer.from(JSON.stringify(value)))).toBe(true);
    }),
    { numRuns: 200 },
  );
});
