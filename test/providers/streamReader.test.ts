// The result is the same wherever the bytes of a stream are cut.

import { describe, expect, test } from '@jest/globals';
import type { StreamPiece } from '../../src/domain/chat.js';
import { failureOfReply } from '../../src/providers/failure.js';
import { openai } from '../../src/providers/openai/wire.js';
import { StreamReader } from '../../src/providers/streamReader.js';
import type { FailureOf } from '../../src/providers/wholeReply.js';

const chunk = (delta: object, finish_reason: string | null = null) =>
  `data: ${JSON.stringify({ id: 'x', choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
const USAGE = { prompt_tokens: 3, completion_tokens: 2, cost: 0.00001 };
const USAGE_CHUNK = `data: ${JSON.stringify({ choices: [], usage: USAGE })}\n\n`;
const DONE = 'data: [DONE]\n\n';

const GOOD = [
  ': OPENROUTER PROCESSING\n\n',
  chunk({ role: 'assistant', content: '' }),
  chunk({ content: 'سلام 👋' }),
  ': a comment\r\n\r\n',
  'event: ping\ndata: \n\n',
  chunk({ content: ' دنیا' }).replaceAll('\n', '\r\n'),
  chunk({}, 'stop'),
  USAGE_CHUNK,
  DONE,
].join('');

const failureOf: FailureOf = (status, _retryAfter, body) =>
  failureOfReply(status, undefined, openai.readRefusal(status, body), []);

function read(cuts: Buffer[]) {
  const reader = new StreamReader(openai.chat.startReading(), failureOf);
  const pieces: StreamPiece[] = [];
  for (const cut of cuts) {
    reader.feed(cut);
    const piece = reader.takePiece();
    if (piece) pieces.push(piece);
  }
  return { pieces, end: reader.end };
}

const textOf = (pieces: StreamPiece[]) =>
  pieces.flatMap(piece => piece.choices.map(choice => choice.delta.content ?? '')).join('');

const whole = Buffer.from(GOOD);
const END = {
  kind: 'end',
  lastChoice: { index: 0, delta: {}, finish_reason: 'stop' },
  tokens: { promptTokens: 3, completionTokens: 2, costMicrousd: 10, costDollars: '0.00001' },
};

describe('a good stream', () => {
  test('cut in two at every byte', () => {
    for (let at = 0; at <= whole.length; at++) {
      const { pieces, end } = read([whole.subarray(0, at), whole.subarray(at)]);
      expect(textOf(pieces)).toBe('سلام 👋 دنیا');
      expect(end).toEqual(END);
    }
  });

  test.each([1, 2, 3, 7, 64])('in pieces of %i bytes', size => {
    const count = Math.ceil(whole.length / size);
    const cut = Array.from({ length: count }, (_, index) =>
      whole.subarray(index * size, (index + 1) * size),
    );
    const { pieces, end } = read(cut);
    expect(textOf(pieces)).toBe('سلام 👋 دنیا');
    expect(end).toEqual(END);
  });

  test.each([null, []])('an empty field of calls is no call: %j', tool_calls => {
    const events = chunk({ content: 'x', tool_calls }) + chunk({}, 'stop') + DONE;
    expect(read([Buffer.from(events)]).end).toMatchObject({
      lastChoice: { finish_reason: 'stop' },
    });
  });

  test.each(['', '\n', '\r'])('may end without all line breaks: %j', last => {
    const reader = new StreamReader(openai.chat.startReading(), failureOf);
    reader.feed(Buffer.from(`${GOOD.trimEnd()}${last}`));
    reader.endOfReply();
    expect(reader.end).toEqual(END);
  });

  test('what comes after the end, or goes on with an event before, is no text, however like one it looks', () => {
    const alike = ['a', 'b', 'c'].map(content => chunk({ content })).join('');
    const late = read([Buffer.from(alike + DONE + alike)]);
    expect(textOf(late.pieces)).toBe('abc');
    const cut = read([Buffer.from(`${alike}data: [\n`), Buffer.from(alike)]);
    expect([textOf(cut.pieces), cut.end]).toMatchObject(['abc', { reason: 'malformed' }]);
  });

  test('content in parts is text, as in a whole reply', () => {
    const parts = [
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
    ];
    const { pieces } = read([Buffer.from(chunk({ content: parts }) + chunk({}, 'stop') + DONE)]);
    expect(textOf(pieces)).toBe('ab');
  });

  test('a byte order mark before it is no part of it', () => {
    const marked = Buffer.concat([Buffer.from('\uFEFF'), whole]);
    for (let at = 0; at <= 12; at++) {
      const { pieces, end } = read([marked.subarray(0, at), marked.subarray(at)]);
      expect([textOf(pieces), end]).toEqual(['سلام 👋 دنیا', END]);
    }
  });

  test('a message in place of deltas is the answer, and after deltas repeats it', () => {
    const message = (content: string) =>
      `data: ${JSON.stringify({ choices: [{ message: { role: 'assistant', content }, finish_reason: 'stop' }] })}\n\n`;
    for (const text of [
      message('whole'),
      chunk({ content: 'who' }) + chunk({ content: 'le' }) + message('whole'),
    ]) {
      const { pieces, end } = read([Buffer.from(text + DONE)]);
      const last = end?.kind === 'end' ? end.lastChoice?.delta.content : undefined;
      expect(textOf(pieces) + (last ?? '')).toBe('whole');
    }
  });

  test('what is not in its form is left out, as of a whole reply', () => {
    const odd = { reasoning: {}, refusal: 7, tool_calls: {}, images: 'x', audio: 'x' };
    const { pieces } = read([
      Buffer.from(chunk({ content: 'a', ...odd }) + chunk({}, 'stop') + DONE),
    ]);
    const [delta] = pieces.flatMap(({ choices }) => choices.map(choice => choice.delta));
    expect(JSON.parse(JSON.stringify(delta))).toEqual({ content: 'a' });
  });

  test('of several choices only the first is read', () => {
    const choice = (index: number, content: string, finish_reason: string | null = null) => ({
      index,
      delta: { content },
      finish_reason,
    });
    const events = [
      [choice(1, 'x'), choice(0, 'a')],
      [choice(0, 'b')],
      [choice(1, 'x')],
      [choice(1, 'x', 'length'), choice(0, 'c')],
      [choice(0, '', 'stop')],
    ];
    const text = events.map(choices => `data: ${JSON.stringify({ choices })}\n\n`).join('');
    const { pieces, end } = read([Buffer.from(text + DONE)]);
    expect(textOf(pieces)).toBe('abc');
    expect(end).toMatchObject({ kind: 'end', lastChoice: { finish_reason: 'stop' } });
  });

  test('an empty finish reason is none, and spaces around the last event do not matter', () => {
    const text = `${chunk({ content: 'a' }, '')}${chunk({ content: 'b' }, '')}data:  [DONE] \n\n`;
    const { pieces, end } = read([Buffer.from(text)]);
    expect(textOf(pieces)).toBe('ab');
    expect(end).toMatchObject({ kind: 'end', lastChoice: { finish_reason: 'stop' } });
  });

  test('the finishing chunk’s content comes before the end', () => {
    const { pieces, end } = read([Buffer.from(chunk({ content: 'x' }, 'length') + DONE)]);
    expect(textOf(pieces)).toBe('x');
    expect(end).toMatchObject({ kind: 'end', lastChoice: { delta: {}, finish_reason: 'length' } });
  });
});

describe('a bad stream', () => {
  const failed = (reason: string) => ({ kind: 'failure', code: 'upstream_failed', reason });

  test('cut at any byte before its end has not ended', () => {
    const lastByteOfDone = whole.length - '\n'.length;
    for (let at = 0; at < lastByteOfDone; at++) {
      expect(read([whole.subarray(0, at)]).end).toBeNull();
    }
  });

  test.each([
    ['an error event without a code', 'data: {"error":{"message":"x"}}\n\n', 'error_in_stream'],
    ['a finish reason of error', chunk({ content: '' }, 'error'), 'error_in_stream'],
    ['an event named error', 'event: error\ndata: {"message":"x"}\n\n', 'error_in_stream'],
    ['an error as the event', 'data: {"object":"error","message":"x"}\n\n', 'error_in_stream'],
    ['content that is no text', chunk({ content: 7 }), 'malformed'],
    ['no JSON', 'data: {"choices":\n\n', 'malformed'],
    ['no object', 'data: 5\n\n', 'malformed'],
    ['nothing', DONE, 'empty'],
    ['a role alone', chunk({ role: 'assistant', content: '' }) + chunk({}, 'stop') + DONE, 'empty'],
  ])('%s', (_name, events, reason) => {
    expect(read([Buffer.from(events)]).end).toMatchObject(failed(reason));
    const begun = Buffer.from(chunk({ role: 'assistant' }) + events);
    expect(read([begun]).end).toMatchObject(failed(reason));
  });

  const limited = 'data: {"error":{"code":429,"message":"x"}}\n\n';
  test('an error before any content means what its code says', () => {
    expect(read([Buffer.from(limited)]).end).toMatchObject({
      code: 'upstream_unavailable',
      reason: 'status_429',
    });
    const long = 'data: {"error":{"code":400,"message":"Too long.","type":"x"}}\n\n';
    expect(read([Buffer.from(chunk({ role: 'assistant', content: '' }) + long)]).end).toMatchObject(
      {
        code: 'invalid_request',
        detail: 'Too long.',
      },
    );
  });

  test('an error after content is an error in the stream', () => {
    expect(read([Buffer.from(chunk({ content: 'x' }) + limited)]).end).toEqual(
      failed('error_in_stream'),
    );
  });

  test('an event without end is given up', () => {
    const filler = Buffer.from('x'.repeat(1024 * 1024));
    const { end } = read([Buffer.from('data: "'), ...Array(20).fill(filler)]);
    expect(end).toEqual(failed('too_large'));
  });
});
