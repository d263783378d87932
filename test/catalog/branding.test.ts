// The operator's own name, logo, colours and texts: read from files, and every fault told at once.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { loadBranding } from '../../src/catalog/branding.js';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sahm-branding-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function write(branding: unknown, files: Record<string, string> = {}) {
  const folder = join(directory, 'branding');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'branding.json'), JSON.stringify(branding));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
}

test('without a folder the pages have a name of their own', async () => {
  expect((await loadBranding(directory)).name.en).toBe('Sahm');
});

test('a shop has its name, logo, colour, contact and legal texts', async () => {
  await write(
    {
      name: { fa: 'فروشگاه', en: 'Shop', 'zh-TW': '商店' },
      accent: '#112233',
      logo: 'logo.svg',
      contact: { email: 'help@shop.example', telegram: '@shop' },
      legal: [{ id: 'terms', title: 'Terms', files: 'terms.md' }],
    },
    { 'logo.svg': '<svg/>', 'terms.md': '# Terms' },
  );
  const branding = await loadBranding(directory);
  expect(branding).toMatchObject({
    name: { fa: 'فروشگاه' },
    accent: '#112233',
    logo: join(directory, 'branding', 'logo.svg'),
    contact: { email: 'help@shop.example', website: null, telegram: '@shop' },
    legal: [{ id: 'terms', text: { fa: '# Terms', en: '# Terms', 'zh-TW': '# Terms' } }],
  });
});

test('every fault is told, with its place', async () => {
  await write({ accent: 'red', contact: { website: 'javascript:alert(1)' }, colour: 1 });
  await expect(loadBranding(directory)).rejects.toThrow(
    /branding\.json: accent: .*\n.*contact\.website: .*\n.*colour/s,
  );
});

test.each(['missing.md', '../plans.json'])(
  'a legal text that is no file of the folder is a fault: %s',
  async name => {
    await write({ legal: [{ id: 'terms', title: 'Terms', files: name }] });
    await expect(loadBranding(directory)).rejects.toThrow(/legal\[0\]\.files\.fa: /);
  },
);
