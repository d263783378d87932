import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

test('pages use nothing that browsers keep for HTTPS: a first try in the own network has none', async () => {
  const files = await readdir('web/src', { recursive: true });
  const faults: string[] = [];
  for (const file of files.filter(name => /\.tsx?$/.test(name))) {
    const code = await readFile(join('web/src', file), 'utf8');
    // Only a comment may say why.
    const found = /crypto\.(?:randomUUID\(|subtle)|navigator\.(?:locks|serviceWorker)/.exec(code);
    if (found) faults.push(`${file}: ${found[0]}`);
  }
  expect(files.length).toBeGreaterThan(100);
  expect(faults).toEqual([]);
});
