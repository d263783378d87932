// Quotes of calls that are no plain chats: of pieces, of calls that are passed on, of several models.

import { describe, expect, test } from '@jest/globals';
import { charactersIn, LEAST_ANSWER_TOKENS, quoteOf } from '../../src/domain/bound/quote.js';
import type { Model, ModelCard, ModelKind, Pricing } from '../../src/domain/catalog.js';
import type { ChatRequest } from '../../src/domain/chat.js';
import { bodyText } from '../../src/domain/longTexts.js';
import type { NativeCall, NativeRequest, SentCall } from '../../src/domain/native.js';

const TERMS = { monthlyMicrousd: 0, markupPercent: '25' };
const FREE: Pricing = { prompt: '0', completion: '0' };
const NOON = new Date('2026-11-29T12:00:00Z');

function modelOf(kind: ModelKind, pricing: Partial<Pricing>, card: Partial<ModelCard> = {}) {
  return {
    provider: 'openrouter',
    upstreamId: 'up/stream',
    reasoning: true,
    outputShown: true,
    defaults: {},
    card: {
      kind,
      pricing: { ...FREE, ...pricing },
      context_length: 1_000_000,
      maxCompletionTokens: 16_384,
      outputModalities: ['text'],
      ...card,
    },
  } as unknown as Model;
}

const nativeOf = (
  body: object = {},
  more: Partial<NativeRequest> = {},
  call: Partial<NativeCall> = {},
) =>
  ({
    stream: true,
    needs: { content: ['text'], tools: false },
    native: { bodyOf: () => body, ...call },
    ...more,
  }) as unknown as NativeRequest;

const chatOf = (more: Partial<ChatRequest> = {}) =>
  ({
    messages: [{ role: 'user', content: bodyText('hello') }],
    options: {},
    stream: false,
    ...more,
  }) as ChatRequest;

describe('a call that is paid by pieces is bound to', () => {
  const video = (card: object | undefined, seconds?: number) => ({
    model: modelOf('video', { per_second: '0.1' }, { video: card } as Partial<ModelCard>),
    request: nativeOf({}, { video: { asked: { seconds, names: {} } } } as Partial<NativeRequest>),
  });
  const durations = { durations: [8, 4], resolutions: ['1280x720'] };
  const image = modelOf('image', { per_image: '0.04' });
  const spoken = modelOf('speech', { per_character: '0.000015' });
  const heard = modelOf('transcription', { per_second: '0.0001' });

  // In micro-dollars, with a markup of 25 percent.
  test.each([
    ['one image, if no number is said', nativeOf(), image, 50_000],
    ['each image', nativeOf({}, { count: 3 }), image, 150_000],
    ['each character', nativeOf({}, { pieces: bodyText('سلام!') }), spoken, 94],
    [
      'each second, and not the number of answers',
      nativeOf({}, { pieces: 80, count: 2 }),
      heard,
      10_000,
    ],
    ['a micro-dollar where it costs nothing', nativeOf({}, { count: 0 }), image, 1],
    ['the seconds of its video', video(durations, 4).request, video(durations).model, 500_000],
    [
      'those that a model makes if none are said',
      video(durations).request,
      video(durations).model,
      1_000_000,
    ],
    [
      'nothing of a video that no model makes',
      video(durations, 5).request,
      video(durations).model,
      1,
    ],
    ['nothing of a model that makes none', video(undefined, 4).request, video(undefined).model, 1],
  ])('%s', (_name, request, model, most) => {
    const quote = quoteOf(request, [model], TERMS);
    expect(quote).toMatchObject({ most, least: most, maxTokens: 0, parts: [] });
    expect(quote?.first).toBeUndefined();
    expect([quote?.mostFor(9), quote?.maxTokensFor(1e9)]).toEqual([most, 0]);
  });

  test('the dearest of the models that may answer', () => {
    const models = [image, modelOf('image', { per_image: '0.08' })];
    expect(quoteOf(nativeOf(), models, TERMS)?.most).toBe(100_000);
  });

  test('no sum that is known, where one of them has no price', () => {
    expect(quoteOf(nativeOf(), [image, modelOf('image', {})], TERMS)).toBeNull();
    expect(quoteOf(nativeOf(), [image, modelOf('chat', { prompt: '1' })], TERMS)).toBeNull();
    expect(quoteOf(chatOf(), [image], TERMS)).toBeNull();
  });

  test('and is charged what it came to', () => {
    const quote = quoteOf(nativeOf({}, { count: 3 }), [image], TERMS);
    expect(quote?.chargeFor({ tokens: null, count: 2 }, image, NOON)).toBe(100_000);
    expect(quote?.chargeFor({ tokens: null }, image, NOON)).toBeNull();
  });
});

