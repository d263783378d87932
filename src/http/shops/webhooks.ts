// Where shops report. A shop gets 2xx for whatever it cannot mend, and 5xx only while our database is away.

import type { Request, Router } from 'express';
import { z } from 'zod';
import { type Refusal, refuse } from '../../domain/refusal.js';
import { SHOPS, type Shop } from '../../domain/shop.js';
import { type ReceiveDeps, type Received, receivePurchase } from '../../flows/receivePurchase.js';
import type { Incoming, OneShop, ShopAdapter, Shops } from '../../shops/port.js';
import { MOST_BODY_BYTES } from '../kernel/body.js';
import { readBytes } from '../kernel/bodyBytes.js';
import { type Endpoint, endpoint, mountEndpoints } from '../kernel/endpoint.js';
import { newRouter } from '../kernel/router.js';
import { receivedAnswer } from '../wire.js';

export interface WebhookDeps extends ReceiveDeps {
  shops: Shops;
  /** Called after an event: there may be somebody to tell. */
  mailLinksSoon(): void;
  /** Told how each delivery was taken. */
  reportWebhook?(shop: Shop, outcome: string): void;
}

/** An order with all that a shop's plug-ins add to it. A shop that is refused a few switches its webhook off. */
const MOST_SIGNED_BYTES = 5 * 1024 * 1024;
const OFF_RETRY_SECONDS = 3_600;

export function webhookRoutes(deps: WebhookDeps): Router {
  const router = newRouter();
  mountEndpoints(router, webhookEndpoints(deps));
  return router;
}

export function webhookEndpoints(deps: WebhookDeps): Endpoint[] {
  return SHOPS.flatMap(shop => [deps.shops[shop], ...deps.shops[shop].more]).map(opened =>
    opened.webhook.method === 'post' ? reported(opened, deps) : brought(opened, deps),
  );
}

/** By the shop itself, in a body. */
function reported({ webhook: { path }, adapter }: OneShop, deps: WebhookDeps): Endpoint {
  const described = endpoint(
    {
      method: 'post',
      path,
      summary: 'A signed report of a shop',
      access: 'public',
      query: null,
      body: null,
      answers: { 200: receivedAnswer },
    },
    async ({ answer, request }) => {
      if (!adapter) return off();
      const mostBytes = adapter.isSigned(request.headers) ? MOST_SIGNED_BYTES : MOST_BODY_BYTES;
      const body = await readBytes(request, { mostBytes });
      if (body.kind === 'refusal') return body;
      body.release?.();
      const received = await receive(adapter, { body: body.bytes, headers: request.headers }, deps);
      if (received.kind === 'forged') {
        return body.bytes.length > MOST_BODY_BYTES
          ? refuse('request_too_large', 'body_too_large', { mostBytes: MOST_BODY_BYTES })
          : refuse('unauthenticated', 'unauthenticated', {});
      }
      if (received.kind === 'ping') return answer(200, { ok: true });
      const { eventId, outcome } = received.recorded;
      return answer(200, { received: true, event: eventId, outcome });
    },
  );
  // JSON, but read as the bytes that were signed.
  return { ...described, body: z.looseObject({}) };
}

/** By the buyer who comes back from paying, in the address. */
function brought({ webhook: { path }, adapter }: OneShop, deps: WebhookDeps): Endpoint {
  return endpoint(
    {
      method: 'get',
      path,
      summary: 'Where a buyer comes back from paying, and is sent on',
      access: 'public',
      query: null,
      answers: { 303: null },
    },
    async ({ request, response }) => {
      if (!adapter) return off();
      const incoming = { body: Buffer.from(queryOf(request)), headers: request.headers };
      const received = await receive(adapter, incoming, deps);
      if (received.kind !== 'recorded') return refuse('unauthenticated', 'unauthenticated', {});
      response.setHeader('Cache-Control', 'no-store');
      response.redirect(303, received.returnTo ?? '/');
      return null;
    },
  );
}

function queryOf({ originalUrl }: Request): string {
  const start = originalUrl.indexOf('?');
  return start === -1 ? '' : originalUrl.slice(start + 1);
}

async function receive(
  adapter: ShopAdapter,
  incoming: Incoming,
  deps: WebhookDeps,
): Promise<Received> {
  const received = await receivePurchase(adapter, incoming, deps);
  const isRecorded = received.kind === 'recorded';
  deps.reportWebhook?.(adapter.shop, isRecorded ? received.recorded.outcome : received.kind);
  if (isRecorded) deps.mailLinksSoon();
  return received;
}

function off(): Refusal {
  const more = { retryAfterSeconds: OFF_RETRY_SECONDS };
  return refuse('service_unavailable', 'service_unavailable', {}, more);
}
