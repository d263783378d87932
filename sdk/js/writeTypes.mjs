// Writes the types of what the service takes and answers, of the description that it serves of itself. With
// `--print` it writes nothing and prints them.

import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { openApiDocument } from '../../dist/src/app.js';

const FILE = new URL('src/generated/schema.ts', import.meta.url);
/** What the client asks. Each route once: the others are the same under another path. */
const ASKED =
  /^\/(api\/chat_v3|v1\/chat\/completions|v1\/estimate|v1\/models(\/\{id\})?|api\/license(\/(?!reveal|billing).*)?|admin\/api\/.*)$/;

// It belongs to the pages, whose types are made with it too.
const fromPages = createRequire(new URL('../../web/package.json', import.meta.url));
const { default: openapiTS, astToString } = fromPages('openapi-typescript');

/** Describing a route takes apart what the route will need, and uses nothing of it. */
const nothing = new Proxy(() => nothing, {
  get: (_, name) => (name === Symbol.toPrimitive ? () => '' : nothing),
});

const types = await typesOf(openApiDocument(nothing));
if (process.argv.includes('--print')) process.stdout.write(types);
else {
  mkdirSync(new URL('.', FILE), { recursive: true });
  writeFileSync(FILE, types);
}

async function typesOf({ components: _, ...document }) {
  const asked = Object.entries(document.paths).filter(([path]) => ASKED.test(path));
  const paths = Object.fromEntries(
    asked.map(([path, methods]) => [path, withoutRefusals(methods)]),
  );
  const text = astToString(await openapiTS({ ...document, paths }));
  // What a route does not have needs no line that says so.
  return text
    .replace(/^\s*\w+\?: never;\n/gm, '')
    .replace(/^\s*(headers|parameters): \{\n(\s*\[name: string\]: unknown;\n)?\s*\};\n/gm, '');
}

/** Refusals are classes of the client. */
function withoutRefusals(methods) {
  const described = Object.entries(methods).map(([method, operation]) => {
    const { default: _, ...responses } = operation.responses;
    return [method, { ...operation, responses }];
  });
  return Object.fromEntries(described);
}
