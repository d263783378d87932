// Writes what the pages know of the service: the types of its API, and its closed lists. Both come from the service's
// own build, without starting it. The types are made anew for each check; the lists are in the repository, because the
// pages are built with them.

import { mkdirSync, writeFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';
import { openApiDocument } from '../dist/src/app.js';
import { MODALITIES } from '../dist/src/domain/catalog.js';
import { EXPORTED } from '../dist/src/domain/exported.js';
import { DESCRIPTIONS, PROVIDERS } from '../dist/src/domain/provider.js';
import { ROLES } from '../dist/src/domain/role.js';
import { SELLERS, SHOPS } from '../dist/src/domain/shop.js';

const API = new URL('src/api/', import.meta.url);

/** Describing a route takes apart what the route will need, and uses nothing of it. */
const nothing = new Proxy(() => nothing, {
  get: (_, name) => (name === Symbol.toPrimitive ? () => '' : nothing),
});

mkdirSync(new URL('generated/', API), { recursive: true });
const types = await openapiTS(openApiDocument(nothing));
writeFileSync(new URL('generated/schema.ts', API), astToString(types));

const lists = { EXPORTED, MODALITIES, PROVIDERS, ROLES, SELLERS, SHOPS };
const lines = Object.entries(lists).map(
  ([name, list]) => `export const ${name} = ${JSON.stringify(list)} as const;`,
);
const names = JSON.stringify(
  Object.fromEntries(PROVIDERS.map(provider => [provider, DESCRIPTIONS[provider].name])),
);
writeFileSync(
  new URL('lists.ts', API),
  `// The closed lists of the service, and the names of its providers. Written by web/writeTypes.mjs.
${lines.join('\n')}
export const PROVIDER_NAMES: Record<string, string> = ${names};
`,
);
