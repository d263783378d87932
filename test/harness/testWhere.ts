// For tests that need a program that no npm package brings.

import { describe, test } from '@jest/globals';

/** The Debian packages that tests need. */
export const DEBIAN_PACKAGES = [
  'chromium',
  'default-jdk-headless',
  'faketime',
  'nginx',
  'nodejs',
  'openssl',
  'pgbouncer',
  'php-cli',
  'php-curl',
  'prometheus',
  'python3',
  'python3-requests',
  'redis-server',
  'swift-account',
  'swift-container',
  'swift-object',
  'swift-proxy',
  'systemd',
  'util-linux',
  'zsh',
] as const;
export type DebianPackage = (typeof DEBIAN_PACKAGES)[number];

/**
 * `test` where the program is installed. Elsewhere the tests are skipped with a line that says what to
 * install, or, where CI is set, their file fails. `packages`: those that have the program.
 */
export function testWhere(isInstalled: boolean, ...packages: DebianPackage[]) {
  return isThere(isInstalled, packages) ? test : test.skip;
}

/** The same for a group of tests. */
export function describeWhere(isInstalled: boolean, ...packages: DebianPackage[]) {
  return isThere(isInstalled, packages) ? describe : describe.skip;
}

function isThere(isInstalled: boolean, packages: DebianPackage[]): boolean {
  if (isInstalled) return true;
  const names = packages.join(' ');
  const advice = `${names} is not installed (Debian: apt-get install ${names})`;
  if (process.env.CI) throw new Error(advice);
  console.warn(`${advice}: some tests are skipped.`);
  return false;
}
