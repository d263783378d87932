// Whether the process lives, and whether chats are accepted.

import type { Router } from 'express';
import type { ConfigWarning } from '../domain/configWarning.js';
import { NOT_READY, type NotReady } from '../domain/readiness.js';
import { type Endpoint, endpoint } from './kernel/endpoint.js';
import { newRouter } from './kernel/router.js';
import { notReadyAnswer, readyAnswer, stateAnswer } from './wire.js';

export interface HealthDeps {
  /** Null when chats are accepted and the first administrator can sign in. */
  whyNotReady(): Promise<NotReady | null>;
  /** What is probably configured wrongly although the service works. */
  warnings(): ConfigWarning[];
}

export function healthRoutes(deps: HealthDeps): Router {
  const router = newRouter();
  // Only GET: other methods get the answer for unknown paths.
  for (const { path, handle } of healthEndpoints(deps)) router.get(path, handle);
  return router;
}

export function healthEndpoints(deps: HealthDeps): Endpoint[] {
  return [
    endpoint(
      {
        method: 'get',
        path: '/healthz',
        summary: 'Whether the process lives',
        access: 'public',
        query: null,
        answers: { 200: stateAnswer },
        noStore: false,
      },
      async ({ answer }) => answer(200, { status: 'ok' }),
    ),
    endpoint(
      {
        method: 'get',
        path: '/readyz',
        summary: 'Whether chats are accepted',
        access: 'public',
        query: null,
        answers: { 200: readyAnswer, 503: notReadyAnswer },
        noStore: false,
      },
      async ({ answer, response }) => {
        const reason = await deps.whyNotReady();
        const warnings = deps.warnings();
        const told = warnings.length > 0 ? { warnings } : {};
        if (reason === null) return answer(200, { status: 'ready', ...told });
        response.setHeader('Retry-After', 1);
        return answer(503, { status: 'not ready', reason, message: NOT_READY[reason], ...told });
      },
    ),
  ];
}
