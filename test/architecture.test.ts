// The rules of how the house is built (docs: the arrows point one way). Each rule is shown to catch a
// sample that breaks it.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { expect, test } from '@jest/globals';
import { PROVIDERS } from '../src/domain/provider.js';
import { SHOPS } from '../src/domain/shop.js';

/** Room -> what it may import, and what it may import the types of. Every room may import itself. */
const ARROWS: Record<string, { values: string[]; types: string[] }> = {
  main: { values: ['config', 'process', 'commands'], types: [] },
  // It speaks to a running service like anybody else, and reads from `http` what that offers; only what needs
  // the database itself starts from here.
  cli: { values: ['config', 'commands', 'http', 'domain'], types: [] },
  commands: { values: ['deps', 'doctor', 'config', 'jobs', 'domain'], types: [] },
  // It tries each part by itself, before and beside what `deps` builds of them.
  doctor: {
    values: ['deps', 'config', 'catalog', 'store', 'outbound', 'providers', 'shops', 'domain'],
    types: [],
  },
  process: {
    values: ['app', 'deps', 'config', 'log', 'jobs', 'http', 'domain', 'workerQuestions'],
    types: [],
  },
  app: { values: ['http', 'domain'], types: ['deps', 'config'] },
  // The one place that builds things: it knows what the others want to be given.
  deps: {
    values: [
      'catalog',
      'store',
      'outbound',
      'providers',
      'shops',
      'flows',
      'jobs',
      'log',
      'metrics',
      'traces',
      'domain',
      'workerQuestions',
    ],
    types: ['config', 'http'],
  },
  // A shop says itself which variables it reads, and how the catalogue names its products.
  config: { values: ['shops', 'domain'], types: [] },
  log: { values: ['domain'], types: ['config'] },
  metrics: { values: ['workerQuestions'], types: [] },
  traces: { values: ['domain'], types: [] },
  workerQuestions: { values: [], types: [] },
  jobs: { values: ['flows', 'shops', 'domain'], types: ['store', 'providers'] },
  http: {
    values: ['flows', 'dialects', 'i18n', 'domain'],
    types: ['config', 'store', 'providers', 'shops'],
  },
  flows: { values: ['domain'], types: ['store', 'outbound', 'providers', 'shops'] },
  dialects: { values: ['domain', 'i18n'], types: ['flows'] },
  i18n: { values: ['domain'], types: [] },
  outbound: { values: ['domain'], types: ['store'] },
  store: { values: ['catalog', 'domain'], types: [] },
  catalog: { values: ['shops', 'domain'], types: [] },
  providers: { values: ['domain'], types: [] },
  shops: { values: ['domain'], types: [] },
  domain: { values: [], types: [] },
};
/** What a folder of a room may import of the same room. A folder that is not named may import all of it. */
const INNER_ARROWS: Record<string, string[]> = {
  'http/kernel': [],
  'store/database': [],
  'providers/chatCompletions': ['providers', 'providers/sandbox'],
  'providers/sandbox': ['providers'],
};
/** What differs from member to member of a list stands in a folder or file of its own, which only the list imports. */
const FAMILIES = [
  familyOf('provider', PROVIDERS, 'src/providers'),
  familyOf('shop', SHOPS, 'src/shops'),
];

const DATABASE_PACKAGES = /^(@prisma\/|prisma$|pg$|pg-|@electric-sql\/|pglite)/;
/** Functions of their arguments alone, as all of the domain is. */
const PURE_PACKAGES = ['fastest-levenshtein', 'ipaddr.js'];

function familyOf(noun: string, members: readonly string[], folder: string) {
  const name = `['"\`](?:${members.join('|')})['"\`]`;
  return {
    noun,
    list: `${folder}/index.ts`,
    ofOne: new RegExp(`^${folder}/(${members.join('|')})(?:/|\\.ts$)`),
    asksWhich: new RegExp(`[!=]==?\\s*${name}|${name}\\s*[!=]==?|\\bcase\\s+${name}`),
  };
}

type Files = Record<string, string>;
interface Import {
  target: string;
  typeOnly: boolean;
}

function roomOf(path: string): string {
  const [top = '', second = ''] = path.split('/');
  return top === 'src' ? second.replace(/\.ts$/, '') : top;
}

/** `http/kernel` of `src/http/kernel/body.ts`; `http` of what lies in the room itself. */
function folderOf(path: string): string {
  return posix.dirname(path).split('/').slice(1, 3).join('/');
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '');
}

