import type { Router } from 'express';
import { type Endpoint, endpoint } from './kernel/endpoint.js';
import { newRouter } from './kernel/router.js';

export interface MetricsDeps {
  metrics: { contentType: string; render(): Promise<string> };
}

export function metricsRoutes(deps: MetricsDeps): Router {
  const router = newRouter({ strict: true });
  const { path, handle } = metricsEndpoint(deps);
  router.get(path, handle);
  return router;
}

/** For Prometheus. It contains no license and no key, but should not be public. */
export function metricsEndpoint({ metrics }: MetricsDeps): Endpoint {
  return endpoint(
    {
      method: 'get',
      path: '/metrics',
      summary: 'Measurements for Prometheus',
      access: 'public',
      query: null,
      answers: { 200: { mediaType: 'text/plain' } },
    },
    async ({ response }) => {
      response.setHeader('Content-Type', metrics.contentType);
      response.end(await metrics.render());
      return null;
    },
  );
}
