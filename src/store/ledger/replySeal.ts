// How replies are kept for an Idempotency-Key: with AES-256-GCM, bound to the hold that they were charged to.

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

export interface ReplySeal {
  close(reply: Uint8Array, holdId: string): Uint8Array<ArrayBuffer>;
  /** @throws where `close` did not make the bytes for this hold with this encryption key. */
  open(sealed: Uint8Array, holdId: string): Buffer;
}

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

/** `encryptionKey` is 32 bytes. */
export function createReplySeal(encryptionKey: Buffer): ReplySeal {
  return {
    close(reply, holdId) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, encryptionKey, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(aadOf(holdId));
      const encrypted = [cipher.update(reply), cipher.final()];
      return new Uint8Array(
        Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), ...encrypted]),
      );
    },
    open(sealed, holdId) {
      const bytes = Buffer.from(sealed);
      if (bytes[0] !== VERSION) throw new Error('a kept reply of an unknown version');
      const tagAt = 1 + NONCE_BYTES;
      const replyAt = tagAt + TAG_BYTES;
      const decipher = createDecipheriv(CIPHER, encryptionKey, bytes.subarray(1, tagAt), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(aadOf(holdId)).setAuthTag(bytes.subarray(tagAt, replyAt));
      return Buffer.concat([decipher.update(bytes.subarray(replyAt)), decipher.final()]);
    },
  };
}

/** This key also seals other things. The prefix makes sure that none opens as another. */
function aadOf(holdId: string): Buffer {
  return Buffer.from(`reply ${holdId}`);
}
