// The error codes that a request can get, each with its status and what to do.

import { useTexts } from '../../messages/useTexts.js';

const CODES = [
  ['invalid_request', 400],
  ['content_not_supported', 400],
  ['invalid_license_key', 401],
  ['unauthenticated', 401],
  ['forbidden', 403],
  ['model_not_in_plan', 403],
  ['model_not_found', 404],
  ['not_found', 404],
  ['code_not_found', 404],
  ['method_not_allowed', 405],
  ['request_timeout', 408],
  ['conflict', 409],
  ['second_factor_required', 401],
  ['confirmation_required', 409],
  ['code_used', 409],
  ['code_expired', 409],
  ['code_not_usable', 409],
  ['idempotency_in_progress', 409],
  ['request_too_large', 413],
  ['unsupported_media_type', 415],
  ['idempotency_mismatch', 422],
  ['quota_exhausted', 429],
  ['quota_reserved', 429],
  ['rate_limited', 429],
  ['internal_error', 500],
  ['upstream_failed', 502],
  ['upstream_unavailable', 503],
  ['service_unavailable', 503],
  ['upstream_timeout', 504],
] as const;

export interface ErrorCode {
  code: string;
  status: number;
  /** In the reader's language. */
  todo: string;
}

export function useErrorCodes(): ErrorCode[] {
  const t = useTexts('docsErrors');
  return CODES.map(([code, status]) => ({ code, status, todo: t(code) }));
}
