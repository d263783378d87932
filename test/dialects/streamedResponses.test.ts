// For every answer in the form of Responses, a stream that a client joined is equal to the whole reply, whatever of it a
// provider leaves out. STREAMS=5000 makes a long run; test/providers/wholeAndStreamed.test.ts has chats.

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { responses } from '../../src/dialects/responses/index.js';
import {
  args,
  filled,
  type Json,
  type Manners,
  manners,
  piecesOf,
  SEED,
  SETTINGS,
  STREAMS,
  told,
} from './streamedNatives.js';

const item = fc.oneof(
  fc.record({
    type: fc.constant('message'),
    texts: fc.array(filled, { minLength: 1, maxLength: 2 }),
  }),
  fc.record({ type: fc.constant('reasoning'), texts: fc.array(filled, { maxLength: 2 }) }),
  fc.record({
    type: fc.constant('function_call'),
    texts: fc.tuple(args.map(one => JSON.stringify(one))),
  }),
  fc.record({ type: fc.constant('custom_tool_call'), texts: fc.tuple(filled) }),
);
const response = fc.record({
  items: fc.array(item, { maxLength: 4 }),
  status: fc.constantFrom('completed', 'incomplete'),
  output_tokens: fc.nat(9),
});
type Item = typeof item extends fc.Arbitrary<infer Value> ? Value : never;

/** Of each type: the list of its parts or the field of its text, and the events that tell it. */
const TOLD: Json = {
  message: {
    list: 'content',
    part: 'output_text',
    prefix: 'output_text',
    around: 'content_part',
    index: 'content_index',
    field: 'text',
  },
  reasoning: {
    list: 'summary',
    part: 'summary_text',
    prefix: 'reasoning_summary_text',
    around: 'reasoning_summary_part',
    index: 'summary_index',
    field: 'text',
  },
  function_call: { prefix: 'function_call_arguments', field: 'arguments' },
  custom_tool_call: { prefix: 'custom_tool_call_input', field: 'input' },
};

/** The item with the first `count` of its texts. */
function itemOf({ type, texts }: Item, place: number, hasIds: boolean, count = texts.length): Json {
  const { list, part, field } = TOLD[type];
  const said = texts.slice(0, count).map(one => ({ type: part, text: one }));
  return {
    type,
    ...(hasIds && { id: `${type}_${place}` }),
    ...(list
      ? { [list]: said }
      : { name: 'f', call_id: `c${place}`, [field]: said[0]?.text ?? '' }),
  };
}

const LEAVES_OUT = [
  /created$/,
  /in_progress$/,
  /part\.added$/,
  /part\.done$/,
  /(text|arguments|input)\.done$/,
  /item\.added$/,
  /item\.done$/,
];

function responseEvents(
  said: typeof response extends fc.Arbitrary<infer V> ? V : never,
  how: Manners,
) {
  const { items, status, output_tokens } = said;
  const { hasIds, piece, numbering } = how;
  const at = (place: number) =>
    numbering === 'none'
      ? {}
      : { output_index: { right: place, 'from 1': place + 1, 'all 0': 0 }[numbering] };
  const told = items.flatMap((one, place) => {
    const { prefix, around, part, index, field } = TOLD[one.type];
    const named = { ...at(place), ...(hasIds && { item_id: `${one.type}_${place}` }) };
    const texts = one.texts.flatMap((text, number) => {
      const where = { ...named, ...(index && { [index]: number }) };
      const [begun, done] = ['', text].map(said => ({ part: { type: part, text: said } }));
      return [
        ...(around ? [{ type: `response.${around}.added`, ...where, ...begun }] : []),
        ...piecesOf(text, piece).map(delta => ({
          type: `response.${prefix}.delta`,
          ...where,
          delta,
        })),
        { type: `response.${prefix}.done`, ...where, [field]: text },
        ...(around ? [{ type: `response.${around}.done`, ...where, ...done }] : []),
      ];
    });
    return [
      { type: 'response.output_item.added', ...at(place), item: itemOf(one, place, hasIds, 0) },
      ...texts,
      { type: 'response.output_item.done', ...at(place), item: itemOf(one, place, hasIds) },
    ];
  });
  const output = how.isEndSilent ? [] : items.map((one, place) => itemOf(one, place, hasIds));
  // Items without numbers are told apart by their beginnings and ends. Calls, and items without a text, are told by one
  // of these at least; if the end of the response says nothing, all are.
  const isKnown = numbering === 'right' || numbering === 'from 1';
  const isNeeded = ({ type, item }: Json) =>
    item &&
    (!isKnown ||
      how.isEndSilent ||
      (/done$/.test(type) && (/call$/.test(item.type) || item.summary?.length === 0)));
  const out = how.leftOut.map(one => LEAVES_OUT[one]).filter(one => one !== undefined);
  const isSent = (event: Json) => isNeeded(event) || !out.some(one => one.test(event.type));
  return [
    { type: 'response.created', response: {} },
    { type: 'response.in_progress', response: {} },
    ...told,
    {
      type: `response.${status}`,
      response: { output, usage: { input_tokens: 3, output_tokens } },
    },
  ].filter(isSent);
}

