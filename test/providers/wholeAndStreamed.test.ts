// For every answer of an upstream, a stream of a chat that a client joined is equal to the whole reply, in both dialects,
// and so is one that Sahm joins itself, as it does for plans that sell money.
// STREAMS=5000 makes a long run.

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { myaihub } from '../../src/dialects/myaihubStream.js';
import { openai } from '../../src/dialects/openai/index.js';
import type { Model } from '../../src/domain/catalog.js';
import type { StreamEnd, UpstreamAnswer } from '../../src/domain/chat.js';
import { FoldedStream } from '../../src/domain/foldStream.js';
import { perProvider } from '../../src/domain/provider.js';
import type { Usage } from '../../src/domain/quota.js';
import { answerOf } from '../../src/providers/content.js';
import { WIRES } from '../../src/providers/index.js';
import { StreamReader } from '../../src/providers/streamReader.js';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const STREAMS = Number(process.env.STREAMS ?? 300);

const ID = '0196f000-0000-7000-8000-000000000001';
const model = { id: 'a/b', provider: 'openrouter' } as Model;
const usage: Usage = {
  plan: 'pro',
  period: '2026-01',
  resetsAt: new Date(0),
  quotas: perProvider(() => ({
    planLimit: 5,
    addonLimit: 0,
    used: 1,
    held: 0,
    grantsUsed: 0,
    grantsUnspent: 0,
  })),
};

const text = fc.oneof(
  fc.constant(''),
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: fc.constantFrom('"', '\\', '\n', '\t', 'س', '👋', 'a', '{'), maxLength: 20 }),
);
/** Some providers leave a field out, others say null. */
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });

const answer = fc.record({
  content: fc.option(text),
  reasoning: maybe(text),
  reasoning_content: maybe(text),
  refusal: maybe(fc.option(text)),
  details: maybe(
    fc.array(fc.record({ type: fc.constant('reasoning.encrypted'), data: fc.base64String() }), {
      minLength: 1,
      maxLength: 2,
    }),
  ),
  calls: fc.array(
    fc.record({
      name: fc.stringMatching(/^[a-z_]{1,12}$/),
      given: fc.oneof(fc.json({ maxDepth: 1 }), fc.constantFrom('', undefined)),
      hasId: fc.boolean(),
    }),
    { maxLength: 3 },
  ),
  images: fc.array(fc.webUrl(), { maxLength: 2 }),
  finish: fc.constantFrom('stop', 'length', 'tool_calls', 'content_filter'),
  tokens: fc.nat(50),
});
type Answer = typeof answer extends fc.Arbitrary<infer Value> ? Value : never;
const manners = fc.record({
  role: fc.constantFrom('assistant', null),
  repeatsRole: fc.boolean(),
  saysEmptyContent: fc.boolean(),
  hasIndexes: fc.boolean(),
  saysAgain: fc.boolean(),
  piece: fc.integer({ min: 1, max: 9 }),
  bytes: fc.oneof(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 400, max: 20_000 })),
  textWithFinish: fc.boolean(),
  hasAnotherChoice: fc.boolean(),
  lineEnd: fc.constantFrom('\n', '\r\n', '\r'),
});
type Manners = typeof manners extends fc.Arbitrary<infer Value> ? Value : never;

const idOf = ({ hasId }: { hasId: boolean }, index: number) =>
  hasId ? { id: `call_of_${index}` } : {};
const imagesOf = (urls: string[]) => urls.map(url => ({ type: 'image_url', image_url: { url } }));

function wholeBody(said: Answer) {
  const { content, reasoning, reasoning_content, refusal, details, calls, images, finish, tokens } =
    said;
  const tool_calls = calls.map((call, index) => ({
    ...idOf(call, index),
    function: { name: call.name, arguments: call.given },
  }));
  const message = {
    role: 'assistant',
    content,
    reasoning,
    reasoning_content,
    refusal,
    reasoning_details: details,
    ...(calls.length > 0 && { tool_calls }),
    ...(images.length > 0 && { images: imagesOf(images) }),
  };
  const counted = { prompt_tokens: 3, completion_tokens: tokens };
  return { choices: [{ index: 0, finish_reason: finish, message }], usage: counted };
}

function piecesOf(whole: string | null | undefined, size: number): string[] {
  const characters = [...(whole ?? '')];
  const count = Math.ceil(characters.length / size);
  return Array.from({ length: count }, (_, at) =>
    characters.slice(at * size, at * size + size).join(''),
  );
}

/** A call without arguments comes all the same. */
const atLeastOne = (pieces: string[]) => (pieces.length > 0 ? pieces : [undefined]);

