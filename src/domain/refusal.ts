// A refusal is a value: one of a closed set of codes, and a message in the caller's language.

import type { Modality, ModelKind } from './catalog.js';
import type { LicenseState } from './license.js';
import type { Provider } from './provider.js';
import type { Usage } from './quota.js';
import { repeatable } from './secretForms.js';

/** The stable machine codes and their HTTP statuses. */
export const ERROR_STATUS = {
  invalid_request: 400,
  content_not_supported: 400,
  invalid_license_key: 401,
  unauthenticated: 401,
  second_factor_required: 401,
  forbidden: 403,
  model_not_in_plan: 403,
  model_not_found: 404,
  not_found: 404,
  code_not_found: 404,
  method_not_allowed: 405,
  request_timeout: 408,
  conflict: 409,
  confirmation_required: 409,
  code_used: 409,
  code_expired: 409,
  code_not_usable: 409,
  idempotency_in_progress: 409,
  request_too_large: 413,
  unsupported_media_type: 415,
  idempotency_mismatch: 422,
  quota_exhausted: 429,
  quota_reserved: 429,
  rate_limited: 429,
  internal_error: 500,
  upstream_failed: 502,
  upstream_unavailable: 503,
  service_unavailable: 503,
  upstream_timeout: 504,
} as const;
export type ErrorCode = keyof typeof ERROR_STATUS;

/** Every message that exists, with its parameters. */
export interface MessageParameters {
  /** No refusal: what seed 004 says of every success. */
  done: Record<never, never>;
  license_invalid: Record<never, never>;
  license_missing: Record<never, never>;
  /** The same in seed 004's words. */
  api_key_invalid: Record<never, never>;
  required_fields_empty: Record<never, never>;
  field_missing: { field: string };
  field_invalid: { field: string; expected: string };
  /** `meant`: the field that people mean by it. */
  field_unknown: { field: string; meant?: string };
  field_not_served: { field: string; instead: string };
  previous_response_not_found: { id: string };
  thread_not_kept: { field: string };
  text_not_well_formed: { field: string };
  too_many_messages: { field: string; most: number };
  image_invalid: { field: string; reason: ImageFault };
  body_not_json: Record<never, never>;
  body_not_utf8: Record<never, never>;
  body_too_large: { mostBytes: number };
  body_too_complex: Record<never, never>;
  body_too_slow: Record<never, never>;
  body_not_json_type: Record<never, never>;
  body_compressed: Record<never, never>;
  body_charset: Record<never, never>;
  body_is_form: Record<never, never>;
  body_not_form: Record<never, never>;
  body_malformed_form: Record<never, never>;
  method_not_allowed: { allowed: string };
  route_not_found: { suggestions: string[] };
  route_not_served: { instead: string };
  model_not_found: { model: string; suggestions: string[] };
  direct_not_in_plan: { plan: string; provider: Provider; minimumPlan: string };
  model_not_in_plan: { plan: string; model: string; minimumPlan: string };
  tools_not_supported: { model: string; models: string[] };
  kind_not_supported: { model: string; kind: ModelKind; models: string[] };
  form_not_served: { model: string; models: string[] };
  content_not_supported: { model: string; modalities: Modality[]; models: string[] };
  quota_exhausted: { provider: Provider };
  key_quota_exhausted: { provider: Provider; name: string };
  wallet_exhausted: Record<never, never>;
  key_wallet_exhausted: { name: string };
  kind_not_for_money: { plan: string; kind: ModelKind };
  upstream_rejected: { detail: string };
  upstream_failed: Record<never, never>;
  upstream_timeout: Record<never, never>;
  upstream_unavailable: Record<never, never>;
  service_unavailable: Record<never, never>;
  internal_error: Record<never, never>;
  value_not_storable: Record<never, never>;
  outcome_unknown: Record<never, never>;
  sign_in_failed: Record<never, never>;
  unauthenticated: Record<never, never>;
  webhook_unsigned: { secretName: string };
  webhook_signature: { secretName: string };
  webhook_time: Record<never, never>;
  webhook_off: { secretName: string };
  checkout_off: Record<never, never>;
  forbidden: { role: string };
  session_needed: Record<never, never>;
  master_key_needed: Record<never, never>;
  idempotency_key_invalid: Record<never, never>;
  idempotency_in_progress: Record<never, never>;
  idempotency_mismatch: Record<never, never>;
  idempotency_reply_lost: Record<never, never>;
  rate_limited: Record<never, never>;
  too_many_at_once: { most: number };
  code_not_found: Record<never, never>;
  code_used: Record<never, never>;
  code_expired: Record<never, never>;
  code_product_unknown: Record<never, never>;
  code_had_before: Record<never, never>;
  code_needs_license: Record<never, never>;
  code_needs_active_license: { status: LicenseState };
  code_needs_plan: { plan: string; minimumPlan: string };
  link_not_valid: Record<never, never>;
  not_found: { what: string };
  video_under_way: Record<never, never>;
  request_not_found: Record<never, never>;
  receipt_not_found: Record<never, never>;
  export_not_found: { files: string };
  /** The months that there are statements of. */
  statement_not_found: { first: string; last: string };
  conflict: { reason: string };
  confirmation_required: { plan: string; until: string | null };
  second_factor_required: Record<never, never>;
  paid_plan_stops: { plan: string; until: string | null };
  paid_time_lost: { plan: string; until: string | null; ends: string };
  below_paid_plan: { plan: string; lower: string; until: string | null };
  grants_stop: { provider: Provider; units: number };
  subscription_goes_on: { shop: string };
  license_ends: Record<never, never>;
  end_far_away: { year: number };
  license_suspended: Record<never, never>;
  license_revoked: Record<never, never>;
  license_expired: Record<never, never>;
  key_withdrawn: { name: string; at: string };
  /** Without a name: a master key. */
  key_replaced: { name: string | null; at: string };
}
export type MessageKey = keyof MessageParameters;

export type ImageFault = 'not_a_data_url' | 'type_not_allowed' | 'not_base64' | 'not_that_image';

export type Message = {
  [Key in MessageKey]: { key: Key; parameters: MessageParameters[Key] };
}[MessageKey];

export interface Refusal {
  kind: 'refusal';
  code: ErrorCode;
  message: Message;
  /** The request field that is wrong. It may contain the caller's own words, already made safe to repeat. */
  field?: string;
  /** The upstream's own code, where clients act on it: `context_length_exceeded`. */
  upstreamCode?: string;
  /** The caller's plan, where the plan is the reason. */
  plan?: string;
  /** The license's counters, once the license was accepted. */
  usage?: Usage;
  /** The provider whose quota the request is for, once that is known. */
  provider?: Provider;
  retryAfterSeconds?: number;
  /** The units that the request cost; absent where no license was accepted, or where nobody knows. */
  charged?: number;
}

/** `refuse('invalid_request', 'field_missing', { field: 'model' }, { field: 'model' })`. */
export function refuse<Key extends MessageKey>(
  code: ErrorCode,
  key: Key,
  parameters: MessageParameters[Key],
  more: Omit<Partial<Refusal>, 'kind' | 'code' | 'message'> = {},
): Refusal {
  const refusal: Refusal = {
    kind: 'refusal',
    code,
    message: { key, parameters } as Message,
    ...more,
  };
  if (refusal.field !== undefined) refusal.field = repeatable(refusal.field);
  return refusal;
}

/** A field does not have the value that is expected. */
export function refuseField(field: string, expected: string): Refusal {
  return refuse('invalid_request', 'field_invalid', { field, expected }, { field });
}
