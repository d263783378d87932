// What is charged by the catalogue's prices, in all of their forms.

import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import {
  amountOfDollars,
  amountOfMicrodollars,
  charged,
  costWithin,
  greatest,
  heldFor,
  priceOf,
} from '../../src/domain/bound/amount.js';
import { beginningOfPiece, mostTokensOf } from '../../src/domain/bound/output.js';
import { type Counted, dearestPrices, trueCost } from '../../src/domain/bound/prices.js';
import type { Modality, Pricing } from '../../src/domain/catalog.js';
import type { StreamPiece, TokenUsage } from '../../src/domain/chat.js';

const MICRODOLLAR = 10n ** 18n;
const microdollars = (amount: bigint | null) => Number(amount) / 1e18;
const NOON = new Date('2026-11-29T12:00:00Z');

describe('an amount', () => {
  test.each<[string, bigint | null, bigint | null]>([
    ['0.15', 150_000_000_000_000_000n, 150_000n * MICRODOLLAR],
    ['2e-18', 2n, 2_000_000n],
    ['1e3', 1_000n * MICRODOLLAR, 1_000_000_000n * MICRODOLLAR],
    // Finer than can be counted: never less than it is.
    ['1e-19', 1n, 100_000n],
    ['25e-19', 3n, 2_500_000n],
    ['1e-25', 1n, 1n],
    ['0e-25', 0n, 0n],
    ['-1', null, null],
    ['free', null, null],
  ])('%s is so many micro-dollars, and so many dollars', (text, ofMicrodollars, ofDollars) => {
    expect(amountOfMicrodollars(text)).toBe(ofMicrodollars);
    expect(amountOfDollars(text)).toBe(ofDollars);
  });

  test('that is no amount is a price of 0, each time', () => {
    expect(['free', 'free', '1', '1'].map(priceOf)).toEqual([0n, 0n, MICRODOLLAR, MICRODOLLAR]);
  });

  test('is the greatest of all; of none it is 0', () => {
    expect(greatest([2n, 5n, 3n])).toBe(5n);
    expect(greatest([])).toBe(0n);
  });

  test.each([
    ['half of one', MICRODOLLAR / 2n, '0', 1, 1],
    ['less than half of one', MICRODOLLAR / 2n - 1n, '0', 0, 1],
    ['nothing', 0n, '25', 0, 0],
    ['exactly one', MICRODOLLAR, '0', 1, 1],
    ['a little more than one', MICRODOLLAR + 1n, '0', 1, 2],
    [
      'with a markup of a thousandth of a percent',
      100_000n * MICRODOLLAR,
      '0.001',
      100_001,
      100_001,
    ],
    ['with a markup that is no number, as it is', 3n * MICRODOLLAR, 'none', 3, 3],
  ])('%s is charged rounded, and held rounded up', (_name, cost, markup, charge, held) => {
    expect([charged(cost, markup), heldFor(cost, markup)]).toEqual([charge, held]);
    expect(costWithin(held, markup)).toBeGreaterThanOrEqual(cost);
  });
});

describe('the dearest price', () => {
  const pricing: Pricing = {
    prompt: '2',
    completion: '10',
    image: '3',
    audio: '4',
    audio_output: '80',
    image_output: '60',
    overrides: [{ min_prompt_tokens: 100, completion: undefined, image: '9', request: '0.5' }],
  };
  const of = (outputModalities: Modality[], most: number, prices = pricing) => {
    const dearest = dearestPrices({ pricing: prices, outputModalities }, most);
    return Object.values(dearest).map(microdollars);
  };
  // Of text, image, audio, output and request.
  test.each<[string, Modality[], number, number[]]>([
    ['counts sounds where they are answered', ['text', 'audio'], 100, [2, 3, 4, 80, 0]],
    ['counts images where they are answered', ['text', 'image'], 100, [2, 3, 4, 60, 0]],
    ['counts neither where neither is', ['text'], 100, [2, 3, 4, 10, 0]],
    ['counts what a long prompt may change', ['text'], 101, [2, 9, 4, 10, 500_000]],
  ])('%s', (_name, outputs, most, expected) => {
    expect(of(outputs, most)).toEqual(expected);
  });

  test('of what has no price of its own is that of text', () => {
    const plain = { prompt: '2', completion: '10', input_cache_read: '5' };
    expect(of(['audio', 'image'], 1, plain)).toEqual([5, 5, 5, 10, 0]);
  });

  test('of an override without conditions counts for the shortest prompt', () => {
    expect(
      of(['text'], 0, { prompt: '2', completion: '10', overrides: [{ prompt: '3' }] }),
    ).toEqual([3, 3, 3, 10, 0]);
  });

  test('is kept for each model and each length of a prompt', () => {
    const priced = { pricing, outputModalities: ['text' as const] };
    const [short, long] = [dearestPrices(priced, 1), dearestPrices(priced, 101)];
    expect(short).not.toEqual(long);
    expect([dearestPrices(priced, 100), dearestPrices(priced, 999)]).toEqual([short, long]);
    expect(dearestPrices(priced, 1)).toBe(short);
  });
});

