// The places of a stream's items. Some upstreams number all of them 0 or none, or number the items of their end
// differently. So an item is known by the upstream's id too, and each has a place of its own in our events.

import { type Fields, recordOf, textOf } from '../../domain/unknownJson.js';

interface Placed {
  place: number;
  /** As the upstream numbers it. */
  number: number;
  /** As the upstream calls it. */
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

  /** The place of the item that a text belongs to; of other events of an item only if it is known. */
  ofText(type: string | undefined, data: Fields): number | undefined {
    const { id, number } = namesOf(data.item_id, data.output_index);
    const known =
      this.exact(id, number) ?? this.find(id, number, type, one => !one.isDone || id === undefined);
    return (known ?? (type === undefined ? undefined : this.add(id, number, type)))?.place;
  }

  /** The places of the items of the whole output: their own if they were told, else new ones. */
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
    // Ids may change from event to event. Where all are numbered alike, their numbers tell them.
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
    // Clients append items one after another, so a number that the upstream leaves out is no place.
    const place = this.items.length;
    const placed = { place, number, id, type, isAdded: false, isDone: false };
    this.items.push(placed);
    return placed;
  }
}

/** Of a stream of one item some leave the number out. */
export function numberOf(value: unknown): number {
  return Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : 0;
}

function namesOf(id: unknown, number: unknown) {
  return { id: textOf(id) || undefined, number: numberOf(number) };
}

function isFree(item: Fields | undefined, type: string, places: Map<Fields, number>): boolean {
  return item !== undefined && item.type === type && !places.has(item);
}
