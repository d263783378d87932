// Checks of the fields that we read, for every shop: their values must fit into the database as they are. The rest of
// a delivery may be anything.

import { z } from 'zod';
import { INSTANT_EXPECTED, isInstant } from '../domain/instant.js';
import { type Language, languageOfTag } from '../domain/language.js';
import { isMailAddress } from '../domain/mailAddress.js';
import { MOST_QUANTITY } from '../domain/purchase.js';
import { isWellFormed } from '../domain/wellFormed.js';

/** Indexes hold three of these together, so longer ones would not fit. */
const LONGEST = 255;
const TEXT_EXPECTED = `well-formed text of ${LONGEST} characters at most, without NUL`;

export function isShopText(text: string): boolean {
  return text.length <= LONGEST && isWellFormed(text);
}

export const text = z.string().refine(isShopText, { error: TEXT_EXPECTED });
/** Never empty, because an empty line id means the whole order. */
export const id = text.min(1);

export const quantity = z.int().min(-MOST_QUANTITY).max(MOST_QUANTITY);

/** The mail address in a field of the shop; undefined if it is none to which mail can be sent. */
export function mailAddressIn(field: unknown): string | undefined {
  const address = typeof field === 'string' ? field.trim() : '';
  return isWellFormed(address) && isMailAddress(address) ? address : undefined;
}

/** The language in a field of the shop; undefined if it is none of ours. */
export function languageIn(field: unknown): Language | undefined {
  return typeof field === 'string' ? languageOfTag(field.trim()) : undefined;
}

/** A valid `Date`. */
export const instant = z.date({ error: INSTANT_EXPECTED }).refine(isInstant, {
  error: INSTANT_EXPECTED,
});
export const unixSeconds = z
  .int()
  .transform(seconds => new Date(seconds * 1000))
  .pipe(instant);

/** Which field is wrong, and how: `lines.0.quantity: Invalid input`. */
export function faultOf({ issues }: z.ZodError): string {
  const [issue] = issues;
  return `${z.core.toDotPath(issue?.path ?? []) || 'body'}: ${issue?.message}`;
}
