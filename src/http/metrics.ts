import type { Router } from 'express';
import { newRouter } from './kernel/router.js';

export interface MetricsDeps {
  metrics: { contentType: string; render(): Promise<string> };
}

/** For Prometheus. It names no license and no key; keep it from the public all the same. */
export function metricsRoutes({ metrics }: MetricsDeps): Router {
  const router = newRouter({ strict: true });
  router.get('/metrics', async (_request, response) => {
    response.setHeader('Content-Type', metrics.contentType);
    response.end(await metrics.render());
  });
  return router;
}
