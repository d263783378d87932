// How license keys are kept: as a digest to look them up, and encrypted to show them again.

import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { makeKey } from '../../domain/key.js';

/** The type of bytes that the database client takes. */
type Bytes = Uint8Array<ArrayBuffer>;

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

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

/** `encryptionKey` is 32 bytes. */
export function createKeyVault({
  pepper,
  encryptionKey,
}: {
  pepper: string;
  encryptionKey: Buffer;
}): KeyVault {
  return {
    make: () => makeKey(randomBytes),
    digest: key => new Uint8Array(createHmac('sha256', pepper).update(key).digest()),
    seal(key, keyId) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, encryptionKey, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(Buffer.from(keyId));
      const encrypted = [cipher.update(key, 'utf8'), cipher.final()];
      return new Uint8Array(
        Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), ...encrypted]),
      );
    },
    open(sealed, keyId) {
      const bytes = Buffer.from(sealed);
      if (bytes[0] !== VERSION) throw new Error('a sealed key of an unknown version');
      const tagAt = 1 + NONCE_BYTES;
      const textAt = tagAt + TAG_BYTES;
      const decipher = createDecipheriv(CIPHER, encryptionKey, bytes.subarray(1, tagAt), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(keyId)).setAuthTag(bytes.subarray(tagAt, textAt));
      return decipher.update(bytes.subarray(textAt), undefined, 'utf8') + decipher.final('utf8');
    },
  };
}
