// The body of a call. A long data URL goes into it as the bytes that it is: to escape a megabyte which
// has nothing to escape costs more than all else that is done for the request.

import { randomUUID } from 'node:crypto';
import { isDataUrl } from '../domain/dataImage.js';

/** Shorter ones are not worth the search. */
const LONG = 16_384;

/** The same as JSON.stringify gives. */
export function jsonBytes(value: unknown): string | Buffer {
  if (!holdsLongText(value)) return JSON.stringify(value);
  const standIn = randomUUID();
  const long: string[] = [];
  const text = JSON.stringify(value, (_key, item: unknown) => {
    if (!isLong(item) || !isDataUrl(item)) return item;
    long.push(item);
    return standIn;
  });
  const parts = text.split(standIn).flatMap((part, index) => [part, long[index] ?? '']);
  return joined(parts);
}

/** In one piece from the start: joining pieces would copy each megabyte once more. */
function joined(parts: string[]): Buffer {
  const lengths = parts.map(part => Buffer.byteLength(part));
  const bytes = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const [index, part] of parts.entries()) {
    const isOneByteEach = lengths[index] === part.length;
    at += bytes.write(part, at, isOneByteEach ? 'latin1' : 'utf8');
  }
  return bytes;
}

function isLong(value: unknown): value is string {
  return typeof value === 'string' && value.length >= LONG;
}

function holdsLongText(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return isLong(value);
  return Object.values(value).some(holdsLongText);
}
