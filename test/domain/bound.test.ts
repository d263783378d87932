// What a call can cost at most is never less than what it costs.

import { describe, expect, test } from '@jest/globals';
import { countTokens as countOlder } from 'gpt-tokenizer/encoding/cl100k_base';
import { countTokens as countNewer } from 'gpt-tokenizer/encoding/o200k_base';
import { charged, costWithin, heldFor } from '../../src/domain/bound/amount.js';
import { chatInput } from '../../src/domain/bound/input.js';
import { beginningOfPiece, mostTokensOf } from '../../src/domain/bound/output.js';
import { dearestPrices, trueCost } from '../../src/domain/bound/prices.js';
import {
  charactersIn,
  LEAST_ANSWER_TOKENS,
  type Quote,
  quoteOf as quoteOrNull,
  SLICE_TOKENS,
} from '../../src/domain/bound/quote.js';
import type { Model, ModelCard, Pricing } from '../../src/domain/catalog.js';
import type { ChatMessage, ChatRequest, ContentPart, StreamPiece } from '../../src/domain/chat.js';
import { imageSizeOf } from '../../src/domain/imageSize.js';
import { bodyText } from '../../src/domain/longTexts.js';
import type { NativeRequest } from '../../src/domain/native.js';
import { createRandom } from '../harness/random.js';

const quoteOf = (...asked: Parameters<typeof quoteOrNull>) => quoteOrNull(...asked) as Quote;

const CHATS = Number(process.env.CHATS ?? 10_000);
const seed = Number(process.env.BOUND_SEED ?? Math.floor(Math.random() * 2 ** 31));

function modelOf(pricing: Pricing, more: Partial<Model> = {}, card: Partial<ModelCard> = {}) {
  return {
    id: 'a/b',
    fallbacks: [],
    defaults: {},
    inputCaps: {},
    ...more,
    card: {
      kind: 'chat',
      pricing,
      context_length: 1_000_000,
      maxCompletionTokens: 16_384,
      outputModalities: ['text'],
      ...card,
    },
  } as unknown as Model;
}

const user = (content: string | ContentPart[]): ChatMessage => ({
  role: 'user',
  content: typeof content === 'string' ? bodyText(content) : content,
});

const requestOf = (messages: ChatMessage[], more: Partial<ChatRequest> = {}): ChatRequest => ({
  licenseKey: '',
  model: 'a/b',
  messages,
  options: {},
  stream: false,
  ...more,
});

const pieceOf = (texts: string[]): StreamPiece => ({
  kind: 'piece',
  choices: texts.map(content => ({ index: 0, delta: { content }, finish_reason: null })),
  hasContent: true,
});
const textOf = ({ choices }: StreamPiece) => choices.map(({ delta }) => delta.content).join('');

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);

/** Letters and words of each kind, to be mixed. */
const KINDS: Record<string, string[]> = {
  persian: ['سلام', ' دنیا', 'می‌خواهم', ' قیمت', '۱۲۳', '؟', '،', ' پژوهش', 'ﷺ', 'ژ'],
  chinese: ['你好', '世界', '，', '繁體中文', '價格', '龘', '。', '𠮷', '１２３'],
  emoji: ['😀', '👨‍👩‍👧‍👦', '🇮🇷', '🏳️‍🌈', '❤️', '🧑🏽‍💻', '⚽'],
  code: ['function ', 'if (x) {', '\n\t\t', '=>', '!==', '/* a */', '0xdeadbeef', '\\u0041', '  '],
  base64: ['iVBORw0KGgo', 'AAAANSUhEU', '+/', '==', 'x9Qz', '0'],
  odd: [
    '\u0000',
    '\u200b',
    '\ufdfa',
    'ﬃ',
    '①',
    'Å',
    'e\u0301',
    '\n',
    ' ',
    'ÿ',
    '‮',
    '<|im_start|>',
    '<|endoftext|>',
  ],
};

