import type { Router } from 'express';
import { sendJson } from './respond.js';
import { newRouter } from './router.js';

export interface HealthDeps {
  /** True when chats are accepted: not shutting down, and the database answers. */
  isReady(): Promise<boolean>;
}

export function healthRoutes(deps: HealthDeps): Router {
  const router = newRouter();
  router.get('/healthz', (_request, response) => sendJson(response, 200, { status: 'ok' }));
  router.get('/readyz', async (_request, response) => {
    const isReady = await deps.isReady();
    if (!isReady) response.setHeader('Retry-After', 1);
    sendJson(response, isReady ? 200 : 503, { status: isReady ? 'ready' : 'not ready' });
  });
  return router;
}
