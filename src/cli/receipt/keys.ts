// Reads public keys from a file: the service's set of keys, one of them, or PEM.

import { createHash, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { isObject } from '../client.js';

/** The keys by name, which is the thumbprint of RFC 7638. */
export type PublicKeys = Map<string, KeyObject>;

/** Null if the text has no keys. Only Ed25519 keys count. */
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
