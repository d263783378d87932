// The Express application: its routes, and the answer where no route matches.

import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import type { Deps } from './deps/index.js';
import { refuse } from './domain/refusal.js';
import { adminEndpoints, adminRoutes } from './http/admin/index.js';
import { buyerEndpoints, buyerRoutes } from './http/buyer/index.js';
import { addChatRoutes } from './http/chat/chat.js';
import { modelEndpoints, modelRoutes } from './http/chat/models.js';
import { DESCRIBED_ROUTES } from './http/described.js';
import { healthEndpoints, healthRoutes } from './http/health.js';
import { holderEndpoints, holderRoutes } from './http/holder/index.js';
import { sendAdminRefusal } from './http/kernel/answering.js';
import { ClientLeftError } from './http/kernel/bodyBytes.js';
import { refusalOfFault } from './http/kernel/fault.js';
import { newRequestId, REQUEST_ID } from './http/kernel/requestId.js';
import { metricsEndpoint, metricsRoutes } from './http/metrics.js';
import { OPENAPI_PATH, openApiRoutes } from './http/openapi.js';
import { webhookEndpoints, webhookRoutes } from './http/shops/webhooks.js';
import { unknownPath } from './http/unknownPath.js';

export function createApp(deps: Deps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  // A proxy's rule that blocks /metrics must not be bypassed by /METRICS.
  app.enable('case sensitive routing');
  app.set('trust proxy', deps.trustProxy);
  addChatRoutes(app, deps);
  app.use((_request, response, next) => {
    response.setHeader(REQUEST_ID, newRequestId());
    next();
  });
  app.use(healthRoutes(deps));
  app.use(metricsRoutes(deps));
  const everybodys = () => [
    ...DESCRIBED_ROUTES,
    ...modelEndpoints(deps),
    ...healthEndpoints(deps),
    metricsEndpoint(deps),
    ...webhookEndpoints(deps.selling),
    ...buyerEndpoints(deps.selling),
    ...holderEndpoints(deps.holder),
  ];
  app.use(openApiRoutes(() => [...everybodys(), ...adminEndpoints(deps.admin)]));
  app.use(webhookRoutes(deps.selling));
  app.use(buyerRoutes(deps.selling));
  app.use(modelRoutes(deps));
  app.use(holderRoutes(deps.holder));
  app.use('/admin/api', adminRoutes(deps.admin));
  app.use(unknownPath(() => [...everybodys().map(({ path }) => path), OPENAPI_PATH]));
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    if (error instanceof ClientLeftError || response.headersSent) return;
    // Express itself throws for a path that cannot be decoded.
    const refusal =
      error instanceof URIError
        ? refuse('not_found', 'route_not_found', { suggestions: [] })
        : refusalOfFault(error);
    if (refusal.code !== 'not_found') deps.log.error({ err: error }, refusal.code);
    sendAdminRefusal(request, response, refusal);
  });
  return app;
}
