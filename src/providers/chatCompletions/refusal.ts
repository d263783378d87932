// Reads an error: the body of a reply with another status than 200, or the error inside a reply of 200.

import { type Fields, isRecord, recordOf, textOf } from '../../domain/unknownJson.js';
import type { Meaning, Refused, RefusedInside } from '../failure.js';

export function readRefusal(status: number, body: unknown): Refused {
  const error = recordOf(recordOf(body).error);
  // Some upstreams repeat the whole prompt in their message.
  const words = wordsOf(error)?.slice(0, MOST_WORDS_CHARACTERS);
  return { meaning: meaningOf(status, error, words), words, param: error.param, code: error.code };
}

const MOST_WORDS_CHARACTERS = 2_000;

/** `error` is from inside a reply of 200 or an event. */
export function refusedInside(error: unknown): RefusedInside {
  return { kind: 'refused', status: statusOf(recordOf(error)), body: { error } };
}

/** Some upstreams have a word as code, others a number. */
const STATUS_OF_CODE = new Map([
  ['invalid_api_key', 401],
  ['rate_limit_exceeded', 429],
  ['insufficient_quota', 429],
  ['context_length_exceeded', 400],
  ['invalid_request_error', 400],
  ['server_error', 500],
]);

function statusOf({ code, status, type }: Fields): number | undefined {
  const given = [code, status].find(one => ['number', 'string'].includes(typeof one));
  const number = Number(given);
  if (Number.isInteger(number) && number >= 400 && number < 600) return number;
  return STATUS_OF_CODE.get(textOf(code) ?? '') ?? STATUS_OF_CODE.get(textOf(type) ?? '');
}

/** OpenRouter's own message often says only that its provider failed. The provider's words are in `metadata.raw`. */
const SAYS_NOTHING = /^provider returned error/i;

function wordsOf({ message, metadata }: Fields): string | undefined {
  const said = textOf(message);
  const isSilent = said === undefined || SAYS_NOTHING.test(said);
  return (isSilent && wordsOfRaw(recordOf(metadata).raw)) || said;
}

/** `raw` is JSON with an error or a message in it, or plain text. */
function wordsOfRaw(raw: unknown): string | undefined {
  if (isRecord(raw)) return wordsIn(raw);
  const text = textOf(raw);
  if (!text) return undefined;
  try {
    return wordsIn(recordOf(JSON.parse(text))) ?? text;
  } catch {
    return text;
  }
}

function wordsIn({ error, message, detail }: Fields): string | undefined {
  return textOf(recordOf(error).message) ?? textOf(error) ?? textOf(message) ?? textOf(detail);
}

/** OpenRouter found no endpoint that serves what the request asks for, such as tools or images. */
const NO_SUCH_ENDPOINT = /^no endpoints found that (?:support|can handle)/i;
/** The operator must do something at the provider before anybody may use this. */
const OPERATORS_TO_DO = /\borgani[sz]ation\b.*\bverif|\bverify\b.*\borgani[sz]ation\b/is;

function meaningOf(status: number, error: Fields, words = ''): Meaning | undefined {
  // With reasons, moderation refused the caller's input. Any other 403 is about our account or our location.
  if (status === 403 && Array.isArray(recordOf(error.metadata).reasons)) return 'callers_request';
  if (status === 404 && NO_SUCH_ENDPOINT.test(words)) return 'callers_request';
  if (status === 400 && isUnknownModel(error)) return 'stale_model';
  if (status === 400 && OPERATORS_TO_DO.test(words)) return 'our_account';
  if (isOutOfCredit(error)) return 'out_of_credit';
  return undefined;
}

/** For an id that it does not know, OpenRouter answers 400, not 404. */
function isUnknownModel(error: Fields): boolean {
  return [error.code, recordOf(error.availability).code].includes('model_not_found');
}

const CREDIT_CODES = [
  'insufficient_quota',
  'credit_balance_exhausted',
  'billing_hard_limit_reached',
  'billing_not_active',
];

/** The account is empty, so waiting does not help. Upstreams use several statuses for it. */
function isOutOfCredit({ type, code }: Fields): boolean {
  return [code, type].some(one => CREDIT_CODES.includes(textOf(one) ?? ''));
}
