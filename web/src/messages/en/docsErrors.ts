export default {
  invalid_request:
    'A field is missing, has a wrong value or is not known. Correct the field that the message names.',
  content_not_supported:
    'The model does not accept this kind of content, such as an image. Choose one of the models in the message.',
  invalid_license_key:
    'The key is mistyped, suspended, revoked or expired. Look it up in your account; copy it without spaces.',
  unauthenticated: 'You are not signed in, or no longer. Sign in again, or send your key.',
  second_factor_required: 'Also send the code that your second factor shows.',
  confirmation_required:
    'A customer would at once lose something that is paid for. Correct the date, or confirm that this is what you mean.',
  forbidden: 'You are known, but may not do this. An administrator with a higher role may.',
  model_not_in_plan: 'Your plan does not have this model. Choose another model or a higher plan.',
  model_not_found: 'There is no such model. The message suggests names that are close to it.',
  not_found: 'There is nothing at this address. Check the path and the id.',
  code_not_found: 'There is no such code. Copy it again, with its dashes.',
  method_not_allowed: 'The address exists, but for another method. Chats are sent by POST.',
  request_timeout:
    'The body stopped or came too slowly. Send it again, over a better connection if possible.',
  conflict:
    'It does not fit the present state. The message says why; read the present state, then decide.',
  code_used: 'The code was used already. If it was you, what it gives is in your account.',
  code_expired: 'The code has expired. Ask whoever gave it to you for another one.',
  code_not_usable: 'The code is valid, but not for you or not now. The message says why.',
  idempotency_in_progress: 'The same request is still under way. Wait a moment and send it again.',
  request_too_large: 'More than 20 MiB. Send smaller or fewer images and files.',
  unsupported_media_type:
    'The body is not JSON. Send the header Content-Type: application/json, uncompressed.',
  idempotency_mismatch:
    'This Idempotency-Key was used for another request. Take a new one for each new request.',
  quota_exhausted:
    'This month’s requests of this counter are used up. Buy an add-on or wait for resets_at. Trying again does not help.',
  quota_reserved:
    'What is left is held by your requests that are under way. Try again in a second.',
  rate_limited:
    'Too many requests in a short time, or more at once than the license may run. Wait as many seconds as Retry-After says.',
  internal_error:
    'Something went wrong on our side. If it happens again, tell support the X-Request-Id.',
  upstream_failed: 'The model’s provider gave no usable answer. Nothing was charged: try again.',
  upstream_unavailable:
    'The model cannot be reached at the moment. Nothing was charged: try later, or another model.',
  service_unavailable:
    'We cannot count at the moment. Try again; if the message says that it may have been charged, use the same Idempotency-Key.',
  upstream_timeout:
    'The model did not answer in time. Nothing was charged: try again, or ask for something shorter.',
} as const;
