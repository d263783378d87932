// Images as data URLs (seed 003 §7): png, jpeg, webp or gif in strict base64, and really that image.

import { isStrictBase64 } from './base64.js';
import { type BodyText, beginningOf } from './longTexts.js';
import type { ImageFault } from './refusal.js';

const DATA_URL = /^data:([a-z0-9.+/-]+);base64,/i;

/** The first bytes of each kind, as base64 of the head decodes; `null` stands for any byte. */
const SIGNATURES: Record<string, Array<Array<number | null>>> = {
  'image/png': [[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  'image/jpeg': [[0xff, 0xd8, 0xff]],
  'image/gif': [
    [0x47, 0x49, 0x46, 0x38, 0x37, 0x61],
    [0x47, 0x49, 0x46, 0x38, 0x39, 0x61],
  ],
  'image/webp': [[0x52, 0x49, 0x46, 0x46, null, null, null, null, 0x57, 0x45, 0x42, 0x50]],
};

/** Base64 characters that decode to the 12 bytes which every signature fits in. */
const HEAD_CHARACTERS = 16;

/**
 * What is wrong with it, or null when it is an image that we pass on. What stands in for the rest of a long
 * one is valid as that is.
 */
export function faultOfDataImage(image: BodyText): ImageFault | null {
  const url = beginningOf(image);
  const match = DATA_URL.exec(url);
  if (!match) return 'not_a_data_url';
  const signatures = SIGNATURES[(match[1] as string).toLowerCase()];
  if (!signatures) return 'type_not_allowed';
  const base64 = url.slice(match[0].length);
  if (!isStrictBase64(base64)) return 'not_base64';
  const head = atob(base64.slice(0, HEAD_CHARACTERS));
  return signatures.some(signature => begins(head, signature)) ? null : 'not_that_image';
}

function begins(head: string, signature: Array<number | null>): boolean {
  return signature.every((byte, index) => byte === null || head.charCodeAt(index) === byte);
}
