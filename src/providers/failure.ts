// The one table that says what an upstream's trouble means to the caller. Its bad key, empty account
// or stale model is ours to mend and never shown as the caller's fault.

import type { UpstreamFailure } from '../domain/chat.js';
import { cleanDetail } from './cleanDetail.js';

type Meaning = 'callers_request' | 'our_account' | 'stale_model' | 'timeout' | 'busy';

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

const DEFAULT_RETRY_AFTER_SECONDS = 5;
const MAX_RETRY_AFTER_SECONDS = 60;

export interface FailedReply {
  status: number;
  retryAfter: string | undefined;
  /** The parsed body, or undefined where it was none or no JSON. */
  body: unknown;
}

/** The failure that a reply with another status than 200 means. `secrets` never appear in `detail`. */
export function failureOfReply(reply: FailedReply, secrets: string[]): UpstreamFailure {
  const { status } = reply;
  const reason = `status_${status}`;
  const error = asRecord(asRecord(reply.body).error);
  switch (meaningOf(status, error)) {
    case 'callers_request': {
      const detail = cleanDetail(error.message, secrets);
      const failure: UpstreamFailure = { kind: 'failure', code: 'invalid_request', reason };
      return detail === undefined ? failure : { ...failure, detail };
    }
    case 'our_account':
      return {
        ...unavailable(reason, reply.retryAfter),
        alert: `The upstream refuses our account with status ${status}: check the API key, the credit and the region`,
      };
    case 'stale_model':
      return {
        ...failed(reason),
        alert: `The upstream has no such model (status ${status}): the catalogue is stale`,
      };
    case 'timeout':
      return { kind: 'failure', code: 'upstream_timeout', reason };
    case 'busy': {
      const failure = unavailable(reason, reply.retryAfter);
      if (!isOutOfCredit(error)) return failure;
      return { ...failure, alert: 'The upstream says that our credit is used up' };
    }
    default:
      return failed(status >= 300 && status < 400 ? 'redirect' : reason);
  }
}

function meaningOf(status: number, error: Record<string, unknown>): Meaning | undefined {
  // Moderation of the caller's input; any other 403 is about our account or where we call from.
  if (status === 403 && Array.isArray(asRecord(error.metadata).reasons)) return 'callers_request';
  if (status === 400 && isUnknownModel(error)) return 'stale_model';
  return MEANING_OF_STATUS[status];
}

/** OpenRouter answers 400 and not 404 for an id that it does not know. */
function isUnknownModel(error: Record<string, unknown>): boolean {
  return [error.code, asRecord(error.availability).code].includes('model_not_found');
}

/** OpenAI's 429 for an empty account: waiting does not help. */
function isOutOfCredit(error: Record<string, unknown>): boolean {
  return (
    error.type === 'insufficient_quota' ||
    error.code === 'insufficient_quota' ||
    error.code === 'credit_balance_exhausted'
  );
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

export function failed(reason: string): UpstreamFailure {
  return { kind: 'failure', code: 'upstream_failed', reason };
}

function unavailable(reason: string, retryAfter: string | undefined): UpstreamFailure {
  const retryAfterSeconds = parseRetryAfter(retryAfter, Date.now());
  return { kind: 'failure', code: 'upstream_unavailable', reason, retryAfterSeconds };
}

/** Seconds or an HTTP date (RFC 9110 10.2.3), kept between 1 and 60 seconds. */
export function parseRetryAfter(value: string | undefined, nowMs: number): number {
  if (value === undefined) return DEFAULT_RETRY_AFTER_SECONDS;
  const seconds = /^\s*\d+\s*$/.test(value)
    ? Number(value)
    : Math.ceil((Date.parse(value) - nowMs) / 1000);
  if (Number.isNaN(seconds)) return DEFAULT_RETRY_AFTER_SECONDS;
  return Math.min(Math.max(seconds, 1), MAX_RETRY_AFTER_SECONDS);
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
/** The pool was used wrongly: a fault of ours and no doing of the upstream. */
const OWN_FAULT_CODES = ['UND_ERR_INVALID_ARG', 'UND_ERR_CLOSED', 'UND_ERR_DESTROYED'];

/** The failure that an error of the connection means; throws it again if it is a fault of ours. */
export function failureOfError(error: unknown): UpstreamFailure {
  const code = String(asRecord(error).code ?? '');
  if (OWN_FAULT_CODES.includes(code)) throw error;
  if (TIMEOUT_CODES.includes(code)) {
    return { kind: 'failure', code: 'upstream_timeout', reason: 'timeout' };
  }
  // What came back was no HTTP.
  if (asRecord(error).name === 'HTTPParserError') return failed('malformed');
  return failed(REASON_OF_CODE[code] ?? 'connection');
}
