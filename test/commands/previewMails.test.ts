// A preview of every mail, on the machine itself: without a database, a server or a configuration.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { previewMails } from '../../src/commands/previewMails.js';
import { SAMPLE_KINDS } from '../../src/domain/mailSamples.js';

async function preview(kind: string | undefined, options: Parameters<typeof previewMails>[1]) {
  const shown: string[] = [];
  const complaints: string[] = [];
  const code = await previewMails(
    kind,
    options,
    text => shown.push(text),
    text => complaints.push(text),
  );
  return { code, shown, complaints };
}

test('one kind in one language is printed, with the names of the catalogue', async () => {
  const { code, shown } = await preview('license_ready', { language: 'fa' });
  expect(code).toBe(0);
  expect(shown).toHaveLength(1);
  expect(shown[0]).toContain('Subject: کلید لایسنس شما');
  expect(shown[0]).toContain('پلن: حرفه‌ای');
});

test('without a kind and a language there are all of them, in all languages', async () => {
  const { shown } = await preview(undefined, {});
  expect(shown).toHaveLength(SAMPLE_KINDS.length * 3);
});

test('as HTML', async () => {
  const { shown } = await preview('sign_in', { language: 'zh-TW', html: true });
  expect(shown[0]).toContain('<html lang="zh-TW" dir="ltr">');
});

test('into a folder, each as text and as HTML', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sahm-mails-'));
  await preview('allowance_80', { language: 'en', to: join(folder, 'new') });
  expect((await readdir(join(folder, 'new'))).sort()).toEqual([
    'allowance_80.en.html',
    'allowance_80.en.txt',
  ]);
  const text = await readFile(join(folder, 'new', 'allowance_80.en.txt'), 'utf8');
  expect(text).toContain('600 of 750 OpenRouter requests of December 2026');
  await rm(folder, { recursive: true });
});

test.each([
  ['weather', {}, /There are: license_ready, sign_in/],
  ['sign_in', { language: 'de' }, /There are: fa, en, zh-TW/],
])('%s with %j is refused with the possible values', async (kind, options, words) => {
  const { code, shown, complaints } = await preview(kind, options);
  expect(code).toBe(2);
  expect(shown).toEqual([]);
  expect(complaints.join()).toMatch(words);
});
