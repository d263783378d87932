// Texts of an item that come piece by piece, as events `PREFIX.delta` and then `PREFIX.done`.

import { type Fields, isRecord, listOf, textOf } from '../../domain/unknownJson.js';
import { completePart } from './response.js';

export interface StreamedKind {
  prefix: string;
  itemType: string;
  /** The field of the last event that has the whole text. */
  field: string;
  /** Further fields of its events. */
  more?: Fields;
  /** Set for texts that are parts in a list of their item: the list, and the events around each part. */
  part?: { type: string; list: string; index: string; events: string };
}

const inContent = (type: string) => ({
  type,
  list: 'content',
  index: 'content_index',
  events: 'response.content_part',
});

const KINDS: StreamedKind[] = [
  {
    prefix: 'response.output_text',
    itemType: 'message',
    field: 'text',
    more: { logprobs: [] },
    part: inContent('output_text'),
  },
  {
    prefix: 'response.refusal',
    itemType: 'message',
    field: 'refusal',
    part: inContent('refusal'),
  },
  {
    prefix: 'response.reasoning_text',
    itemType: 'reasoning',
    field: 'text',
    part: inContent('reasoning_text'),
  },
  {
    prefix: 'response.reasoning_summary_text',
    itemType: 'reasoning',
    field: 'text',
    part: {
      type: 'summary_text',
      list: 'summary',
      index: 'summary_index',
      events: 'response.reasoning_summary_part',
    },
  },
  {
    prefix: 'response.function_call_arguments',
    itemType: 'function_call',
    field: 'arguments',
  },
  {
    prefix: 'response.custom_tool_call_input',
    itemType: 'custom_tool_call',
    field: 'input',
  },
];

/** By the event's type. For the events around a part, the key also has the part's type. */
const KIND_OF = new Map(
  KINDS.flatMap(kind => {
    const { prefix, part } = kind;
    const names = [`${prefix}.delta`, `${prefix}.done`];
    if (part) names.push(`${part.events}.added ${part.type}`, `${part.events}.done ${part.type}`);
    return names.map(name => [name, kind] as const);
  }),
);

/** The kind of text that an event is about; undefined if it is about none. */
export function kindOf(type: string, { part }: Fields): StreamedKind | undefined {
  return KIND_OF.get(isRecord(part) ? `${type} ${textOf(part.type)}` : type);
}

/** The texts of an item that is done. */
export function textsOf(item: Fields): Array<{ kind: StreamedKind; index: number; text: string }> {
  return KINDS.filter(({ itemType }) => itemType === item.type).flatMap(kind => {
    const { part, field } = kind;
    if (!part) return [{ kind, index: 0, text: textOf(item[field]) ?? '' }];
    return listOf(item[part.list]).flatMap((one, index) =>
      isRecord(one) && one.type === part.type
        ? [{ kind, index, text: textOf(one[field]) ?? '' }]
        : [],
    );
  });
}

/** The fields of an item of this type that have its texts. */
export function textFieldsOf(type: unknown): string[] {
  return KINDS.filter(({ itemType }) => itemType === type).map(
    ({ part, field }) => part?.list ?? field,
  );
}

/** The item as it was before any of its texts. */
export function emptied({ result: _, ...item }: Fields): Fields {
  const kinds = KINDS.filter(({ itemType }) => itemType === item.type);
  const empty = kinds.map(({ field, part }) => (part ? [part.list, []] : [field, '']));
  const known = empty.filter(([name]) => name === 'summary' || item[String(name)] !== undefined);
  const status = item.type === 'reasoning' ? {} : { status: 'in_progress' };
  return { ...item, ...status, ...Object.fromEntries(known) };
}

/** An item of which only a text is known so far; null for a kind that cannot begin without its name. */
export function unnamed({ itemType, part }: StreamedKind, id: unknown): Fields | null {
  if (!part) return null;
  const role = itemType === 'message' ? { role: 'assistant', content: [] } : { summary: [] };
  return emptied({ type: itemType, id, ...role });
}

export function wholePart({ field, part }: StreamedKind, text: string): Fields {
  return completePart({ type: part?.type, [field]: text });
}