/** What a file imports: packages by name, own files by path from the root. */
function importsOf(path: string, text: string): Import[] {
  const statement = /^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm;
  const dynamic = /\bimport\(\s*()['"`]([^'"`]+)['"`]/g;
  return [statement, dynamic]
    .flatMap(pattern => [...withoutComments(text).matchAll(pattern)])
    .map(([, typeOnly, name = '']) => {
      const own = posix.join(posix.dirname(path), name).replace(/\.js$/, '.ts');
      return { target: name.startsWith('.') ? own : name, typeOnly: Boolean(typeOnly) };
    });
}

function faultsOf(files: Files): string[] {
  const faults: string[] = [];
  for (const [path, text] of Object.entries(files)) {
    const room = roomOf(path);
    const code = withoutComments(text);
    const arrows = ARROWS[room];
    if (!arrows) faults.push(`${path}: "${room}" is not a room of the house`);
    if (
      room !== 'config' &&
      /\bprocess\s*\??\.\s*env\b|\bprocess\[|\benv\b[^;]*= process\b/.test(code)
    ) {
      faults.push(`${path}: only config.ts reads process.env`);
    }
    for (const { noun, asksWhich } of FAMILIES) {
      if (asksWhich.test(code)) faults.push(`${path}: asks which ${noun} it is`);
    }
    if (room === 'domain' && /\bawait\b|\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(/.test(code)) {
      faults.push(`${path}: the domain has no clock, no chance and no await`);
    }
    for (const { target, typeOnly } of importsOf(path, text)) {
      if (/^(src|jobs|bench|test|prisma|scripts)\//.test(target)) {
        const other = roomOf(target);
        for (const { list, ofOne } of FAMILIES) {
          const member = ofOne.exec(target)?.[1];
          if (!member || member === ofOne.exec(path)?.[1] || path === list) continue;
          faults.push(`${path}: only ${list} may import ${target}`);
        }
        const folder = folderOf(target);
        const allowed = [...(arrows?.values ?? []), ...((typeOnly && arrows?.types) || [])];
        if (other === room) {
          const inner = INNER_ARROWS[folderOf(path)];
          if (!inner || folder === folderOf(path) || inner.includes(folder)) continue;
          if (/\/generated\//.test(target)) continue;
          faults.push(`${path}: ${folderOf(path)} may not import ${folder}`);
          continue;
        }
        if (allowed.includes(other)) continue;
        const asTypes = !typeOnly && arrows?.types.includes(other) ? ' (only its types)' : '';
        faults.push(`${path}: ${room} may not import ${other}${asTypes}`);
      } else if (room === 'domain' && !PURE_PACKAGES.includes(target)) {
        faults.push(`${path}: the domain imports nothing from outside (${target})`);
      } else if (room !== 'store' && DATABASE_PACKAGES.test(target)) {
        faults.push(`${path}: only the store knows the database (${target})`);
      }
    }
  }
  return [...faults, ...circlesOf(files)];
}

/** Circles of imports, also where only types are imported. */
function circlesOf(files: Files): string[] {
  const faults: string[] = [];
  const done = new Set<string>();
  function visit(path: string, trail: string[]): void {
    if (trail.includes(path)) {
      faults.push(`circle: ${[...trail.slice(trail.indexOf(path)), path].join(' -> ')}`);
    } else if (!done.has(path) && path in files) {
      for (const { target } of importsOf(path, files[path] ?? '')) {
        visit(target, [...trail, path]);
      }
      done.add(path);
    }
  }
  for (const path of Object.keys(files)) visit(path, []);
  return faults;
}

function readSources(folder: string, wanted = /\.ts$/): Files {
  if (!existsSync(folder)) return {};
  const files = readdirSync(folder, { withFileTypes: true }).map((entry): Files => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'generated' ? {} : readSources(path, wanted);
    return wanted.test(path) ? { [path]: readFileSync(path, 'utf8') } : {};
  });
  return Object.assign({}, ...files);
}

test('the sources keep the rules of the house', () => {
  const files = { ...readSources('src'), ...readSources('jobs') };
  expect(Object.keys(files).length).toBeGreaterThan(10);
  expect(faultsOf(files)).toEqual([]);
});

test('what the rules allow is not reported', () => {
  const allowed: Files = {
    'src/main.ts': `import { loadConfig } from './config.js';\nawait import('./process/serve.js');`,
    'src/deps/index.ts': `import { openDatabase } from '../store/database/database.js';`,
    'src/http/chat/chat.ts': `import type { Store } from '../../store/index.js';\nimport { chat } from '../../flows/chat.js';\nimport { a } from '../kernel/a.js';`,
    'src/config.ts': `export const port = process.env.PORT;`,
    'src/shops/index.ts': `import { stripe } from './stripe/index.js';`,
    'src/providers/index.ts': `import { openai } from './openai/a.js';`,
    'src/providers/openai/a.ts': `import './b.js';\
import { a } from '../chatCompletions/a.js';`,
    'src/store/a.ts': `import pg from 'pg';\nimport type { B } from './b.js';`,
    'src/store/b.ts': `import './c.js'; // process.env, import('../http/x.js')`,
  };
  expect(faultsOf(allowed)).toEqual([]);
});

