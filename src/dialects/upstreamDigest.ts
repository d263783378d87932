// What an upstream is told in the place of a customer or of a name that a customer chose: all share the operator's
// account, where two customers may use the same name.

import { createHash } from 'node:crypto';

const CHARACTERS = 32;

export function upstreamDigest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, CHARACTERS);
}