describe('a call', () => {
  const tokens = (promptTokens: number, completionTokens: number, more?: Partial<TokenUsage>) => ({
    tokens: { promptTokens, completionTokens, costMicrousd: null, ...more },
  });
  const plain: Pricing = { prompt: '2', completion: '10' };
  const prompt = (details: object) =>
    tokens(10, 0, { details: { prompt_tokens_details: details as Record<string, unknown> } });
  const completion = (details: object) =>
    tokens(0, 10, { details: { completion_tokens_details: details as Record<string, unknown> } });
  const hours = (utc_start?: string, utc_end?: string): Pricing => ({
    ...plain,
    overrides: [{ utc_start, utc_end, prompt: '7', completion: undefined }],
  });
  const at = (time: string) => new Date(`2026-11-29T${time}:00Z`);

  test.each<[string, Counted, Pricing, Date, number | null]>([
    [
      'what its upstream says',
      tokens(9, 9, { costMicrousd: 5, costDollars: '0.0000041' }),
      plain,
      NOON,
      4.1,
    ],
    ['in micro-dollars, if it says no more', tokens(9, 9, { costMicrousd: 5 }), plain, NOON, 5],
    [
      'also where its dollars are no amount',
      tokens(9, 9, { costMicrousd: 5, costDollars: '?' }),
      plain,
      NOON,
      5,
    ],
    ['also nothing', tokens(9, 9, { costMicrousd: 0 }), plain, NOON, 0],
    [
      'also of what is priced by pieces',
      { ...tokens(9, 9, { costMicrousd: 5 }), count: 2 },
      { ...plain, per_image: '1' },
      NOON,
      5,
    ],
    ['its images', { tokens: null, count: 3 }, { ...plain, per_image: '0.04' }, NOON, 120_000],
    [
      'its seconds, and not what is counted',
      { tokens: null, count: 1, pieces: 8 },
      { ...plain, per_second: '0.1' },
      NOON,
      800_000,
    ],
    [
      'its characters, whatever tokens it took',
      { ...tokens(9, 9), pieces: 8 },
      { ...plain, per_character: '0.000015' },
      NOON,
      120,
    ],
    [
      'nothing that is known, of pieces that nobody counted',
      tokens(9, 9),
      { ...plain, per_second: '0.1' },
      NOON,
      null,
    ],
    [
      'nothing that is known, where nothing was counted',
      { tokens: null, count: 3 },
      plain,
      NOON,
      null,
    ],
    [
      'each cached token once',
      prompt({ cached_tokens: 4, audio_tokens: 8 }),
      { ...plain, input_cache_read: '1', audio: '5' },
      NOON,
      4 + 30,
    ],
    ['images that it reads', prompt({ image_tokens: 4 }), { ...plain, image: '3' }, NOON, 12 + 12],
    [
      'images that it makes',
      completion({ image_tokens: 4 }),
      { ...plain, image_output: '60' },
      NOON,
      240 + 60,
    ],
    [
      'what has no price of its own as what it stands for',
      completion({ audio_tokens: 4, image_tokens: 4 }),
      plain,
      NOON,
      100,
    ],
    [
      'and of what is read likewise',
      prompt({ cached_tokens: 2, cache_write_tokens: 2, audio_tokens: 2, image_tokens: 2 }),
      plain,
      NOON,
      20,
    ],
    [
      'no part that is less than nothing',
      prompt({ cached_tokens: -4 }),
      { ...plain, input_cache_read: '1' },
      NOON,
      20,
    ],
    [
      'no part that is no whole number',
      prompt({ cached_tokens: 1.5 }),
      { ...plain, input_cache_read: '1' },
      NOON,
      20,
    ],
    [
      'no part that is a text',
      prompt({ cached_tokens: '4' }),
      { ...plain, input_cache_read: '1' },
      NOON,
      20,
    ],
    ['no parts that are none', prompt([4]), { ...plain, input_cache_read: '1' }, NOON, 20],
    [
      'a price that is none as nothing',
      tokens(10, 1),
      { prompt: '2', completion: '10', request: '?' },
      NOON,
      30,
    ],
    ['by day, before its hours', tokens(1, 0), hours('0800', '1200'), at('07:59'), 2],
    ['by day, a minute before them', tokens(1, 0), hours('0845', '1200'), at('08:44'), 2],
    ['by day, at their minute', tokens(1, 0), hours('0845', '1200'), at('08:45'), 7],
    [
      'all day, where they end when they begin',
      tokens(1, 0),
      hours('0845', '0845'),
      at('07:00'),
      7,
    ],
    ['by day, when they begin', tokens(1, 0), hours('0800', '1200'), at('08:00'), 7],
    ['by day, until they end', tokens(1, 0), hours('0800', '1200'), at('11:59'), 7],
    ['by day, after them', tokens(1, 0), hours('0800', '1200'), at('12:00'), 2],
    ['by night, before its hours', tokens(1, 0), hours('2200', '0600'), at('21:59'), 2],
    ['by night, when they begin', tokens(1, 0), hours('2200', '0600'), at('22:00'), 7],
    ['by night, until they end', tokens(1, 0), hours('2200', '0600'), at('05:59'), 7],
    ['at all hours, of which only one is said', tokens(1, 0), hours('0800'), at('07:00'), 7],
    [
      'at all hours, of which only the other is said',
      tokens(1, 0),
      hours(undefined, '0800'),
      at('09:00'),
      7,
    ],
    [
      'as the last of several overrides says',
      tokens(5, 1),
      {
        ...plain,
        overrides: [{ min_prompt_tokens: 4, prompt: '3', completion: '20' }, { prompt: '4' }],
      },
      NOON,
      40,
    ],
    [
      'only above a length of its prompt',
      tokens(4, 1),
      { ...plain, overrides: [{ min_prompt_tokens: 4, prompt: '3' }] },
      NOON,
      18,
    ],
    [
      'of a prompt of no tokens as overrides say',
      tokens(0, 1),
      { ...plain, overrides: [{ completion: '11' }] },
      NOON,
      11,
    ],
  ])('costs %s', (_name, answer, pricing, when, expected) => {
    const cost = trueCost(answer, pricing, when);
    if (expected === null) expect(cost).toBeNull();
    else expect(microdollars(cost)).toBeCloseTo(expected, 9);
  });

  test('leaves the prices of the catalogue as they are', () => {
    const pricing = hours('0000', '2359');
    trueCost(tokens(1, 1), pricing, NOON);
    expect(pricing.prompt).toBe('2');
  });
});