/** What has come of an answer is bounded too, and so is the beginning of it that may be delivered. */
function checkAnswer(
  texts: string[],
  random: ReturnType<typeof createRandom>,
  count: (said: string) => number,
): void {
  const said = pieceOf(texts);
  const come = mostTokensOf(said);
  if (come < sum(texts.map(count))) throw new Error(`${come} for ${JSON.stringify(texts)}`);
  const most = random.below(come + 10);
  const begun = beginningOfPiece(said, most);
  const [all, some] = [textOf(said), textOf(begun)];
  const isBegun = all.startsWith(some) && mostTokensOf(begun) <= most;
  // At most the bytes of a character are left over.
  const isEnough = some === all || mostTokensOf(begun) > most - 4;
  if (!isBegun || !isEnough) throw new Error(`${most} of ${JSON.stringify(texts)}`);
}

test(`${CHATS} random chats and a quarter as many answers are bounded above two tokenizers (seed ${seed})`, () => {
  const random = createRandom(seed);
  const kinds = Object.values(KINDS);
  const text = () => {
    const kind = random.below(3) ? [random.pick(kinds) as string[]] : kinds;
    return Array.from(
      { length: random.below(40) },
      () => random.pick(random.pick(kind) as string[]) as string,
    ).join('');
  };
  const count = (said: string) => {
    const plain = { allowedSpecial: 'all' as const };
    return Math.max(countNewer(said, plain), countOlder(said, plain));
  };
  const model = modelOf({ prompt: '1', completion: '1' });
  let tightest = Number.POSITIVE_INFINITY;
  for (let run = 0; run < CHATS; run++) {
    const texts = Array.from({ length: 1 + random.below(3) }, text);
    if (run % 4 === 0) checkAnswer(texts, random, count);
    const parameters = { type: 'object', properties: { [text()]: { description: text() } } };
    const tools = random.below(4)
      ? []
      : [{ type: 'function', function: { name: 'f', parameters } }];
    const called = { name: 'f', arguments: JSON.stringify({ a: text() }) };
    const messages: ChatMessage[] = texts.map((said, index) =>
      index % 2
        ? {
            role: 'assistant',
            content: bodyText(said),
            tool_calls: [
              {
                id: bodyText('call_1'),
                type: 'function',
                function: { name: bodyText('f'), arguments: bodyText(called.arguments) },
              },
            ],
          }
        : user(random.below(2) ? said : [{ type: 'text', text: bodyText(said) }]),
    );
    const options = tools.length > 0 ? { tools } : {};
    const bound = sum(chatInput(messages, options, undefined, model).map(({ tokens }) => tokens));
    // Each message has a template of up to four tokens, a call its name and arguments.
    const least =
      3 +
      sum(texts.map(said => count(said) + 4)) +
      Math.floor(texts.length / 2) * (count(called.arguments) + 4) +
      (tools.length > 0 ? count(JSON.stringify(tools)) : 0);
    if (bound < least) throw new Error(`${bound} < ${least}: ${JSON.stringify(messages)}`);
    tightest = Math.min(tightest, bound / least);
  }
  expect(tightest).toBeGreaterThanOrEqual(1);
});

test('a text whose compatibility form is longer counts as that', () => {
  const model = modelOf({ prompt: '1', completion: '1' });
  const tokensOf = (said: string) => chatInput([user(said)], {}, undefined, model)[0]?.tokens ?? 0;
  const salutation = '\ufdfa';
  expect(tokensOf(salutation.repeat(10)) - tokensOf('')).toBe(
    Buffer.byteLength(salutation.normalize('NFKC')) * 10,
  );
});

