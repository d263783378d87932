// Writes the types of the client: of the description that the service itself serves, without starting it.

import { mkdirSync, writeFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';
import { openApiDocument } from '../dist/src/app.js';

const FOLDER = new URL('src/api/generated/', import.meta.url);

/** Describing a route takes apart what the route will need, and uses nothing of it. */
const nothing = new Proxy(() => nothing, {
  get: (_, name) => (name === Symbol.toPrimitive ? () => '' : nothing),
});

mkdirSync(FOLDER, { recursive: true });
const types = await openapiTS(openApiDocument(nothing));
writeFileSync(new URL('schema.ts', FOLDER), astToString(types));
