// Reads the upstreams' own lists of models (GET /models). What one entry lacks is null; an entry without
// an id is left out.

import type { UpstreamFailure } from '../domain/chat.js';
import { shiftDecimal } from '../domain/decimal.js';
import type { ListedModel } from '../domain/listedModel.js';
import { isWellFormed } from '../domain/wellFormed.js';
import { type Fields, isRecord, listOf, textOf } from './chatCompletion.js';
import { failed } from './failure.js';

/** From dollars per token to dollars per 1M tokens. */
const MILLION_DIGITS = 6;

export function parseOpenRouterModels(body: unknown): ListedModel[] | UpstreamFailure {
  return parseList(body, entry => {
    const pricing = isRecord(entry.pricing) ? entry.pricing : {};
    const architecture = isRecord(entry.architecture) ? entry.architecture : {};
    return {
      promptPrice: priceOf(pricing.prompt),
      completionPrice: priceOf(pricing.completion),
      contextLength: countOf(entry.context_length),
      inputModalities: textsOf(architecture.input_modalities),
      outputModalities: textsOf(architecture.output_modalities),
      expiresOn: dayOf(entry.expiration_date),
    };
  });
}

/** OpenAI's list says no more than when a model ends. */
export function parseOpenAiModels(body: unknown): ListedModel[] | UpstreamFailure {
  return parseList(body, entry => ({
    promptPrice: null,
    completionPrice: null,
    contextLength: null,
    inputModalities: null,
    outputModalities: null,
    expiresOn: dayOf(entry.shutdown_date),
  }));
}

function parseList(
  body: unknown,
  read: (entry: Fields) => Omit<ListedModel, 'upstreamId'>,
): ListedModel[] | UpstreamFailure {
  if (!isRecord(body) || !Array.isArray(body.data)) return failed('malformed');
  return body.data.flatMap(entry => {
    if (!isRecord(entry) || typeof entry.id !== 'string' || entry.id === '') return [];
    return [{ upstreamId: entry.id, ...read(entry) }];
  });
}

function priceOf(value: unknown): string | null {
  return typeof value === 'string' ? shiftDecimal(value, MILLION_DIGITS) : null;
}

/** The database keeps it as a 32-bit integer. */
function countOf(value: unknown): number | null {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) < 2 ** 31
    ? Number(value)
    : null;
}

function textsOf(value: unknown): string[] | null {
  return Array.isArray(value)
    ? listOf(value)
        .filter(item => typeof item === 'string' && isWellFormed(item))
        .map(String)
    : null;
}

/** `2027-01-14`, also of a whole instant. */
function dayOf(value: unknown): string | null {
  const day = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?=T|$)/.exec(textOf(value) ?? '');
  return day?.[0] ?? null;
}
