// Tells apart different things that a shop reports with the same time, because its times have only seconds.

import { createHash } from 'node:crypto';

/** 16 characters of the digest of anything that can be written as JSON. */
export function digestOf(what: unknown): string {
  return createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 16);
}
