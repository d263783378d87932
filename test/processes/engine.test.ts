// The flags that the process sets on its engine: they differ between versions of Node.

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
    // V8 only complains about an unknown flag, and runs without it.
    expect(service?.output()).toContain('listens on');
    expect(service?.output()).not.toMatch(/unrecognized flag|illegal value|bad option/);
  },
  TIMEOUT_MS,
);
