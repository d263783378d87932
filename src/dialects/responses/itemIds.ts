// The ids of one answer's items. The upstream's ids are kept, because encrypted reasoning is bound to them. If an id is
// missing or comes twice, one is made from the request's id, and it is the same in every event.

import { type Fields, textOf } from '../../domain/unknownJson.js';

const PREFIXES = new Map([
  ['message', 'msg'],
  ['reasoning', 'rs'],
  ['function_call', 'fc'],
  ['custom_tool_call', 'ctc'],
]);
const CALLS = ['function_call', 'custom_tool_call'];

export class ItemIds {
  private readonly ids = new Map<number, string>();
  private readonly callIds = new Map<number, string>();
  private readonly taken = new Set<string>();
  private readonly ending: string;

  constructor(callId: string) {
    this.ending = callId.replaceAll('-', '');
  }

  /** The id of the answer itself. */
  get response(): string {
    return `resp_${this.ending}`;
  }

  /** The id of the item at this place, if it was seen before. */
  known(place: number): string | undefined {
    return this.ids.get(place);
  }

  /** Returns the item with the ids of its place. */
  settle(item: Fields, place: number): Fields {
    const type = textOf(item.type) ?? '';
    const settled: Fields = { ...item, id: this.idOf(place, type, item.id) };
    if (CALLS.includes(type)) settled.call_id = this.callIdOf(place, item.call_id);
    return settled;
  }

  private idOf(place: number, type: string, given: unknown): string {
    const known = this.ids.get(place);
    if (known !== undefined) return known;
    const isUsable = typeof given === 'string' && given !== '' && !this.taken.has(given);
    const id = isUsable ? given : `${PREFIXES.get(type) ?? 'item'}_${this.ending}${place}`;
    this.ids.set(place, id);
    this.taken.add(id);
    return id;
  }

  private callIdOf(place: number, given: unknown): string {
    const known = this.callIds.get(place);
    if (known !== undefined) return known;
    const isUsable = typeof given === 'string' && given !== '';
    const id = isUsable ? given : `call_${this.ending}${place}`;
    this.callIds.set(place, id);
    return id;
  }
}
