// One item of a streamed response: which of its events were sent ("told"), and which are missing.

import type { NativeEvent } from '../../domain/native.js';
import {
  type Fields,
  isFilled,
  isRecord,
  listOf,
  recordOf,
  textOf,
} from '../../domain/unknownJson.js';
import { numberOf } from './itemPlaces.js';
import { completeItem } from './response.js';
import { type StreamedKind, textFieldsOf, textsOf, wholePart } from './streamedTexts.js';

interface ToldText {
  kind: StreamedKind;
  index: number;
  told: string;
  isWhole: boolean;
  isDone: boolean;
}

export function eventOf(type: string, data: Fields): NativeEvent {
  return { name: type, data: { ...data, type } };
}

export class ToldItem {
  isDone = false;
  private readonly texts = new Map<string, ToldText>();
  /** The places of the parts of each list, by the upstream's indexes. */
  private readonly places = new Map<string, Map<number, number>>();

  constructor(
    private readonly place: number,
    private fields: Fields,
  ) {}

  /** An event about one of its texts, after those that are missing before it. */
  tell(kind: StreamedKind, type: string, data: Fields): NativeEvent[] {
    const { prefix, part, field } = kind;
    const index = part ? this.placeOf(part.list, numberOf(data[part.index])) : 0;
    const place = part ? { [part.index]: index } : {};
    const own = eventOf(type, Object.assign({}, data, place, { item_id: this.fields.id }));
    const isNew = !this.texts.has(keyOf(kind, index));
    const text = this.textAt(kind, index);
    const isPart = isRecord(data.part);
    if (isPart && type.endsWith('.added')) return [own];
    const begun = isNew ? this.beginning(kind, index) : [];
    if (isPart) {
      const missing = this.whole(text, recordOf(data.part)[field]);
      text.isDone = true;
      return [...begun, ...missing, own];
    }
    if (type === `${prefix}.done`) {
      const missing = this.pieces(text, data[field]);
      text.isWhole = true;
      return [...begun, ...missing, own];
    }
    text.told += textOf(data.delta) ?? '';
    return [...begun, own];
  }

  /** The events that are missing before the item is done. */
  finish(item: Fields): NativeEvent[] {
    const events = textsOf(item).flatMap(({ kind, index, text: whole }) => {
      const begun = this.texts.has(keyOf(kind, index)) ? [] : this.beginning(kind, index);
      const text = this.textAt(kind, index);
      return [...begun, ...this.whole(text, whole), ...this.partDone(text)];
    });
    this.fields = item;
    this.isDone = true;
    return events;
  }

  /** The item that is done. If it has no texts, adds those that were sent, because clients keep what the end says. */
  filled(item: Fields): Fields {
    const isSaid = this.texts.size === 0 || textsOf(item).some(({ text }) => text !== '');
    if (isSaid) return item;
    const told = this.gathered();
    const fields = textFieldsOf(item.type).filter(name => told[name] !== undefined);
    return Object.assign({}, item, Object.fromEntries(fields.map(name => [name, told[name]])));
  }

  /** The item as far as it was sent. */
  gathered(): Fields {
    if (this.isDone) return this.fields;
    const item: Fields = { ...this.fields };
    // The index comes from the upstream, so it must not decide the length of a list.
    const inOrder = [...this.texts.values()].sort((one, other) => one.index - other.index);
    for (const { kind, index, told } of inOrder) {
      if (!kind.part) {
        item[kind.field] = told;
        continue;
      }
      const parts = [...listOf(item[kind.part.list])];
      parts[Math.min(index, parts.length)] = wholePart(kind, told);
      item[kind.part.list] = parts;
    }
    return completeItem(item.status === undefined ? item : { ...item, status: 'completed' });
  }

  /** Clients append parts one after another, so places have no gaps even if the upstream's indexes have. */
  private placeOf(list: string, number: number): number {
    const places = this.places.get(list) ?? new Map<number, number>();
    this.places.set(list, places);
    const place = places.get(number) ?? places.size;
    places.set(number, place);
    return place;
  }

  private textAt(kind: StreamedKind, index: number): ToldText {
    const key = keyOf(kind, index);
    const known = this.texts.get(key);
    if (known) return known;
    const text = { kind, index, told: '', isWhole: false, isDone: !kind.part };
    this.texts.set(key, text);
    return text;
  }

  private beginning(kind: StreamedKind, index: number): NativeEvent[] {
    if (!kind.part) return [];
    const part = wholePart(kind, '');
    return [eventOf(`${kind.part.events}.added`, { ...this.at(kind, index), part })];
  }

  /** The whole text as one piece, if nothing of it was sent. */
  private pieces(text: ToldText, whole: unknown): NativeEvent[] {
    if (text.told !== '' || !isFilled(whole)) return [];
    text.told = String(whole);
    const data = { ...this.at(text.kind, text.index), delta: whole, ...text.kind.more };
    return [eventOf(`${text.kind.prefix}.delta`, data)];
  }

  private whole(text: ToldText, whole: unknown): NativeEvent[] {
    const { kind, index, isWhole } = text;
    if (isWhole) return [];
    const pieces = this.pieces(text, whole);
    text.isWhole = true;
    const { name } = this.fields;
    const data = {
      ...this.at(kind, index),
      ...kind.more,
      ...(kind.itemType === 'function_call' && { name }),
      [kind.field]: text.told,
    };
    return [...pieces, eventOf(`${kind.prefix}.done`, data)];
  }

  private partDone(text: ToldText): NativeEvent[] {
    const { kind, index, told, isDone } = text;
    if (isDone) return [];
    text.isDone = true;
    const data = { ...this.at(kind, index), part: wholePart(kind, told) };
    return [eventOf(`${kind.part?.events}.done`, data)];
  }

  private at({ part }: StreamedKind, index: number): Fields {
    const where = { item_id: this.fields.id, output_index: this.place };
    return part ? { ...where, [part.index]: index } : where;
  }
}

function keyOf({ part }: StreamedKind, index: number): string {
  return `${part?.list} ${index}`;
}
