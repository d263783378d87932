import { Router } from 'express';

export interface MetricsDeps {
  metrics: { contentType: string; render(): Promise<string> };
}

/** For Prometheus. It names no license and no key; keep it from the public all the same. */
export function metricsRoutes({ metrics }: MetricsDeps): Router {
  const router = Router();
  router.get('/metrics', async (_request, response) => {
    response.setHeader('Content-Type', metrics.contentType);
    response.end(await metrics.render());
  });
  return router;
}
