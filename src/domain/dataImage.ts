// Images as data URLs (seed 003 §7): png, jpeg, webp or gif in strict base64, and really of that type.

import { isStrictBase64 } from './base64.js';
import { type BodyText, beginningOf, bodyText } from './longTexts.js';
import type { ImageFault } from './refusal.js';
import { isSigned, type Signature, typeBySignature } from './signature.js';

const DATA_URL = /^data:([a-z0-9.+/-]+);base64,/i;

const SIGNATURES: Record<string, Signature[]> = {
  'image/png': [[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  'image/jpeg': [[0xff, 0xd8, 0xff]],
  'image/gif': [
    [0x47, 0x49, 0x46, 0x38, 0x37, 0x61],
    [0x47, 0x49, 0x46, 0x38, 0x39, 0x61],
  ],
  'image/webp': [[0x52, 0x49, 0x46, 0x46, null, null, null, null, 0x57, 0x45, 0x42, 0x50]],
};

/** Base64 characters that decode to 12 bytes: enough for every signature. */
const HEAD_CHARACTERS = 16;

/** A name that many write, and no upstream takes. */
const REAL_TYPES: Record<string, string> = { 'image/jpg': 'image/jpeg' };

/**
 * The image as upstreams want it written, or what is wrong with it. The marker in a long one is base64 too, so
 * it is valid exactly where the whole image is.
 */
export function readDataImage(image: BodyText): { url: BodyText } | { fault: ImageFault } {
  const text = beginningOf(image);
  const match = DATA_URL.exec(text);
  if (!match) return { fault: 'not_a_data_url' };
  const given = (match[1] as string).toLowerCase();
  const type = REAL_TYPES[given] ?? given;
  const signatures = SIGNATURES[type];
  if (!signatures) return { fault: 'type_not_allowed' };
  const base64 = text.slice(match[0].length);
  if (!isStrictBase64(base64)) return { fault: 'not_base64' };
  const head = Uint8Array.from(atob(base64.slice(0, HEAD_CHARACTERS)), byte => byte.charCodeAt(0));
  if (!isSigned(head, signatures)) return { fault: 'not_that_image' };
  const written = `data:${type};base64,`;
  return { url: match[0] === written ? image : bodyText(written + base64) };
}

/** `image/png`, of bytes that begin as such an image does; null of others. */
export function imageTypeOf(bytes: Uint8Array): string | null {
  return typeBySignature(SIGNATURES, bytes);
}