/** As OpenAI's strict helper joins a stream: nothing before its beginning, nothing twice, no place left out. */
function joinResponse(events: Json[]): Json[] {
  const joined: Json[] = [];
  for (const [number, event] of events.entries()) {
    expect(event.sequence_number).toBe(number);
    const { type, output_index, delta } = event;
    if (type === 'response.output_item.added') {
      expect(output_index).toBe(joined.length);
      joined.push({ ...event.item, isOpen: true });
      continue;
    }
    const open = joined[output_index];
    if (output_index !== undefined) expect(open?.isOpen).toBe(true);
    const kind = TOLD[open?.type];
    const list = kind?.list && open[kind.list];
    const place = event[kind?.index];
    if (event.item_id !== undefined) expect(event.item_id).toBe(open.id);
    if (/part\.added$/.test(type)) {
      expect(place).toBe(list.length);
      list.push(event.part);
    } else if (delta !== undefined) {
      if (list) list[place].text += delta;
      else open[kind.field] += delta;
    } else if (/part\.done$/.test(type)) expect(event.part.text).toBe(list[place].text);
    else if (type === `response.${kind?.prefix}.done`)
      expect(event[kind.field]).toBe(list ? list[place].text : open[kind.field]);
    else if (type === 'response.output_item.done') {
      expect([open.id, open.call_id]).toEqual([event.item.id, event.item.call_id]);
      expect(textsIn(event.item)).toEqual(textsIn(open));
      open.isOpen = false;
    }
  }
  expect(joined.filter(({ isOpen }) => isOpen)).toEqual([]);
  expect(new Set(joined.map(({ id }) => id)).size).toBe(joined.length);
  return joined;
}

function textsIn(one: Json): Json {
  const { list, field } = TOLD[one.type];
  return [one.type, ...(list ? one[list].map(({ text }: Json) => text) : [one[field]])];
}

test(`${STREAMS} random responses (seed ${SEED})`, () => {
  fc.assert(
    fc.property(response, manners, (said, how) => {
      const { items, status, output_tokens } = said;
      const counted = { input_tokens: 3, output_tokens };
      const output = items.map((one, place) => itemOf(one, place, how.hasIds));
      const whole = { status, output, usage: counted };
      const body = { model: 'm', input: 'x' };
      const heard = told(responses, body, whole, responseEvents(said, how), how.bytes);
      if (!heard) return;
      const joined = joinResponse(heard.events);
      const wanted = heard.reply.output.map(textsIn);
      expect(joined.map(textsIn)).toEqual(wanted);
      const last = heard.events.at(-1).response;
      expect(last.output.map(textsIn)).toEqual(wanted);
      expect(last.output.map(({ id }: Json) => id)).toEqual(joined.map(({ id }) => id));
      expect([last.status, last.usage]).toEqual([heard.reply.status, heard.reply.usage]);
    }),
    SETTINGS,
  );
});
