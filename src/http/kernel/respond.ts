// Writes answers. It is the same for all dialects.

import type { ServerResponse } from 'node:http';
import type { Provider } from '../../domain/provider.js';
import { type Balance, balanceOfKey, type Usage } from '../../domain/quota.js';
import type { CallState, RateState } from '../../domain/rate.js';
import { ERROR_STATUS, type ErrorCode, type Refusal } from '../../domain/refusal.js';
import { endAfterLeftover, hasLeftover } from './leftover.js';
import { noteRefusal } from './observe.js';

export const JSON_TYPE = 'application/json; charset=utf-8';

/** Writes a JSON answer. As text, not as bytes, Node sends it in one piece with the headers. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  sendJsonText(response, status, JSON.stringify(body));
}

/** Give bytes for an answer that is the same for all callers: they are not copied for each slow reader. */
export function sendJsonText(
  response: ServerResponse,
  status: number,
  text: string | Uint8Array,
): void {
  response.statusCode = status;
  response.setHeader('Content-Type', JSON_TYPE);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Content-Length', Buffer.byteLength(text));
  if (hasLeftover(response.req)) endAfterLeftover(response, text);
  else response.end(text);
}

/** Writes a 204. */
export function sendNothing(response: ServerResponse): void {
  response.statusCode = 204;
  if (hasLeftover(response.req)) endAfterLeftover(response, '');
  else response.end();
}

/** Writes a success with all its headers at once. Setting them one after another would cost 2 µs more. */
export function sendWhole(
  response: ServerResponse,
  text: string,
  headers: Record<string, string | number>,
  status = 200,
): void {
  const length = Buffer.byteLength(text);
  const all = {
    'Content-Type': JSON_TYPE,
    'X-Content-Type-Options': 'nosniff',
    'Content-Length': length,
    ...headers,
  };
  response.writeHead(status, all).end(text);
}

/** Refusals that waiting does not help. The official SDKs would retry some of them by themselves. */
const NEVER_AGAIN_STATUSES = [400, 401, 403, 404, 405, 413, 415, 422];
const NEVER_AGAIN: ErrorCode[] = [
  'quota_exhausted',
  'conflict',
  'code_used',
  'code_expired',
  'code_not_usable',
];

/** For a 503 without a time of its own, such as that of a shop that is not set up. */
const USUAL_WAIT_SECONDS = 5;

/** Writes a refusal's status and headers with the body that the dialect made of it. */
export function sendRefusal(response: ServerResponse, refusal: Refusal, body: unknown): void {
  const { code, usage, provider, retryAfterSeconds, charged } = refusal;
  const status = ERROR_STATUS[code];
  noteRefusal(response, refusal);
  if (usage && provider) setHeaders(response, quotaHeaders(usage, provider));
  if (charged !== undefined) response.setHeader(CHARGED, charged);
  const waitSeconds = retryAfterSeconds ?? (status === 503 ? USUAL_WAIT_SECONDS : undefined);
  if (waitSeconds !== undefined) response.setHeader('Retry-After', waitSeconds);
  // The official SDKs make one attempt then, whatever their settings.
  if (NEVER_AGAIN_STATUSES.includes(status) || NEVER_AGAIN.includes(code))
    response.setHeader('x-should-retry', 'false');
  // RFC 9110 §15.5.16: names the encoding that we accept.
  if (refusal.message.key === 'body_compressed') response.setHeader('Accept-Encoding', 'identity');
  if (refusal.message.key === 'method_not_allowed') {
    response.setHeader('Allow', refusal.message.parameters.allowed);
  }
  sendJson(response, status, body);
}

/** The header with the units that the request cost. */
const CHARGED = 'X-Quota-Charged';

/** The header with the limit of an answer, if it was reduced to what the wallet can pay. */
const MAX_TOKENS = 'X-Sahm-Max-Tokens';

/** The headers for what the request cost, if known, and for what is left of its provider's quota. */
export function chargedHeaders(
  usage: Usage,
  provider: Provider,
  charged: number | undefined,
): Record<string, number> {
  const headers = quotaHeaders(usage, provider);
  if (charged !== undefined) headers[CHARGED] = charged;
  const { maxTokensReducedTo } = usage;
  if (maxTokensReducedTo !== undefined) headers[MAX_TOKENS] = maxTokensReducedTo;
  return headers;
}

function quotaHeaders(usage: Usage, provider: Provider): Record<string, number> {
  return balanceHeaders(balanceOfKey(usage, provider), usage.resetsAt);
}

export function setBalanceHeaders(
  response: ServerResponse,
  balance: Balance,
  resetsAt: Date,
  maxTokens: number | undefined,
): void {
  setHeaders(response, balanceHeaders(balance, resetsAt));
  if (maxTokens !== undefined) response.setHeader(MAX_TOKENS, maxTokens);
}

export function setHeaders(response: ServerResponse, headers: Record<string, number>): void {
  for (const name in headers) response.setHeader(name, headers[name] as number);
}

/** The reset is in Unix seconds. */
function balanceHeaders({ limit, remaining }: Balance, resetsAt: Date): Record<string, number> {
  return {
    'X-Quota-Limit': limit,
    'X-Quota-Remaining': remaining,
    'X-Quota-Reset': Math.floor(resetsAt.getTime() / 1000),
  };
}

/** For a license with a rate limit. The reset is in Unix seconds. */
export function rateLimitHeaders(rate: RateState): Record<string, number> {
  return {
    'X-RateLimit-Limit': rate.limit,
    'X-RateLimit-Remaining': rate.remaining,
    'X-RateLimit-Reset': Math.ceil(rate.resetsAt.getTime() / 1000),
  };
}

/** For a license with a limit of concurrency. */
export function concurrencyHeaders(calls: CallState): Record<string, number> {
  return { 'X-Concurrency-Limit': calls.limit, 'X-Concurrency-Remaining': calls.remaining };
}
