// Tests that need a program which no package of npm brings.

import { test } from '@jest/globals';

/**
 * `test` where the program is there. Elsewhere the tests are skipped, and a line says what to install;
 * where CI is set their file fails. `debianPackage`: what brings the program.
 */
export function testWhere(isInstalled: boolean, debianPackage: string) {
  if (isInstalled) return test;
  const advice = `${debianPackage} is not installed (Debian: apt-get install ${debianPackage})`;
  if (process.env.CI) throw new Error(advice);
  console.warn(`${advice}: some tests are skipped.`);
  return test.skip;
}
