// What a call can throw. Which class it is depends on the code that the service says.

import { type Details, detailsOf, type Left } from './details.js';

/** The class of all errors that this package makes itself. */
export class SahmError extends Error {
  override name = 'SahmError';
}

/**
 * No answer came, or it broke off. The request may have been charged. Sending it again with the same idempotency key
 * tells.
 */
export class ConnectionError extends SahmError {
  override name = 'ConnectionError';
}

/** No answer came within `timeoutMs`, or a stream was silent for so long. */
export class TimeoutError extends ConnectionError {
  override name = 'TimeoutError';
}

const STREAMED = 200;

/** The service said no, or failed. */
export class ApiError extends SahmError implements Details {
  override name = 'ApiError';
  /** The HTTP status; 200 for an error that ended a stream. */
  readonly status: number;
  /** The code for programs, such as `quota_exhausted`. Null if something else than the service answered. */
  readonly code: string | null;
  readonly type: string | null;
  /** The field of the request that is wrong. */
  readonly param: string | null;
  readonly requestId: string | null;
  readonly charged: number | null;
  readonly quota: Left | null;
  readonly rateLimit: Left | null;
  readonly headers: Headers;
  /** All that the service said. */
  readonly body: unknown;

  constructor(told: Told, status: number, headers: Headers, body: unknown) {
    super(told.message);
    this.status = status;
    this.code = told.code;
    this.type = told.type;
    this.param = told.param;
    this.body = body;
    const { requestId, charged, quota, rateLimit } = detailsOf(headers);
    this.requestId = requestId;
    // The headers of a stream were sent before its end. So the error that ends it has the numbers itself.
    const ofEvent = status === STREAMED ? fieldsOf(fieldsOf(body).quota) : null;
    this.charged = ofEvent ? numberOf(ofEvent.charged) : charged;
    this.quota = ofEvent ? leftIn(ofEvent) : quota;
    this.rateLimit = rateLimit;
    this.headers = headers;
  }
}

/** The month's quota is used up: wait for `quota.resetsAt`, or buy an add-on. Asking again does not help. */
export class QuotaExhaustedError extends ApiError {
  override name = 'QuotaExhaustedError';
}

/** Requests under way hold what is left. */
export class QuotaReservedError extends ApiError {
  override name = 'QuotaReservedError';
}

/** Too many requests a minute (`rateLimit.resetsAt` says until when), or at once. */
export class RateLimitError extends ApiError {
  override name = 'RateLimitError';
}

/** The model's provider failed or cannot be reached. It cost nothing. */
export class UpstreamError extends ApiError {
  override name = 'UpstreamError';
}

/** The request is wrong: `param` names the field. */
export class InvalidRequestError extends ApiError {
  override name = 'InvalidRequestError';
}

/** The key or token is unknown, or no longer valid. */
export class AuthenticationError extends ApiError {
  override name = 'AuthenticationError';
}

/** The plan, the key or the role does not allow it. */
export class PermissionError extends ApiError {
  override name = 'PermissionError';
}

export class NotFoundError extends ApiError {
  override name = 'NotFoundError';
}

/** The request conflicts with the present state. `code` says how. */
export class ConflictError extends ApiError {
  override name = 'ConflictError';
}

/** The service has a problem, or a proxy before it. */
export class ServiceError extends ApiError {
  override name = 'ServiceError';
}

type ErrorClass = typeof ApiError;

const CLASS_OF_CODE: Record<string, ErrorClass> = {
  quota_exhausted: QuotaExhaustedError,
  quota_reserved: QuotaReservedError,
  rate_limited: RateLimitError,
  upstream_failed: UpstreamError,
  upstream_unavailable: UpstreamError,
  upstream_timeout: UpstreamError,
};

const CLASS_OF_STATUS: Record<number, ErrorClass> = {
  400: InvalidRequestError,
  401: AuthenticationError,
  403: PermissionError,
  404: NotFoundError,
  405: InvalidRequestError,
  409: ConflictError,
  413: InvalidRequestError,
  415: InvalidRequestError,
  422: InvalidRequestError,
  429: RateLimitError,
};

interface Told {
  message: string;
  code: string | null;
  type: string | null;
  param: string | null;
}

/** The error in a body, in any of the service's forms. */
export function errorOf(status: number, headers: Headers, body: unknown): ApiError {
  const told = read(body, status);
  const ofCode = told.code === null ? undefined : CLASS_OF_CODE[told.code];
  const Class = ofCode ?? CLASS_OF_STATUS[status] ?? ServiceError;
  return new Class(told, status, headers, body);
}

/** `{error: {message, code, …}}`, or all at the top beside `error: true`. */
function read(body: unknown, status: number): Told {
  const top = fieldsOf(body);
  const fields = typeof top.error === 'object' ? fieldsOf(top.error) : top;
  return {
    message: textOf(fields.message) ?? `The service answered with status ${status}`,
    code: textOf(fields.code),
    type: textOf(fields.type),
    param: textOf(fields.param) ?? textOf(fields.field),
  };
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function leftIn({ limit, remaining, resets_at }: Record<string, unknown>): Left | null {
  const isTold = typeof limit === 'number' && typeof remaining === 'number';
  if (!isTold || typeof resets_at !== 'string') return null;
  return { limit, remaining, resetsAt: new Date(resets_at) };
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
