import type { Router } from 'express';
import { NOT_READY, type NotReady } from '../domain/readiness.js';
import { sendJson } from './kernel/respond.js';
import { newRouter } from './kernel/router.js';

export interface HealthDeps {
  /** Null when chats are accepted and the first administrator can sign in. */
  whyNotReady(): Promise<NotReady | null>;
}

export function healthRoutes(deps: HealthDeps): Router {
  const router = newRouter();
  router.get('/healthz', (_request, response) => sendJson(response, 200, { status: 'ok' }));
  router.get('/readyz', async (_request, response) => {
    const reason = await deps.whyNotReady();
    if (reason === null) return sendJson(response, 200, { status: 'ready' });
    response.setHeader('Retry-After', 1);
    sendJson(response, 503, { status: 'not ready', reason, message: NOT_READY[reason] });
  });
  return router;
}
