// Tool calls as clients can read them: upstreams leave out ids, types and indexes, say them again, or send
// arguments as an object.

import { randomUUID } from 'node:crypto';
import type { ToolCall } from '../../domain/chat.js';
import { type Fields, isPresent, isRecord, textOf } from '../../domain/unknownJson.js';

/** Of a whole message; what has no name is no call. */
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

/** Of a stream: of each call the id, the type and the name come once, and the index always. */
export class StreamedToolCalls {
  private readonly begun: Array<{ id: string; name: string }> = [];
  /** By the index that the upstream says: some say the same of each call. */
  private readonly indexOfSaid = new Map<number, number>();

  /** What is to be handed on of a delta's `tool_calls`. */
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
    // Said again it would be joined to itself.
    if (name !== '' && name !== known.name) {
      known.name += name;
      rest.name = name;
    }
    return { ...more, index, function: rest };
  }

  /** Where none is said: the call of that id, a new one where a name begins, else the last. */
  private indexOf(given: unknown, id: string, name: string): number {
    const next = this.begun.length;
    if (Number.isInteger(given) && Number(given) >= 0 && Number(given) < MOST_CALLS) {
      const index = this.indexOfSaid.get(Number(given)) ?? Number(given);
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
}

const MOST_CALLS = 1_000;

/** Undefined where there are none. */
function argumentsOf(given: unknown): string | undefined {
  if (!isPresent(given)) return undefined;
  return typeof given === 'string' ? given : JSON.stringify(given);
}

function newId(): string {
  return `call_${randomUUID().replaceAll('-', '')}`;
}