test('only a text that is paid by its characters is counted by us', () => {
  expect(charactersIn(nativeOf({}, { pieces: bodyText('سلام') }))).toBe(4);
  const longTexts = { marker: 'm'.repeat(27), texts: [] };
  expect(charactersIn(nativeOf({}, { pieces: 4, longTexts }))).toBeUndefined();
  expect(charactersIn(nativeOf())).toBeUndefined();
});

test('a text of which nothing was cut out is counted as it is', () => {
  const longTexts = { marker: '', texts: [Buffer.from('x')] };
  expect(charactersIn(nativeOf({}, { pieces: bodyText('00000'), longTexts }))).toBe(5);
  const other = { marker: 'm'.repeat(27), texts: [Buffer.from('x')] };
  expect(charactersIn(nativeOf({}, { pieces: bodyText('abc'), longTexts: other }))).toBe(3);
});

describe('a call that is passed on', () => {
  const model = modelOf('chat', { prompt: '1', completion: '4' });
  const limited = { limit: { field: 'max_tokens', beside: 100 } };

  test.each([
    ['max_tokens', { max_tokens: 50 }, 50],
    ['max_output_tokens', { max_output_tokens: 60 }, 60],
    ['max_completion_tokens', { max_completion_tokens: 70 }, 70],
    ['the least of several', { max_tokens: 50, max_output_tokens: 40 }, 40],
    ['its model’s, if it says none', { max_tokens: null }, 16_384],
    ['its model’s, if it says more', { max_tokens: 99_999 }, 16_384],
  ])('answers at most %s', (_name, body, maxTokens) => {
    expect(quoteOf(nativeOf(body), [model], TERMS)?.maxTokens).toBe(maxTokens);
  });

  test('is counted as it will be sent to each model', () => {
    const sent: SentCall[] = [];
    const bodyOf = (call: SentCall) => {
      sent.push(call);
      return { input: 'x' };
    };
    const quote = quoteOf(nativeOf({}, {}, { bodyOf }), [model], TERMS);
    for (const call of sent) {
      expect(call).toEqual({
        provider: 'openrouter',
        upstreamId: 'up/stream',
        licenseId: '',
        reasoning: true,
        isStreamed: true,
      });
    }
    expect(quote?.parts).toEqual([
      { what: 'text', tokens: 16 + '{"input":"x"}'.length, source: 'utf8_bytes' },
    ]);
  });

  test('may fill the context with media', () => {
    const needs = { content: ['text' as const, 'image' as const], tools: false };
    const quote = quoteOf(nativeOf({}, { needs }), [model], TERMS);
    expect(quote?.parts).toEqual([{ what: 'file', tokens: 1_000_000, source: 'context_length' }]);
  });

  test('can be shortened where its kind has a limit, to an answer beside what that must have room for', () => {
    const whole = quoteOf(nativeOf({}), [model], TERMS);
    expect(whole?.least).toBe(whole?.most);
    const quote = quoteOf(nativeOf({}, {}, limited), [model], TERMS);
    expect(quote?.least).toBe(quote?.mostFor(LEAST_ANSWER_TOKENS + 100));
    const short = quoteOf(nativeOf({ max_tokens: 20 }, {}, limited), [model], TERMS);
    expect(short?.least).toBe(short?.mostFor(20));
    expect([whole?.first, quote?.first]).toEqual([undefined, undefined]);
  });

  test('as an embedding is bound by its tokens', () => {
    const embedding = modelOf('embedding', { prompt: '1' }, { maxCompletionTokens: 0 });
    expect(quoteOf(nativeOf({ input: 'x' }), [embedding], TERMS)?.most).toBe(
      Math.ceil((16 + '{"input":"x"}'.length) * 1.25),
    );
  });
});

