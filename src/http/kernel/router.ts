import { Router } from 'express';

/** Paths are what they are: a proxy's rule for one of them must not be passed by another way to write it. */
export function newRouter(more: { strict?: boolean } = {}): Router {
  return Router({ caseSensitive: true, ...more });
}
