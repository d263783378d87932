import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isStrictBase64 } from '../../src/domain/base64.js';
import type { ContentPart } from '../../src/domain/chat.js';
import { readDataImage } from '../../src/domain/dataImage.js';
import { JsonOutline } from '../../src/domain/jsonOutline.js';
import {
  beginningOf,
  bodyText,
  cutLongTexts,
  putLongTextsBack,
} from '../../src/domain/longTexts.js';

const LONG = 70_000;
const tools = { newMarker: () => randomUUID().replaceAll('-', ''), isUtf8 };
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Cut as a body is, after a look at its outline. */
function cut(sent: Buffer) {
  const outline = new JsonOutline();
  outline.read(sent, sent.length);
  const work = cutLongTexts(sent, outline.longTexts, tools);
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

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
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    .map(some => some.repeat(LONG / some.length + 1)),
);
const body = fc.dictionary(
  fc.oneof(fc.string(), text),
  fc.oneof(text, fc.array(text), fc.record({ url: text })),
);

/** As Python writes it. */
const inAscii = (text: string) =>
  text.replace(
    /[\u0080-\uffff]/g,
    unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
const joined = (pieces: Buffer[]) => Buffer.concat(pieces).toString();

test('what was cut out comes back, whatever is in the body', async () => {
  await fc.assert(
    fc.asyncProperty(body, fc.constantFrom(0, 2), fc.boolean(), async (value, spaces, isAscii) => {
      const written = JSON.stringify(value, null, spaces);
      const sent = Buffer.from(isAscii ? inAscii(written) : written);
      const { json, longTexts } = await cut(sent);
      const parsed = JSON.stringify(JSON.parse(json.toString()));
      const again =
        longTexts.texts.length === 0 ? parsed : joined(putLongTextsBack(parsed, longTexts));
      expect(JSON.parse(again)).toEqual(value);
    }),
    { numRuns: 25 },
  );
});

describe('a long data URL', () => {
  test('is as valid as before, and short', async () => {
    for (const url of [image(LONG), image(LONG, 'image/jpeg'), image(LONG, 'image/svg+xml')]) {
      const { json, longTexts } = await cut(Buffer.from(JSON.stringify({ url })));
      const short = JSON.parse(json.toString()).url as string;
      expect(longTexts.texts).toHaveLength(1);
      expect(short.length).toBeLessThan(200);
      const [read, whole] = [readDataImage(bodyText(short)), readDataImage(bodyText(url))];
      expect('url' in read ? 'an image' : read).toEqual('url' in whole ? 'an image' : whole);
    }
  });

  test('with slashes as PHP writes them is cut out, and comes back as it was', async () => {
    for (let at = 0; at < 200; at++) {
      const slashes = '\\/'.repeat(40);
      const letters = 'A'.repeat(at);
      const length = LONG - ((LONG + at + 40) % 4);
      const url = `data:image\\/png;base64,${letters}${slashes}${'A'.repeat(length)}`;
      const { json, longTexts } = await cut(Buffer.from(`{"url":"${url}"}`));
      expect(longTexts.texts).toHaveLength(1);
      const short = JSON.parse(json.toString()).url as string;
      expect(isStrictBase64(short.slice('data:image/png;base64,'.length))).toBe(true);
      const again = joined(putLongTextsBack(JSON.stringify({ url: bodyText(short) }), longTexts));
      expect(JSON.parse(again).url).toBe(url.replaceAll('\\/', '/'));
    }
  });

  test.each([
    ['characters outside of base64', `${image(LONG)}*%*%`],
    ['a length that is no multiple of 4', `${image(LONG)}A`],
    ['padding in the middle', `${image(LONG)}====${'A'.repeat(40_000)}`],
    ['the alphabet for URLs', `${image(LONG)}-_-_`],
    ['no base64 at all', `data:text/plain,${'A'.repeat(LONG)}`],
  ])('with %s stays whole, and gets its refusal', async (_name, url) => {
    const sent = Buffer.from(`{"url":"${url}"}`);
    expect(await cut(sent)).toEqual({ json: sent, longTexts: { marker: '', texts: [] } });
  });

  test('in what is no JSON changes nothing about that', async () => {
    const sent = Buffer.from(`{"a":"b"data:x/y;base64,${'A'.repeat(LONG)}"}`);
    const { json } = await cut(sent);
    expect(() => JSON.parse(json.toString())).toThrow();
  });
});

describe('another long text', () => {
  const cutOut = async (sent: string) => (await cut(Buffer.from(sent))).longTexts.texts.length;

  test.each([
    ['of plain words', 'Once upon a time, '],
    ['of Persian', 'یکی بود یکی نبود '],
    ['of Persian, escaped', '\\u06cc\\u06a9\\u06cc'],
    ['of emoji, escaped', '\\ud83d\\ude00'],
    ['of quotes', '\\"'],
    ['of lines', 'a\\n'],
  ])('%s is cut out, and what stays says something', async (_name, unit) => {
    const { json, longTexts } = await cut(Buffer.from(`{"prompt":"${unit.repeat(LONG)}"}`));
    expect(longTexts.texts).toHaveLength(1);
    expect(JSON.parse(json.toString()).prompt.trim()).not.toBe('');
    expect(json.length).toBeLessThan(200);
  });

  test.each([
    ['a lone surrogate', '\\ud83d'],
    ['surrogates in the wrong order', '\\ude00\\ud83d'],
    ['NUL', 'a\\u0000'],
    ['a line break that is not escaped', 'a\n'],
    ['an escape that is none', 'a\\x'],
    ['digits that are none', '\\u06zz'],
    ['nothing but white space', ' \\n\\t\\u3000\u00a0'],
  ])('with %s stays, and gets its refusal', async (_name, unit) => {
    expect(await cutOut(`{"prompt":"${unit.repeat(LONG)}"}`)).toBe(0);
  });

  test('that is no UTF-8 stays', async () => {
    const sent = Buffer.from(`{"prompt":"${'a'.repeat(LONG)}é"}`);
    sent[sent.length - 3] = 0x41;
    expect((await cut(sent)).longTexts.texts).toHaveLength(0);
  });

  test('a web address can still be told from what is none', async () => {
    const url = `https://example.com/${'a'.repeat(LONG)}`;
    const { json } = await cut(Buffer.from(JSON.stringify({ url })));
    expect(JSON.parse(json.toString()).url).toMatch(/^https:\/\/example\.com\/a/);
  });
});

test('types keep a text apart from what may be a stand-in', () => {
  const text = 'data:image/png;base64,AA';
  const handedOn = bodyText(text);
  const acts: Array<() => unknown> = [
    (): ContentPart => ({ type: 'image_url', image_url: { url: handedOn } }),
    // @ts-expect-error Nobody has said that this came with a body.
    (): ContentPart => ({ type: 'image_url', image_url: { url: text } }),
    // @ts-expect-error What would be decoded may be a marker.
    () => atob(handedOn),
    // @ts-expect-error This need not be the text's length.
    () => handedOn.length,
    () => beginningOf(handedOn).startsWith('data:'),
  ];
  expect(acts).toHaveLength(5);
  expect(JSON.stringify({ url: handedOn })).toBe(JSON.stringify({ url: text }));
});

test('a long text of base64 stays base64 when it is cut, wherever it is escaped', async () => {
  for (let at = 0; at < 70; at++) {
    const written = `${'A'.repeat(at)}\\/${'A'.repeat(LONG + 3 - at - ((LONG + 4) % 4))}`;
    const base64 = JSON.parse(`"${written}"`) as string;
    expect(isStrictBase64(base64)).toBe(true);
    const { json, longTexts } = await cut(Buffer.from(`{"data":"${written}"}`));
    expect(longTexts.texts).toHaveLength(1);
    expect(isStrictBase64(JSON.parse(json.toString()).data)).toBe(true);
  }
});
