// Public keys as they may lie in a file: the service's set of keys, one of them, or PEM.

import { createHash, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { isObject } from '../client.js';

/** By their names: the thumbprint of RFC 7638. */
export type PublicKeys = Map<string, KeyObject>;

/** Null where the text has none. Others than Ed25519 are left out. */
export function readPublicKeys(text: string): PublicKeys | null {
  const keys = (text.includes('-----BEGIN') ? [text] : jwksIn(text)).flatMap(keyOf);
  return keys.length === 0 ? null : new Map(keys.map(key => [nameOf(key), key]));
}

function jwksIn(text: string): JsonWebKey[] {
  try {
    const value: unknown = JSON.parse(text);
    if (!isObject(value)) return [];
    return (Array.isArray(value.keys) ? value.keys : [value]).filter(isObject);
  } catch {
    return [];
  }
}

function keyOf(key: string | JsonWebKey): KeyObject[] {
  try {
    const read = createPublicKey(typeof key === 'string' ? key : { key, format: 'jwk' });
    return read.asymmetricKeyType === 'ed25519' ? [read] : [];
  } catch {
    return [];
  }
}

function nameOf(key: KeyObject): string {
  const { crv, kty, x } = key.export({ format: 'jwk' });
  return createHash('sha256').update(JSON.stringify({ crv, kty, x })).digest('base64url');
}
