// The administration API, which is mounted at /admin/api.

import type { Router } from 'express';
import { refuse } from '../../domain/refusal.js';
import { sendAdminRefusal } from '../kernel/answering.js';
import { type Endpoint, mountEndpoints } from '../kernel/endpoint.js';
import { newRouter } from '../kernel/router.js';
import type { AdminDeps } from './adminDeps.js';
import { administratorEndpoints } from './administrators.js';
import { requireRole } from './authentication.js';
import { bulkEndpoint } from './bulk.js';
import { codeEndpoints } from './codes.js';
import { customerEndpoints } from './customer.js';
import { grantEndpoints } from './grants.js';
import { keyEndpoints, licenseNamedKeys } from './keys.js';
import { licenseEndpoints } from './licenses.js';
import { noticeEndpoints } from './notices.js';
import { operationEndpoints } from './operations.js';
import { ownAccessEndpoints } from './ownAccess.js';
import { purchaseEndpoints } from './purchases.js';
import { sessionEndpoints } from './sessions.js';
import { shopEndpoints } from './shops.js';
import { usageEndpoints } from './usage.js';
import { webhookEndpointEndpoints } from './webhookEndpoints.js';

export type { AdminDeps } from './adminDeps.js';

const PREFIX = '/admin/api';

export function adminEndpoints(deps: AdminDeps): Endpoint[] {
  return [
    ...sessionEndpoints(deps),
    ...ownAccessEndpoints(deps),
    // Before the licenses, so that `bulk` is not taken for a license's id.
    bulkEndpoint(deps),
    ...licenseEndpoints(deps),
    ...customerEndpoints(deps),
    ...keyEndpoints(deps),
    ...licenseNamedKeys(deps),
    ...grantEndpoints(deps),
    ...purchaseEndpoints(deps),
    ...codeEndpoints(deps),
    ...noticeEndpoints(deps),
    ...webhookEndpointEndpoints(deps),
    ...shopEndpoints(deps),
    ...usageEndpoints(deps),
    ...operationEndpoints(deps),
    ...administratorEndpoints(deps),
  ];
}

export function adminRoutes(deps: AdminDeps): Router {
  const router = newRouter();
  mountEndpoints(router, adminEndpoints(deps), PREFIX, access =>
    access === 'public' || access === 'holder' ? [] : [requireRole(deps, access)],
  );
  router.use((request, response) => {
    sendAdminRefusal(
      request,
      response,
      refuse('not_found', 'route_not_found', { suggestions: [] }),
    );
  });
  return router;
}