test.each<[fault: string, path: string, text: string]>([
  ['"misc" is not a room', 'src/misc/a.ts', ''],
  [
    'http may not import store (only its types)',
    'src/http/a.ts',
    `import { a } from '../store/a.js';`,
  ],
  ['http may not import deps', 'src/http/a.ts', `import type { Deps } from '../deps.js';`],
  ['flows may not import http', 'src/flows/a.ts', `import type { A } from '../http/a.js';`],
  ['flows may not import store', 'src/flows/a.ts', `import {\n  a,\n} from '../store/a.js';`],
  [
    'flows may not import providers',
    'src/flows/a.ts',
    `const a = await import('../providers/a.js');`,
  ],
  [
    'dialects may not import flows (only its types)',
    'src/dialects/a.ts',
    `export * from '../flows/a.js';`,
  ],
  [
    'providers may not import store',
    'src/providers/a.ts',
    `import type { A } from '../store/a.js';`,
  ],
  ['store may not import shops', 'src/store/a/b.ts', `import '../../shops/a.js';`],
  ['shops may not import config', 'src/shops/a.ts', `import { a } from '../config.js';`],
  ['i18n may not import dialects', 'src/i18n/a.ts', `import { a } from '../dialects/a.js';`],
  ['jobs may not import deps', 'jobs/a.ts', `import { a } from '../src/deps/index.js';`],
  ['app may not import jobs', 'src/app.ts', `import { a } from '../jobs/a.js';`],
  ['main may not import store', 'src/main.ts', `import { a } from './store/a.js';`],
  ['commands may not import flows', 'src/commands/job.ts', `import { a } from '../flows/a.js';`],
  [
    'deps may not import http (only its types)',
    'src/deps/index.ts',
    `import { a } from '../http/a.js';`,
  ],
  [
    'http/kernel may not import http/admin',
    'src/http/kernel/a.ts',
    `import type { A } from '../admin/a.js';`,
  ],
  [
    'store/database may not import store/ledger',
    'src/store/database/a.ts',
    `import { a } from '../ledger/a.js';`,
  ],
  [
    'only src/shops/index.ts may import src/shops/stripe/api.ts',
    'src/deps/a.ts',
    `import { a } from '../shops/stripe/api.js';`,
  ],
  [
    'only src/shops/index.ts may import src/shops/signed.ts',
    'src/shops/stripe/a.ts',
    `import { a } from '../signed.js';`,
  ],
  ['asks which shop it is', 'src/flows/a.ts', `if (due.shop === 'woocommerce') a();`],
  [
    'providers/sandbox may not import providers/chatCompletions',
    'src/providers/sandbox/a.ts',
    `import { a } from '../chatCompletions/a.js';`,
  ],
  [
    'only src/providers/index.ts may import src/providers/openai/a.ts',
    'src/providers/openrouter/a.ts',
    `import type { A } from '../openai/a.js';`,
  ],
  [
    'only src/providers/index.ts may import src/providers/openai/a.ts',
    'src/deps/a.ts',
    `import { a } from '../providers/openai/a.js';`,
  ],
  ['asks which provider it is', 'src/flows/a.ts', `if (model.provider === 'openai') a();`],
  ['asks which provider it is', 'src/cli/a.ts', `switch (a) {\n  case 'openrouter':\n}`],
  ['catalog may not import store', 'src/catalog/a.ts', `import { a } from '../store/a.js';`],
  [
    'outbound may not import store (only its types)',
    'src/outbound/a.ts',
    `import { a } from '../store/a.js';`,
  ],
  ['http may not import test', 'src/http/a.ts', `import { a } from '../../test/harness/a.js';`],
  ['domain may not import i18n', 'src/domain/a.ts', `import type { A } from '../i18n/a.js';`],
  ['nothing from outside (node:fs)', 'src/domain/a.ts', `import { a } from 'node:fs';`],
  ['nothing from outside (zod)', 'src/domain/a.ts', `import { z } from 'zod';`],
  ['the domain has no clock', 'src/domain/a.ts', 'export const now = () => Date.now();'],
  ['only config.ts reads process.env', 'src/store/a.ts', 'const a = process.env.A;'],
  ['only config.ts reads process.env', 'jobs/a.ts', `const { env } = process;`],
  ['only the store knows the database (pg)', 'src/flows/a.ts', `import { Pool } from 'pg';`],
  [
    'only the store knows the database (@prisma',
    'jobs/a.ts',
    `import type { A } from '@prisma/client';`,
  ],
  ['circle: src/http/a.ts -> src/http/a.ts', 'src/http/a.ts', `import { b } from './a.js';`],
])('caught: %s (%s)', (fault, path, text) => {
  expect(faultsOf({ [path]: text })).toEqual([expect.stringContaining(fault)]);
});

