// Signs receipts and statements with Ed25519 (RFC 8032), as JSON Web Signatures (RFC 7515, 8037): what is signed is the
// text that stands in the signature, so that nobody has to agree on how JSON is written.

import {
  createHash,
  createPrivateKey,
  createPublicKey,
  hkdfSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import { RECEIPT_TYPE } from '../../domain/receipt.js';

/** A public key as RFC 8037 writes it. */
export interface PublicJwk {
  kty: 'OKP';
  crv: 'Ed25519';
  /** 32 bytes in base64url. */
  x: string;
  /** The thumbprint of RFC 7638, so that everybody names a key the same way. */
  kid: string;
  alg: 'EdDSA';
  use: 'sig';
}

export interface ReceiptSigner {
  /** The compact form; the same content gives the same signature. */
  sign(content: object): string;
  /** First the one that signs, then those whose receipts are still out there. */
  publicKeys: PublicJwk[];
}

export interface SigningKeys {
  /** 32 bytes in base64; undefined: made of `encryptionKey`. */
  signingKey: string | undefined;
  encryptionKey: Buffer;
  /** 32 bytes each, in base64 or base64url. */
  formerPublicKeys: string[];
}

export function createReceiptSigner(keys: SigningKeys): ReceiptSigner {
  const derived = privateKeyOf(derivedSeed(keys.encryptionKey));
  const own = keys.signingKey && privateKeyOf(Buffer.from(keys.signingKey, 'base64'));
  const signing = own || derived;
  const xs = [signing, derived].map(xOf).concat(keys.formerPublicKeys.map(canonical));
  const publicKeys = [...new Set(xs)].map(jwkOf);
  const header = encode({ alg: 'EdDSA', kid: publicKeys[0]?.kid, typ: RECEIPT_TYPE });
  return {
    publicKeys,
    sign(content) {
      const signed = `${header}.${encode(content)}`;
      return `${signed}.${sign(null, Buffer.from(signed), signing).toString('base64url')}`;
    },
  };
}

/** Derived from the encryption key (RFC 5869). Signatures reveal nothing about that key. */
function derivedSeed(encryptionKey: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', encryptionKey, '', 'sahm receipts ed25519', 32));
}

/** What stands before the 32 bytes of a private key (RFC 8410, section 7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

function privateKeyOf(seed: Buffer): KeyObject {
  return createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, seed]),
    format: 'der',
    type: 'pkcs8',
  });
}

function xOf(privateKey: KeyObject): string {
  return createPublicKey(privateKey).export({ format: 'jwk' }).x as string;
}

function canonical(key: string): string {
  return Buffer.from(key, 'base64').toString('base64url');
}

function jwkOf(x: string): PublicJwk {
  const members = JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x });
  const kid = createHash('sha256').update(members).digest('base64url');
  return { kty: 'OKP', crv: 'Ed25519', x, kid, alg: 'EdDSA', use: 'sig' };
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