describe('an image is as large as its first bytes say', () => {
  const png = (width: number, height: number) => {
    const bytes = Buffer.alloc(33);
    bytes.write('\x89PNG\r\n\x1a\n', 'latin1');
    bytes.writeUInt32BE(width, 16);
    bytes.writeUInt32BE(height, 20);
    return bytes;
  };
  const jpeg = Buffer.from(
    'ffd8ffe000104a46494600010100000100010000ffc0001108012c019003012200',
    'hex',
  );
  const gif = Buffer.from('474946383961900101000000', 'hex');
  const webp = Buffer.concat([
    Buffer.from('RIFF0000WEBPVP8X', 'latin1'),
    Buffer.from('0a000000000000008f01002b0100', 'hex'),
  ]);
  test.each([
    ['png', png(400, 300), { width: 400, height: 300 }],
    ['jpeg', jpeg, { width: 400, height: 300 }],
    ['gif', gif, { width: 400, height: 1 }],
    ['webp', webp, { width: 400, height: 300 }],
    ['something else', Buffer.from('%PDF-1.7 and more than thirty bytes of it'), null],
    ['a beginning that ends too early', png(4, 3).subarray(0, 20), null],
  ])('%s', (_name, bytes, size) => {
    expect(imageSizeOf(bytes)).toEqual(size);
  });

  const partsOf = (url: string, image: NonNullable<Model['inputCaps']>['image']) => {
    const model = modelOf({ prompt: '1', completion: '1' }, { inputCaps: { image } });
    const content = [{ type: 'image_url' as const, image_url: { url: bodyText(url) } }];
    return chatInput([user(content)], {}, undefined, model)[1];
  };
  const url = `data:image/png;base64,${png(1_024, 768).toString('base64')}`;
  test.each([
    ['by patches of 32', url, { formula: 'patches', most: 14_364 }, 922, 'image_size'],
    ['by its area', url, { formula: 'area', most: 4_005 }, 1_049, 'image_size'],
    ['at most as its model says', url, { formula: 'area', most: 900 }, 900, 'image_size'],
    ['of a model that counts all alike', url, { formula: 'flat', most: 1_120 }, 1_120, 'model_cap'],
    [
      'elsewhere',
      'https://example.com/a.png',
      { formula: 'area', most: 4_005 },
      4_005,
      'model_cap',
    ],
    ['of a model without a cap', url, undefined, 1_000_000, 'context_length'],
  ] as const)('%s', (_name, at, image, tokens, source) => {
    expect(partsOf(at, image)).toEqual({ what: 'image', tokens, source });
  });
});

test('a voice is as long as its head says, else as its bytes could be', () => {
  const model = modelOf(
    { prompt: '1', completion: '1' },
    { inputCaps: { audioTokensPerSecond: 32 } },
  );
  const wave = Buffer.alloc(44 + 32_000 * 3);
  wave.write('RIFF____WAVEfmt ', 'latin1');
  wave.writeUInt16LE(1, 20);
  wave.writeUInt16LE(1, 22);
  wave.writeUInt32LE(16_000, 24);
  // What nobody reads may say anything.
  wave.writeUInt32LE(0xffff_ffff, 28);
  wave.writeUInt16LE(16, 34);
  const tokensOf = (format: string) => {
    const data = bodyText(wave.toString('base64'));
    const content = [{ type: 'input_audio' as const, input_audio: { data, format } }];
    return chatInput([user(content)], {}, undefined, model)[1];
  };
  expect(tokensOf('wav')).toEqual({ what: 'audio', tokens: 4 * 32, source: 'audio_length' });
  const asBytes = { what: 'audio', tokens: 97 * 32, source: 'audio_length' };
  expect(tokensOf('mp3')).toEqual(asBytes);
  wave.write('JUNK', 12, 'latin1');
  expect(tokensOf('wav')).toEqual(asBytes);
});

test.each([
  ['as it is', (text: string) => text],
  ['in escapes', (text: string) => text.replaceAll('漢', '\\u6f22')],
])('a long text that is read aloud counts by its characters, written %s', (_, write) => {
  const marker = 'm'.repeat(27);
  const texts = [Buffer.from(write('漢'.repeat(30_000)))];
  const pieces = bodyText(`Hi ${marker}00000`);
  const request = { pieces, longTexts: { marker, texts } } as NativeRequest;
  expect(charactersIn(request)).toBe(30_003);
});

