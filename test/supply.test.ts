// What others' packages may do here: every one is locked and checked, none runs a script, those that serve are few,
// and each may be used. Without a network: from the lockfiles and from what is installed.

import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import {
  broughtBy,
  type Locked,
  type LockedPackage,
  nameOf,
  neededBy,
  readLocked,
  resolveLocked,
} from './harness/lockfile.js';

const service = readLocked('.');
const pages = readLocked('web');
/** The image leaves them out after its build (delivery/Dockerfile). */
const onlyToBuild = [
  ...readFileSync('delivery/Dockerfile', 'utf8').matchAll(/\bdependencies\.([\w@/-]+)/g),
].map(([, name = '']) => name);
const direct = Object.keys(service['']?.dependencies ?? {});
const delivered = broughtBy(
  service,
  direct.filter(name => !onlyToBuild.includes(name)),
  ['prisma', 'typescript'],
);

function faultsOf(packages: Locked): string[] {
  const { '': root = {}, ...others } = packages;
  const faults: string[] = [];
  for (const [name, version] of Object.entries({ ...root.dependencies, ...root.devDependencies })) {
    if (!/^(npm:(@[\w-]+\/)?[\w-]+@)?\d+\.\d+\.\d+[\w.-]*$/.test(version)) {
      faults.push(`${name}: not an exact version`);
    }
  }
  for (const [path, locked] of Object.entries(others)) {
    if (!/^sha512-[\w+/]{86}==$/.test(locked.integrity ?? '')) faults.push(`${path}: no checksum`);
    if (locked.resolved !== undefined) faults.push(`${path}: an address`);
    if (locked.link) faults.push(`${path}: a link`);
  }
  for (const [path, locked] of Object.entries(packages)) {
    for (const name of [...neededBy(locked), ...Object.keys(locked.devDependencies ?? {})]) {
      if (!resolveLocked(packages, path, name)) faults.push(`${path}: ${name} is not locked`);
    }
  }
  return faults;
}

test('every package is locked with its checksum and without an address, so that npm ci takes these and no others', () => {
  expect(faultsOf(service)).toEqual([]);
  expect(faultsOf(pages)).toEqual([]);
});

const zod = service['node_modules/zod'] as LockedPackage;
const changed = (changes: Partial<LockedPackage>): Locked => ({
  '': { dependencies: { zod: '4.6.7' } },
  'node_modules/zod': { ...zod, ...changes },
});

test.each<[fault: string, packages: Locked]>([
  ['zod: no checksum', changed({ integrity: 'sha1-AAAA' })],
  ['zod: an address', changed({ resolved: 'https://packages.example/zod.tgz' })],
  ['zod: a link', changed({ link: true })],
  ['left is not locked', changed({ optionalDependencies: { left: '^1.0.0' } })],
  ['pg is not locked', { ...changed({}), '': { dependencies: { pg: '8.23.1' } } }],
  ['not an exact version', { ...changed({}), '': { dependencies: { zod: '^4.6.7' } } }],
  ['not an exact version', { ...changed({}), '': { dependencies: { zod: 'github:a/zod' } } }],
])('caught: %s', (fault, packages) => {
  expect(faultsOf(packages).join('\n')).toContain(fault);
});

test('no package runs a script when it is installed, and none that serves wants to', () => {
  expect(readFileSync('.npmrc', 'utf8')).toMatch(/^ignore-scripts=true$/m);
  expect(delivered.filter(path => service[path]?.hasInstallScript)).toEqual([]);
  const wanting = Object.entries({ ...service, ...pages })
    .filter(([, { hasInstallScript, dev }]) => hasInstallScript && !dev)
    .map(([path]) => path);
  // They would download engines in native code; here a WebAssembly one is used. fsevents is for macOS.
  expect(wanting.filter(path => !pages[path]?.optional)).toEqual([
    'node_modules/@prisma/engines',
    'node_modules/prisma',
  ]);
});

test('few packages serve: at most 45 that we chose, and 200 with all that these bring', () => {
  expect(direct.length).toBeLessThanOrEqual(45);
  expect(delivered.length).toBeGreaterThan(100);
  // With those for other platforms.
  expect(delivered.length).toBeLessThanOrEqual(200);
  // What `npm start` installs where it builds: most of the rest comes with `prisma`, which generates the client.
  const production = Object.values(service).filter(({ dev }) => !dev);
  expect(production.filter(({ optional }) => !optional).length).toBeLessThanOrEqual(300);
});

/** For all that we deliver; the licenses of the pages' packages are in what the browser loads. */
const MAY_SERVE = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'OFL-1.1',
  'Unlicense',
];
/** Used unchanged, and only while something is built. */
const MAY_BUILD = [...MAY_SERVE, 'EPL-2.0', 'MPL-2.0'];
/** Packages whose package.json names no license, after reading the text that lies beside it. */
const READ_BY_HAND: Record<string, string> = { 'seq-queue': 'MIT' };

/** `MIT`, `(MPL-2.0 OR Apache-2.0)`, `MIT and ISC`: one of an OR is enough, of an AND every one is needed. */
function isAllowed(license: string, allowed: string[]): boolean {
  return license
    .replace(/[()]/g, '')
    .split(/ or /i)
    .some(choice => choice.split(/ and /i).every(each => allowed.includes(each)));
}

function licenseOf(folder: string, path: string, locked: LockedPackage): string {
  const file = `${folder}/${path}/package.json`;
  const said = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).license : locked.license;
  return said ?? locked.license ?? READ_BY_HAND[nameOf(path)] ?? 'none';
}

function notAllowed(folder: string, packages: Locked, paths: string[], allowed: string[]) {
  return paths
    .map(path => [path, licenseOf(folder, path, packages[path] as LockedPackage)] as const)
    .filter(([, license]) => !isAllowed(license, allowed))
    .map(([path, license]) => `${path}: ${license}`);
}

test('the license of every package that serves or builds allows it', () => {
  const build = (packages: Locked) =>
    Object.keys(packages).filter(path => path !== '' && !packages[path]?.dev);
  expect(notAllowed('.', service, delivered, MAY_SERVE)).toEqual([]);
  expect(notAllowed('.', service, build(service), MAY_BUILD)).toEqual([]);
  expect(notAllowed('web', pages, build(pages), MAY_BUILD)).toEqual([]);
  expect(isAllowed('(MPL-2.0 OR Apache-2.0)', MAY_SERVE)).toBe(true);
  for (const license of ['none', 'GPL-3.0', 'MIT AND AGPL-3.0', 'SEE LICENSE IN LICENSE']) {
    expect(isAllowed(license, MAY_BUILD)).toBe(false);
  }
});
