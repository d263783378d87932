// The token in the link by which a mail of one kind is switched off: whose and which, signed. It lasts as long as
// the mail does, and allows nothing else, so nothing is kept of it.

import { timingSafeEqual } from 'node:crypto';
import { validate as isUuid } from 'uuid';
import { isOptionalMail, type OptionalMailKind } from '../../domain/notice.js';
import type { KeyVault } from '../secrets/keyVault.js';

export interface Unsubscription {
  accountId: string;
  kind: OptionalMailKind;
}

export interface UnsubscribeTokens {
  make(wanted: Unsubscription): string;
  /** Null for one that we did not make. */
  read(token: string): Unsubscription | null;
}

export function createUnsubscribeTokens(vault: Pick<KeyVault, 'digest'>): UnsubscribeTokens {
  // No license key looks like the signed text, so no digest of a key is a signature.
  const signatureOf = (accountId: string, kind: string) =>
    Buffer.from(vault.digest(`unsubscribe ${accountId} ${kind}`)).toString('base64url');
  return {
    make: ({ accountId, kind }) => `${accountId}.${kind}.${signatureOf(accountId, kind)}`,
    read(token) {
      const [accountId = '', kind = '', signature = ''] = token.split('.');
      if (!isUuid(accountId) || !isOptionalMail(kind)) return null;
      const given = Buffer.from(signature);
      const expected = Buffer.from(signatureOf(accountId, kind));
      const isOurs = given.length === expected.length && timingSafeEqual(given, expected);
      return isOurs ? { accountId, kind } : null;
    },
  };
}
