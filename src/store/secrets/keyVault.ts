// How license keys are kept: as a digest to look them up, and sealed to show them again.

import { createHmac, randomBytes } from 'node:crypto';
import { makeKey } from '../../domain/key.js';
import { type Bytes, createSeal } from './seal.js';

export interface KeyVault {
  /** A new license key. */
  make(): string;
  /** HMAC-SHA-256 with the pepper. Without the pepper nobody can search a stolen table for a key. */
  digest(key: string): Bytes;
  /** Encrypts a key for the row `keyId`. A sealed key that is moved to another row does not open. */
  seal(key: string, keyId: string): Bytes;
  /** @throws where `seal` did not make the bytes for this row with this encryption key. */
  open(sealed: Uint8Array, keyId: string): string;
}

/** `encryptionKey` is 32 bytes. */
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
