// The endpoints of administration without a running service, for code that only reads their descriptions, such as the
// command line. So each route is described in one place.

import type { RouteDescription } from '../kernel/endpoint.js';
import type { AdminDeps } from './adminDeps.js';
import { adminEndpoints } from './index.js';

/** Stands for all that handlers need. No handler is ever called. */
const nothing: AdminDeps = new Proxy(Object.create(null), { get: () => nothing });

export function describeAdministration(): RouteDescription[] {
  return adminEndpoints(nothing);
}
