// Responses that are kept for later calls (docs/decisions/0070): what is stored of one, and how a call names it.

import type { Model } from '../../domain/catalog.js';
import { type LongTexts, putLongTextsBack } from '../../domain/longTexts.js';
import type {
  KeptNames,
  KeptResponse,
  NativeAnswer,
  NativeEnd,
  ResponseToKeep,
} from '../../domain/native.js';
import { refuse } from '../../domain/refusal.js';
import { repeatable } from '../../domain/secretForms.js';
import { type Fields, listOf, recordOf } from '../../domain/unknownJson.js';
import { FieldFault } from '../openai/fields.js';

const MOST_BYTES = 4 * 1024 * 1024;
const RESPONSE_ID = /^resp_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/;

/** The id of the request that this response answered; undefined if the response is none of ours. */
export function requestIdOf(responseId: string): string | undefined {
  return RESPONSE_ID.exec(responseId)?.slice(1).join('-');
}

const isReference = ({ type }: Fields) => type === 'item_reference';

/** Null if the call names nothing that is kept. */
export function namesIn(previous: string | undefined, items: Fields[]): KeptNames | null {
  const itemIds = items.filter(isReference).map(({ id }) => String(id));
  if (previous === undefined && itemIds.length === 0) return null;
  return { id: previous === undefined ? undefined : requestIdOf(previous), itemIds };
}

/**
 * Returns the whole conversation for this model, with kept items in place of ids. Throws a FieldFault if one is not
 * kept.
 */
export function recalled(
  previous: string | undefined,
  items: Fields[],
  kept: readonly KeptResponse[],
  modelId: string | undefined,
): Fields[] {
  const known = new Map<unknown, Fields[]>();
  for (const one of kept) {
    const response = recordOf(parsed(one.response));
    for (const item of outputOf(response)) known.set(item.id, readable([item], response, modelId));
  }
  const own = items.flatMap(item => {
    if (!isReference(item)) return [item];
    const found = known.get(item.id);
    if (!found) throw notKept(String(item.id), 'input');
    return found;
  });
  if (previous === undefined) return own;
  const id = requestIdOf(previous);
  const before = kept.find(one => one.id === id);
  if (!before?.input) throw notKept(previous, 'previous_response_id');
  const input = listOf(parsed(before.input)).map(recordOf);
  const response = recordOf(parsed(before.response));
  return [...readable([...input, ...outputOf(response)], response, modelId), ...own];
}

/**
 * Leaves out another model's reasoning. It is encrypted for that model's provider, and others refuse the whole call.
 */
function readable(items: Fields[], { model }: Fields, modelId: string | undefined): Fields[] {
  return model === modelId ? items : items.filter(({ type }) => type !== 'reasoning');
}

function notKept(id: string, field: string): FieldFault {
  const upstreamCode = 'previous_response_not_found';
  const parameters = { id: repeatable(id) };
  const more = { field, upstreamCode };
  return new FieldFault(refuse('invalid_request', 'previous_response_not_found', parameters, more));
}

/** Null if the response itself is too large. */
export function toKeep(
  answer: NativeAnswer | NativeEnd,
  model: Model,
  input: Fields[],
  longTexts: LongTexts | undefined,
): ResponseToKeep | null {
  const said = answer.kind === 'answer' ? answer.body : answer.events.at(-1)?.data.response;
  const response = Buffer.from(JSON.stringify({ ...recordOf(said), model: model.id, store: true }));
  if (response.length > MOST_BYTES) return null;
  const itemIds = outputOf(said).map(({ id }) => String(id));
  return { itemIds, response, input: bytesOf(input, longTexts) };
}

function bytesOf(input: Fields[], longTexts: LongTexts | undefined): Buffer | null {
  const json = JSON.stringify(input);
  const long = longTexts?.texts ?? [];
  if (long.reduce((sum, { length }) => sum + length, json.length) > MOST_BYTES) return null;
  return longTexts && long.length > 0
    ? Buffer.concat(putLongTextsBack(json, longTexts))
    : Buffer.from(json);
}

/** The response as `GET /v1/responses/{id}` shows it. */
export function renderKept({ response }: KeptResponse): Fields {
  return recordOf(parsed(response));
}

/** The input that it answered, each item with an id. */
export function renderInput({ id, input }: KeptResponse): Fields[] {
  const ending = id.replaceAll('-', '');
  const items = input ? listOf(parsed(input)).map(recordOf) : [];
  return items.map((item, place) => ({ id: `item_${ending}i${place}`, ...item }));
}

function parsed(json: Buffer): unknown {
  return JSON.parse(json.toString());
}

function outputOf(response: unknown): Fields[] {
  return listOf(recordOf(response).output).map(recordOf);
}