test('caught: a circle of three files', () => {
  const circle: Files = {
    'src/http/a.ts': `import { b } from './b.js';`,
    'src/http/b.ts': `export { c } from './c.js';`,
    'src/http/c.ts': `import { a } from './a.js';`,
  };
  expect(faultsOf(circle)).toEqual([
    'circle: src/http/a.ts -> src/http/b.ts -> src/http/c.ts -> src/http/a.ts',
  ]);
});

/** Room of web/src -> the rooms it may import. Each may import itself, but a feature no other feature. */
const WEB_ARROWS: Record<string, string[]> = {
  main: ['routes', 'ui', 'api', 'messages'],
  routes: ['features', 'ui', 'messages'],
  features: ['ui', 'api', 'messages'],
  ui: ['api', 'messages'],
  api: [],
  messages: [],
};

function webFaultsOf(files: Files): string[] {
  const placeOf = (path: string) =>
    path
      .replace(/\.(tsx?|js)$/, '')
      .split('/')
      .slice(2);
  return Object.entries(files).flatMap(([path, text]) =>
    importsOf(path, text)
      .filter(({ target }) => !/\.(css|svg)$/.test(target) && /^[\w/.-]+$/.test(target))
      .flatMap(({ target }) => {
        const [room = '', feature] = placeOf(path);
        if (/^(src|jobs|test|scripts|prisma)\//.test(target)) {
          return [`${path}: what runs in the browser imports nothing of the service (${target})`];
        }
        if (!target.startsWith('web/src/')) return [];
        const [other = '', otherFeature] = placeOf(target);
        if (room === other) {
          const isOther = room === 'features' && feature !== otherFeature;
          return isOther ? [`${path}: a feature may not import another (${otherFeature})`] : [];
        }
        return WEB_ARROWS[room]?.includes(other)
          ? []
          : [`${path}: ${room} may not import ${other}`];
      }),
  );
}

test('the pages keep their rules: routes, then features, then what features share', () => {
  const files = readSources('web/src', /\.tsx?$/);
  expect(Object.keys(files).length).toBeGreaterThan(10);
  expect(webFaultsOf(files)).toEqual([]);
});

test.each<[fault: string, path: string, text: string]>([
  [
    'a feature may not import another (admin)',
    'web/src/features/home/a.tsx',
    `import { a } from '../admin/a.js';`,
  ],
  ['ui may not import features', 'web/src/ui/a.tsx', `import a from '../features/home/a.js';`],
  ['api may not import ui', 'web/src/api/a.ts', `import { a } from '../ui/a.js';`],
  ['messages may not import api', 'web/src/messages/a.ts', `import { a } from '../api/a.js';`],
  [
    'features may not import routes',
    'web/src/features/a/a.tsx',
    `import { a } from '../../routes.js';`,
  ],
  ['routes may not import api', 'web/src/routes.tsx', `import { a } from './api/a.js';`],
  [
    'nothing of the service',
    'web/src/api/a.ts',
    `import type { A } from '../../../src/domain/a.js';`,
  ],
])('caught in the pages: %s (%s)', (fault, path, text) => {
  expect(webFaultsOf({ [path]: text })).toEqual([expect.stringContaining(fault)]);
});
