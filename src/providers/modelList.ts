// Reads an upstream's own list of models, which has the same form for all. A field that an entry lacks is null. An
// entry without an id is left out.

import { failed, type UpstreamFailure } from '../domain/chat.js';
import type { ListedModel } from '../domain/listedModel.js';
import { type Fields, isRecord, textOf } from '../domain/unknownJson.js';

type Said = Omit<ListedModel, 'upstreamId'>;

/** The values for a model of which the list has only the id. */
export const NOTHING_SAID: Said = {
  promptPrice: null,
  completionPrice: null,
  contextLength: null,
  inputModalities: null,
  outputModalities: null,
  expiresOn: null,
};

/** Reads `{"data": [{"id": …}]}`. `read` is called with each entry. */
export function readModelList(
  body: unknown,
  read: (entry: Fields) => Said,
): ListedModel[] | UpstreamFailure {
  if (!isRecord(body) || !Array.isArray(body.data)) return failed('malformed');
  return body.data.flatMap(entry => {
    if (!isRecord(entry) || typeof entry.id !== 'string' || entry.id === '') return [];
    return [{ upstreamId: entry.id, ...read(entry) }];
  });
}

/** The day, such as `2027-01-14`, of a day or a whole instant; null for anything else. */
export function dayOf(value: unknown): string | null {
  const day = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?=T|$)/.exec(textOf(value) ?? '');
  return day?.[0] ?? null;
}
