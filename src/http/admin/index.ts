// The administration API; to be mounted at /admin/api.

import { Router } from 'express';
import { refuse } from '../../domain/refusal.js';
import type { AdminDeps } from './adminDeps.js';
import { grantRoutes } from './grants.js';
import { licenseRoutes } from './licenses.js';
import { operationRoutes } from './operations.js';
import { purchaseRoutes } from './purchases.js';
import { sendAdminRefusal } from './respond.js';
import { sessionRoutes } from './sessions.js';

export type { AdminDeps } from './adminDeps.js';

export function adminRoutes(deps: AdminDeps): Router {
  const router = Router();
  router.use(
    sessionRoutes(deps),
    licenseRoutes(deps),
    grantRoutes(deps),
    operationRoutes(deps),
    purchaseRoutes(deps),
  );
  router.use((request, response) => {
    sendAdminRefusal(request, response, refuse('not_found', 'route_not_found', {}));
  });
  return router;
}
