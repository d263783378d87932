// The digest that an upstream gets in place of a customer, or of a name that a customer chose. All customers share the
// operator's account, and two may choose the same name.

import { createHash } from 'node:crypto';

const CHARACTERS = 32;

export function upstreamDigest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, CHARACTERS);
}
