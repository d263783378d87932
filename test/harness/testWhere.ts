// For tests that need a program that no npm package brings.

import { test } from '@jest/globals';

/**
 * `test` where the program is installed. Elsewhere the tests are skipped with a line that says what to
 * install, or, where CI is set, their file fails. `debianPackage`: the package that has the program.
 */
export function testWhere(isInstalled: boolean, debianPackage: string) {
  if (isInstalled) return test;
  const advice = `${debianPackage} is not installed (Debian: apt-get install ${debianPackage})`;
  if (process.env.CI) throw new Error(advice);
  console.warn(`${advice}: some tests are skipped.`);
  return test.skip;
}
