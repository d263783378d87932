// Secrets that we make and others show: links, sessions, tokens. Only a digest is kept.

import { createHash, randomBytes } from 'node:crypto';
import type { Bytes } from './seal.js';

/** 256 bits in 43 letters, digits, `-` and `_`. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** SHA-256 without a pepper, because so many random bits cannot be guessed. */
export function digestOf(secret: string): Bytes {
  return new Uint8Array(createHash('sha256').update(secret).digest());
}
