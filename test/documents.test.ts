// What the documents and the comments cite is there. Each rule is shown to catch a sample that breaks it.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { expect, test } from '@jest/globals';
import { DEBIAN_PACKAGES } from './harness/testWhere.js';

type Texts = Record<string, string>;

const DECISIONS = 'docs/decisions';
/** Their text is fixed by a checksum, or made by a program. */
const NOT_OURS =
  /^((web\/)?node_modules|dist|data|coverage|\.git|prisma\/migrations|bench\/results)\b|generated/;
const TEXT =
  /\.(md|ts|mjs|js|json|prisma|conf|ini|service|php)$|Dockerfile|Caddyfile|\.env\.example$/;

const files = textsIn('.');
const documents = Object.fromEntries(
  Object.entries(files).filter(([path]) => path.endsWith('.md')),
);

function textsIn(folder: string): Texts {
  const texts = readdirSync(folder, { withFileTypes: true }).map((entry): Texts => {
    const path = normalize(join(folder, entry.name));
    if (NOT_OURS.test(path)) return {};
    if (entry.isDirectory()) return textsIn(path);
    return TEXT.test(path) ? { [path]: readFileSync(path, 'utf8') } : {};
  });
  return Object.assign({}, ...texts);
}

/** One line, without the marks of comments: a citation may be broken by the end of a line. */
function flowing(text: string): string {
  return text.replace(/\n\s*(?:\/\/\/?|\*|#)?\s*/g, ' ');
}

/** `[text](address)` outside of code. */
function linksOf(document: string): string[] {
  const prose = document.replace(/```[\s\S]*?```/g, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, address = '']) => address);
}

