// What docs/security.md says: that the tests it names exist, and that its expressions find our secrets.

import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { makeKey } from '../src/domain/key.js';
import { makeCode, showCode } from '../src/domain/redemptionCode.js';
import { newSecret } from '../src/store/secrets/randomSecret.js';

const document = readFileSync('docs/security.md', 'utf8');

interface Cited {
  file: string;
  names: string[];
}

/** `` `test/a.test.ts` "a name", "another" `` */
function citedIn(text: string): Cited[] {
  return [...text.matchAll(/`(test\/[\w./-]+\.test\.ts)`((?:,? "[^"\n]+")*)/g)].map(
    ([, file = '', names = '']) => ({
      file,
      names: [...names.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name),
    }),
  );
}

function missingIn(text: string): string[] {
  return citedIn(text).flatMap(({ file, names }) => {
    if (!existsSync(file)) return [file];
    const source = readFileSync(file, 'utf8');
    return names.filter(name => !source.includes(name)).map(name => `${file}: ${name}`);
  });
}

/** The rows of a chapter's table, as cells. */
function rowsOf(chapter: string): string[][] {
  const text = document.split(/^## /m).find(part => part.startsWith(chapter)) ?? '';
  const rows = text.split('\n').filter(line => line.startsWith('| '));
  return rows.slice(1).map(row => row.slice(2, -2).split(/ (?<!\\)\| /));
}

test('every test that docs/security.md names is there', () => {
  expect(citedIn(document).length).toBeGreaterThan(80);
  expect(missingIn(document)).toEqual([]);
  const key = '`test/domain/key.test.ts`';
  expect(missingIn(`${key} "keys do not repeat", "no such name"`)).toHaveLength(1);
  expect(missingIn('`test/domain/nothing.test.ts` "a"')).toHaveLength(1);
});

test.each([
  ['Attacks that are tried', 2],
  ['Rotation', 2],
  ['OWASP ASVS 5.0, level 2', 1],
])('every row of "%s" has a test, or says why not', (chapter, at) => {
  const rows = rowsOf(chapter);
  expect(rows.length).toBeGreaterThan(4);
  const open = rows.filter(row => !/`test\/.*"|^Not\b|^Partly: /.test(row[at] ?? ''));
  expect(open).toEqual([]);
});

const link = (path: string) => `https://api.shop.example/${path}/${newSecret()}`;
const MADE: Record<string, () => string> = {
  'license key and named key': () => makeKey(randomBytes),
  'API token of an administrator': () => `sahm_admin_${newSecret()}`,
  'redemption code': () => showCode(makeCode(randomBytes)),
  'link to a key, link to sign in': () => link(randomBytes(1).at(0) ? 'claim' : 'sign-in'),
  'secret of a webhook endpoint': () => `whsec_${randomBytes(32).toString('hex')}`,
};

test('the expressions for scanners find each of our secrets in a text, whole, and nothing else of ours', () => {
  const published = rowsOf('The form of our secrets').map(
    ([kind = '', expression = '']) =>
      [kind, new RegExp(expression.slice(1, -1).replaceAll('\\|', '|'), 'g')] as const,
  );
  expect(published.map(([kind]) => kind)).toEqual(Object.keys(MADE));
  for (const [kind, make] of Object.entries(MADE)) {
    for (let count = 0; count < 500; count++) {
      const secret = make();
      for (const text of [secret, `key="${secret}";`, `(${secret})`, `${secret}\n${secret}`]) {
        const found = published.filter(([, expression]) => text.match(expression));
        expect(found.map(([which]) => which)).toEqual([kind]);
        const [[match = ''] = []] = found.map(([, expression]) => text.match(expression) ?? []);
        expect(secret.endsWith(match)).toBe(true);
      }
    }
  }
  const shown = `sahm_live_Ab12…wxyz, sahm_admin_refresh, /claim/{token}, whsec_..., SAHM-Nowruz-1405`;
  expect(published.filter(([, expression]) => shown.match(expression))).toEqual([]);
});
