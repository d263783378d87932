// Random answers in the forms of Responses and Messages, whole and streamed, as a client gets them.

import { expect } from '@jest/globals';
import fc from 'fast-check';
import type { NativeDialect } from '../../src/dialects/dialect.js';
import type { Model } from '../../src/domain/catalog.js';
import type { NativeEnd, NativePiece } from '../../src/domain/native.js';
import { perProvider } from '../../src/domain/provider.js';
import type { Usage } from '../../src/domain/quota.js';
import { NativeStreamReader } from '../../src/providers/nativeStreamReader.js';

export const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
export const STREAMS = Number(process.env.STREAMS ?? 300);
export const SETTINGS = { seed: SEED, numRuns: STREAMS };

export const ID = '0196f000-0000-7000-8000-000000000001';
export const model = { id: 'a/b', provider: 'openrouter' } as Model;
const quota = { planLimit: 5, addonLimit: 0, used: 1, held: 0, grantsUsed: 0, grantsUnspent: 0 };
export const usage: Usage = {
  plan: 'pro',
  period: '2026-01',
  resetsAt: new Date(0),
  quotas: perProvider(() => quota),
};

// biome-ignore lint/suspicious/noExplicitAny: JSON of clients and providers
export type Json = any;

export const text = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ unit: fc.constantFrom('"', '\\', '\n', 'س', '👋', 'a', '{'), maxLength: 12 }),
);
export const filled = text.filter(one => one !== '');
export const args = fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), text, { maxKeys: 3 });
export const name = fc.stringMatching(/^[a-z_]{1,8}$/);
/** What a provider leaves out, and how its bytes come. */
export const manners = fc.record({
  leftOut: fc.array(fc.nat(9), { maxLength: 5 }),
  hasIds: fc.boolean(),
  piece: fc.integer({ min: 1, max: 9 }),
  bytes: fc.integer({ min: 1, max: 300 }),
  numbering: fc.constantFrom('right', 'from 1', 'none', 'all 0'),
  isEndSilent: fc.boolean(),
  pings: fc.boolean(),
});
export type Manners = typeof manners extends fc.Arbitrary<infer Value> ? Value : never;

export function piecesOf(whole: string, size: number): string[] {
  const characters = [...whole];
  const count = Math.ceil(characters.length / size);
  return Array.from({ length: count }, (_, at) =>
    characters.slice(at * size, at * size + size).join(''),
  );
}

/** The whole reply, and the events of the stream, both as a client gets them; null if it is no answer. */
export function told(
  dialect: NativeDialect,
  body: Json,
  whole: Json,
  events: Json[],
  bytes: number,
) {
  const request = dialect.parse(body, 'key', {});
  if ('code' in request) throw new Error(request.code);
  const answer = request.native.readAnswer(structuredClone(whole), ID);
  const reader = new NativeStreamReader(request.native.startReading(ID), () => {
    throw new Error('nothing is refused here');
  });
  const writer = dialect.openStream(request, ID);
  const sent = Buffer.from(
    events.map(event => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''),
  );
  let heard = '';
  for (let at = 0; at < sent.length; at += bytes) {
    reader.feed(sent.subarray(at, at + bytes));
    const piece = reader.takePiece();
    if (piece) heard += writer.piece(piece as NativePiece, model);
  }
  if (answer.kind !== 'answer') {
    expect([answer.kind, reader.end?.kind]).toEqual(['failure', 'failure']);
    return null;
  }
  expect(reader.end).toMatchObject({ kind: 'end', tokens: answer.tokens });
  heard += writer.end(reader.end as NativeEnd, model, usage, 1);
  const reply = { id: ID, asked: 'm', language: 'en', answer, model, usage, charged: 1 } as const;
  return {
    reply: dialect.renderReply(reply) as Json,
    events: heard
      .split('\n\n')
      .filter(event => event !== '')
      .map(event => JSON.parse(event.slice(event.indexOf('\ndata: ') + 7)) as Json),
  };
}
