// What each part of a request counts as: no part is forgotten, and none counts as less than it can be.

import { describe, expect, test } from '@jest/globals';
import { chatInput, nativeInput } from '../../src/domain/bound/input.js';
import type { InputCaps, Model } from '../../src/domain/catalog.js';
import type { ChatMessage, ChatOptions, ContentPart } from '../../src/domain/chat.js';
import { bodyText, type LongTexts } from '../../src/domain/longTexts.js';

const CONTEXT = 1_000_000;
const modelOf = (inputCaps?: InputCaps) =>
  ({ inputCaps, card: { context_length: CONTEXT } }) as unknown as Model;

const user = (content: string | ContentPart[] | null): ChatMessage => ({
  role: 'user',
  content: typeof content === 'string' ? bodyText(content) : content,
});

const textTokens = (messages: ChatMessage[], options: ChatOptions = {}, longTexts?: LongTexts) =>
  chatInput(messages, options, longTexts, modelOf())[0]?.tokens ?? 0;

/** One part beside the text. */
const partOf = (part: ContentPart, inputCaps?: InputCaps, longTexts?: LongTexts) =>
  chatInput([user([part])], {}, longTexts, modelOf(inputCaps))[1];

/** The template of the whole, that of a message, its role, and that nothing is described. */
const EMPTY = 16 + 16 + '{"role":"user"}'.length + '[null,null,null]'.length;
const bytes = (text: string) => Buffer.byteLength(text);

describe('of a chat counts', () => {
  const call = { id: bodyText('c'), type: 'function' as const };
  const made = { ...call, function: { name: bodyText('f'), arguments: bodyText('{"a":1}') } };
  const tools = [{ type: 'function', function: { name: 'f' } }];
  test.each<[string, ChatMessage[], ChatOptions, number]>([
    ['a template', [user('')], {}, EMPTY],
    ['each byte of a text', [user('سلام x')], {}, EMPTY + 10],
    ['no byte of what is null', [user(null)], {}, EMPTY],
    ['a text in parts', [user([{ type: 'text', text: bodyText('سلام') }])], {}, EMPTY + 8],
    ['a role by its length', [{ role: 'developer', content: null }], {}, EMPTY + 5],
    ['each message', [user('a'), user('b')], {}, EMPTY + 2 + 16 + '{"role":"user"}'.length],
    [
      'what a message has beside its content, as JSON',
      [{ role: 'assistant', content: bodyText('x'), tool_calls: [made] }],
      {},
      EMPTY +
        1 +
        bytes(JSON.stringify({ role: 'assistant', tool_calls: [made] })) -
        bytes('{"role":"user"}'),
    ],
    ['tools', [user('')], { tools }, EMPTY + bytes(JSON.stringify(tools)) - bytes('null')],
    [
      'the form of the answer',
      [user('')],
      { response_format: { type: 'json' } },
      EMPTY + bytes('{"type":"json"}') - bytes('null'),
    ],
    [
      'the choice of a tool',
      [user('')],
      { tool_choice: 'required' },
      EMPTY + bytes('"required"') - bytes('null'),
    ],
  ])('%s', (_name, messages, options, tokens) => {
    expect(textTokens(messages, options)).toBe(tokens);
  });
});

describe('a long text counts with all its bytes', () => {
  const marker = 'm'.repeat(27);
  const texts = Array.from({ length: 12 }, (_, at) => Buffer.from('x'.repeat(1_000 * (at + 1))));
  texts[11] = Buffer.from('\ufdfa'.repeat(100));
  const longTexts = { marker, texts };
  const wide = bytes('\ufdfa'.repeat(100).normalize('NFKC'));
  test.each([
    ['wherever it stands', `say ${marker}00001`, 2_000 + 4],
    ['beside others', `${marker}00000 and ${marker}00010!`, 1_000 + 11_000 + 6],
    ['in the form in which it is longest', `${marker}00011`, wide],
    ['which one that nobody sent does not have', `${marker}00099`, 0],
    ['of which it is none without its marker', 'n'.repeat(40), 40],
  ])('%s', (_name, said, counted) => {
    expect(textTokens([user(said)], {}, longTexts)).toBe(EMPTY + counted);
  });

  test('as the escapes in which it came, where they are longer', () => {
    const escaped = { marker, texts: [Buffer.from('\\u00e9'.repeat(500))] };
    expect(textTokens([user(`${marker}00000`)], {}, escaped)).toBe(EMPTY + 3_000);
  });
});