describe('of several models', () => {
  const cheap = modelOf('chat', { prompt: '1', completion: '4', request: '0.001' });
  const short = modelOf('chat', { prompt: '1', completion: '4' }, { maxCompletionTokens: 900 });
  const small = modelOf('chat', { prompt: '1', completion: '4' }, { context_length: 500 });
  const free = modelOf('chat', {});

  test('the one that answers the least says how much is asked', () => {
    expect(quoteOf(chatOf(), [cheap, short, free], TERMS)?.maxTokens).toBe(900);
    expect(quoteOf(chatOf(), [cheap, small], TERMS)?.maxTokens).toBe(500);
  });

  test('the first one’s default is asked for, if the caller says nothing', () => {
    const said = { ...cheap, defaults: { max_completion_tokens: 77 } };
    expect(quoteOf(chatOf(), [said, cheap], TERMS)?.maxTokens).toBe(77);
    const options = { max_completion_tokens: 88 };
    expect(quoteOf(chatOf({ options }), [said], TERMS)?.maxTokens).toBe(88);
    expect(quoteOf(chatOf(), [cheap, said], TERMS)?.maxTokens).toBe(16_384);
  });

  test('an answer that is free is affordable without end', () => {
    const quote = quoteOf(chatOf(), [free], TERMS);
    expect([quote?.most, quote?.least, quote?.maxTokensFor(0)]).toEqual([1, 1, 16_384]);
    const paid = modelOf('chat', { prompt: '1' });
    expect(quoteOf(chatOf(), [paid], TERMS)?.maxTokensFor(1)).toBe(16_384);
  });

  test('a sum that does not pay for the request affords no answer, and all of it affords all', () => {
    const quote = quoteOf(chatOf(), [cheap, free], TERMS);
    // The request alone costs 1,250.
    expect(quote?.maxTokensFor(1_250)).toBe(0);
    const most = quote?.most ?? 0;
    expect([quote?.maxTokensFor(most), quote?.maxTokensFor(most - 1)]).toEqual([16_384, 16_383]);
    expect(quote?.mostFor(16_384)).toBe(most);
    expect(quote?.mostFor(99_999)).toBe(most);
  });

  test('the dearest answer says how long it may be', () => {
    const dear = modelOf('chat', { prompt: '1', completion: '8' });
    const alone = quoteOf(chatOf(), [dear], TERMS)?.maxTokensFor(5_000);
    for (const models of [
      [cheap, dear],
      [dear, cheap],
      [dear, free],
      [free, dear],
    ]) {
      expect(quoteOf(chatOf(), models, TERMS)?.maxTokensFor(5_000)).toBe(alone);
    }
    expect(alone).toBeGreaterThan(0);
  });

  test('the one that answered says what is charged', () => {
    const tokens = { promptTokens: 8, completionTokens: 4, costMicrousd: null };
    const quote = quoteOf(chatOf(), [free, cheap], TERMS);
    // With the request itself, and a quarter more.
    expect(quote?.chargeFor({ tokens }, cheap, NOON)).toBe(1_280);
    expect(quote?.chargeFor({ tokens }, free, NOON)).toBe(0);
  });

  test('all must show what they answer before a slice is held', () => {
    const hidden = { ...cheap, outputShown: false };
    expect(quoteOf(chatOf(), [cheap, cheap], TERMS)?.first).toBeDefined();
    expect(quoteOf(chatOf(), [cheap, hidden], TERMS)?.first).toBeUndefined();
    expect(quoteOf(chatOf({ options: { reasoning: {} } }), [cheap], TERMS)?.first).toBeUndefined();
  });
});

describe('the parts of a prompt', () => {
  const rates = { prompt: '1', image: '50', audio: '20', completion: '0' };
  const chat = (...types: string[]): ChatRequest =>
    chatOf({
      messages: [
        {
          role: 'user',
          content: [
            ...(types.includes('image')
              ? [
                  {
                    type: 'image_url' as const,
                    image_url: { url: bodyText('https://example.com/a') },
                  },
                ]
              : []),
            ...(types.includes('audio')
              ? [
                  {
                    type: 'input_audio' as const,
                    input_audio: { data: bodyText('A'.repeat(4_000)), format: 'mp3' },
                  },
                ]
              : []),
          ],
        },
      ],
    });
  const caps = { image: { formula: 'flat', most: 100 }, audioTokensPerSecond: 10 } as const;
  const model = { ...modelOf('chat', rates), inputCaps: caps };
  const most = (types: string[], of: Model = model) =>
    quoteOf(chat(...types), [of], { ...TERMS, markupPercent: '0' })?.most ?? 0;

  test('cost what is read of their kind', () => {
    const text = most([]);
    expect(most(['image']) - text).toBe(100 * 50);
    // Three seconds.
    expect(most(['audio']) - text).toBe(30 * 20);
  });

  test('together cost no more than a full context of the dearest of them', () => {
    const small = { ...model, card: { ...model.card, context_length: 80 } };
    expect(most(['image', 'audio'], small)).toBe(80 * 50);
    expect(most([], small)).toBe(most([]));
  });
});