describe('prices', () => {
  const pricing: Pricing = {
    prompt: '2',
    completion: '10',
    input_cache_read: '0.2',
    input_cache_write: '2.5',
    audio: '40',
    audio_output: '80',
    request: '0.001',
    overrides: [
      { min_prompt_tokens: 200_000, prompt: '4', completion: '15' },
      { utc_start: '2200', utc_end: '0600', completion: '12' },
    ],
  };
  const at = (time: string) => new Date(`2026-11-29T${time}:00Z`);
  const tokens = (promptTokens: number, completionTokens: number, details?: object) => ({
    promptTokens,
    completionTokens,
    costMicrousd: null,
    ...(details && { details: details as Record<string, unknown> }),
  });
  const microdollars = (amount: bigint | null) => Number(amount) / 1e18;

  test('the dearest that could apply counts, at whatever hour', () => {
    const priced = { pricing, outputModalities: ['text' as const] };
    const of = (most: number) => {
      const { text, output, request } = dearestPrices(priced, most);
      return [text, output, request].map(microdollars);
    };
    expect(of(200_000)).toEqual([2.5, 12, 1_000]);
    expect(of(200_001)).toEqual([4, 15, 1_000]);
    expect(of(199_999)).toEqual([2.5, 12, 1_000]);
  });

  test.each([
    ['as listed', tokens(100, 10), at('12:00'), 1_000 + 200 + 100],
    ['at night', tokens(100, 10), at('23:30'), 1_000 + 200 + 120],
    ['after midnight, until the end', tokens(100, 10), at('06:00'), 1_000 + 200 + 100],
    ['of a long prompt', tokens(200_001, 10), at('12:00'), 1_000 + 800_004 + 150],
    [
      'cached, written and spoken at their own rates',
      tokens(100, 10, {
        prompt_tokens_details: { cached_tokens: 50, cache_write_tokens: 20, audio_tokens: 10 },
        completion_tokens_details: { audio_tokens: 4, reasoning_tokens: 3 },
      }),
      at('12:00'),
      1_000 + 50 * 0.2 + 20 * 2.5 + 10 * 40 + 20 * 2 + 4 * 80 + 6 * 10,
    ],
    [
      'details that say more than there is',
      tokens(10, 0, { prompt_tokens_details: { cached_tokens: 99 } }),
      at('12:00'),
      1_000 + 2,
    ],
  ])('what a call cost: %s', (_name, used, when, expected) => {
    expect(microdollars(trueCost({ tokens: used }, pricing, when))).toBeCloseTo(expected, 9);
  });

  // Dollars for a million tokens, of the models in the printed requests.
  test.each([
    ['a chat with the model of seed 000', '1.00', '5.00', 1_650, 240, 2_850],
    ['a chat with the model of seed 001', '0.15', '0.60', 3_000, 500, 750],
  ])('%s costs tokens times price', (_name, prompt, completion, input, output, expected) => {
    const cost = trueCost({ tokens: tokens(input, output) }, { prompt, completion }, at('12:00'));
    expect(charged(cost as bigint, '0')).toBe(expected);
  });
});

test(`${10 * CHATS} random calls: charges add up to true costs, and no hold is too small (seed ${seed})`, () => {
  const random = createRandom(seed + 1);
  const decimal = () => `${random.below(30)}.${String(random.below(1_000)).padStart(3, '0')}`;
  let [chargedSum, exact] = [0n, 0n];
  for (let run = 0; run < 10 * CHATS; run++) {
    const markup = String(random.below(300) / 8);
    const pricing = { prompt: decimal(), completion: decimal() };
    const [promptTokens, completionTokens] = [random.below(5_000), random.below(2_000)];
    const told = `0.${'0'.repeat(random.below(5))}${1 + random.below(1_000_000)}`;
    const isTold = random.below(2) === 1;
    const used = {
      promptTokens,
      completionTokens,
      costMicrousd: null,
      ...(isTold && { costDollars: told }),
    };
    const cost = trueCost({ tokens: used }, pricing, new Date(0)) as bigint;
    const charge = charged(cost, markup);
    // The same by other means: thousandths of a percent, thousandths of prices, digits of what was told.
    const percent = 100_000n + BigInt(Math.round(Number(markup) * 1_000));
    const places = told.length - 2;
    const [top, bottom] = isTold
      ? [BigInt(told.slice(2)) * 1_000_000n * percent, 100_000n * 10n ** BigInt(places)]
      : [
          (BigInt(promptTokens) * BigInt(pricing.prompt.replace('.', '')) +
            BigInt(completionTokens) * BigInt(pricing.completion.replace('.', ''))) *
            percent,
          100_000n * 1_000n,
        ];
    const half = (2n * top + bottom) / (2n * bottom);
    if (BigInt(charge) !== half) throw new Error(`${charge} and not ${half}`);
    const held = heldFor(cost, markup);
    if (held < charge) throw new Error(`held ${held} of ${charge}`);
    if (heldFor(costWithin(held, markup), markup) > held) throw new Error(`${held} affords more`);
    chargedSum += BigInt(charge);
    exact += half;
  }
  expect(chargedSum).toBe(exact);
});

