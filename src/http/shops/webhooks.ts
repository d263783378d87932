// The webhooks of shops. A shop gets a 2xx for faults that it cannot mend, and a 5xx only while our database is away.

import type { Request, Router } from 'express';
import { z } from 'zod';
import { type Refusal, refuse } from '../../domain/refusal.js';
import { OFF_RETRY_SECONDS, SHOPS, type Shop } from '../../domain/shop.js';
import {
  type ForgedWhy,
  type ReceiveDeps,
  type Received,
  receivePurchase,
} from '../../flows/receivePurchase.js';
import type { Incoming, OneShop, ShopAdapter, Shops } from '../../shops/port.js';
import { MOST_BODY_BYTES } from '../kernel/body.js';
import { readBytes } from '../kernel/bodyBytes.js';
import { type Endpoint, endpoint, mountEndpoints } from '../kernel/endpoint.js';
import { newRouter } from '../kernel/router.js';
import { receivedAnswer } from '../wire.js';

export interface WebhookDeps extends ReceiveDeps {
  shops: Shops;
  /** Called after an event, because there may be mails to send. */
  mailLinksSoon(): void;
  /** Called for each delivery, with the outcome of its event, or `ping`, `forged` or `off`. */
  reportWebhook?(shop: Shop, outcome: string): void;
  /** Called for each refused delivery. Something is set up wrongly, here or in the shop. */
  webhookRefused?(refused: RefusedDelivery): void;
}

export interface RefusedDelivery {
  /** For a shop with a name, such as `woocommerce/second`. */
  shop: string;
  why: ForgedWhy | 'off';
  /** The variable that has its secret. */
  secretName: string;
}

/** Enough for an order with the data of many plug-ins. After a few refusals, a shop switches its webhook off. */
const MOST_SIGNED_BYTES = 5 * 1024 * 1024;

export function webhookRoutes(deps: WebhookDeps): Router {
  const router = newRouter();
  mountEndpoints(router, webhookEndpoints(deps));
  return router;
}

export function webhookEndpoints(deps: WebhookDeps): Endpoint[] {
  return SHOPS.flatMap(shop => {
    const opened = [deps.shops[shop], ...deps.shops[shop].more];
    return opened.map(one =>
      one.webhook.method === 'post' ? reported(shop, one, deps) : brought(shop, one, deps),
    );
  });
}

/** The endpoint to which the shop posts its reports. */
function reported(shop: Shop, opened: OneShop, deps: WebhookDeps): Endpoint {
  const { adapter, webhook } = opened;
  const described = endpoint(
    {
      method: 'post',
      path: webhook.path,
      summary: 'A signed report of a shop',
      access: 'public',
      query: null,
      body: null,
      answers: { 200: receivedAnswer },
    },
    async ({ answer, request }) => {
      if (!adapter) return off(shop, opened, deps);
      const mostBytes = adapter.isSigned(request.headers) ? MOST_SIGNED_BYTES : MOST_BODY_BYTES;
      const body = await readBytes(request, { mostBytes });
      if (body.kind === 'refusal') return body;
      body.release?.();
      const received = await receive(adapter, { body: body.bytes, headers: request.headers }, deps);
      if (received.kind === 'forged') {
        const refusal = forged(received.why, opened, deps);
        return body.bytes.length > MOST_BODY_BYTES
          ? refuse('request_too_large', 'body_too_large', { mostBytes: MOST_BODY_BYTES })
          : refusal;
      }
      if (received.kind === 'ping') return answer(200, { ok: true });
      const { eventId, outcome } = received.recorded;
      return answer(200, { received: true, event: eventId, outcome });
    },
  );
  // The body is JSON, but it is read as bytes, because these were signed.
  return { ...described, body: z.looseObject({}) };
}

/** The endpoint to which a buyer comes back from paying, with the report in the address. */
function brought(shop: Shop, opened: OneShop, deps: WebhookDeps): Endpoint {
  const { adapter, webhook } = opened;
  return endpoint(
    {
      method: 'get',
      path: webhook.path,
      summary: 'Where a buyer comes back from paying, and is sent on',
      access: 'public',
      query: null,
      answers: { 303: null },
    },
    async ({ request, response }) => {
      if (!adapter) return off(shop, opened, deps);
      const incoming = { body: Buffer.from(queryOf(request)), headers: request.headers };
      const received = await receive(adapter, incoming, deps);
      if (received.kind === 'forged') return forged(received.why, opened, deps);
      if (received.kind === 'ping') return forged('unsigned', opened, deps);
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

/** The person who set the webhook up reads this in the shop's list of deliveries. */
function forged(why: ForgedWhy, { name, secretName }: OneShop, deps: WebhookDeps): Refusal {
  deps.webhookRefused?.({ shop: name, why, secretName });
  switch (why) {
    case 'unsigned':
      return refuse('unauthenticated', 'webhook_unsigned', { secretName });
    case 'signature':
      return refuse('unauthenticated', 'webhook_signature', { secretName });
    case 'time':
      return refuse('unauthenticated', 'webhook_time', {});
  }
}

function off(shop: Shop, { name, secretName }: OneShop, deps: WebhookDeps): Refusal {
  deps.reportWebhook?.(shop, 'off');
  deps.webhookRefused?.({ shop: name, why: 'off', secretName });
  const more = { retryAfterSeconds: OFF_RETRY_SECONDS };
  return refuse('service_unavailable', 'webhook_off', { secretName }, more);
}
