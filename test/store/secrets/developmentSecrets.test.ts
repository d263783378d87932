import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { keptSecrets } from '../../../src/store/secrets/developmentSecrets.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sahm-secrets-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test('processes that start together read the same secrets, and so does a later one', async () => {
  const together = await Promise.all(Array.from({ length: 50 }, () => keptSecrets(directory)));
  const later = await keptSecrets(directory);
  expect(new Set([...together, later].map(secrets => JSON.stringify(secrets))).size).toBe(1);
  expect(Buffer.from(later.keyEncryptionKey, 'base64').length).toBe(32);
});

test('the file is for its owner only, and nothing is left beside it', async () => {
  await keptSecrets(directory);
  expect(await readdir(directory)).toEqual(['secrets.json']);
  const { mode } = await stat(join(directory, 'secrets.json'));
  expect(mode & 0o777).toBe(0o600);
});
