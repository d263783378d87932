// Where shops report: `/webhooks/stripe`, `/webhooks/woocommerce`, `/webhooks/purchases`. A shop gets 2xx
// for whatever it cannot mend, and 5xx only while our database is away.

import type { RequestHandler, Router } from 'express';
import type { Shop } from '../../domain/purchase.js';
import { refuse } from '../../domain/refusal.js';
import { type ReceiveDeps, receivePurchase } from '../../flows/receivePurchase.js';
import type { ShopAdapter } from '../../shops/port.js';
import { answer, answering, refuseMethod } from '../kernel/answering.js';
import { MOST_BODY_BYTES } from '../kernel/body.js';
import { readBytes } from '../kernel/bodyBytes.js';
import { newRouter } from '../kernel/router.js';

export interface WebhookDeps extends ReceiveDeps {
  /** Null for a shop that is off. */
  shops: Record<Shop, ShopAdapter | null>;
  /** Called after an event: there may be somebody to tell. */
  mailLinksSoon(): void;
  /** Told how each delivery was taken. */
  reportWebhook?(shop: Shop, outcome: string): void;
}

export const WEBHOOK_PATHS: Record<Shop, string> = {
  stripe: '/webhooks/stripe',
  woocommerce: '/webhooks/woocommerce',
  signed: '/webhooks/purchases',
};
/** An order with all that a shop's plug-ins add to it. A shop that is refused a few switches its webhook off. */
const MOST_SIGNED_BYTES = 5 * 1024 * 1024;
const OFF_RETRY_SECONDS = 3_600;

export function webhookRoutes(deps: WebhookDeps): Router {
  const router = newRouter();
  for (const [shop, path] of Object.entries(WEBHOOK_PATHS)) {
    router
      .route(path)
      .post(receive(deps.shops[shop as Shop], deps))
      .all(refuseMethod('POST'));
  }
  return router;
}

function receive(shop: ShopAdapter | null, deps: WebhookDeps): RequestHandler {
  return answering(async request => {
    if (!shop) {
      const more = { retryAfterSeconds: OFF_RETRY_SECONDS };
      return refuse('service_unavailable', 'service_unavailable', {}, more);
    }
    const mostBytes = shop.isSigned(request.headers) ? MOST_SIGNED_BYTES : MOST_BODY_BYTES;
    const body = await readBytes(request, { mostBytes });
    if (body.kind === 'refusal') return body;
    body.release?.();
    const incoming = { body: body.bytes, headers: request.headers };
    const received = await receivePurchase(shop, incoming, deps);
    deps.reportWebhook?.(
      shop.shop,
      received.kind === 'forged' || received.kind === 'ping'
        ? received.kind
        : received.recorded.outcome,
    );
    if (received.kind === 'forged') {
      return body.bytes.length > MOST_BODY_BYTES
        ? refuse('request_too_large', 'body_too_large', { mostBytes: MOST_BODY_BYTES })
        : refuse('unauthenticated', 'unauthenticated', {});
    }
    if (received.kind === 'ping') return answer(200, { ok: true });
    const { eventId, outcome } = received.recorded;
    deps.mailLinksSoon();
    return answer(200, { received: true, event: eventId, outcome });
  });
}
