import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  DEEPEST,
  JsonOutline,
  LONG_BYTES,
  MOST_PARTS,
  MOST_SCALAR_BYTES,
  MOST_SCALARS,
  MOST_SHORT_BYTES,
} from '../../src/domain/jsonOutline.js';

/** What JSON.parse makes of a text, counted. */
function counted(value: unknown) {
  const found = { depth: 0, scalars: 0, texts: 0, names: 0, containers: 0 };
  const look = (at: unknown, depth: number) => {
    if (typeof at === 'string') found.texts++;
    else if (typeof at !== 'object' || at === null) found.scalars++;
    if (typeof at !== 'object' || at === null) return;
    found.containers++;
    found.depth = Math.max(found.depth, depth + 1);
    if (!Array.isArray(at)) found.names += Object.keys(at).length;
    if (!Array.isArray(at)) found.texts += Object.keys(at).length;
    for (const inner of Object.values(at)) look(inner, depth + 1);
  };
  look(value, 0);
  return found;
}

/** Read as it would come, in pieces that end at `borders`. */
function outlineOf(bytes: Buffer, borders: number[] = []): JsonOutline {
  const outline = new JsonOutline();
  const room = Buffer.alloc(bytes.length + 100, '"[{:\\');
  for (const end of [...borders.sort((a, b) => a - b), bytes.length]) {
    if (end > bytes.length) continue;
    bytes.copy(room, 0, 0, end);
    outline.read(room, end);
  }
  return outline;
}

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom('"', '\\', '[', '{', ':', ',', '\n', '\u0000', 'س') }),
  fc.string({ unit: fc.constantFrom('a', '"', '\\'), minLength: 100, maxLength: 300 }),
);
const { json } = fc.letrec(tie => ({
  json: fc.oneof(
    { maxDepth: 6, depthSize: 'small' },
    fc.oneof(
      text,
      fc.double({ noDefaultInfinity: true, noNaN: true }),
      fc.boolean(),
      fc.constant(null),
    ),
    fc.array(tie('json'), { maxLength: 6 }),
    fc.dictionary(text, tie('json'), { maxKeys: 6, noNullPrototype: true }),
  ),
}));

test('it counts what JSON.parse finds, wherever the pieces end', () => {
  fc.assert(
    fc.property(
      json,
      fc.constantFrom(undefined, 1, '\t'),
      fc.array(fc.nat(2_000), { maxLength: 20 }),
      (value, space, borders) => {
        const sent = JSON.stringify(value, null, space);
        const { depth, scalars, texts, names, containers } = outlineOf(Buffer.from(sent), borders);
        expect({ depth, scalars, texts, names, containers }).toEqual(counted(JSON.parse(sent)));
      },
    ),
    { numRuns: 1_000 },
  );
});

test('a byte at a time finds the same', () => {
  fc.assert(
    fc.property(json, value => {
      const sent = Buffer.from(JSON.stringify(value));
      const borders = Array.from(sent.keys());
      expect(outlineOf(sent, borders)).toEqual(outlineOf(sent));
    }),
    { numRuns: 200 },
  );
});

test('long texts are found where they lie, escapes and all', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(3).map(more => `${'é\\"\n'.repeat(LONG_BYTES / 6)}${'.'.repeat(more)}`)),
      fc.array(fc.nat(100_000), { maxLength: 9 }),
      (texts, borders) => {
        const sent = Buffer.from(JSON.stringify({ a: 'short', texts, end: '\\' }));
        const found = outlineOf(sent, borders).longTexts.map(({ from, to }) =>
          JSON.parse(sent.toString('utf8', from - 1, to + 1)),
        );
        expect(found).toEqual(texts);
      },
    ),
    { numRuns: 50 },
  );
});

test('a text is long from its first byte too many on', () => {
  const sent = Buffer.from(JSON.stringify(['x'.repeat(LONG_BYTES - 1), 'y'.repeat(LONG_BYTES)]));
  const [long, ...others] = outlineOf(sent).longTexts;
  expect(sent.toString('latin1', long?.from, long?.to)).toBe('y'.repeat(LONG_BYTES));
  expect(others).toEqual([]);
});

describe('what is more than any real request', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  const space = (bytes: number) => ' '.repeat(bytes);
  const list = (count: number, item: string) => `[${Array(count).fill(item).join()}]`;

  test.each([
    ['nested as deep as may be', nested(DEEPEST), false],
    ['nested one deeper', nested(DEEPEST + 1), true],
    ['opened and never closed', '['.repeat(DEEPEST + 1), true],
    ['300,000 numbers, one a line', list(300_000, '\n      123456'), false],
    ['as many numbers as may be', list(MOST_SCALARS, '1'), false],
    ['more numbers', list(MOST_SCALARS + 1, '1'), true],
    ['as many objects as may be', list(MOST_PARTS - 1, '{}'), false],
    ['one object more', list(MOST_PARTS, '{}'), true],
    ['one text more', list(MOST_PARTS, '""'), true],
    [
      'half as many names',
      `{${Array(MOST_PARTS / 2)
        .fill('"a":1')
        .join()}}`,
      true,
    ],
    ['brackets in a text', JSON.stringify('[{'.repeat(MOST_PARTS)), false],
    ['twenty long texts of a megabyte', list(20, `"${'x'.repeat(1_000_000)}"`), false],
    ['as much in texts that are not long', list(2_000, `"${'x'.repeat(4_000)}"`), true],
    ['a long text that has not ended yet', `["${'x'.repeat(MOST_SHORT_BYTES)}`, false],
    ['white space before one', `${space(MOST_SHORT_BYTES - 1)}"${'x'.repeat(LONG_BYTES)}`, false],
    [
      'before one that is not long',
      `${space(MOST_SHORT_BYTES - 1)}"${'x'.repeat(LONG_BYTES - 1)}`,
      true,
    ],
    ['as much white space as may be', space(MOST_SHORT_BYTES), false],
    ['white space without end', space(MOST_SHORT_BYTES + 1), true],
    ['as many digits as may be', list(MOST_SCALAR_BYTES / 16, '1.00000000000009'), false],
    ['one digit more', `[${list(MOST_SCALAR_BYTES / 16, '1.00000000000009')},9]`, true],
    ['digits without end', '9'.repeat(MOST_SCALAR_BYTES + 1), true],
  ])('%s', (_name, sent, isTooMuch) => {
    expect(outlineOf(Buffer.from(sent)).isTooMuch()).toBe(isTooMuch);
  });
});
