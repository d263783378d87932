// Parts of the schemas for inputs.

import { z } from 'zod';
import { END_EXPECTED, type End } from '../../domain/end.js';
import { DAY_EXPECTED, INSTANT_EXPECTED, isDay, isInstant } from '../../domain/instant.js';
import { isMailAddress } from '../../domain/mailAddress.js';
import { CURSOR_EXPECTED } from '../../domain/page.js';
import { hasOurSecret } from '../../domain/secretForms.js';

export const LONGEST_NOTE = 2_000;
export const LONGEST_EMAIL = 254;
const ROWS_A_PAGE = 50;
const MOST_ROWS_A_PAGE = 200;
/** From the beginning of a day in one zone to its end in any other. */
const MOST_ZONES_APART_MS = 2 * 86_400_000;

/** validate.ts checks for all texts that they can be stored. One that must not be empty must not be blank either. */
export function text(longest: number, shortest = 1) {
  const error = `text of ${shortest} to ${longest} characters`;
  return z
    .string({ error })
    .min(shortest, { error })
    .max(longest, { error })
    .refine(value => shortest === 0 || value.trim() !== '', { error });
}

/** For texts that are stored: refuses those with a key, which the audit log and lists would show for ever. */
export function withoutSecrets<Schema extends z.ZodType<string>>(schema: Schema) {
  return schema.refine(value => !hasOurSecret(value), {
    error: 'text without a license key, an API token or a code',
  });
}

export function keptText(longest: number, shortest = 1) {
  return withoutSecrets(text(longest, shortest));
}

export function integer(least: number, most: number) {
  const error = `an integer from ${least} to ${most}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
}

const objectError = (issue: z.core.$ZodRawIssue) =>
  issue.code === 'invalid_type' ? 'a JSON object' : undefined;

export const object = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape, { error: objectError });

export const email = withoutSecrets(
  z
    .string({ error: 'an e-mail address' })
    .refine(isMailAddress, { error: 'an e-mail address' })
    .meta({ format: 'email', maxLength: LONGEST_EMAIL }),
);

export const note = keptText(LONGEST_NOTE, 0);

const endError = { error: END_EXPECTED };

/** A day stays a day here, because its end depends on the time zone of the quotas. */
export const end = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()], endError)
  .transform((value): End => (value.includes('T') ? new Date(value) : { lastDay: value }))
  .refine(value => (value instanceof Date ? isInstant(value) : isDay(value.lastDay)), endError)
  .describe(
    'The last day, as 2027-02-28 (it is included, in the zone of the quotas), or an instant as 2027-02-28T12:00:00Z',
  );

/** `from` or `to` of a query. */
const momentError = { error: `a day as 2026-01-31, or ${INSTANT_EXPECTED}` };
export const moment = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()], momentError)
  .refine(value => isInstant(new Date(value)), momentError)
  .transform(value => (value.includes('T') ? new Date(value).toISOString() : value))
  .optional();

const dayError = { error: DAY_EXPECTED };
export const day = z.iso.date(dayError).refine(isDay, dayError).optional();

/** The message if `from` is after `to`, where nothing could be found. */
const FROM_EXPECTED = 'a time that is not after "to"; swap the two';

/** A query with `from` and `to`, each a day or an instant. */
export function ranged<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return object(shape).refine(
    ({ from, to }: { from?: unknown; to?: unknown }) => !isAfter(from, to),
    { error: FROM_EXPECTED, path: ['from'] },
  );
}

/** True only if it holds in every time zone: comparing a day with an instant depends on the zone. */
function isAfter(from: unknown, to: unknown): boolean {
  if (typeof from !== 'string' || typeof to !== 'string') return false;
  const apart = from.length === to.length ? 0 : MOST_ZONES_APART_MS;
  return Date.parse(from) > Date.parse(to) + apart;
}

export const expiresAt = end.nullable();

export const yesOrNo = z.boolean({ error: 'true or false' });

export const pageLimit = z.coerce.number().pipe(integer(1, MOST_ROWS_A_PAGE)).default(ROWS_A_PAGE);

export const cursor = text(200).optional();

export const idCursor = z.uuid({ error: CURSOR_EXPECTED }).optional();

export const noQuery = object({});

export const pageQuery = object({ cursor, limit: pageLimit });

/** The query of pages whose cursor is the id of a row. */
export const idPageQuery = object({ cursor: idCursor, limit: pageLimit });
