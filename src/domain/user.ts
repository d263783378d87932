// Whom a caller asks for, as far as it says so: what clients send as `user`.

import { beginningOf, bodyText } from './longTexts.js';

/** More of a name is not looked at. */
const LONGEST = 512;

/** Undefined where the value names nobody. */
export function userNamed(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  return beginningOf(bodyText(value)).slice(0, LONGEST).trim() || undefined;
}