describe('what is no text', () => {
  const unknown = { tokens: CONTEXT, source: 'context_length' };
  const url = bodyText(`data:application/pdf;base64,${'A'.repeat((4 * (2 * 1_048_576 + 2)) / 3)}`);
  const caps: InputCaps = { fileTokensPerMebibyte: 500 };
  test.each<[string, ContentPart, InputCaps | undefined, object]>([
    [
      'a file counts for each mebibyte that it begins',
      { type: 'file', file: { file_data: url } },
      caps,
      { what: 'file', tokens: 1_500, source: 'model_cap' },
    ],
    [
      'a file at an address that has it',
      { type: 'file', file: { url } },
      caps,
      { what: 'file', tokens: 1_500, source: 'model_cap' },
    ],
    [
      'a file elsewhere may fill the whole context',
      { type: 'file', file: { url: bodyText('https://example.com/data:a,b.pdf') } },
      caps,
      { what: 'file', ...unknown },
    ],
    [
      'a file that is only named, too',
      { type: 'file', file: { filename: bodyText('a.pdf') } },
      caps,
      { what: 'file', ...unknown },
    ],
    [
      'and a file of a model without a cap',
      { type: 'file', file: { file_data: url } },
      undefined,
      { what: 'file', ...unknown },
    ],
    [
      'a video may always fill it',
      { type: 'video_url', video_url: { url } },
      caps,
      { what: 'video', ...unknown },
    ],
    [
      'a voice of a model without a rate, too',
      { type: 'input_audio', input_audio: { data: bodyText('AAAA'), format: 'wav' } },
      caps,
      { what: 'audio', ...unknown },
    ],
  ])('%s', (_name, part, inputCaps, counted) => {
    expect(partOf(part, inputCaps)).toEqual(counted);
  });

  test('an image is measured by its whole sides, whatever is left of a patch', () => {
    const png = Buffer.alloc(33);
    png.write('\x89PNG\r\n\x1a\n', 'latin1');
    png.writeUInt32BE(33, 16);
    png.writeUInt32BE(65, 20);
    const at = bodyText(`DATA:image/png;base64,${png.toString('base64')}`);
    const image: ContentPart = { type: 'image_url', image_url: { url: at } };
    // Two by three patches, and a fifth more.
    const patches = { image: { formula: 'patches', most: 9_999 } } as const;
    expect(partOf(image, patches)?.tokens).toBe(8);
    const area = { image: { formula: 'area', most: 9_999 } } as const;
    expect(partOf(image, area)?.tokens).toBe(3);
  });

  describe('is found behind its marker where it is long', () => {
    const marker = 'm'.repeat(27);
    /** Of base64, what stays in the body and what was cut out, with slashes as PHP writes them. */
    const cut = (data: string) => ({
      short: `${data.slice(0, 64)}${marker}00001`,
      longTexts: {
        marker,
        texts: [Buffer.alloc(9), Buffer.from(data.slice(64).replaceAll('/', '\\/'))],
      },
    });

    test('an image with its size', () => {
      // Its frame is behind a segment of 300 bytes, whose base64 is slashes.
      const frame = Buffer.from('ffc0001108012c019003012200', 'hex');
      const jpeg = Buffer.concat([
        Buffer.from('ffd8ffe1012c', 'hex'),
        Buffer.alloc(298, 0xff),
        frame,
      ]);
      const { short, longTexts } = cut(jpeg.toString('base64'));
      const part: ContentPart = {
        type: 'image_url',
        image_url: { url: bodyText(`data:image/jpeg;base64,${short}`) },
      };
      const caps = { image: { formula: 'area', most: 4_005 } } as const;
      // 400 by 300.
      expect(partOf(part, caps, longTexts)).toMatchObject({ tokens: 160, source: 'image_size' });
    });

    test('a voice with all of its bytes', () => {
      const { short, longTexts } = cut(Buffer.alloc(30_000).toString('base64'));
      const part: ContentPart = {
        type: 'input_audio',
        input_audio: { data: bodyText(short), format: 'mp3' },
      };
      const counted = partOf(part, { audioTokensPerSecond: 10 }, longTexts);
      expect(counted).toMatchObject({ tokens: 300, source: 'audio_length' });
    });
  });
});

describe('a call that is passed on', () => {
  test('counts with its whole body', () => {
    const body = { input: 'سلام', instructions: 'x' };
    expect(nativeInput(body, false, undefined, modelOf())).toEqual([
      { what: 'text', tokens: 16 + bytes(JSON.stringify(body)), source: 'utf8_bytes' },
    ]);
  });

  test('may fill the whole context where it has or names media', () => {
    expect(nativeInput({ input: [] }, true, undefined, modelOf())).toEqual([
      { what: 'file', tokens: CONTEXT, source: 'context_length' },
    ]);
  });
});