describe('a quote', () => {
  const model = modelOf({ prompt: '1', completion: '4' });
  const terms = { monthlyMicrousd: 0, markupPercent: '25' };

  test('is of the limit that was asked for, else of the model’s', () => {
    expect(quoteOf(requestOf([user('x')]), [model], terms).maxTokens).toBe(16_384);
    const asked = requestOf([user('x')], { options: { max_completion_tokens: 50 } });
    expect(quoteOf(asked, [model], terms)).toMatchObject({ maxTokens: 50 });
  });

  test('says for each sum how long an answer it affords, and holds no more than that', () => {
    const quote = quoteOf(requestOf([user('hello')]), [model], terms);
    for (const sumOfMoney of [quote.least, quote.least + 1, quote.least + 99, quote.most - 1]) {
      const maxTokens = quote.maxTokensFor(sumOfMoney);
      expect(maxTokens).toBeGreaterThanOrEqual(LEAST_ANSWER_TOKENS);
      const options = { max_completion_tokens: maxTokens };
      const { most } = quoteOf(requestOf([user('hello')], { options }), [model], terms);
      expect(most).toBeLessThanOrEqual(sumOfMoney);
      // One token more would cost 5 micro-dollars more.
      expect(sumOfMoney - most).toBeLessThan(5);
    }
  });

  test('is of the dearest model that may answer', () => {
    const dear = modelOf({ prompt: '1', completion: '8' });
    const both = quoteOf(requestOf([user('x')]), [model, dear], terms);
    expect(both.most).toBe(quoteOf(requestOf([user('x')]), [dear], terms).most);
  });

  test('is no longer than a model reads: a longer prompt is refused and costs nothing', () => {
    const short = modelOf({ prompt: '1', completion: '0' }, {}, { context_length: 1_000 });
    const { most, parts } = quoteOf(requestOf([user('x'.repeat(5_000))]), [short], terms);
    expect(most).toBe(1_250);
    expect(parts).toEqual([{ what: 'text', tokens: expect.any(Number), source: 'utf8_bytes' }]);
  });

  test.each<[string, boolean, Partial<ChatRequest>, Partial<Model>]>([
    ['of an answer that is all shown', true, {}, {}],
    ['of a limit below it', true, { options: { max_completion_tokens: 9 } }, {}],
    ['not where thoughts may be hidden', false, {}, { outputShown: false }],
    ['not where it is asked to reason', false, { options: { reasoning_effort: 'low' } }, {}],
    ['not where thoughts are left out', false, { options: { include_reasoning: false } }, {}],
    ['not where tools may be called', false, { options: { tools: [{}] } }, {}],
    ['not where the caller is strict', false, { strict: true }, {}],
  ])('holds for a slice at first: %s', (_name, isSlice, more, of) => {
    const shown = { ...model, outputShown: true, ...of };
    const request = requestOf([user('x')], more);
    const { first, maxTokens, mostFor } = quoteOf(request, [shown], terms);
    expect(first).toBe(isSlice ? mostFor(Math.min(maxTokens, SLICE_TOKENS)) : undefined);
  });

  test('cannot be shortened where the caller is strict', () => {
    const { least, most } = quoteOf(requestOf([user('x')], { strict: true }), [model], terms);
    expect(least).toBe(most);
  });
});
