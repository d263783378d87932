// How secrets are kept that must be read again: with AES-256-GCM, bound to the place where they are kept.

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** The type of bytes that the database client takes. */
export type Bytes = Uint8Array<ArrayBuffer>;

export interface Seal {
  /** One encryption key seals many things. What is moved to another place does not open. */
  close(content: string | Uint8Array, place: string): Bytes;
  /** @throws where `close` did not make the bytes for this place with this encryption key. */
  open(sealed: Uint8Array, place: string): Buffer;
}

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

/** `encryptionKey` is 32 bytes. Sealed bytes are the version, the nonce, the tag and the encrypted content. */
export function createSeal(encryptionKey: Buffer): Seal {
  const settings = { authTagLength: TAG_BYTES };
  return {
    close(content, place) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, encryptionKey, nonce, settings);
      cipher.setAAD(Buffer.from(place));
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      const encrypted = [cipher.update(bytes), cipher.final()];
      return new Uint8Array(
        Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), ...encrypted]),
      );
    },
    open(sealed, place) {
      const bytes = Buffer.from(sealed);
      if (bytes[0] !== VERSION) throw new Error('sealed by an unknown version');
      const tagAt = 1 + NONCE_BYTES;
      const contentAt = tagAt + TAG_BYTES;
      const nonce = bytes.subarray(1, tagAt);
      const decipher = createDecipheriv(CIPHER, encryptionKey, nonce, settings);
      decipher.setAAD(Buffer.from(place)).setAuthTag(bytes.subarray(tagAt, contentAt));
      return Buffer.concat([decipher.update(bytes.subarray(contentAt)), decipher.final()]);
    },
  };
}
