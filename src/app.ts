// The Express application: its routes, and the answer where no route matches.

import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import type { Deps } from './deps/index.js';
import { adminEndpoints, adminRoutes } from './http/admin/index.js';
import { buyerEndpoints, buyerRoutes } from './http/buyer/index.js';
import { addChatRoutes } from './http/chat/chat.js';
import { ENVELOPE } from './http/chat/envelopeHosts.js';
import { modelEndpoints, modelRoutes } from './http/chat/models.js';
import { keptResponseEndpoints, keptResponseRoutes } from './http/chat/responses.js';
import { videoEndpoints, videoRoutes } from './http/chat/videos.js';
import { DESCRIBED_ROUTES } from './http/described.js';
import { healthEndpoints, healthRoutes } from './http/health.js';
import { holderEndpoints, holderRoutes } from './http/holder/index.js';
import { ADMIN_REFUSALS, refusalFormOf, refuseUndecodable } from './http/kernel/answering.js';
import { ClientLeftError } from './http/kernel/bodyBytes.js';
import type { RouteDescription } from './http/kernel/endpoint.js';
import { refusalOfFault } from './http/kernel/fault.js';
import { observeRequest } from './http/kernel/observe.js';
import { newRequestId, REQUEST_ID } from './http/kernel/requestId.js';
import { mediaEndpoint, mediaRoutes } from './http/media.js';
import { metricsEndpoint, metricsRoutes } from './http/metrics.js';
import { buildDocument, OPENAPI_PATH, type OpenApi, openApiOf } from './http/openapi.js';
import { createPages } from './http/pages/index.js';
import { webhookEndpoints, webhookRoutes } from './http/shops/webhooks.js';
import { receiptKeyRoutes, receiptKeysEndpoint } from './http/statements/index.js';
import { unknownPath } from './http/unknownPath.js';

/** Logged in place of an unknown path, because that may contain anything. */
const UNKNOWN_ROUTE = 'unknown';

export function createApp(deps: Deps, openApi = openApiFor(deps)): Express {
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
  app.get(openApi.endpoint.path, openApi.endpoint.handle);
  const pages = createPages(deps.pages);
  app.use(pages.routes);
  app.use((request, response, next) => {
    const routeOf = () => (request.route ? request.baseUrl + request.route.path : UNKNOWN_ROUTE);
    observeRequest(request, response, requestIdOf(response), routeOf, deps);
    next();
  });
  app.use(mediaRoutes(deps));
  app.use(receiptKeyRoutes(deps.holder));
  app.use(webhookRoutes(deps.selling));
  app.use(buyerRoutes(deps.selling));
  app.use(modelRoutes(deps));
  app.use(keptResponseRoutes(deps));
  app.use(videoRoutes(deps));
  const nowhere = unknownPath(() => [
    ...everybodysRoutes(deps).map(({ path }) => path),
    OPENAPI_PATH,
  ]);
  app.use(ENVELOPE, nowhere);
  app.use(holderRoutes(deps.holder));
  app.use('/admin/api', adminRoutes(deps.admin));
  app.use(pages.notFound);
  app.use(nowhere);
  app.use(refuseUndecodable(ADMIN_REFUSALS));
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    if (error instanceof ClientLeftError || response.headersSent) return;
    const refusal = refusalOfFault(error);
    deps.log.error({ err: error, requestId: requestIdOf(response) }, refusal.code);
    refusalFormOf(response).send(request, response, refusal);
  });
  return app;
}

/** What is served under /openapi.json. */
export function openApiFor(deps: Deps): OpenApi {
  return openApiOf(() => describedRoutes(deps));
}

/** The same description as an object. It calls nothing of what it is given. */
export function openApiDocument(deps: Deps): Record<string, unknown> {
  return buildDocument(describedRoutes(deps));
}

function describedRoutes(deps: Deps): RouteDescription[] {
  return [...everybodysRoutes(deps), ...adminEndpoints(deps.admin)];
}

/** Those that everybody may know. */
function everybodysRoutes(deps: Deps): RouteDescription[] {
  return [
    ...DESCRIBED_ROUTES,
    ...modelEndpoints(deps),
    ...keptResponseEndpoints(deps),
    ...videoEndpoints(deps),
    ...healthEndpoints(deps),
    mediaEndpoint(deps),
    receiptKeysEndpoint(deps.holder),
    metricsEndpoint(deps),
    ...webhookEndpoints(deps.selling),
    ...buyerEndpoints(deps.selling),
    ...holderEndpoints(deps.holder),
  ];
}

function requestIdOf(response: Response): string {
  return String(response.getHeader(REQUEST_ID));
}
