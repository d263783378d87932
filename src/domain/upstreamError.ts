// What an error of an upstream stands for that came inside a reply of 200, or as an event. It is read in one way for
// every form of answer: upstreams name the same errors in all of them.

import { type Fields, recordOf, textOf } from './unknownJson.js';

/** The words that OpenRouter, OpenAI and Anthropic use in the place of a status. */
const STATUS_OF_WORD = new Map<string, number>(
  Object.entries({
    400: [
      'invalid_request',
      'invalid_request_error',
      'invalid_prompt',
      'invalid_value',
      'unsupported_value',
      'unsupported_parameter',
      'context_length_exceeded',
      'max_tokens_exceeded',
      'token_limit_exceeded',
      'string_too_long',
      'string_above_max_length',
      'content_policy_violation',
      'content_filter',
      'moderation_blocked',
      'bio_policy',
      'refusal',
      'precondition_failed',
    ],
    401: ['authentication', 'authentication_error', 'invalid_api_key'],
    402: ['payment_required', 'billing_error', 'credit_balance_exhausted'],
    403: ['permission_denied', 'permission_error'],
    404: ['not_found', 'not_found_error', 'model_not_found'],
    413: ['payload_too_large', 'request_too_large'],
    422: ['unprocessable'],
    429: ['rate_limit_exceeded', 'rate_limit_error', 'insufficient_quota', 'slow_down'],
    500: ['server', 'server_error', 'api_error'],
    502: ['provider_unavailable'],
    503: ['provider_overloaded', 'overloaded_error', 'server_is_overloaded'],
    504: ['timeout', 'timeout_error', 'vector_store_timeout'],
  }).flatMap(([status, words]) => words.map((word): [string, number] => [word, Number(status)])),
);
/** Codes that name an image are about the caller's image. */
const NAMES_IMAGE = /(^|_)image(_|$)/;

/** The status that an error names by a number or a word; undefined if it names none. */
export function statusOfError(error: unknown): number | undefined {
  const { code, status, type, ...more } = recordOf(error);
  const number = [code, status]
    .filter(one => ['number', 'string'].includes(typeof one))
    .map(Number)
    .find(one => Number.isInteger(one) && one >= 400 && one < 600);
  if (number !== undefined) return number;
  const words = [code, kindOfError(more), type].flatMap(one => textOf(one) ?? []);
  for (const word of words) {
    const meant = STATUS_OF_WORD.get(word) ?? (NAMES_IMAGE.test(word) ? 400 : undefined);
    if (meant !== undefined) return meant;
  }
  return undefined;
}

/** OpenRouter's word for an error whose `code` is a number. */
export function kindOfError({ error_type, metadata }: Fields): string | undefined {
  return textOf(error_type) ?? textOf(recordOf(metadata).error_type);
}
