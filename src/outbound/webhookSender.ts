// Posts signed bodies to endpoints that administrators named. It sends to public addresses only, follows no
// redirects, and waits for and reads no more than it needs.

import { createHmac } from 'node:crypto';
import { lookup } from 'node:dns';
import type { Agent } from 'undici';
import { expectedOfUrl, isAllowedAddress, PUBLIC_ADDRESS } from '../domain/webhookUrl.js';
import type { DeliveryResult } from '../store/notices/index.js';
import { AddressRefusedError, guardedLookup, type Resolve } from './guardedLookup.js';

export interface WebhookSender {
  /** Everything that the receiver does is a value, not an exception. */
  send(webhook: Webhook): Promise<DeliveryResult>;
  /** What a usable URL would be, where this one cannot be used; null where no fault is known now. */
  expectedOf(url: string): Promise<string | null>;
  close(): Promise<void>;
}

export interface Webhook {
  url: string;
  secret: string;
  eventId: string;
  body: string;
}

/** For the whole attempt: resolving the name, connecting, receiving the headers. */
const TIMEOUT_MS = 10_000;
/** Nobody uses the answer. A short one is read only so that the connection can be used again. */
const MOST_ANSWER_BYTES = 4_096;
const CONNECTIONS_AN_ORIGIN = 8;

/** `allowsLoopback`: during development http and receivers on this machine are allowed too. */
export function createWebhookSender({
  allowsLoopback,
  resolve = lookup,
  timeoutMs = TIMEOUT_MS,
}: {
  allowsLoopback: boolean;
  resolve?: Resolve;
  timeoutMs?: number;
}): WebhookSender {
  const isAllowed = (address: string) => isAllowedAddress(address, allowsLoopback);
  const guarded = guardedLookup(isAllowed, resolve);
  let agent: Promise<Agent> | undefined;

  /** Loaded on first use, because most installations send nothing. */
  async function openAgent(): Promise<Agent> {
    const { Agent } = await import('undici');
    return new Agent({
      connections: CONNECTIONS_AN_ORIGIN,
      connect: { lookup: guarded, timeout: timeoutMs },
    });
  }

  async function post({ url, secret, eventId, body }: Webhook): Promise<number> {
    const { origin, pathname, search } = new URL(url);
    const signal = AbortSignal.timeout(timeoutMs);
    agent ??= openAgent();
    const response = await (await agent).request({
      origin,
      method: 'POST',
      path: pathname + search,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'sahm',
        'x-signature': signatureOf(body, secret),
        'x-sahm-event-id': eventId,
      },
      body,
      signal,
    });
    await response.body.dump({ limit: MOST_ANSWER_BYTES, signal }).catch(() => {});
    return response.statusCode;
  }

  return {
    async send(webhook) {
      // A URL with a literal address needs no look-up, so the address is checked here.
      if (expectedOfUrl(webhook.url, allowsLoopback) !== null) {
        return { delivered: false, status: null, error: new AddressRefusedError().code };
      }
      try {
        const status = await post(webhook);
        const delivered = status >= 200 && status < 300;
        return { delivered, status, error: delivered ? '' : `status ${status}` };
      } catch (error) {
        return { delivered: false, status: null, error: codeOf(error) };
      }
    },
    async expectedOf(url) {
      const expected = expectedOfUrl(url, allowsLoopback);
      if (expected !== null) return expected;
      const error = await new Promise<unknown>(resolved => {
        guarded(new URL(url).hostname, { all: true }, resolved);
      });
      // A name that cannot be resolved now may work later.
      return error instanceof AddressRefusedError ? PUBLIC_ADDRESS : null;
    },
    close: async () => (await agent)?.close(),
  };
}

/** `t=<unix>,v1=<hex HMAC-SHA-256 of "<t>.<body>">`: the form in which shops sign what they report to us. */
function signatureOf(body: string, secret: string): string {
  const time = Math.floor(Date.now() / 1000);
  const v1 = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex');
  return `t=${time},v1=${v1}`;
}

/** Only a short code: an error's message may contain more than should be shown. */
function codeOf(error: unknown): string {
  const { name, code } = Object(error) as { name?: unknown; code?: unknown };
  if (name === 'TimeoutError') return 'timeout';
  return typeof code === 'string' ? code : 'failed';
}
