import { refuseField } from '../../domain/refusal.js';
import type { WebhookEndpoint } from '../../store/notices/webhookEndpoints.js';
import { type Endpoint, endpoint } from '../kernel/endpoint.js';
import type { AdminDeps } from './adminDeps.js';
import { actorOf } from './authentication.js';
import { webhookEndpointBody, webhookEndpointChangeBody } from './schemas.js';
import {
  type WebhookEndpointWire,
  webhookEndpointAnswer,
  webhookEndpointMadeAnswer,
  webhookEndpointsAnswer,
} from './wire.js';

/** The URLs to which notices are posted. Only for owners, because such a URL may be a secret. */
export function webhookEndpointEndpoints(deps: AdminDeps): Endpoint[] {
  const { webhookEndpoints } = deps;
  const path = '/admin/api/webhook-endpoints';
  const onePath = '/admin/api/webhook-endpoints/{id}';
  return [
    endpoint(
      {
        method: 'get',
        path,
        summary: 'Where notices are posted to',
        access: 'owner',
        answers: { 200: webhookEndpointsAnswer },
      },
      async ({ answer }) =>
        answer(200, { webhook_endpoints: (await webhookEndpoints.list()).map(render) }),
    ),
    endpoint(
      {
        method: 'post',
        path,
        summary: 'A new webhook endpoint; its secret is shown this once',
        access: 'owner',
        body: webhookEndpointBody,
        answers: { 201: webhookEndpointMadeAnswer },
      },
      async ({ answer, request, response, body: { url, kinds = [] } }) => {
        const refused = await refuseUrl(url, deps);
        if (refused) return refused;
        const made = await webhookEndpoints.create({ url, kinds }, actorOf(request, response));
        if (made.kind === 'refusal') return made;
        return answer(201, { webhook_endpoint: render(made.endpoint), secret: made.secret });
      },
    ),
    endpoint(
      {
        method: 'patch',
        path: onePath,
        summary: 'Changes URL or kinds, disables or enables',
        access: 'owner',
        body: webhookEndpointChangeBody,
        answers: { 200: webhookEndpointAnswer },
      },
      async ({ answer, request, response, params, body }) => {
        const refused = body.url === undefined ? null : await refuseUrl(body.url, deps);
        if (refused) return refused;
        const id = params.id as string;
        const changed = await webhookEndpoints.change(id, body, actorOf(request, response));
        if (changed.kind === 'refusal') return changed;
        return answer(200, { webhook_endpoint: render(changed.endpoint) });
      },
    ),
    endpoint(
      {
        method: 'delete',
        path: onePath,
        summary: 'Removes an endpoint, with its deliveries',
        access: 'owner',
        answers: { 204: null },
      },
      async ({ answer, request, response, params }) => {
        const removed = await webhookEndpoints.remove(
          params.id as string,
          actorOf(request, response),
        );
        return removed.kind === 'refusal' ? removed : answer(204, null);
      },
    ),
  ];
}

async function refuseUrl(url: string, { expectedOfWebhookUrl }: AdminDeps) {
  const expected = await expectedOfWebhookUrl(url);
  return expected === null ? null : refuseField('url', expected);
}

function render(endpoint: WebhookEndpoint): WebhookEndpointWire {
  const { id, url, kinds, disabled, createdAt } = endpoint;
  return { id, url, kinds, disabled, created_at: createdAt.toISOString() };
}
