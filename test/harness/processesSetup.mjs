// The tests in test/processes/ start the built service. Creating an embedded database takes seconds of
// processor time, so it is done once, and its files are copied.

import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { prepare } from '../../scripts/prepare.mjs';

export default async function processesSetup() {
  await prepare({ dev: true });
  const folder = await mkdtemp(join(tmpdir(), 'sahm-embedded-'));
  process.env.SAHM_TEST_EMBEDDED = join(folder, 'postgres');
  const script = 'dist/src/store/database/createEmbedded.js';
  await promisify(execFile)(process.execPath, [script, process.env.SAHM_TEST_EMBEDDED]);
}
