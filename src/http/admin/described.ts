// What administration offers, without a service behind it: for whoever only reads the descriptions, as the
// command line does. So each route stands in one place, with what it takes, and is complete there.

import type { RouteDescription } from '../kernel/endpoint.js';
import type { AdminDeps } from './adminDeps.js';
import { adminEndpoints } from './index.js';

/** Whatever a handler would need is this: no handler is ever called. */
const nothing: AdminDeps = new Proxy(Object.create(null), { get: () => nothing });

export function describeAdministration(): RouteDescription[] {
  return adminEndpoints(nothing);
}
