// Repairs tool calls so that clients can read them. Upstreams leave out ids, types and indexes, repeat them, or send
// arguments as an object.

import { randomUUID } from 'node:crypto';
import type { ToolCall } from '../../domain/chat.js';
import { type Fields, isPresent, isRecord, textOf } from '../../domain/unknownJson.js';

/** Reads a call of a whole message. Without a name it is no call. */
export function readToolCall(value: unknown): ToolCall[] {
  if (!isRecord(value) || !isRecord(value.function)) return [];
  const { name: given, arguments: written } = value.function;
  const name = filledIn(given);
  if (name === '') return [];
  const { id, function: _, index: __, ...more } = value;
  return [
    {
      ...more,
      id: filledIn(id) || newId(),
      type: 'function',
      function: { name, arguments: argumentsOf(written) || NO_ARGUMENTS },
    },
  ];
}

interface BegunCall {
  id: string;
  name: string;
  /** Those that came before the name, or the first of them. */
  arguments: string;
  /** The place that clients know; undefined until the call has a name. */
  index: number | undefined;
}

/** Reads the calls of a stream. It gives each call's id, type and name once, and the index always. */
export class StreamedToolCalls {
  private readonly begun: BegunCall[] = [];
  private told = 0;
  /** Our place by the upstream's index: some upstreams give every call the same index. */
  private readonly placeOfSaid = new Map<number, number>();

  /** What to pass on of a delta's `tool_calls`. A call is passed on once it has a name: without one it is no call. */
  read(calls: unknown[]): Fields[] {
    const told = calls.filter(isRecord).map(call => this.readCall(call));
    return told.filter(call => call !== null);
  }

  /** What the calls lack that had no arguments: clients parse them as JSON. */
  missing(): Fields[] {
    return this.begun
      .filter(call => call.index !== undefined && call.arguments === '')
      .map(({ index }) => ({ index, function: { arguments: NO_ARGUMENTS } }));
  }

  private readCall(call: Fields): Fields | null {
    const { id: givenId, type: _, index: __, function: called, ...more } = call;
    const { name: givenName, arguments: given } = isRecord(called) ? called : {};
    const [id, name] = [filledIn(givenId), filledIn(givenName)];
    const place = this.placeOf(call.index, id, name);
    const known = this.begun[place] ?? { id: '', name: '', arguments: '', index: undefined };
    this.begun[place] = known;
    const piece = argumentsOf(given);
    if (known.index === undefined) {
      known.arguments += piece ?? '';
      known.id ||= id;
      known.name = name;
      if (name === '') return null;
      known.id ||= newId();
      known.index = this.told++;
      const whole = { name, arguments: known.arguments };
      return { ...more, index: known.index, id: known.id, type: 'function', function: whole };
    }
    known.arguments ||= piece ?? '';
    const rest: Fields = piece === undefined ? {} : { arguments: piece };
    // Clients join the names of deltas, so a repeated name must not be passed on.
    if (name !== '' && name !== known.name) {
      known.name += name;
      rest.name = name;
    }
    return { ...more, index: known.index, function: rest };
  }

  /** Without an index: the call of that id, a new call if there is a name, else the last call. */
  private placeOf(given: unknown, id: string, name: string): number {
    const next = this.begun.length;
    if (Number.isInteger(given) && Number(given) >= 0 && Number(given) < MOST_CALLS) {
      const place = this.placeOfSaid.get(Number(given)) ?? this.placeFor(Number(given));
      const known = this.begun[place];
      const isAnother = known?.id && id !== '' && name !== '' && id !== known.id;
      const own = isAnother ? next : place;
      this.placeOfSaid.set(Number(given), own);
      return own;
    }
    if (id !== '') {
      const same = this.begun.findIndex(call => call.id === id);
      return same >= 0 ? same : next;
    }
    const last = this.begun.at(-1);
    return last && (name === '' || last.index === undefined) ? next - 1 : next;
  }

  /** Some upstreams count from 1. Clients want the first call at 0, and no gaps. */
  private placeFor(said: number): number {
    const isTaken = [...this.placeOfSaid.values()].includes(said);
    return said < this.begun.length && !isTaken ? said : this.begun.length;
  }
}

const MOST_CALLS = 1_000;
const NO_ARGUMENTS = '{}';

/** Undefined if there are none. */
function argumentsOf(given: unknown): string | undefined {
  if (!isPresent(given)) return undefined;
  return typeof given === 'string' ? given : JSON.stringify(given);
}

/** Empty where the value says nothing. Clients could not send such a name or id back. */
function filledIn(value: unknown): string {
  const text = textOf(value) ?? '';
  return text.trim() === '' ? '' : text;
}

function newId(): string {
  return `call_${randomUUID().replaceAll('-', '')}`;
}
