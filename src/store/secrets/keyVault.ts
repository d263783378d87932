// How license keys are kept: as a digest to look them up, and sealed to show them again.

import { createHmac, randomBytes } from 'node:crypto';
import { makeKey } from '../../domain/key.js';
import { type Bytes, createSeal } from './seal.js';

export interface KeyVault {
  /** A new license key. */
  make(): string;
  /** HMAC-SHA-256 with the pepper. Without the pepper nobody can search a stolen table for a key. */
  digest(key: string): Bytes;
  /** What is kept of a license's user: the same for the same user, and another for each license. */
  digestUser(licenseId: string, user: string): string;
  /** The same of what a client calls a conversation. */
  digestConversation(licenseId: string, conversation: string): string;
  /** Encrypts a key for the row `keyId`. A sealed key that is moved to another row does not open. */
  seal(key: string, keyId: string): Bytes;
  /** @throws where `seal` did not make the bytes for this row with this encryption key. */
  open(sealed: Uint8Array, keyId: string): string;
}

/** 64 bits: enough to tell a license's users apart, and too few to be worth a search. */
const SHORT_DIGEST_LENGTH = 16;

/** `encryptionKey` is 32 bytes. */
export function createKeyVault({
  pepper,
  encryptionKey,
}: {
  pepper: string;
  encryptionKey: Buffer;
}): KeyVault {
  const seal = createSeal(encryptionKey);
  const shortDigest = (text: string) =>
    createHmac('sha256', pepper).update(text).digest('hex').slice(0, SHORT_DIGEST_LENGTH);
  return {
    make: () => makeKey(randomBytes),
    digest: key => new Uint8Array(createHmac('sha256', pepper).update(key).digest()),
    digestUser: (licenseId, user) => shortDigest(`user ${licenseId} ${user}`),
    digestConversation: (licenseId, conversation) =>
      shortDigest(`conversation ${licenseId} ${conversation}`),
    seal: (key, keyId) => seal.close(key, keyId),
    open: (sealed, keyId) => seal.open(sealed, keyId).toString(),
  };
}