function streamBytes(said: Answer, how: Manners): Buffer {
  const deltas: object[] = [
    ...piecesOf(said.reasoning, how.piece).map(reasoning => ({ reasoning })),
    ...piecesOf(said.reasoning_content, how.piece).map(reasoning_content => ({
      reasoning_content,
    })),
    ...(said.details ? [{ reasoning_details: said.details }] : []),
    ...piecesOf(said.content, how.piece).map(content => ({ content })),
    ...piecesOf(said.refusal, how.piece).map(refusal => ({ refusal })),
    ...(said.images.length > 0 ? [{ images: imagesOf(said.images) }] : []),
    ...said.calls.flatMap((call, index) =>
      atLeastOne(piecesOf(call.given, how.piece * 3)).map((given, at) => ({
        tool_calls: [
          {
            ...(how.hasIndexes && { index }),
            ...((at === 0 || how.saysAgain) && idOf(call, index)),
            function: {
              ...((at === 0 || (how.saysAgain && (how.hasIndexes || call.hasId))) && {
                name: call.name,
              }),
              arguments: given,
            },
          },
        ],
      })),
    ),
  ];
  const last = how.textWithFinish ? deltas.pop() : undefined;
  const chunk = (delta: object, finish_reason: string | null = null, isFirst = false) => ({
    id: 'x',
    choices: [
      {
        index: 0,
        delta: {
          ...((isFirst || how.repeatsRole) && { role: how.role }),
          ...(how.saysEmptyContent && { content: '' }),
          ...delta,
        },
        finish_reason,
      },
    ],
  });
  const another = { choices: [{ index: 1, delta: { content: 'x' }, finish_reason: 'length' }] };
  const counted = { prompt_tokens: 3, completion_tokens: said.tokens };
  const chunks = [
    chunk({}, null, true),
    ...deltas.flatMap(delta => [chunk(delta), ...(how.hasAnotherChoice ? [another] : [])]),
    chunk(last ?? {}, said.finish),
    { choices: [], usage: counted },
  ];
  const events = [...chunks.map(one => JSON.stringify(one)), '[DONE]'];
  return Buffer.from(events.map(event => `data: ${event}${how.lineEnd}${how.lineEnd}`).join(''));
}

const noFailure = () => {
  throw new Error('nothing is refused here');
};

/** The events that a client gets, in both dialects, and the answer that they are joined to here. */
function streamed(bytes: Buffer, size: number) {
  const reader = new StreamReader(WIRES.openrouter.chat.startReading(), noFailure);
  const writers = {
    openai: openai.openStream({} as never, ID),
    myaihub: myaihub.openStream({} as never, ID),
  };
  const events = { openai: '', myaihub: '' };
  const folded = new FoldedStream();
  for (let at = 0; at < bytes.length + size; at += size) {
    if (at < bytes.length) reader.feed(bytes.subarray(at, at + size));
    else reader.endOfReply();
    const piece = reader.takePiece();
    if (!piece) continue;
    folded.add(structuredClone(piece));
    // The same piece for both: what one changes of it is for itself alone.
    events.openai += writers.openai.piece(structuredClone(piece), model);
    events.myaihub += writers.myaihub.piece(structuredClone(piece), model);
  }
  const end = reader.end;
  if (end?.kind === 'end') {
    events.openai += writers.openai.end(structuredClone(end) as StreamEnd, model, usage, 1);
    events.myaihub += writers.myaihub.end(end, model, usage, 1);
  }
  const read = (all: string) =>
    all
      .split('\n\n')
      .filter(event => event.startsWith('data: {'))
      .map(event => JSON.parse(event.slice('data: '.length)));
  const answer = end?.kind === 'end' ? folded.answer(structuredClone(end) as StreamEnd) : null;
  return { end, folded: answer, openai: read(events.openai), myaihub: read(events.myaihub) };
}

/** As the official Python client does. */
function accumulate(known: Record<string, unknown>, delta: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(delta)) {
    const before = known[name];
    if (before === undefined || before === null) known[name] = value;
    else if (name === 'index' || name === 'type') known[name] = value;
    else if (typeof value === 'string') known[name] = before + value;
    else if (Array.isArray(value)) {
      for (const entry of value) {
        const list = before as Array<Record<string, unknown>>;
        const same = list.find(one => one.index !== undefined && one.index === entry.index);
        if (same) accumulate(same, entry);
        else list.push(entry);
      }
    } else if (typeof value === 'object' && value !== null)
      accumulate(before as never, value as never);
  }
}

/** What says nothing is left out, and so are ids that were made up. */
function meaning({ tool_calls, ...message }: Record<string, unknown>) {
  const calls = (tool_calls ?? []) as Array<Record<string, unknown>>;
  const said = Object.entries(message).filter(([, value]) => value !== null && value !== '');
  return {
    ...Object.fromEntries(said),
    ...(calls.length > 0 && {
      tool_calls: calls.map(({ index: _, id, ...call }) => ({
        ...call,
        id: String(id).startsWith('call_of_') ? id : 'made up',
      })),
    }),
  };
}

test(`${STREAMS} random answers (seed ${SEED})`, () => {
  fc.assert(
    fc.property(answer, manners, (said, how) => {
      const read = WIRES.openrouter.chat.readAnswer(JSON.parse(JSON.stringify(wholeBody(said))));
      const whole = read.kind === 'answer' ? answerOf(read) : read;
      const { end, ...events } = streamed(streamBytes(said, how), how.bytes);
      if (whole.kind !== 'answer') {
        expect(end).toMatchObject({
          kind: 'failure',
          reason: (whole as { reason: string }).reason,
        });
        return;
      }
      const answer = whole as UpstreamAnswer;
      const reply = {
        id: ID,
        asked: model.id,
        language: 'en',
        answer,
        model,
        usage,
        charged: 1,
      } as const;
      const wholeOpenai = openai.renderReply(reply) as { choices: Array<Record<string, never>> };
      const message: Record<string, unknown> = {};
      for (const { choices } of events.openai) accumulate(message, choices[0]?.delta ?? {});
      expect(meaning(message)).toEqual(meaning(wholeOpenai.choices[0]?.message ?? {}));
      expect(events.openai.at(-1).choices[0].finish_reason).toBe(
        wholeOpenai.choices[0]?.finish_reason,
      );
      expect(events.myaihub.at(-1)).toEqual(myaihub.renderReply(reply));
      expect(meaning(events.folded?.message ?? {})).toEqual(meaning(answer.message));
      expect(events.folded?.finishReason).toBe(answer.finishReason);
    }),
    { seed: SEED, numRuns: STREAMS },
  );
});
