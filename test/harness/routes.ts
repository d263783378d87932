// Every route of the application, read from Express itself, so that a forgotten one is noticed.

import type { Express } from 'express';
import { SHOP_DESCRIPTIONS } from '../../src/shops/index.js';

interface Layer {
  route?: { path: string | string[]; methods: Record<string, boolean> };
  handle: { stack?: Layer[] };
  /** The path where it is mounted. */
  rawPath: string;
}

/** Routes in the form `GET /admin/api/licenses/{id}`, sorted. */
export function routesOf(app: Express): string[] {
  const { stack } = app.router as unknown as { stack: Layer[] };
  return [...new Set(routesIn(stack, ''))].sort();
}

function routesIn(stack: Layer[], prefix: string): string[] {
  return stack.flatMap(layer => {
    if (layer.route) {
      const { path, methods } = layer.route;
      const names = Object.keys(methods).filter(method => method !== '_all');
      return [path].flat().flatMap(each =>
        names.map(name => {
          const template = each.replaceAll(/[:*](\w+)/g, '{$1}');
          return `${name.toUpperCase()} ${prefix}${template}`;
        }),
      );
    }
    const inner = layer.handle.stack;
    return inner ? routesIn(inner, prefix + (layer.rawPath === '/' ? '' : layer.rawPath)) : [];
  });
}

/** `POST /webhooks/stripe` and the same for each shop, because they look alike for callers. */
export function shopRoutes(): string[] {
  return Object.values(SHOP_DESCRIPTIONS).map(
    ({ webhook: { method, path } }) => `${method.toUpperCase()} ${path}`,
  );
}
