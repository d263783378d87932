// Signatures over the bytes as they came: whoever parses and writes them again has other bytes.

import { createHmac, timingSafeEqual } from 'node:crypto';

const MOST_SIGNATURES = 10;

/**
 * Checks `t=<unix>,v1=<hex HMAC-SHA-256 of "<t>.<body>">` (Stripe's form; several v1 and several secrets
 * while one is replaced by another). Gives the signed time, or null. Whether it is stale is for the
 * caller to say, by the clock that decides.
 */
export function signedTime(header: unknown, body: Buffer, secrets: string[]): Date | null {
  if (typeof header !== 'string') return null;
  const parts = header.split(',').map(part => part.trim());
  const times = parts.filter(part => part.startsWith('t='));
  const [time = ''] = times.map(part => part.slice(2));
  if (times.length !== 1 || !/^\d{1,12}$/.test(time)) return null;
  const given = parts
    .filter(part => /^v1=[0-9a-f]{64}$/.test(part))
    .slice(0, MOST_SIGNATURES)
    .map(part => Buffer.from(part.slice(3), 'hex'));
  const isGenuine = secrets.some(secret => {
    const expected = createHmac('sha256', secret).update(`${time}.`).update(body).digest();
    return given.some(signature => timingSafeEqual(signature, expected));
  });
  return isGenuine ? new Date(Number(time) * 1000) : null;
}

/** Checks the base64 of HMAC-SHA-256 over the body. */
export function isSignedBase64(header: unknown, body: Buffer, secret: string): boolean {
  if (typeof header !== 'string') return false;
  const given = Buffer.from(header, 'base64');
  const expected = createHmac('sha256', secret).update(body).digest();
  return given.length === expected.length && timingSafeEqual(given, expected);
}
