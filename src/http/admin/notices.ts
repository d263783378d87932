import type { NoticeView } from '../../store/notices/index.js';
import { type Endpoint, endpoint } from '../kernel/endpoint.js';
import type { AdminDeps } from './adminDeps.js';
import { actorOf } from './authentication.js';
import { noticesQuery } from './schemas.js';
import { type NoticeWire, noticeAnswer, noticesAnswer } from './wire.js';

/** Lists notices about licenses, and their deliveries. */
export function noticeEndpoints({ notices }: AdminDeps): Endpoint[] {
  return [
    endpoint(
      {
        method: 'get',
        path: '/admin/api/notices',
        summary: 'Notices with their deliveries, newest first',
        access: 'viewer',
        query: noticesQuery,
        answers: { 200: noticesAnswer },
      },
      async ({ answer, query }) => {
        const page = await notices.list(query);
        return answer(200, { notices: page.rows.map(render), next_cursor: page.nextCursor });
      },
    ),
    endpoint(
      {
        method: 'post',
        path: '/admin/api/notices/{id}/redeliver',
        summary: 'Delivers a notice again: to all endpoints, and by mail where that failed',
        access: 'operator',
        answers: { 200: noticeAnswer },
      },
      async ({ answer, request, response, params }) => {
        const again = await notices.redeliver(params.id as string, actorOf(request, response));
        return again.kind === 'refusal' ? again : answer(200, { notice: render(again.notice) });
      },
    ),
  ];
}

function render(notice: NoticeView): NoticeWire {
  const { id, kind, licenseId, occurredAt, details, deliveries } = notice;
  return {
    id,
    kind,
    license_id: licenseId,
    occurred_at: occurredAt.toISOString(),
    details,
    deliveries: deliveries.map(delivery => ({
      channel: delivery.endpointId === null ? ('mail' as const) : ('webhook' as const),
      webhook_endpoint: delivery.endpointId,
      state: delivery.state,
      attempts: delivery.attempts,
      status: delivery.status,
      error: delivery.error,
      due_at: delivery.dueAt?.toISOString() ?? null,
      ended_at: delivery.endedAt?.toISOString() ?? null,
    })),
  };
}
