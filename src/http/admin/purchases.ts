import { sayInboxReason } from '../../domain/inboxReasons.js';
import type { Language } from '../../domain/language.js';
import { refuse } from '../../domain/refusal.js';
import { maskSecrets } from '../../domain/secretForms.js';
import { isReplayable, replayPurchase } from '../../flows/replayPurchase.js';
import type { EventView } from '../../store/purchases/index.js';
import { callersLanguage } from '../kernel/answering.js';
import { type Endpoint, endpoint } from '../kernel/endpoint.js';
import type { AdminDeps } from './adminDeps.js';
import { actorOf } from './authentication.js';
import { assignBody, purchasesQuery, settleBody } from './schemas.js';
import { type PurchaseWire, purchaseAnswer, purchasesAnswer } from './wire.js';

/** The inbox: lists what shops reported with its outcome, and applies it again. */
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
      async ({ answer, request, query }) => {
        const language = callersLanguage(request);
        const page = await purchases.list(query);
        return answer(200, {
          purchases: page.rows.map(row => renderEvent(row, language)),
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
      async ({ answer, request, params }) => {
        const event = await purchases.event(params.id as string);
        if (!event) return unknownEvent();
        const { body, headers } = event.delivery;
        const told = renderEvent(event, callersLanguage(request));
        const acts = [
          ...(await purchases.openDecisions(event)),
          ...(isReplayable(event, deps.shops) ? ['replay' as const] : []),
        ];
        return answer(200, { purchase: { ...told, acts, headers, ...renderBody(body) } });
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
      async ({ answer, request, params }) => {
        const id = params.id as string;
        const recorded = await replayPurchase(id, deps);
        deps.mailLinksSoon();
        const event = recorded && (await purchases.event(id));
        if (!event) return unknownEvent();
        return answer(200, { purchase: renderEvent(event, callersLanguage(request)) });
      },
    ),
    ...byHandEndpoints(deps),
  ];
}

/** Decisions about purchases that need a person. */
function byHandEndpoints({ purchases, mailLinksSoon }: AdminDeps): Endpoint[] {
  return [
    endpoint(
      {
        method: 'post',
        path: '/admin/api/purchases/{id}/assign',
        summary: 'Says whose the order of an event is, by license or by e-mail, and applies it',
        access: 'operator',
        body: assignBody,
        answers: { 200: purchaseAnswer },
      },
      async ({ answer, request, response, params, body }) => {
        const { license_id: licenseId = '', email } = body;
        const to = email === undefined ? { licenseId } : { email };
        const actor = actorOf(request, response);
        const assigned = await purchases.assign(params.id as string, to, actor);
        if (assigned.kind === 'refusal') return assigned;
        mailLinksSoon();
        return answer(200, { purchase: renderEvent(assigned.event, callersLanguage(request)) });
      },
    ),
    endpoint(
      {
        method: 'post',
        path: '/admin/api/purchases/{id}/settle',
        summary: 'Closes an event, and its order if that had no effect yet, with a note',
        consequence: 'Nothing comes of this order any more, whatever the shop reports of it later.',
        access: 'operator',
        body: settleBody,
        answers: { 200: purchaseAnswer },
      },
      async ({ answer, request, response, params, body }) => {
        const actor = actorOf(request, response);
        const settled = await purchases.settle(params.id as string, body.note, actor);
        if (settled.kind === 'refusal') return settled;
        return answer(200, { purchase: renderEvent(settled.event, callersLanguage(request)) });
      },
    ),
  ];
}

function renderEvent(event: EventView, language: Language): PurchaseWire {
  return {
    id: event.id,
    shop: event.shop,
    topic: event.topic,
    order: event.orderId,
    outcome: event.outcome,
    reason: sayInboxReason(language, event.reason),
    attempts: event.attempts,
    received_at: event.receivedAt.toISOString(),
    settled_at: event.settledAt?.toISOString() ?? null,
    waits_until: event.waitsUntil?.toISOString() ?? null,
  };
}

/** The body as text, or in base64 if it is no text. Masks a license key that a buyer wrote into the order. */
function renderBody(body: Uint8Array): { body: string } | { body_base64: string } {
  try {
    return { body: maskSecrets(new TextDecoder('utf-8', { fatal: true }).decode(body)) };
  } catch {
    const masked = maskSecrets(Buffer.from(body).toString('latin1'));
    return { body_base64: Buffer.from(masked, 'latin1').toString('base64') };
  }
}

function unknownEvent() {
  return refuse('not_found', 'not_found', { what: 'purchase event' });
}
