// The reasons of the inbox that the pages say in the reader's language are known by the service's own words.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import texts from '../../web/src/messages/en/adminReasons.js';

test('the service says each of them in these words', () => {
  const sources = ['src/store/purchases', 'src/shops', 'src/domain'].flatMap(folder =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter(path => path.endsWith('.ts'))
      .map(path => readFileSync(join(folder, path), 'utf8')),
  );
  const parts = Object.values(texts).flatMap(text => text.split('{name}'));
  expect(parts.length).toBeGreaterThan(15);
  expect(parts.filter(part => !sources.some(source => source.includes(part)))).toEqual([]);
});
