// How answers are written, whatever the dialect of their bodies.

import type { ServerResponse } from 'node:http';
import type { Provider } from '../domain/provider.js';
import { balanceOf, type Usage } from '../domain/quota.js';
import type { RateState } from '../domain/rate.js';
import { ERROR_STATUS, type Refusal } from '../domain/refusal.js';
import { noteProvider, noteRefusal } from './observe.js';

/** Writes a JSON answer in one piece. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.statusCode = status;
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Content-Length', bytes.length);
  response.end(bytes);
}

/** Writes a refusal's status and headers with the body that the dialect made of it. */
export function sendRefusal(response: ServerResponse, refusal: Refusal, body: unknown): void {
  const { code, usage, provider, rate, retryAfterSeconds } = refusal;
  noteRefusal(response, refusal);
  setRateLimitHeaders(response, rate);
  if (usage && provider) setQuotaHeaders(response, usage, provider);
  if (retryAfterSeconds !== undefined) response.setHeader('Retry-After', retryAfterSeconds);
  // Waiting does not help: the official SDKs make one attempt then, whatever their settings.
  if (code === 'quota_exhausted') response.setHeader('x-should-retry', 'false');
  if (refusal.message.key === 'method_not_allowed') {
    response.setHeader('Allow', refusal.message.parameters.allowed);
  }
  // The rest of a body that was refused unread would be taken for the next request.
  if (code === 'request_too_large') response.setHeader('Connection', 'close');
  sendJson(response, ERROR_STATUS[code], body);
}

/** The quota of the provider that the request used; the reset in Unix seconds. */
export function setQuotaHeaders(response: ServerResponse, usage: Usage, provider: Provider): void {
  const { limit, remaining } = balanceOf(usage.quotas[provider]);
  noteProvider(response, provider);
  response.setHeader('X-Quota-Limit', limit);
  response.setHeader('X-Quota-Remaining', remaining);
  response.setHeader('X-Quota-Reset', Math.floor(usage.resetsAt.getTime() / 1000));
}

/** Of a license with a rate limit; the reset in Unix seconds, as a client should wait for it. */
export function setRateLimitHeaders(response: ServerResponse, rate: RateState | undefined): void {
  if (!rate) return;
  response.setHeader('X-RateLimit-Limit', rate.limit);
  response.setHeader('X-RateLimit-Remaining', rate.remaining);
  response.setHeader('X-RateLimit-Reset', Math.ceil(rate.resetsAt.getTime() / 1000));
}
