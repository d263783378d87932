// Reads the credentials of callers: a bearer token, a license key, a cookie. Also sets cookies.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseCookie, type SetCookie, stringifySetCookie } from 'cookie';
import { type Refusal, refuse } from '../../domain/refusal.js';

/** The token in `Authorization: Bearer`, or undefined. */
export function bearerOf(request: IncomingMessage): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
}

/** The key in `Authorization: Bearer`, `X-API-Key` or `api-key`, or undefined. */
export function keyInHeaders(request: IncomingMessage): string | undefined {
  const bearer = bearerOf(request);
  if (bearer !== undefined) return bearer;
  const { 'x-api-key': key, 'api-key': other } = request.headers;
  return [key, other].find(each => typeof each === 'string' && each !== '') as string | undefined;
}

/** The refusal of a wrong key. Without a key, it says where the key belongs. */
export function refuseKey(key: string | undefined): Refusal {
  const text = key === undefined ? 'license_missing' : 'license_invalid';
  return refuse('invalid_license_key', text, {});
}

/** The paths that take a license key, and those of the list of models. */
const TAKES_A_KEY = /^\/+(v1|envelope\/+v1|api\/+(v1|chat_v3|license|checkout|redeem))(\b|_)/;

/** Whether the path takes a license key. */
export function takesKey(url: string): boolean {
  return TAKES_A_KEY.test(url);
}

/** The values of our cookies, which need no decoding. */
const COOKIE_VALUE = /^[0-9A-Za-z_-]{1,100}$/;

/** Empty if there is no cookie that could be ours. */
export function cookieOf(request: IncomingMessage, name: string): string {
  const decode = (value: string) => value;
  const value = parseCookie(request.headers.cookie ?? '', { decode })[name] ?? '';
  return COOKIE_VALUE.test(value) ? value : '';
}

/** Sets a session's cookie. No script can read it, and no page of another site can make a browser send it. */
export function setSessionCookie(
  response: ServerResponse,
  cookie: Pick<SetCookie, 'name' | 'value' | 'path' | 'secure' | 'maxAge' | 'expires'>,
): void {
  const strict = { ...cookie, httpOnly: true, sameSite: 'strict' } as const;
  response.setHeader('Set-Cookie', stringifySetCookie(strict));
}
