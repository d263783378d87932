// Adds the events that clients wait for and some upstreams leave out: the beginning and the end of the response, of
// each item, and of each part. A missing event is sent before the first event that needs it.

import type { NativeEvent } from '../../domain/native.js';
import { type Fields, isRecord, listOf, recordOf } from '../../domain/unknownJson.js';
import type { ItemIds } from './itemIds.js';
import { numberOf } from './itemPlaces.js';
import { emptied, kindOf, unnamed } from './streamedTexts.js';
import { eventOf, ToldItem } from './toldItem.js';

const ADDED = 'response.output_item.added';
const DONE = 'response.output_item.done';
const ENDS = ['response.completed', 'response.incomplete'];
const CREATED = 'response.created';
const IN_PROGRESS = 'response.in_progress';
const BEGINNINGS = [CREATED, 'response.queued', IN_PROGRESS];

export class Lifecycle {
  private readonly begun = new Set<string>();
  /** Whether the response's beginning was sent. */
  private isOpen = false;
  private readonly items = new Map<number, ToldItem>();

  constructor(
    private readonly ids: ItemIds,
    /** The response object before it has any output. */
    private readonly begunResponse: () => Fields,
  ) {}

  /** The event, after those that are missing before it. `places` has those of the items in a last event. */
  complete(type: string, data: Fields, places: number[] = []): NativeEvent[] {
    const opening = this.isOpen ? [] : this.opening(type);
    return [...opening, ...this.eventsOf(type, data, places)];
  }

  /** The items as far as they were sent, with their places. */
  output(): Array<[place: number, item: Fields]> {
    const inOrder = [...this.items].sort(([one], [other]) => one - other);
    return inOrder.map(([place, item]) => [place, item.gathered()]);
  }

  /** An item that is done, with the texts that were sent for it. */
  filled(place: number, item: Fields): Fields {
    return this.items.get(place)?.filled(item) ?? item;
  }

  private opening(type: string): NativeEvent[] {
    const isBeginning = BEGINNINGS.includes(type);
    const wanted = isBeginning ? [CREATED] : [CREATED, IN_PROGRESS];
    const missing = wanted.filter(name => name !== type && !this.begun.has(name));
    for (const name of isBeginning ? [...missing, type] : missing) this.begun.add(name);
    this.isOpen = !isBeginning;
    return missing.map(name => eventOf(name, { response: this.begunResponse() }));
  }

  private eventsOf(type: string, data: Fields, places: number[]): NativeEvent[] {
    const own = eventOf(type, data);
    const place = numberOf(data.output_index);
    if (type === ADDED) {
      if (this.items.has(place)) return [];
      this.items.set(place, new ToldItem(place, recordOf(data.item)));
      return [own];
    }
    if (type === DONE) return [...this.finishing(place, recordOf(data.item)), own];
    if (ENDS.includes(type)) {
      return [...this.finishingAll(recordOf(data.response), places), own];
    }
    const kind = kindOf(type, data);
    if (!kind) return [own];
    const known = this.items.get(place);
    if (known) return known.tell(kind, type, data);
    const begun = this.beginning(place, unnamed(kind, data.item_id));
    // A call cannot begin without its name. Until the name is known, its arguments wait for the end of the item.
    return [...begun, ...(this.items.get(place)?.tell(kind, type, data) ?? [])];
  }

  private beginning(place: number, item: Fields | null): NativeEvent[] {
    if (item === null || this.items.has(place)) return [];
    const fields = this.ids.settle(item, place);
    this.items.set(place, new ToldItem(place, fields));
    return [eventOf(ADDED, { output_index: place, item: fields })];
  }

  private finishing(place: number, item: Fields): NativeEvent[] {
    const begun = this.beginning(place, emptied(item));
    return [...begun, ...(this.items.get(place)?.finish(item) ?? [])];
  }

  private finishingAll({ output }: Fields, places: number[]): NativeEvent[] {
    return listOf(output).flatMap((item, index) => {
      const place = places[index] ?? index;
      if (!isRecord(item) || this.items.get(place)?.isDone) return [];
      const done = eventOf(DONE, { output_index: place, item });
      return [...this.finishing(place, item), done];
    });
  }
}