function anchorsOf(document: string): string[] {
  return [...document.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function brokenLinks(path: string, document: string): string[] {
  return linksOf(document)
    .filter(address => !/^(https?|mailto):/.test(address))
    .filter(address => {
      const [file = '', anchor] = address.split('#');
      const target = file === '' ? path : normalize(join(dirname(path), file));
      if (!existsSync(target)) return true;
      return anchor !== undefined && !anchorsOf(readFileSync(target, 'utf8')).includes(anchor);
    })
    .map(address => `${path}: ${address}`);
}

/** `docs/decisions/0041` stands for the page with that number. */
function isThere(cited: string): boolean {
  if (existsSync(cited)) return true;
  const number = /^docs\/decisions\/(\d{4})$/.exec(cited)?.[1];
  return number !== undefined && readdirSync(DECISIONS).some(name => name.startsWith(number));
}

/** Paths of documents and of code, where they are written out from the root. */
function brokenPaths(path: string, text: string): string[] {
  const cited = text.matchAll(/(?<![\w./-])docs\/[\w./-]*\w/g);
  const inDocuments = path.endsWith('.md')
    ? text.matchAll(
        /(?<=`)(?:src|jobs|test|scripts|prisma|catalog|bench|delivery|chaos|clients|sdk|web)\/[\w./-]*\w(?=`)/g,
      )
    : [];
  return [...cited, ...inDocuments]
    .map(([name]) => name)
    .filter(name => !/\/(NAME|CODE|NNNN)\b/.test(name) && !isThere(name))
    .map(name => `${path}: ${name}`);
}

/** "`Name` in `src/a.ts`", where that file has no such name. */
function missingNames(path: string, document: string): string[] {
  return [...flowing(document).matchAll(/`(\w+)` in `((?:src|jobs|test|web|scripts)\/[\w./-]+)`/g)]
    .filter(([, name = '', file = '']) => !files[file]?.match(new RegExp(`\\b${name}\\b`)))
    .map(([cited]) => `${path}: ${cited}`);
}

const RULES = new Set(
  [...(files['docs/ledger.md'] ?? '').matchAll(/^### Rule (\d+): /gm)].map(([, rule]) => rule),
);

function unknownRules(path: string, text: string): string[] {
  return [...flowing(text).matchAll(/ledger\.md\)? rules? (\d+(?:(?:, | and )\d+)*)/g)]
    .flatMap(([, numbers = '']) => numbers.split(/, | and /))
    .filter(rule => !RULES.has(rule))
    .map(rule => `${path}: rule ${rule}`);
}

const SOURCES = new Map(
  (files['docs/sources.md'] ?? '')
    .split(/^## /m)
    .map(chapter => [/^\d{3}/.exec(chapter)?.[0] ?? '', chapter]),
);

/** `seed 003 §8.3 and §8.4`, or a document as a whole: `seed 000`. */
function unknownSources(path: string, text: string): string[] {
  const cited = flowing(text).matchAll(
    /\b(?:seed|sources\.md,) (\d{3})((?:(?:,| and)? §\d+(?:\.\d+)*)*)/g,
  );
  return [...cited].flatMap(([, number = '', sections = '']) => {
    const chapter = SOURCES.get(number);
    if (chapter === undefined) return [`${path}: seed ${number}`];
    return [...sections.matchAll(/§\d+(?:\.\d+)*/g)]
      .filter(([section]) => !chapter.includes(`| ${section} `))
      .map(([section]) => `${path}: seed ${number} ${section}`);
  });
}

/** Documents that are not in the repository. */
function ofElsewhere(path: string, text: string): string[] {
  const found = flowing(text).match(/\bdesign,? §\d*|\(contract\b|\bcontract\.md|\bdesign\.md/g);
  return (found ?? []).map(name => `${path}: ${name}`);
}

/** The folders that the README's map of the house must name: `http/` of `src/http`. */
function missingInMap(map: string, folders: string[]): string[] {
  return folders.filter(folder => !map.includes(`${basename(folder)}/`));
}

function foldersIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => normalize(join(folder, name)))
    .filter(path => !NOT_OURS.test(path));
}

function unlisted(index: string, names: string[]): string[] {
  return names.filter(name => name !== 'README.md' && !index.includes(`](${name})`));
}

const others = Object.entries(files).filter(([path]) => path !== 'test/documents.test.ts');
const faultsOf = (rule: (path: string, text: string) => string[]) =>
  others.flatMap(([path, text]) => rule(path, text));

test('every relative link of a document leads somewhere', () => {
  expect(Object.keys(documents).length).toBeGreaterThan(30);
  expect(Object.entries(documents).flatMap(each => brokenLinks(...each))).toEqual([]);
});

test('every document that a comment or a document names is there, and every file that a document names', () => {
  expect(faultsOf(brokenPaths)).toEqual([]);
});

test('every name that a document says to be in a file is there', () => {
  expect(Object.entries(documents).flatMap(each => missingNames(...each))).toEqual([]);
});

test('the map in the README has every room of the house', () => {
  const [, map = ''] = (files['README.md'] ?? '').split('## The map of the house');
  const rooms = ['.', 'src', 'src/store', 'src/http'].flatMap(foldersIn);
  expect(rooms.length).toBeGreaterThan(40);
  expect(missingInMap(map, rooms)).toEqual([]);
});

test('CONTRIBUTING names every Debian package that a test needs', () => {
  const [, named = ''] = /apt-get install ([\s\S]*?)```/.exec(files['CONTRIBUTING.md'] ?? '') ?? [];
  const packages = named.match(/[\w-]+/g) ?? [];
  expect(packages.sort()).toEqual(DEBIAN_PACKAGES.filter(name => name !== 'nodejs'));
});

test('every rule of the ledger that is cited is written down, and each has one number', () => {
  expect([...RULES]).toEqual([...RULES].map((_, index) => String(index + 1)));
  expect(RULES.size).toBeGreaterThan(0);
  expect(faultsOf(unknownRules)).toEqual([]);
});

test('every section of a source that is cited stands in docs/sources.md', () => {
  expect(faultsOf(unknownSources)).toEqual([]);
});

test('no comment cites a document that is not in the repository', () => {
  expect(faultsOf(ofElsewhere)).toEqual([]);
});

test('the index of the decisions has every page, and each page begins with its number', () => {
  const names = readdirSync(DECISIONS);
  expect(unlisted(files[`${DECISIONS}/README.md`] ?? '', names)).toEqual([]);
  const numbers = names.filter(name => name !== 'README.md').map(name => name.slice(0, 4));
  expect(new Set(numbers).size).toBe(numbers.length);
  for (const name of names.filter(each => each !== 'README.md')) {
    expect(files[`${DECISIONS}/${name}`]).toMatch(new RegExp(`^# ${Number(name.slice(0, 4))}\\. `));
  }
});

test.each<[fault: string, found: string[]]>([
  ['a link to nowhere', brokenLinks('docs/x.md', 'see [x](nowhere.md)')],
  ['a link from another folder', brokenLinks('docs/x.md', '[x](docs/ledger.md)')],
  ['an anchor that is none', brokenLinks('docs/x.md', '[x](ledger.md#nothing)')],
  ['a document in a comment', brokenPaths('src/a.ts', '// see docs/nothing.md')],
  ['a decision by its number', brokenPaths('src/a.ts', '/** docs/decisions/9999 */')],
  ['a file in a document', brokenPaths('docs/x.md', '`src/nothing.ts` does it')],
  ['a name in a file', missingNames('docs/x.md', '`Nothing` in `src/app.ts`')],
  ['a rule', unknownRules('src/a.ts', '// (docs/ledger.md rules 1\n// and 99)')],
  ['a source', unknownSources('src/a.ts', '// seed 009')],
  ['a section of a source', unknownSources('src/a.ts', '// seed 003 §8.1 and\n// §99')],
  ['a document of elsewhere', ofElsewhere('src/a.ts', '// (design §3, rule 4)')],
  ['a room that is not in the map', missingInMap('http/ deps/', ['src/http', 'src/flows'])],
  ['a page that is not in the index', unlisted('[1](0001-a.md)', ['0001-a.md', '0002-b.md'])],
])('caught: %s', (_fault, found) => {
  expect(found).toHaveLength(1);
});

test('what is right is not reported', () => {
  expect(
    brokenLinks('docs/x.md', '[x](ledger.md#the-rules) [y](https://a.example) `[z](no)`'),
  ).toEqual([]);
  expect(brokenPaths('src/a.ts', '// docs/decisions/0041, docs/ledger.md.')).toEqual([]);
  expect(unknownRules('src/a.ts', '// docs/ledger.md rules 1, 6\n// and 7')).toEqual([]);
  expect(unknownSources('src/a.ts', '// seed 003 §8.3 and §8.4, seed 000')).toEqual([]);
});
