// Tells apart what a shop says at one second.

import { createHash } from 'node:crypto';

/** 16 characters of what can be written as JSON. */
export function digestOf(what: unknown): string {
  return createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 16);
}
