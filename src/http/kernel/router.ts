import { Router } from 'express';

/** Paths are matched exactly: otherwise another spelling could bypass a proxy's rule for a path. */
export function newRouter(more: { strict?: boolean } = {}): Router {
  return Router({ caseSensitive: true, ...more });
}
