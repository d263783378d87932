// Gives each item of a stream a place, which is its index in our events. An upstream's own indexes cannot be trusted:
// some give every item 0 or no index, or other indexes in the last event. So items are also recognized by the
// upstream's ids.

import { type Fields, recordOf, textOf } from '../../domain/unknownJson.js';

interface Placed {
  place: number;
  /** The upstream's index. */
  number: number;
  /** The upstream's id. */
  id: string | undefined;
  type: string;
  isAdded: boolean;
  isDone: boolean;
}

export class ItemPlaces {
  private readonly items: Placed[] = [];

  /** The place of an item that begins or is done. */
  ofItem(isDone: boolean, data: Fields): number {
    const item = recordOf(data.item);
    const { id, number } = namesOf(item.id, data.output_index);
    const type = textOf(item.type) ?? '';
    const same = this.find(id, number, type, one =>
      isDone ? !one.isDone : !one.isDone && !one.isAdded,
    );
    const exact = this.exact(id, number);
    const known = exact && (isDone || !exact.isDone) ? exact : same;
    const placed = known ?? this.add(id, number, type);
    placed.id ??= id;
    if (isDone) placed.isDone = true;
    else placed.isAdded = true;
    return placed.place;
  }

  /** The place of the item that an event belongs to. A text begins a new item; other events do not. */
  ofText(type: string | undefined, data: Fields): number | undefined {
    const { id, number } = namesOf(data.item_id, data.output_index);
    const known =
      this.exact(id, number) ?? this.find(id, number, type, one => !one.isDone || id === undefined);
    return (known ?? (type === undefined ? undefined : this.add(id, number, type)))?.place;
  }

  /** The places of all items of the last event's output. Items that were not sent before get new places. */
  ofOutput(output: Fields[]): number[] {
    const places = new Map<Fields, number>();
    const untold = new Set(this.items);
    const match = (isSame: (one: Placed, item: Fields, index: number) => boolean) => {
      for (const [index, item] of output.entries()) {
        if (places.has(item)) continue;
        const told = [...untold].find(one => one.type === item.type && isSame(one, item, index));
        if (!told) continue;
        untold.delete(told);
        places.set(item, told.place);
      }
    };
    match(({ id }, item) => id !== undefined && id === item.id);
    // Ids may change from event to event. If types and indexes all match, the indexes decide.
    if ([...untold].every(({ place, type }) => isFree(output[place], type, places))) {
      match(({ place }, _, index) => place === index);
    }
    match(() => true);
    return output.map((item, index) => {
      const { id } = namesOf(item.id, index);
      return places.get(item) ?? this.add(id, index, textOf(item.type) ?? '').place;
    });
  }

  private exact(id: string | undefined, number: number): Placed | undefined {
    if (id === undefined) return undefined;
    return this.items.findLast(one => one.id === id && one.number === number);
  }

  private find(
    id: string | undefined,
    number: number,
    type: string | undefined,
    isOpen: (one: Placed) => boolean,
  ): Placed | undefined {
    const isIt = (one: Placed) => isOpen(one) && (type === undefined || one.type === type);
    return (
      this.items.findLast(one => id !== undefined && one.id === id && isIt(one)) ??
      this.items.findLast(one => one.number === number && isIt(one))
    );
  }

  private add(id: string | undefined, number: number, type: string): Placed {
    // Clients append items one after another, so places have no gaps even if the upstream's indexes have.
    const place = this.items.length;
    const placed = { place, number, id, type, isAdded: false, isDone: false };
    this.items.push(placed);
    return placed;
  }
}

/** The upstream's index; 0 if it is missing, as some leave it out for a single item. */
export function numberOf(value: unknown): number {
  return Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : 0;
}

function namesOf(id: unknown, number: unknown) {
  return { id: textOf(id) || undefined, number: numberOf(number) };
}

function isFree(item: Fields | undefined, type: string, places: Map<Fields, number>): boolean {
  return item !== undefined && item.type === type && !places.has(item);
}