describe('of a piece of an answer', () => {
  const pieceOf = (...deltas: Array<Record<string, unknown>>): StreamPiece => ({
    kind: 'piece',
    choices: deltas.map((delta, index) => ({ index, delta, finish_reason: 'stop' })),
    hasContent: true,
  });
  const call = [{ index: 0, function: { arguments: 'سلام' } }];

  test('all counts: texts by their bytes, what is no text as JSON, and what is not there as nothing', () => {
    const piece = pieceOf(
      { content: 'سلام', refusal: null, audio: undefined },
      { tool_calls: call },
    );
    expect(mostTokensOf(piece)).toBe(8 + Buffer.byteLength(JSON.stringify(call)));
    expect(mostTokensOf(pieceOf())).toBe(0);
  });

  test.each<[string, StreamPiece, number, unknown[], boolean]>([
    ['all, if there is room for it', pieceOf({ content: 'abc' }), 3, [{ content: 'abc' }], true],
    [
      'its beginning, to the last whole character',
      pieceOf({ content: 'aسس' }),
      4,
      [{ content: 'aس' }],
      true,
    ],
    ['nothing, if there is no room', pieceOf({ content: 'abc' }), 0, [], false],
    ['nothing, if more than all was used', pieceOf({ content: 'abc' }), -2, [], false],
    ['no half of what is no text', pieceOf({ tool_calls: call }), 9, [], false],
    [
      'what fits before it, and the beginning of it',
      pieceOf({ content: 'ab' }, { content: 'cde' }),
      3,
      [{ content: 'ab' }, { content: 'c' }],
      true,
    ],
    [
      'nothing behind what does not fit',
      pieceOf({ content: 'abc' }, { content: 'd' }),
      2,
      [{ content: 'ab' }],
      true,
    ],
    [
      'of what does not fit its content alone',
      pieceOf({ content: 'abc', reasoning: 'x' }),
      2,
      [{ content: 'ab' }],
      true,
    ],
  ])('is delivered %s', (_name, piece, tokens, deltas, hasContent) => {
    const begun = beginningOfPiece(piece, tokens);
    expect(begun.choices.map(({ delta }) => delta)).toEqual(deltas);
    expect(begun.hasContent).toBe(hasContent);
    for (const [at, { index, delta, finish_reason }] of begun.choices.entries()) {
      expect(index).toBe(at);
      const isWhole = isDeepStrictEqual(delta, piece.choices[at]?.delta);
      expect(finish_reason).toBe(isWhole ? 'stop' : null);
    }
  });

  test('what had no content has none', () => {
    const piece = { ...pieceOf({ role: 'assistant' }), hasContent: false };
    expect(beginningOfPiece(piece, 99)).toEqual(piece);
  });
});
