// How the values of variables are written. Faults are said in words.

import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { z } from 'zod';
import { urlsOfHosts } from '../domain/hostUrls.js';

const DAY_MS = 86_400_000;

export const port = wholeNumber(0, 65_535);
export const milliseconds = wholeNumber(100, DAY_MS);
export const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' });
export const secret = z.string().min(32, 'must have at least 32 characters');
export const encryptionKey = z
  .base64('must be base64')
  .refine(text => Buffer.from(text, 'base64').length === 32, 'must be 32 bytes in base64');

/** Quotes stay in a value where a file of variables is read by Docker; `Bearer` is put before a key by us. */
export const apiKeys = z
  .string()
  .optional()
  .refine(
    text => commaSeparated(text).every(key => /^[!#-&(-~]+$/.test(key)),
    'must be API keys, separated by commas, without quotes, spaces and Bearer',
  );

export const publicKeys = z
  .string()
  .optional()
  .refine(
    text => commaSeparated(text).every(key => Buffer.from(key, 'base64').length === 32),
    'must be public keys, 32 bytes in base64url each, separated by commas',
  );

/** Node tries for ever to make a folder below /proc, where none can be made. */
export const folder = z
  .string()
  .refine(path => !/^\/proc(?:\/|$)/.test(resolve(path)), 'must not be below /proc');

export function isOneLine(text: string): boolean {
  return !/\p{Cc}/u.test(text);
}

/** Its faults are said in words: `Number` makes something of every text. */
export function wholeNumber(least: number, most: number) {
  const error = `must be a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\s*\d+\s*$/, error)
    .transform(Number)
    .refine(number => number >= least && number <= most, error);
}

export function oneOf<const Choice extends string>(choices: readonly Choice[]) {
  return z.enum(choices, { error: `must be one of: ${choices.join(', ')}` });
}

/** A number of proxies, or their addresses. By default none is trusted. */
export function trustProxyOf(text: string | undefined): boolean | number | string {
  if (text === undefined) return false;
  return /^\d+$/.test(text) ? Number(text) : text;
}

const KNOWN_NETWORKS = ['loopback', 'linklocal', 'uniquelocal'];
const BITS = { 4: 32, 6: 128 } as const;

/** A number, or addresses and networks, as Express takes them. */
export function areProxies(text: string): boolean {
  if (/^\d+$/.test(text)) return true;
  return commaSeparated(text).every(each => {
    const [, address = '', bits] = /^([^/]*)(?:\/(\d+))?$/.exec(each) ?? [];
    const version = isIP(address) as 0 | 4 | 6;
    if (version === 0) return KNOWN_NETWORKS.includes(each);
    return bits === undefined || (Number(bits) >= 1 && Number(bits) <= BITS[version]);
  });
}

/** `shop@example.com`, or `Shop <shop@example.com>`. */
export function isSender(text: string): boolean {
  return /^(?:[^<>]*<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/.test(text.trim());
}

/** Paths are added to it, so nothing may stand behind its own. */
export function endsWithPath(url: string): boolean {
  return !/[?#]/.test(url);
}

export function commaSeparated(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '');
}

/** `name=value,name=value`; OpenTelemetry has the values percent-encoded. */
export function headersOf(text: string | undefined): Record<string, string> {
  const pairs = commaSeparated(text).map(pair => {
    const [, name = '', value = ''] = /^([^=]*)=(.*)$/.exec(pair) ?? [];
    return [name.trim(), decodeURIComponent(value.trim())] as const;
  });
  return Object.fromEntries(pairs);
}

/** There may be several hosts. */
export function areDatabaseUrls(text: string): boolean {
  try {
    return urlsOfHosts(text).every(({ protocol }) => /^postgres(ql)?:$/.test(protocol));
  } catch {
    return false;
  }
}

export function areHeaders(text: string | undefined): boolean {
  try {
    return Object.entries(headersOf(text)).every(
      ([name, value]) => /^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\x20-\x7e]+$/.test(value),
    );
  } catch {
    return false;
  }
}

/** A scheme, a host and perhaps a port, as browsers send them: nothing behind. */
export function areOrigins(text: string | undefined): boolean {
  return commaSeparated(text).every(
    origin => origin === '*' || (URL.canParse(origin) && new URL(origin).origin === origin),
  );
}

/** Without a port, which proxies change. */
export function areHosts(text: string | undefined): boolean {
  return commaSeparated(text).every(host => /^[\w-]+(\.[\w-]+)*$/.test(host));
}

/**
 * Only these names are accepted, because some others mean different zones here and in the database: IST is
 * India's and Israel's.
 */
export function isTimeZone(name: string): boolean {
  if (!/^(UTC|[A-Z]\w+(\/[\w+-]+)+)$/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
