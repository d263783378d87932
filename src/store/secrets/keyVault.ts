// How license keys are kept: by a digest for looking them up, and sealed for reading them again.

import { createHmac, randomBytes } from 'node:crypto';
import { makeKey } from '../../domain/key.js';
import { type Bytes, createSeal } from './seal.js';

export interface KeyVault {
  /** A new license key. */
  make(): string;
  /** HMAC-SHA-256 with the pepper: without the pepper a stolen table cannot be searched for a key. */
  digest(key: string): Bytes;
  /** Encrypts a key for the row `keyId`; a sealed key moved to another row does not open. */
  seal(key: string, keyId: string): Bytes;
  /** @throws where the bytes are not what `seal` made for this row with this encryption key. */
  open(sealed: Uint8Array, keyId: string): string;
}

/** `encryptionKey` has 32 bytes. */
export function createKeyVault({
  pepper,
  encryptionKey,
}: {
  pepper: string;
  encryptionKey: Buffer;
}): KeyVault {
  const seal = createSeal(encryptionKey);
  return {
    make: () => makeKey(randomBytes),
    digest: key => new Uint8Array(createHmac('sha256', pepper).update(key).digest()),
    seal: (key, keyId) => seal.close(key, keyId),
    open: (sealed, keyId) => seal.open(sealed, keyId).toString(),
  };
}
