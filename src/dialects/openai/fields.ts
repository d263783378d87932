// Small readers of JSON fields. They throw a fault, and the parser catches it and returns it as a value. So readers of
// nested content need no code for passing faults on.

import { type BodyText, beginningOf, bodyText } from '../../domain/longTexts.js';
import { type Refusal, refuse, refuseField } from '../../domain/refusal.js';
import { recordOf } from '../../domain/unknownJson.js';
import { cleanTexts, findIllFormed } from '../../domain/wellFormed.js';

export type Fields = Record<string, unknown>;

export class FieldFault extends Error {
  override name = 'FieldFault';
  constructor(readonly refusal: Refusal) {
    super(refusal.code);
  }
}

export function invalid(field: string, expected: string): FieldFault {
  return new FieldFault(refuseField(field, expected));
}

/** `meant` is the field that people mean by it, if there is one. */
export function unknown(field: string, meant?: string): FieldFault {
  const parameters = { field, ...(meant !== undefined && { meant }) };
  return new FieldFault(refuse('invalid_request', 'field_unknown', parameters, { field }));
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

/** PHP writes an empty object as an empty list. */
export function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

export function fieldsOf(value: unknown, field: string): Fields {
  if (!isFields(value)) throw invalid(field, 'object');
  return value;
}

export function textOf(value: unknown, field: string): BodyText {
  if (typeof value !== 'string') throw invalid(field, 'string');
  return bodyText(value);
}

export function filledTextOf(value: unknown, field: string): BodyText {
  const text = textOf(value, field);
  if (beginningOf(text).trim() === '') throw invalid(field, 'a string that is not empty');
  return text;
}

/** An id or an alias, without spaces around it. */
export function modelNameOf(value: unknown): string {
  return beginningOf(filledTextOf(value, 'model')).trim();
}

/** Returns what was read, or the refusal for a fault that was thrown. */
export function readOrRefuse<Read>(read: () => Read): Read | Refusal {
  try {
    return read();
  } catch (error) {
    if (error instanceof FieldFault) return error.refusal;
    throw error;
  }
}

/** @throws {FieldFault} if a required field is absent, or if a text that the caller wrote is no valid Unicode. */
export function requireBody(body: Fields, required: readonly string[]): void {
  for (const field of required) {
    if (isAbsent(body[field])) throw missing(field);
  }
  if (findIllFormed(body) === null) return;
  cleanAnswers(body.messages);
  cleanAnswers(body.input);
  const illFormed = findIllFormed(body);
  if (illFormed === null) return;
  const field = { field: illFormed || 'body' };
  throw new FieldFault(refuse('invalid_request', 'text_not_well_formed', field, field));
}

/** Items of Responses that a model wrote. */
const OF_THE_MODEL = /^reasoning$|_call$/;

/** What a model wrote came from here, whatever is in it, such as half a character where it was cut off. */
function cleanAnswers(list: unknown): void {
  if (!Array.isArray(list)) return;
  for (const [index, { role, type }] of list.map(recordOf).entries()) {
    const isAnswer = role === 'assistant' || (typeof type === 'string' && OF_THE_MODEL.test(type));
    if (isAnswer) list[index] = cleanTexts(list[index]);
  }
}

export function missing(field: string): FieldFault {
  return new FieldFault(refuse('invalid_request', 'field_missing', { field }, { field }));
}
