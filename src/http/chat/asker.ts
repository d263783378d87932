// Finds the license of a request that leads to no call: a request for something that is kept, or one that cannot be
// read. Such a request counts in the license's rate limit like a call, and its answer says what is left of that limit.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Request, Response } from 'express';
import { hasValidForm } from '../../domain/key.js';
import type { License } from '../../domain/license.js';
import type { Refusal } from '../../domain/refusal.js';
import { spend } from '../../flows/limits.js';
import { addressOf } from '../kernel/callerAddress.js';
import { keyInHeaders, refuseKey } from '../kernel/credentials.js';
import { rateLimitHeaders, setHeaders } from '../kernel/respond.js';
import { callerAddress } from '../kernel/strangers.js';
import type { ChatRouteDeps } from './exchange.js';

/** The id of the license, if its key may ask now. */
export async function askerOf(
  request: Request,
  response: Response,
  { chat }: Pick<ChatRouteDeps, 'chat'>,
): Promise<string | Refusal> {
  const key = keyInHeaders(request);
  const license =
    key === undefined ? null : await chat.licenses.read(key, () => callerAddress(request));
  if (license && 'kind' in license) return license;
  if (!license?.isUsable) return refuseKey(key);
  return (await count(license, response, chat)) ?? license.id;
}

/** Counts a request that cannot be read, which costs nothing. The text of its answer does not depend on the key. */
export async function countUnread(
  key: string | undefined,
  request: IncomingMessage,
  response: ServerResponse,
  { chat, trustProxy }: Pick<ChatRouteDeps, 'chat' | 'trustProxy'>,
): Promise<void> {
  if (key === undefined || !hasValidForm(key)) return;
  const { licenses } = chat;
  const license =
    licenses.cached(key) ?? (await licenses.read(key, () => addressOf(request, trustProxy)));
  if (!license || 'kind' in license || !license.isUsable) return;
  setHeaders(response, { 'X-Quota-Charged': 0 });
  await count(license, response, chat);
}

function count(
  license: License,
  response: ServerResponse,
  chat: ChatRouteDeps['chat'],
): Promise<Refusal | null> | null {
  return spend(license, {}, rate => setHeaders(response, rateLimitHeaders(rate)), chat);
}
