// What the process tells its engine: flags change from version to version of Node.

import { afterEach, expect, test } from '@jest/globals';
import { type DatabaseKind, openSite, type Site } from '../harness/site.js';

const TIMEOUT_MS = 180_000;

let site: Site | undefined;

afterEach(() => site?.close(), TIMEOUT_MS);

test.each<DatabaseKind>(['postgres', 'embedded'])(
  '%s: the engine knows every flag that it is given',
  async database => {
    site = await openSite({ database });
    const [service] = await site.start();
    // V8 complains of a flag and goes on without it.
    expect(service?.output()).toContain('listens on');
    expect(service?.output()).not.toMatch(/unrecognized flag|illegal value|bad option/);
  },
  TIMEOUT_MS,
);
