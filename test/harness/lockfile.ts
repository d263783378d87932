// What a package-lock.json says: which packages there are, and what needs what.

import { readFileSync } from 'node:fs';

export interface LockedPackage {
  name?: string;
  version?: string;
  resolved?: string;
  integrity?: string;
  license?: string;
  link?: boolean;
  dev?: boolean;
  optional?: boolean;
  hasInstallScript?: boolean;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
}

export type Locked = Record<string, LockedPackage>;

export function readLocked(folder: string): Locked {
  return JSON.parse(readFileSync(`${folder}/package-lock.json`, 'utf8')).packages;
}

/** `@prisma/client` of `node_modules/a/node_modules/@prisma/client`. */
export function nameOf(path: string): string {
  return path.replace(/^.*node_modules\//, '');
}

/** What a package asks for that has to be there, also on another platform. */
export function neededBy(locked: LockedPackage): string[] {
  const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = locked;
  const peers = Object.keys(peerDependencies ?? {}).filter(
    name => !peerDependenciesMeta?.[name]?.optional,
  );
  return [...Object.keys(dependencies ?? {}), ...Object.keys(optionalDependencies ?? {}), ...peers];
}

/** The path of the package that `name` means for the one at `from`: the nearest above it. */
export function resolveLocked(packages: Locked, from: string, name: string): string | undefined {
  for (let place = from; ; place = place.replace(/(^|\/)node_modules\/(@[^/]+\/)?[^/]+$/, '')) {
    const path = `${place === '' ? '' : `${place}/`}node_modules/${name}`;
    if (packages[path]) return path;
    if (place === '') return undefined;
  }
}

/** The paths of what these packages of the root bring, themselves included. */
export function broughtBy(packages: Locked, names: string[], without: string[] = []): string[] {
  const found = new Set<string>();
  const visit = (from: string, wanted: string[]) => {
    for (const name of wanted) {
      const path = without.includes(name) ? undefined : resolveLocked(packages, from, name);
      if (path === undefined || found.has(path)) continue;
      found.add(path);
      visit(path, neededBy(packages[path] as LockedPackage));
    }
  };
  visit('', names);
  return [...found];
}
