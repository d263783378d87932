// What a client's helper makes of a stream is the message of the whole reply, however the upstream writes it.

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { StreamPiece } from '../../../src/domain/chat.js';
import { openrouter } from '../../../src/providers/openrouter/wire.js';
import { StreamReader } from '../../../src/providers/streamReader.js';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);

interface Call {
  index?: number;
  id?: string;
  function?: { name?: string; arguments?: unknown };
}

function read(deltas: object[], finish: string | null = 'tool_calls') {
  const reader = new StreamReader(openrouter.chat.startReading(), () => {
    throw new Error('no failure is read here');
  });
  const events = [
    ...deltas.map(delta => ({ choices: [{ index: 0, delta, finish_reason: null }] })),
    { choices: [{ index: 0, delta: {}, finish_reason: finish }] },
  ];
  const text = events.map(event => `data: ${JSON.stringify(event)}\n\n`).join('');
  const pieces: StreamPiece[] = [];
  for (const part of `${text}data: [DONE]\n\n`.split(/(?<=\n\n)/)) {
    if (part === '') continue;
    reader.feed(Buffer.from(part));
    const piece = reader.takePiece();
    if (piece) pieces.push(piece);
  }
  return {
    deltas: pieces.flatMap(({ choices }) => choices.map(({ delta }) => delta)),
    end: reader.end,
  };
}

/** As the official Python client does: strings are joined, but for `type`; `index` finds the call. */
function accumulate(deltas: Array<Record<string, unknown>>): Required<Call>[] {
  const calls: Array<{
    id: string;
    type?: unknown;
    function: { name: string; arguments: string };
  }> = [];
  for (const { tool_calls = [] } of deltas) {
    for (const call of tool_calls as Array<Required<Call> & { type?: string }>) {
      calls[call.index] ??= { id: '', function: { name: '', arguments: '' } };
      const known = calls[call.index] as (typeof calls)[number];
      known.id += call.id ?? '';
      known.type = call.type ?? known.type;
      known.function.name += call.function.name ?? '';
      known.function.arguments += call.function.arguments ?? '';
    }
  }
  return calls as never;
}

const called = (...calls: Call[]) => ({ tool_calls: calls });

test.each<[string, object[], Array<[name: string, given: string]>]>([
  [
    'without indexes',
    [
      called({ id: 'a', function: { name: 'f', arguments: '{"x"' } }),
      called({ function: { arguments: ':1}' } }),
      called({ id: 'b', function: { name: 'g', arguments: '{}' } }),
    ],
    [
      ['f', '{"x":1}'],
      ['g', '{}'],
    ],
  ],
  [
    'that all say the same index',
    [
      called({ index: 0, id: 'a', function: { name: 'f', arguments: '{}' } }),
      called({ index: 0, id: 'b', function: { name: 'f', arguments: '{"x"' } }),
      called({ index: 0, function: { arguments: ':1}' } }),
    ],
    [
      ['f', '{}'],
      ['f', '{"x":1}'],
    ],
  ],
  [
    'with id, type and name said again in each chunk',
    [
      called({ index: 0, id: 'a', function: { name: 'f', arguments: '{"x"' } }),
      called({ index: 0, id: 'a', function: { name: 'f', arguments: ':1}' } }),
    ],
    [['f', '{"x":1}']],
  ],
  [
    'without ids',
    [
      called({ index: 0, function: { name: 'f', arguments: '{}' } }),
      called({ index: 1, function: { name: 'g', arguments: '{}' } }),
    ],
    [
      ['f', '{}'],
      ['g', '{}'],
    ],
  ],
  [
    'that are counted from 1',
    [
      called({ index: 1, id: 'a', function: { name: 'f', arguments: '{"x"' } }),
      called({ index: 2, id: 'b', function: { name: 'g', arguments: '{}' } }),
      called({ index: 1, function: { arguments: ':1}' } }),
    ],
    [
      ['f', '{"x":1}'],
      ['g', '{}'],
    ],
  ],
  [
    'with arguments as an object',
    [called({ function: { name: 'f', arguments: { x: 1 } } })],
    [['f', '{"x":1}']],
  ],
  [
    'two in one chunk, without indexes',
    [
      called(
        { id: 'a', function: { name: 'f', arguments: '{}' } },
        { id: 'b', function: { name: 'g' } },
      ),
    ],
    [
      ['f', '{}'],
      ['g', '{}'],
    ],
  ],
  [
    'without arguments, or with empty ones',
    [
      called({ index: 0, function: { name: 'f' } }),
      called({ index: 1, function: { name: 'g', arguments: '' } }),
    ],
    [
      ['f', '{}'],
      ['g', '{}'],
    ],
  ],
  [
    'without a name, which are none',
    [
      called({ index: 0, id: 'x', function: { arguments: '' } }),
      called({ index: 1, id: 'a', function: { name: 'f', arguments: '{}' } }),
      called({ index: 2, id: ' ', function: { name: ' ', arguments: '{}' } }),
    ],
    [['f', '{}']],
  ],
  [
    'whose name comes later',
    [
      called({ id: 'a', function: { arguments: '{"x"' } }),
      called({ function: { name: 'f', arguments: ':1}' } }),
    ],
    [['f', '{"x":1}']],
  ],
])('calls %s', (_name, deltas, expected) => {
  for (const finish of ['tool_calls', 'stop', null]) {
    const { deltas: read_, end } = read(deltas, finish);
    const calls = accumulate(read_);
    expect(calls.map(call => [call.function.name, call.function.arguments])).toEqual(expected);
    for (const call of calls)
      expect(call).toMatchObject({ id: expect.stringMatching(/./), type: 'function' });
    expect(new Set(calls.map(call => call.id)).size).toBe(calls.length);
    expect(end).toMatchObject({ kind: 'end', lastChoice: { finish_reason: 'tool_calls' } });
  }
});

test('calls that are cut anywhere and lack any optional field are joined correctly', () => {
  const call = fc.record({
    name: fc.stringMatching(/^[a-z_]{1,12}$/),
    given: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer()), { maxKeys: 4 }),
    cuts: fc.array(fc.nat(60), { maxLength: 5 }),
    hasIndex: fc.boolean(),
    hasId: fc.boolean(),
    saysAgain: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(call, { minLength: 1, maxLength: 4 }), calls => {
      const withIndexes = calls.every(({ hasIndex }) => hasIndex);
      const deltas = calls.flatMap(({ name, given, cuts, hasId, saysAgain }, index) => {
        const text = JSON.stringify(given);
        const borders = [
          0,
          ...cuts.map(cut => cut % text.length).sort((a, b) => a - b),
          text.length,
        ];
        return borders.slice(1).map((to, at) => {
          const isFirst = at === 0;
          // Without index and id only a name says that another call begins.
          const says = isFirst || (saysAgain && (hasId || withIndexes));
          return called({
            ...(withIndexes && { index }),
            ...(hasId && says && { id: `call_of_${index}` }),
            function: { ...(says && { name }), arguments: text.slice(borders[at], to) },
          });
        });
      });
      const { deltas: handedOn, end } = read(deltas);
      const expected = calls.map(({ name, given }) => [name, JSON.stringify(given)]);
      const put = accumulate(handedOn).map(one => [one.function.name, one.function.arguments]);
      expect(put).toEqual(expected);
      expect(end).toMatchObject({ lastChoice: { finish_reason: 'tool_calls' } });
    }),
    { seed: SEED, numRuns: 500 },
  );
});
