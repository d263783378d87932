import type { Modality, ModelKind } from '../domain/catalog.js';
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

const MODEL_KIND_NAMES: Record<ModelKind, string> = {
  chat: 'chats',
  embedding: 'embeddings',
  image: 'making images',
  speech: 'speech',
  transcription: 'transcription',
  video: 'making videos',
  moderation: 'moderation',
};

const IMAGE_FAULTS: ImageFaultTexts = {
  not_a_data_url: 'it must be a data URL of the form data:image/png;base64,...',
  type_not_allowed: 'only png, jpeg, webp and gif are accepted',
  not_base64: 'the part after "base64," is not valid base64',
  not_that_image: 'its content is not of the type that it declares',
};

export const en: Texts = {
  done: () => 'The request succeeded.',
  api_key_invalid: () => 'The API key is not valid or has expired.',
  license_invalid: () =>
    'The license key is not valid or not active. Check the key and the state of your license.',
  license_missing: () =>
    'No license key was sent. Send it in the header Authorization: Bearer YOUR_KEY; x-api-key and api-key work too.',
  required_fields_empty: () => 'api_key, model or prompt is empty. Send all three.',
  field_missing: ({ field }) => `The field "${field}" is missing or empty. Send it.`,
  field_invalid: ({ field, expected }) =>
    `The field "${field}" is not valid: expected ${expected}.`,
  field_unknown: ({ field, meant }) =>
    meant === undefined
      ? `The field "${field}" is not known here. Remove it, and send the request again.`
      : `The field "${field}" is not known here. Use "${meant}", or remove it.`,
  field_not_served: ({ field, instead }) => `"${field}" is not supported here. ${instead}.`,
  previous_response_not_found: ({ id }) =>
    `"${id}" is not kept here: it was not stored, has expired, or was deleted. Send the whole conversation in "input".`,
  thread_not_kept: ({ field }) =>
    `Conversations are not kept here. Remove "${field}", and send the whole conversation in "messages".`,
  text_not_well_formed: ({ field }) =>
    `The text in "${field}" is not well-formed Unicode, or has a NUL. Send it without lone surrogates and NUL.`,
  too_many_messages: ({ field, most }) =>
    `"${field}" has more than ${most} messages. Remove the oldest ones.`,
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
  body_not_form: () => 'The body is not a form. Send it as multipart/form-data.',
  body_malformed_form: () =>
    'The body is not the form that its Content-Type announces: the boundary differs, it is cut off, or it has too many parts. Let your library write the Content-Type, or send fewer parts.',
  method_not_allowed: ({ allowed }) => `This method is not allowed here. Use ${allowed}.`,
  route_not_found: ({ suggestions }) =>
    suggestions.length > 0
      ? `There is nothing at this address. Did you mean ${listed(suggestions, ', ')}?`
      : 'There is nothing at this address. Check the path and the API version.',
  route_not_served: ({ instead }) => `This is not supported here. ${instead}.`,
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
        : 'No model of your plan does: remove "tools", or choose a higher plan.'
    }`,
  kind_not_supported: ({ model, kind, models }) =>
    `The model ${model} is not made for ${MODEL_KIND_NAMES[kind]}. ${
      models.length > 0
        ? `Models of your plan that are: ${listed(models, ', ')}.`
        : 'No model of your plan is: choose a higher plan.'
    }`,
  form_not_served: ({ model, models }) =>
    `The model ${model} is not available in this API. ${
      models.length > 0
        ? `Models of your plan that are: ${listed(models, ', ')}.`
        : 'Use POST /v1/chat/completions for it.'
    }`,
  content_not_supported: ({ model, modalities, models }) =>
    `The model ${model} does not accept ${allListed(modalities, MODALITY_NAMES, ', ')}. ${
      models.length > 0
        ? `Models of your plan that do: ${listed(models, ', ')}.`
        : 'No model of your plan does: remove that part, or choose a higher plan.'
    }`,
  quota_exhausted: ({ provider }) =>
    `Your monthly ${DESCRIPTIONS[provider].quotaName} quota is used up. Buy an add-on, or wait for the next month.`,
  key_quota_exhausted: ({ provider, name }) =>
    `The monthly ${DESCRIPTIONS[provider].quotaName} limit of the key "${name}" is used up. Raise the key's limit, or wait for the next month; the license's own quota is separate.`,
  wallet_exhausted: () =>
    'Your balance is too low for this request. Add to it, send a shorter request, or wait for the next month.',
  key_wallet_exhausted: ({ name }) =>
    `The monthly limit of the key "${name}" has too little left for this request. Raise the key's limit, or wait for the next month; the license's own balance is separate.`,
  kind_not_for_money: ({ plan, kind }) =>
    `The ${plan.toUpperCase()} plan charges by cost, and has no models for ${MODEL_KIND_NAMES[kind]} yet. Choose another model, or ask the shop for a plan that has them.`,
  upstream_rejected: ({ detail }) =>
    `Nothing was charged. The model's provider did not accept the request${detail ? `: ${detail}` : '.'}`,
  upstream_failed: () =>
    "The model's provider gave no usable answer. Nothing was charged; try again.",
  upstream_timeout: () =>
    "The model's provider did not answer in time. Nothing was charged; try again, or ask for less.",
  upstream_unavailable: () =>
    'The model cannot be reached right now. Nothing was charged; try again shortly, or use another model.',
  video_under_way: () => 'This video is still being made. It can be deleted once it is finished.',
  service_unavailable: () => 'The service is not available right now. Try again in a few seconds.',
  internal_error: () =>
    'Something went wrong on our side. If it happens again, tell support the X-Request-Id.',
  value_not_storable: () =>
    'A value of the request cannot be stored: a date outside the calendar, a number too large, or a character such as NUL. Correct it.',
  outcome_unknown: () =>
    'The service lost its database while it was counting: this request may have been charged, at most once. Look at your usage before you send it again.',
  sign_in_failed: () => 'The e-mail address or the password is wrong.',
  webhook_unsigned: ({ secretName }) =>
    `This delivery is not signed. In the shop, give the webhook the secret that this service has in ${secretName}.`,
  webhook_signature: ({ secretName }) =>
    `The signature of this delivery is wrong. The webhook's secret in the shop must be the same as ${secretName} in this service.`,
  webhook_time: () =>
    'The signature of this delivery is right, but its time differs from ours by more than five minutes. Check the clocks of both servers.',
  webhook_off: ({ secretName }) =>
    `This shop is not set up in this service: no webhook secret is configured. Set ${secretName} and restart the service.`,
  checkout_off: () =>
    'Nothing can be bought here: no shop with a checkout is set up. Buy in the shop itself.',
  unauthenticated: () =>
    'You are not signed in. Send a valid token in the header Authorization: Bearer.',
  forbidden: ({ role }) => `This needs the role ${role}. Ask an owner for it.`,
  session_needed: () =>
    'An API token makes no other API token. Sign in with the password, and send the token of that session.',
  master_key_needed: () =>
    "This needs the license's master key, or the buyer who is signed in; other keys may not do it.",
  idempotency_key_invalid: () =>
    'The header Idempotency-Key must have 1 to 255 printable ASCII characters.',
  idempotency_in_progress: () =>
    'A request with this Idempotency-Key is under way. Wait a second, then send it again.',
  idempotency_mismatch: () =>
    'This Idempotency-Key was used for another request. Use a new key for each new request.',
  idempotency_reply_lost: () =>
    'The request of this Idempotency-Key was charged, but its reply was not kept. Use a new key to ask again.',
  rate_limited: () => 'Too many requests. Wait for the seconds in Retry-After, then try again.',
  too_many_at_once: ({ most }) =>
    `This license may run ${most} ${most === 1 ? 'request' : 'requests'} at once, and as many are under way. Wait until one has ended, then try again.`,
  code_not_found: () =>
    'There is no such code. Compare each character, or ask whoever gave it to you.',
  code_used: () => 'This code was used already. Each code works once.',
  code_expired: () => 'This code has expired. Ask whoever gave it to you for another one.',
  code_product_unknown: () =>
    'The product of this code is not offered right now. The code was not used; ask whoever gave it to you.',
  code_had_before: () =>
    'Each buyer gets this once, and you have had it already. The code was not used; you may give it to somebody else.',
  code_needs_license: () =>
    'This code is for an add-on, which needs a license: send the license key too, as Authorization: Bearer. The code was not used.',
  code_needs_active_license: ({ status }) =>
    `Your license is ${status}. The code was not used; redeem it once the license is active again.`,
  code_needs_plan: ({ plan, minimumPlan }) =>
    `This code is for an add-on that needs the plan ${minimumPlan.toUpperCase()}; yours is ${plan.toUpperCase()}. The code was not used; redeem it once you have that plan.`,
  link_not_valid: () =>
    'This link does not work any more: it was used, or it has expired. Ask for a new one.',
  not_found: ({ what }) => `This ${what} was not found. Check what you asked for.`,
  request_not_found: () =>
    'There is no request with this id. The id is the X-Request-Id of a chat. Requests that were carried out are kept for 13 months, refusals with a valid key for 90 days, others not at all. Compare each character.',
  receipt_not_found: () =>
    'There is no receipt for a request with this id. Each request that reached a model has one for 13 months; one that was refused before that cost nothing and has none. The id is the X-Request-Id: compare each character.',
  export_not_found: ({ files }) => `There is no such export. The exports are: ${files}.`,
  statement_not_found: ({ first, last }) =>
    `There is no statement for this month. There are statements for the months ${first} to ${last}; older requests are not kept.`,
  conflict: ({ reason }) => `This is not possible right now: ${reason}`,
  confirmation_required: ({ plan, until }) =>
    `This end date is past, and ${plan} is paid for${untilText(until)}: the customer would lose it at once. Correct the date, or send "confirm": true if that is what you mean.`,
  second_factor_required: () => 'Also send the code of your second factor, in the field "code".',
  paid_plan_stops: ({ plan, until }) =>
    `${plan} is paid for${untilText(until)}; the customer would lose it at once.`,
  paid_time_lost: ({ plan, until, ends }) =>
    `${plan} is paid for${untilText(until)}; but the license would end on ${ends}.`,
  below_paid_plan: ({ plan, lower, until }) =>
    `The customer paid for ${plan}${untilText(until)}, and would have ${lower}.`,
  grants_stop: ({ provider, units }) =>
    `Add-ons with ${units} unspent ${DESCRIPTIONS[provider].quotaName} ${units === 1 ? 'request' : 'requests'} could no longer be used.`,
  subscription_goes_on: ({ shop }) =>
    `The subscription in the shop ${shop} goes on and is charged: cancel it there too.`,
  license_ends: () => 'The license would end at once.',
  end_far_away: ({ year }) => `The end is in the year ${year}. Is the year right?`,
  license_suspended: () => 'The license was suspended.',
  license_revoked: () => 'The license was revoked.',
  license_expired: () => 'The license had expired.',
  key_withdrawn: ({ name, at }) => `The named key "${name}" was withdrawn on ${at}.`,
  key_replaced: ({ name, at }) =>
    `${name === null ? 'The master key' : `The secret of the named key "${name}"`} had been replaced; the old one ended on ${at}.`,
};

function untilText(until: string | null): string {
  return until === null ? ' (without an end)' : ` until ${until}`;
}
