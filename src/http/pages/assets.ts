// Serves the built files. Each has the hash of its content in its name, so browsers may keep it for ever. Most were
// compressed by the build.

import { readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import express, { type RequestHandler, Router } from 'express';

const ENCODINGS = [
  { name: 'br', ending: '.br' },
  { name: 'gzip', ending: '.gz' },
];

export function serveAssets(folder: string): RequestHandler {
  const assets = join(folder, 'assets');
  const router = Router();
  let names: Set<string> | undefined;
  router.use((request, response, next) => {
    names ??= namesIn(assets);
    const name = request.path.slice(1);
    if (!names.has(name)) return next('router');
    response.setHeader('X-Content-Type-Options', 'nosniff');
    const compressed = ENCODINGS.filter(({ ending }) => names?.has(name + ending));
    if (compressed.length === 0) return next();
    response.vary('Accept-Encoding');
    const wanted = request.acceptsEncodings([...compressed.map(({ name }) => name), 'identity']);
    const chosen = compressed.find(each => each.name === wanted);
    if (chosen) {
      response.type(extname(name));
      response.setHeader('Content-Encoding', chosen.name);
      request.url = `/${name}${chosen.ending}`;
    }
    next();
  });
  router.use(express.static(assets, { immutable: true, maxAge: '1y', index: false }));
  return router;
}

function namesIn(folder: string): Set<string> {
  try {
    return new Set(readdirSync(folder));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Set();
    throw error;
  }
}
