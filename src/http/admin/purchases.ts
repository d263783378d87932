import { refuse } from '../../domain/refusal.js';
import { replayPurchase } from '../../flows/replayPurchase.js';
import type { EventView } from '../../store/purchases/index.js';
import { type Endpoint, endpoint } from '../kernel/endpoint.js';
import type { AdminDeps } from './adminDeps.js';
import { purchasesQuery } from './schemas.js';
import { type PurchaseWire, purchaseAnswer, purchasesAnswer } from './wire.js';

/** The inbox: what shops reported, what became of it, and applying it again. */
export function purchaseEndpoints(deps: AdminDeps): Endpoint[] {
  const { purchases } = deps;
  return [
    endpoint(
      {
        method: 'get',
        path: '/admin/api/purchases',
        summary: 'What shops reported, newest first',
        access: 'viewer',
        query: purchasesQuery,
        answers: { 200: purchasesAnswer },
      },
      async ({ answer, query }) => {
        const page = await purchases.list(query);
        return answer(200, {
          purchases: page.rows.map(renderEvent),
          next_cursor: page.nextCursor,
        });
      },
    ),
    endpoint(
      {
        method: 'get',
        path: '/admin/api/purchases/{id}',
        summary: 'One event, as it came',
        access: 'viewer',
        answers: { 200: purchaseAnswer },
      },
      async ({ answer, params }) => {
        const event = await purchases.event(params.id as string);
        if (!event) return unknownEvent();
        const { body, headers } = event.delivery;
        return answer(200, { purchase: { ...renderEvent(event), headers, ...renderBody(body) } });
      },
    ),
    endpoint(
      {
        method: 'post',
        path: '/admin/api/purchases/{id}/replay',
        summary: 'Tries again to apply an event',
        access: 'operator',
        answers: { 200: purchaseAnswer },
      },
      async ({ answer, params }) => {
        const id = params.id as string;
        const recorded = await replayPurchase(id, deps);
        const event = recorded && (await purchases.event(id));
        return event ? answer(200, { purchase: renderEvent(event) }) : unknownEvent();
      },
    ),
  ];
}

function renderEvent(event: EventView): PurchaseWire {
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
function renderBody(body: Uint8Array): { body: string } | { body_base64: string } {
  try {
    return { body: new TextDecoder('utf-8', { fatal: true }).decode(body) };
  } catch {
    return { body_base64: Buffer.from(body).toString('base64') };
  }
}

function unknownEvent() {
  return refuse('not_found', 'not_found', { what: 'purchase event' });
}
