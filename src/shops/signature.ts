// Checks signatures over the bytes as they arrived. A body that was parsed and written again would have other bytes.

import { createHmac, timingSafeEqual } from 'node:crypto';

const MOST_SIGNATURES = 10;
const SHA256_BYTES = 32;

/** Whether a header has the form of `t=<unix>,v1=<hex>`. */
export function isTimedSignature(header: unknown): boolean {
  return partsOf(header) !== null;
}

function partsOf(header: unknown): { time: string; signatures: Buffer[] } | null {
  if (typeof header !== 'string') return null;
  const parts = header.split(',').map(part => part.trim());
  const times = parts.filter(part => part.startsWith('t='));
  const [time = ''] = times.map(part => part.slice(2));
  if (times.length !== 1 || !/^\d{1,12}$/.test(time)) return null;
  const signatures = parts
    .filter(part => /^v1=[0-9a-f]{64}$/.test(part))
    .slice(0, MOST_SIGNATURES)
    .map(part => Buffer.from(part.slice(3), 'hex'));
  return signatures.length > 0 ? { time, signatures } : null;
}

/**
 * Checks `t=<unix>,v1=<hex HMAC-SHA-256 of "<t>.<body>">`, Stripe's form. There are several v1 and several secrets
 * while one replaces another. Returns the signed time, or null. The caller checks its age, with the clock that
 * decides.
 */
export function signedTime(header: unknown, body: Buffer, secrets: string[]): Date | null {
  const given = partsOf(header);
  if (!given) return null;
  const isGenuine = secrets.some(secret => {
    const expected = createHmac('sha256', secret).update(`${given.time}.`).update(body).digest();
    return given.signatures.some(signature => timingSafeEqual(signature, expected));
  });
  return isGenuine ? new Date(Number(given.time) * 1000) : null;
}

/** Whether a header has the form of a SHA-256 in base64. */
export function isBase64Signature(header: unknown): header is string {
  return typeof header === 'string' && Buffer.from(header, 'base64').length === SHA256_BYTES;
}

/** Checks the base64 of HMAC-SHA-256 over the body. */
export function isSignedBase64(header: unknown, body: Buffer, secret: string): boolean {
  if (!isBase64Signature(header)) return false;
  const expected = createHmac('sha256', secret).update(body).digest();
  return timingSafeEqual(Buffer.from(header, 'base64'), expected);
}
