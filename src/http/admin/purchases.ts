import { type RequestHandler, Router } from 'express';
import { z } from 'zod';
import { OUTCOMES } from '../../domain/delivery.js';
import { SHOPS } from '../../domain/purchase.js';
import { refuse } from '../../domain/refusal.js';
import { replayPurchase } from '../../flows/replayPurchase.js';
import type { EventView } from '../../store/purchases/index.js';
import type { AdminDeps } from './adminDeps.js';
import { requireRole } from './authentication.js';
import { answer, answering, refuseMethod } from './respond.js';
import { readQuery } from './validate.js';

const EVENTS_A_PAGE = 50;
const listQuery = z.strictObject({
  outcome: z.enum(OUTCOMES, { error: OUTCOMES.join(' | ') }).optional(),
  shop: z.enum(SHOPS, { error: SHOPS.join(' | ') }).optional(),
  cursor: z.uuid({ error: 'the next_cursor of the page before' }).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(EVENTS_A_PAGE),
});

/** The inbox: what shops reported, what became of it, and applying it again. */
export function purchaseRoutes(deps: AdminDeps): Router {
  const router = Router();
  const viewer = requireRole(deps, 'viewer');
  router.route('/purchases').get(viewer, listPurchases(deps)).all(refuseMethod('GET'));
  router.route('/purchases/:id').get(viewer, showPurchase(deps)).all(refuseMethod('GET'));
  router
    .route('/purchases/:id/replay')
    .post(requireRole(deps, 'operator'), replay(deps))
    .all(refuseMethod('POST'));
  return router;
}

function listPurchases({ purchases }: AdminDeps): RequestHandler {
  return answering(async request => {
    const query = readQuery(request, listQuery);
    if (query.kind === 'refusal') return query;
    const { events, nextCursor } = await purchases.list(query.value);
    return answer(200, { purchases: events.map(renderEvent), next_cursor: nextCursor });
  });
}

function showPurchase({ purchases }: AdminDeps): RequestHandler {
  return answering(async request => {
    const event = await purchases.event(request.params.id as string);
    if (!event) return unknownEvent();
    const { body, headers } = event.delivery;
    return answer(200, { purchase: { ...renderEvent(event), headers, ...renderBody(body) } });
  });
}

function replay(deps: AdminDeps): RequestHandler {
  return answering(async request => {
    const id = request.params.id as string;
    const recorded = await replayPurchase(id, deps);
    const event = recorded && (await deps.purchases.event(id));
    return event ? answer(200, { purchase: renderEvent(event) }) : unknownEvent();
  });
}

function renderEvent(event: EventView): object {
  return {
    id: event.id,
    shop: event.shop,
    topic: event.topic,
    order: event.orderId,
    outcome: event.outcome,
    reason: event.reason,
    attempts: event.attempts,
    received_at: event.receivedAt.toISOString(),
    settled_at: event.settledAt?.toISOString() ?? null,
  };
}

/** As text, or in base64 where it is none. */
function renderBody(body: Uint8Array): object {
  try {
    return { body: new TextDecoder('utf-8', { fatal: true }).decode(body) };
  } catch {
    return { body_base64: Buffer.from(body).toString('base64') };
  }
}

function unknownEvent() {
  return refuse('not_found', 'not_found', { what: 'purchase event' });
}
