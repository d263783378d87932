// The one table of what an upstream's failure means for the caller. If our key is bad, our account empty or our model
// unknown there, the operator must mend that; it is never shown as the caller's fault.

import { failed, type UpstreamFailure } from '../domain/chat.js';
import { recordOf, textOf } from '../domain/unknownJson.js';
import { cleanDetail } from './cleanDetail.js';

export type Meaning =
  | 'callers_request'
  | 'our_account'
  | 'out_of_credit'
  | 'stale_model'
  | 'timeout'
  | 'busy';

/** What the body of a refusal says, as its provider's wire reads it. */
export interface Refused {
  /** Set if the body means something else than the status. */
  meaning: Meaning | undefined;
  /** The upstream's own message. Ignored if it is no text. */
  words: unknown;
  /** The field that the upstream objects to, and its code for that. Each is ignored if it is no short text. */
  param: unknown;
  code: unknown;
}

/** An error inside a reply whose status is 200. */
export interface RefusedInside {
  kind: 'refused';
  /** The status that the error names; undefined if it names none. */
  status: number | undefined;
  /** The same body that a reply with that status would have. */
  body: unknown;
}

/** Every status that is not here is `upstream_failed`. */
const MEANING_OF_STATUS: Partial<Record<number, Meaning>> = {
  400: 'callers_request',
  413: 'callers_request',
  422: 'callers_request',
  401: 'our_account',
  402: 'our_account',
  403: 'our_account',
  404: 'stale_model',
  408: 'timeout',
  504: 'timeout',
  524: 'timeout',
  429: 'busy',
  503: 'busy',
  529: 'busy',
};

/** Codes such as `context_length_exceeded`, to which clients react. */
const CODE = /^[a-z][a-z0-9_]{2,60}$/;
const MOST_PARAM_CHARACTERS = 200;

const MAX_RETRY_AFTER_SECONDS = 60;

/** The failure for a reply with another status than 200. `secrets` never appear in its texts. */
export function failureOfReply(
  status: number,
  retryAfter: string | undefined,
  refused: Refused,
  secrets: string[],
): UpstreamFailure {
  const failure = meant(status, retryAfter, refused, secrets);
  if (failure.code === 'invalid_request') return failure;
  const words = cleanDetail(refused.words, secrets);
  const code = codeOf(refused);
  if (words === undefined && code === undefined) return failure;
  const said = { ...(words !== undefined && { words }), ...(code !== undefined && { code }) };
  return { ...failure, said };
}

function meant(
  status: number,
  retryAfter: string | undefined,
  refused: Refused,
  secrets: string[],
): UpstreamFailure {
  const reason = `status_${status}`;
  switch (refused.meaning ?? MEANING_OF_STATUS[status]) {
    case 'callers_request': {
      const detail = cleanDetail(refused.words, secrets);
      const field = cleanDetail(shortOf(refused.param), secrets);
      const upstreamCode = codeOf(refused);
      return {
        kind: 'failure',
        code: 'invalid_request',
        reason,
        ...(detail !== undefined && { detail }),
        ...(field !== undefined && { field }),
        ...(upstreamCode !== undefined && { upstreamCode }),
      };
    }
    case 'our_account': {
      const words = cleanDetail(refused.words, secrets);
      return {
        ...unavailable(reason, retryAfter),
        alert: `The upstream refuses our account with status ${status}: check the API key, the credit, the region and what the account may use${words ? `. It says: ${words}` : ''}`,
      };
    }
    case 'out_of_credit':
      return {
        ...unavailable(reason, retryAfter),
        alert: 'The upstream says that our credit is used up',
      };
    case 'stale_model':
      return {
        ...failed(reason),
        alert: `The upstream has no such model (status ${status}): the catalogue is stale`,
      };
    case 'timeout':
      return { kind: 'failure', code: 'upstream_timeout', reason };
    case 'busy':
      return unavailable(reason, retryAfter);
    default:
      return failed(status >= 300 && status < 400 ? 'redirect' : reason);
  }
}

function codeOf({ code }: Refused): string | undefined {
  return CODE.exec(textOf(code) ?? '')?.[0];
}

function shortOf(value: unknown): unknown {
  return typeof value === 'string' && value.length <= MOST_PARAM_CHARACTERS ? value : undefined;
}

function unavailable(reason: string, retryAfter: string | undefined): UpstreamFailure {
  const retryAfterSeconds = parseRetryAfter(retryAfter, Date.now());
  return {
    kind: 'failure',
    code: 'upstream_unavailable',
    reason,
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  };
}

/** Seconds, also with decimals, or an HTTP date (RFC 9110 10.2.3), kept between 1 and 60 seconds; undefined if it is neither. */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  // Only a date has a time in it. `Date.parse` takes almost anything for a date.
  const dateMs = value.includes(':') ? Date.parse(value) : Number.NaN;
  const seconds = /^\s*\d+(\.\d*)?\s*$/.test(value) ? Number(value) : (dateMs - nowMs) / 1000;
  if (Number.isNaN(seconds)) return undefined;
  return Math.min(Math.max(Math.ceil(seconds), 1), MAX_RETRY_AFTER_SECONDS);
}

const REASON_OF_CODE: Partial<Record<string, string>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  ECONNABORTED: 'reset',
  EPIPE: 'reset',
  UND_ERR_SOCKET: 'reset',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'reset',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'too_large',
  UND_ERR_HEADERS_OVERFLOW: 'too_large',
  ENOTFOUND: 'name_not_found',
  EAI_AGAIN: 'name_not_found',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
};
const TIMEOUT_CODES = ['UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT'];
/** The pool was used wrongly. That is a fault of our code, not of the upstream. */
const OWN_FAULT_CODES = ['UND_ERR_INVALID_ARG', 'UND_ERR_CLOSED', 'UND_ERR_DESTROYED'];

/** The failure for an error of the connection. Throws the error again if it is a fault of our code. */
export function failureOfError(error: unknown): UpstreamFailure {
  const code = String(recordOf(error).code ?? '');
  if (OWN_FAULT_CODES.includes(code)) throw error;
  if (TIMEOUT_CODES.includes(code)) {
    return { kind: 'failure', code: 'upstream_timeout', reason: 'timeout' };
  }
  // The reply was not HTTP.
  if (recordOf(error).name === 'HTTPParserError') return failed('malformed');
  return failed(REASON_OF_CODE[code] ?? 'connection');
}
