import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { faultOfDataImage } from '../../src/domain/dataImage.js';
import { cutLongTexts, putLongTextsBack } from '../../src/domain/longTexts.js';

const LONG = 20_000;
const newStandIn = () => randomUUID().replaceAll('-', '');
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

function image(bytes: number, type = 'image/png'): string {
  const noise = Buffer.alloc(bytes, 'noise; ');
  return `data:${type};base64,${Buffer.concat([PNG, noise]).toString('base64')}`;
}

/** What may stand in a body: short and long, data URLs and such as only look like one. */
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.nat(3).map(more => image(LONG + more)),
  fc.nat(3).map(more => `${image(LONG + more)}=`),
  fc.nat(3).map(more => `say "${image(LONG + more)}" and \\"${image(LONG)}`),
  fc.constantFrom('"', '\\', '\u0000', 'é', '-', '_', '=').map(odd => image(LONG) + odd.repeat(4)),
  fc.constantFrom('"', '\\', '\u0000', 'é').map(odd => `data:a/b;base64,${odd.repeat(LONG)}`),
);
const body = fc.dictionary(
  fc.oneof(fc.string(), text),
  fc.oneof(text, fc.array(text), fc.record({ url: text })),
);

const joined = (pieces: Buffer[]) => Buffer.concat(pieces).toString();

test('what was cut out comes back, whatever is in the body', () => {
  fc.assert(
    fc.property(body, fc.constantFrom(0, 2), (value, spaces) => {
      const sent = Buffer.from(JSON.stringify(value, null, spaces));
      const { json, longTexts } = cutLongTexts(sent, newStandIn);
      const parsed = JSON.stringify(JSON.parse(json.toString()));
      const again = longTexts.size === 0 ? parsed : joined(putLongTextsBack(parsed, longTexts));
      expect(again).toBe(JSON.stringify(value));
    }),
    { numRuns: 300 },
  );
});

describe('a long data URL', () => {
  test('is as valid as before, and short', () => {
    for (const url of [image(LONG), image(LONG, 'image/jpeg'), image(LONG, 'image/svg+xml')]) {
      const { json, longTexts } = cutLongTexts(Buffer.from(JSON.stringify({ url })), newStandIn);
      const short = JSON.parse(json.toString()).url as string;
      expect(longTexts.size).toBe(1);
      expect(short.length).toBeLessThan(200);
      expect(faultOfDataImage(short)).toBe(faultOfDataImage(url));
    }
  });

  test.each([
    ['characters outside of base64', `${image(LONG)}*%*%`],
    ['a length that is no multiple of 4', `${image(LONG)}A`],
    ['padding in the middle', `${image(LONG)}====${'A'.repeat(40_000)}`],
    ['the alphabet for URLs', `${image(LONG)}-_-_`],
    ['escaped slashes', image(LONG).replaceAll('b', '\\/')],
    ['no base64 at all', `data:text/plain,${'A'.repeat(LONG)}`],
  ])('with %s stays whole, and gets its refusal', (_name, url) => {
    const sent = Buffer.from(`{"url":"${url}"}`);
    expect(cutLongTexts(sent, newStandIn)).toEqual({ json: sent, longTexts: new Map() });
  });

  test('in a text that quotes it stays whole', () => {
    const sent = Buffer.from(JSON.stringify({ prompt: `What is "${image(LONG)}"?` }));
    expect(cutLongTexts(sent, newStandIn).longTexts.size).toBe(0);
  });

  test('in what is no JSON changes nothing about that', () => {
    const sent = Buffer.from(`{"a":"b"data:x/y;base64,${'A'.repeat(LONG)}"}`);
    const { json } = cutLongTexts(sent, newStandIn);
    expect(() => JSON.parse(json.toString())).toThrow();
  });
});
