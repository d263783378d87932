import type { Modality } from '../domain/catalog.js';
import { DESCRIPTIONS } from '../domain/provider.js';
import type { ImageFaultTexts, Texts } from './texts.js';
import { allListed, listed, size } from './texts.js';

const MODALITY_NAMES: Record<Modality, string> = {
  text: 'text',
  image: 'images',
  file: 'files',
  audio: 'audio',
  video: 'video',
};

const IMAGE_FAULTS: ImageFaultTexts = {
  not_a_data_url: 'it must be a data URL of the form data:image/png;base64,...',
  type_not_allowed: 'only png, jpeg, webp and gif are accepted',
  not_base64: 'the part after "base64," is not valid base64',
  not_that_image: 'its content is not of the type that it declares',
};

export const en: Texts = {
  license_invalid: () =>
    'The license key is not valid or not active. Check the key and the state of your license.',
  required_fields_empty: () => 'api_key, model or prompt is empty. Send all three.',
  field_missing: ({ field }) => `The field "${field}" is missing or empty. Send it.`,
  field_invalid: ({ field, expected }) =>
    `The field "${field}" is not valid: expected ${expected}.`,
  field_unknown: ({ field }) => `The field "${field}" is not known. Leave it out.`,
  text_not_well_formed: ({ field }) =>
    `The text in "${field}" is not well-formed Unicode, or has a NUL. Send it without lone surrogates and NUL.`,
  too_many_messages: ({ field, most }) =>
    `"${field}" has more than ${most} messages. Leave out the oldest.`,
  image_invalid: ({ field, reason }) =>
    `The image in "${field}" cannot be used: ${IMAGE_FAULTS[reason]}.`,
  body_not_json: () => 'The body is not valid JSON. Send one JSON object.',
  body_not_utf8: () => 'The body is not valid UTF-8. Send JSON in UTF-8.',
  body_too_large: ({ mostBytes }) =>
    `The body is larger than ${size(mostBytes)}. Send fewer or smaller images and files.`,
  body_too_complex: () =>
    'The body is nested too deeply, or has too many fields, values or short texts. Send less at once.',
  body_too_slow: () => 'The body did not come, or came too slowly. Send the request again.',
  body_not_json_type: () =>
    'The body is not declared as JSON. Send the header Content-Type: application/json.',
  body_compressed: () => 'The body is compressed. Send it as it is, without Content-Encoding.',
  body_charset: () => 'The body is declared in another charset. Send JSON in UTF-8.',
  body_is_form: () =>
    'The body is a form. Send JSON: {"api_key": "...", "model": "...", "prompt": "..."}',
  method_not_allowed: ({ allowed }) => `This method is not allowed here. Use ${allowed}.`,
  route_not_found: ({ suggestions }) =>
    suggestions.length > 0
      ? `There is nothing at this address. Did you mean ${listed(suggestions, ', ')}?`
      : 'There is nothing at this address. Check the path and the API version.',
  model_not_found: ({ model, suggestions }) =>
    suggestions.length > 0
      ? `The model "${model}" does not exist. Did you mean ${listed(suggestions, ', ')}?`
      : `The model "${model}" does not exist. GET /v1/models lists the models.`,
  direct_not_in_plan: ({ plan, provider, minimumPlan }) =>
    `Direct ${DESCRIPTIONS[provider].name} models are not part of the ${plan.toUpperCase()} plan. ${DESCRIPTIONS[provider].name} needs the ${minimumPlan.toUpperCase()} plan.`,
  model_not_in_plan: ({ plan, model, minimumPlan }) =>
    `The model ${model} is not part of the ${plan.toUpperCase()} plan. It needs the ${minimumPlan.toUpperCase()} plan.`,
  tools_not_supported: ({ model, models }) =>
    `The model ${model} does not call tools. ${
      models.length > 0
        ? `Models of your plan that do: ${listed(models, ', ')}.`
        : 'No model of your plan does: leave "tools" out, or choose a higher plan.'
    }`,
  content_not_supported: ({ model, modalities, models }) =>
    `The model ${model} does not accept ${allListed(modalities, MODALITY_NAMES, ', ')}. ${
      models.length > 0
        ? `Models of your plan that do: ${listed(models, ', ')}.`
        : 'No model of your plan does: leave that part out, or choose a higher plan.'
    }`,
  quota_exhausted: ({ provider }) =>
    `Your monthly ${DESCRIPTIONS[provider].quotaName} quota is used up. Buy an add-on, or wait for the next month.`,
  upstream_rejected: ({ detail }) =>
    `The model's provider did not accept the request; nothing was charged: ${detail}`,
  upstream_failed: () =>
    "The model's provider gave no usable answer. Nothing was charged; try again.",
  upstream_timeout: () =>
    "The model's provider did not answer in time. Nothing was charged; try again, or ask for less.",
  upstream_unavailable: () =>
    'The model cannot be reached at present. Nothing was charged; try again shortly, or use another model.',
  service_unavailable: () => 'The service is not available at present. Try again in a few seconds.',
  internal_error: () =>
    'Something went wrong on our side. If it happens again, tell support the X-Request-Id.',
  value_not_storable: () =>
    'A value of the request cannot be stored: a date outside of the calendar, a number too large, or a character such as NUL. Correct it.',
  outcome_unknown: () =>
    'The service lost its database at the moment of counting: this request may have been charged, at most once. Ask for your usage before you send it again.',
  sign_in_failed: () => 'The e-mail address or the password is not right.',
  unauthenticated: () =>
    'You are not signed in. Send a valid token in the header Authorization: Bearer.',
  forbidden: ({ role }) => `This needs the role ${role}. Ask an owner for it.`,
  idempotency_key_invalid: () =>
    'The header Idempotency-Key must have 1 to 255 printable ASCII characters.',
  idempotency_in_progress: () =>
    'A request with this Idempotency-Key is under way. Wait a second, then send it again.',
  idempotency_mismatch: () =>
    'This Idempotency-Key was used for another request. Use a new key for each new request.',
  idempotency_reply_lost: () =>
    'The request of this Idempotency-Key was charged, but its reply was not kept. Use a new key to ask again.',
  rate_limited: () => 'Too many requests. Wait for the seconds in Retry-After, then try again.',
  code_not_found: () =>
    'There is no such code. Compare each character, or ask whoever gave it to you.',
  code_used: () => 'This code was used already. Each code works once.',
  code_expired: () => 'This code has expired. Ask whoever gave it to you for another one.',
  code_product_unknown: () =>
    'What this code is for is not offered at present. The code was not used; ask whoever gave it to you.',
  code_had_before: () =>
    'Each buyer gets this once, and you have had it. The code was not used; you may give it to somebody else.',
  code_needs_license: () =>
    'This code is for an add-on, which needs a license: send the license key too, as Authorization: Bearer. The code was not used.',
  code_needs_active_license: ({ status }) =>
    `Your license is ${status}. The code was not used; redeem it once the license is active again.`,
  code_needs_plan: ({ plan, minimumPlan }) =>
    `This code is for an add-on that needs the plan ${minimumPlan.toUpperCase()}; yours is ${plan.toUpperCase()}. The code was not used.`,
  not_found: ({ what }) => `There is no such ${what}. Check its id.`,
  conflict: ({ reason }) => `This is not possible in the present state: ${reason}`,
};
