// Checks that a body is declared as JSON in UTF-8.

import type { IncomingMessage } from 'node:http';
import { parse } from 'content-type';
import { type Refusal, refuse } from '../../domain/refusal.js';

/** `json`: only bodies declared as JSON. `any`: also the types with which PHP and a browser's `fetch` send JSON. */
export type TakenTypes = 'json' | 'any';

const FORM = 'application/x-www-form-urlencoded';

/** Null if the body may be read. No type at all counts as JSON. */
export function refuseBodyType(request: IncomingMessage, taken: TakenTypes): Refusal | null {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    return refuse('unsupported_media_type', 'body_compressed', {});
  }
  const declared = request.headers['content-type'];
  if (declared === undefined || declared === 'application/json') return null;
  const { type, parameters } = parse(declared);
  const { charset = 'utf-8' } = parameters;
  if (!/^utf-?8$/i.test(charset)) return refuse('unsupported_media_type', 'body_charset', {});
  if (taken === 'any') return type.startsWith('multipart/') ? FORM_REFUSED : null;
  return /^application\/([a-z0-9.+-]+\+)?json$/.test(type)
    ? null
    : refuse('unsupported_media_type', 'body_not_json_type', {});
}

/** The refusal for a body that is no JSON. PHP declares JSON as a form, so a real form is only recognized now. */
export function refuseNoJson(request: IncomingMessage): Refusal {
  return mediaTypeOf(request) === FORM
    ? FORM_REFUSED
    : refuse('invalid_request', 'body_not_json', {});
}

/** The declared type of the body in lower case, without parameters; empty if none is declared. */
export function mediaTypeOf({ headers }: IncomingMessage): string {
  return parse(headers['content-type'] ?? '').type;
}

const FORM_REFUSED = refuse('unsupported_media_type', 'body_is_form', {});
