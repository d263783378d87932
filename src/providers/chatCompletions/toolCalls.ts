// Repairs tool calls so that clients can read them. Upstreams leave out ids, types and indexes, repeat them, or send
// arguments as an object.

import { randomUUID } from 'node:crypto';
import type { ToolCall } from '../../domain/chat.js';
import { type Fields, isPresent, isRecord, textOf } from '../../domain/unknownJson.js';

/** Reads a call of a whole message. Without a name it is no call. */
export function readToolCall(value: unknown): ToolCall[] {
  if (!isRecord(value) || !isRecord(value.function)) return [];
  const { name, arguments: given } = value.function;
  if (typeof name !== 'string' || name === '') return [];
  const { id, function: _, index: __, ...more } = value;
  return [
    {
      ...more,
      id: textOf(id) || newId(),
      type: 'function',
      function: { name, arguments: argumentsOf(given) ?? '{}' },
    },
  ];
}

/** Reads the calls of a stream. It gives each call's id, type and name once, and the index always. */
export class StreamedToolCalls {
  private readonly begun: Array<{ id: string; name: string }> = [];
  /** Our index by the upstream's: some upstreams give every call the same index. */
  private readonly indexOfSaid = new Map<number, number>();

  /** What to pass on of a delta's `tool_calls`. */
  read(calls: unknown[]): Fields[] {
    return calls.filter(isRecord).map(call => this.readCall(call));
  }

  private readCall(call: Fields): Fields {
    const { id: givenId, type: _, index: __, function: called, ...more } = call;
    const { name: givenName, arguments: given } = isRecord(called) ? called : {};
    const [id, name] = [textOf(givenId) ?? '', textOf(givenName) ?? ''];
    const index = this.indexOf(call.index, id, name);
    const known = this.begun[index];
    const piece = argumentsOf(given);
    if (!known) {
      const first = { id: id || newId(), name };
      this.begun[index] = first;
      const whole = { name, arguments: piece ?? '' };
      return { ...more, index, id: first.id, type: 'function', function: whole };
    }
    const rest: Fields = piece === undefined ? {} : { arguments: piece };
    // Clients join the names of deltas, so a repeated name must not be passed on.
    if (name !== '' && name !== known.name) {
      known.name += name;
      rest.name = name;
    }
    return { ...more, index, function: rest };
  }

  /** Without an index: the call of that id, a new call if there is a name, else the last call. */
  private indexOf(given: unknown, id: string, name: string): number {
    const next = this.begun.length;
    if (Number.isInteger(given) && Number(given) >= 0 && Number(given) < MOST_CALLS) {
      const index = this.indexOfSaid.get(Number(given)) ?? this.placeFor(Number(given));
      const known = this.begun[index];
      const isAnother = known && id !== '' && name !== '' && id !== known.id;
      const own = isAnother ? next : index;
      this.indexOfSaid.set(Number(given), own);
      return own;
    }
    if (id !== '') {
      const same = this.begun.findIndex(call => call?.id === id);
      return same >= 0 ? same : next;
    }
    return name !== '' || next === 0 ? next : next - 1;
  }

  /** Some upstreams count from 1. Clients want the first call at 0, and no gaps. */
  private placeFor(said: number): number {
    const isTaken = [...this.indexOfSaid.values()].includes(said);
    return said < this.begun.length && !isTaken ? said : this.begun.length;
  }
}

const MOST_CALLS = 1_000;

/** Undefined if there are none. */
function argumentsOf(given: unknown): string | undefined {
  if (!isPresent(given)) return undefined;
  return typeof given === 'string' ? given : JSON.stringify(given);
}

function newId(): string {
  return `call_${randomUUID().replaceAll('-', '')}`;
}
