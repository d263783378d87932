// Reads an error: the body of a reply with another status than 200, or the error inside a reply of 200.

import {
  type Fields,
  isPresent,
  isRecord,
  listOf,
  parseJson,
  recordOf,
  textOf,
} from '../../domain/unknownJson.js';
import { kindOfError, statusOfError } from '../../domain/upstreamError.js';
import type { Meaning, Refused, RefusedInside } from '../failure.js';

export function readRefusal(status: number, body: unknown): Refused {
  const error = errorIn(recordOf(body));
  const cause = causeOf(error);
  // Some upstreams repeat the whole prompt in their message.
  const words = wordsIn(cause)?.slice(0, MOST_WORDS_CHARACTERS);
  return {
    meaning: meaningOf(status, error, words),
    words,
    param: error.param ?? cause.param,
    code: codeIn(error) ?? codeIn(cause),
  };
}

const MOST_WORDS_CHARACTERS = 2_000;

/** The error in a reply of 200 or in an event. Some upstreams are servers that send the error itself in its place. */
export function errorOf(said: Fields): unknown {
  if (isPresent(said.error)) return said.error;
  return said.object === 'error' ? said : undefined;
}

/** `error` is from inside a reply of 200 or an event. */
export function refusedInside(error: unknown): RefusedInside {
  return { kind: 'refused', status: statusOfError(error), body: { error } };
}

/** OpenRouter's `code` is a number, beside which it has a word. */
function codeIn(error: Fields): string | undefined {
  return textOf(error.code) ?? kindOfError(error);
}

/** OpenRouter's own message often says only that its provider failed. The provider's words are in `metadata.raw`. */
const SAYS_NOTHING = /^provider returned error/i;

/** The error that has the provider's words: this one, or the one in it. */
function causeOf(error: Fields): Fields {
  const said = textOf(error.message);
  const isSilent = said === undefined || SAYS_NOTHING.test(said);
  const raw = isSilent ? readRaw(recordOf(error.metadata).raw) : undefined;
  return raw && wordsIn(raw) ? raw : error;
}

const MOST_CAUSES = 3;

/** `raw` is JSON with an error or a message in it, or plain text. */
function readRaw(raw: unknown, depth = 0): Fields | undefined {
  if (isRecord(raw)) return errorIn(raw);
  const text = textOf(raw);
  if (!text) return undefined;
  const inJson = parseJson(text);
  // Google's errors stand in a list.
  const inside = errorIn(recordOf(Array.isArray(inJson) ? inJson[0] : inJson));
  const words = wordsIn(inside);
  if (!words) return { message: text };
  // A provider that itself asks another one has that one's error as its message.
  const cause = depth < MOST_CAUSES ? readRaw(words, depth + 1) : undefined;
  return cause && cause.message !== words ? cause : inside;
}

function errorIn(said: Fields): Fields {
  return isRecord(said.error) ? said.error : said;
}

/** Servers in Python often list what they did not accept in `detail`. */
function wordsIn({ message, error, detail }: Fields): string | undefined {
  const [listed] = listOf(detail);
  return textOf(message) ?? textOf(error) ?? textOf(detail) ?? textOf(recordOf(listed).msg);
}

/** OpenRouter found no endpoint that serves what the request asks for, such as tools or images. */
const NO_SUCH_ENDPOINT = /^no endpoints found that (?:support|can handle)/i;
/**
 * What upstreams say with a 400 although only the operator can mend it: the account is not verified, closed or empty,
 * its key is bad, or its region is not served. A caller would think that these words are about the license.
 */
const ABOUT_THE_ACCOUNT = [
  /\borgani[sz]ation\b.*\bverif|\bverify\b.*\borgani[sz]ation\b/is,
  /^this organi[sz]ation has been disabled\b/i,
  /^(?:(?:incorrect|invalid|expired) )?(?:x-)?api[ _-]?key\b/i,
  /^your credit balance is too low\b/i,
  /^you have reached your specified api usage limits\b/i,
  /^user location is not supported\b/i,
  /^country, region, or territory not supported\b/i,
  /^you exceeded your current quota\b/i,
  /^billing hard limit has been reached\b/i,
  /^insufficient (?:credits?|balance|funds)\b/i,
  /^your (?:account is not active|access was terminated)\b/i,
  /^project \S+ does not have access to\b/i,
];

function meaningOf(status: number, error: Fields, words = ''): Meaning | undefined {
  // With reasons, moderation refused the caller's input. Any other 403 is about our account or our location.
  if (status === 403 && Array.isArray(recordOf(error.metadata).reasons)) return 'callers_request';
  if (status === 404 && NO_SUCH_ENDPOINT.test(words)) return 'callers_request';
  if (status === 400 && isUnknownModel(error)) return 'stale_model';
  if (status === 400 && ABOUT_THE_ACCOUNT.some(one => one.test(words))) return 'our_account';
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
