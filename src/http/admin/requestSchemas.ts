// The queries for requests, refusals and the balance of one license.

import { z } from 'zod';
import { HOLD_STATES } from '../../domain/hold.js';
import { PROVIDERS } from '../../domain/provider.js';
import { ERROR_STATUS, type ErrorCode } from '../../domain/refusal.js';
import { idCursor, moment, object, pageLimit, ranged, text } from '../kernel/inputForms.js';

const ERROR_CODES = Object.keys(ERROR_STATUS) as [ErrorCode, ...ErrorCode[]];
const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
/** Accepts the forms of replies too, which have a prefix, such as `chatcmpl-…`. */
const REQUEST_ID = new RegExp(`^(?:[a-z]+[-_])?(${UUID})$`, 'i');

/** The id in a text that a caller sent; null if there is none. */
export function requestIdIn(sent: string): string | null {
  return REQUEST_ID.exec(sent)?.[1]?.toLowerCase() ?? null;
}

const provider = z.enum(PROVIDERS, { error: PROVIDERS.join(' | ') }).optional();
const requestId = z
  .string()
  .regex(REQUEST_ID, { error: 'the X-Request-Id of a request' })
  .transform(sent => requestIdIn(sent) ?? sent)
  .optional();

const key = text(300)
  .describe('The name or id of a named key, or master for the master key')
  .optional();

const found = { from: moment, to: moment, model: text(300).optional(), provider, key };

export const requestsQuery = ranged({
  ...found,
  outcome: z.enum(HOLD_STATES, { error: HOLD_STATES.join(' | ') }).optional(),
  request_id: requestId,
  cursor: idCursor,
  limit: pageLimit,
});

export const refusalsQuery = ranged({
  ...found,
  code: z.enum(ERROR_CODES, { error: 'the code of a refusal' }).optional(),
  request_id: requestId,
  cursor: idCursor,
  limit: pageLimit,
});

export const balanceQuery = object({
  provider,
  period: z
    .string()
    .regex(/^\d{4}-(0[1-9]|1[0-2])$/, { error: 'a month as 2026-01' })
    .optional(),
});
