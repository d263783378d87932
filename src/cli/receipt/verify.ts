// Checks a receipt or a statement with only the file and public keys, without the service or a network.

import { createHash, verify } from 'node:crypto';
import { RECEIPT_TYPE, RECEIPT_VERSION } from '../../domain/receipt.js';
import { isObject, type Json } from '../client.js';
import type { PublicKeys } from './keys.js';

/** Why a file is not genuine. */
export const FAULTS = {
  not_a_receipt: 'This is no receipt and no statement of Sahm as JSON.',
  unknown_version: 'It was made by a later release: use that one to check it.',
  unknown_key: 'It is signed with a key that is not among the public keys of the key file.',
  bad_signature: 'The signature is wrong: it was changed, or somebody else made it.',
  content_differs: 'What can be read in it is not what was signed: it was changed.',
  requests_differ: 'The list of requests is not the one that was signed: it was changed.',
} as const;
export type Fault = keyof typeof FAULTS;

export type Verdict =
  | { kind: 'valid'; keyId: string; what: 'receipt' | 'statement'; content: Json }
  | { kind: 'invalid'; fault: Fault };

export function verifyFile(text: string, keys: PublicKeys): Verdict {
  const file = objectIn(text);
  const what = file && kindOf(file);
  if (!file || !what) return invalid('not_a_receipt');
  if (hasFieldTwice(text, file)) return invalid('content_differs');
  const signed = openSigned(String(file.jws), keys);
  if ('fault' in signed) return invalid(signed.fault);
  // Compares the signed text itself, so that no field, value or order can differ.
  if (JSON.stringify(file[what]) !== signed.text) return invalid('content_differs');
  const content = file[what] as Json;
  if (content.version !== RECEIPT_VERSION) return invalid('unknown_version');
  if (what === 'statement' && !hasItsRequests(content, file.requests)) {
    return invalid('requests_differ');
  }
  return { kind: 'valid', keyId: signed.keyId, what, content };
}

const FIELDS = {
  receipt: ['jws', 'receipt'],
  statement: ['jws', 'requests', 'statement'],
} as const;

/** Of two fields of one name only the last is read here, while a person may read the first. */
function hasFieldTwice(text: string, read: Json): boolean {
  return fieldsIn(text) !== fieldsIn(JSON.stringify(read));
}

/** How many fields a JSON text has: each has a colon, outside of strings. */
function fieldsIn(text: string): number {
  return text.replace(/"[^"\\]*(?:\\.[^"\\]*)*"/g, '').split(':').length - 1;
}

/** Nothing may be in the file beside the signed parts. */
function kindOf(file: Json): 'receipt' | 'statement' | undefined {
  const names = Object.keys(file).sort().join();
  return (['receipt', 'statement'] as const).find(
    what => names === FIELDS[what].join() && isObject(file[what]),
  );
}

function openSigned(
  jws: string,
  keys: PublicKeys,
): { keyId: string; text: string } | { fault: Fault } {
  const [head = '', payload = '', signature = '', ...more] = jws.split('.');
  const header = objectIn(decoded(head) ?? '');
  const text = decoded(payload);
  const bytes = bytesOf(signature);
  if (!header || text === null || bytes === null || more.length > 0) {
    return { fault: 'bad_signature' };
  }
  // Only our own header is accepted, so that a header cannot choose another algorithm.
  const { alg, kid, typ, ...others } = header;
  if (alg !== 'EdDSA' || typ !== RECEIPT_TYPE || Object.keys(others).length > 0) {
    return { fault: 'bad_signature' };
  }
  const key = keys.get(String(kid));
  if (!key) return { fault: 'unknown_key' };
  return verify(null, Buffer.from(`${head}.${payload}`), key, bytes)
    ? { keyId: String(kid), text }
    : { fault: 'bad_signature' };
}

/** Each line as the service wrote it, with a line feed. */
function hasItsRequests({ requests: signed }: Json, listed: unknown): boolean {
  if (!isObject(signed) || !Array.isArray(listed)) return false;
  const hash = createHash('sha256');
  for (const row of listed) hash.update(`${JSON.stringify(row)}\n`);
  return signed.count === listed.length && signed.sha256 === hash.digest('hex');
}

/** Null if the text is not the one canonical spelling, because each byte counts. */
function bytesOf(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : null;
}

function decoded(text: string): string | null {
  return bytesOf(text)?.toString('utf8') ?? null;
}

function objectIn(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function invalid(fault: Fault): Verdict {
  return { kind: 'invalid', fault };
}
