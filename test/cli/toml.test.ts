import { expect, test } from '@jest/globals';
import { withTable } from '../../src/cli/connect/toml.js';

const TABLE = '[a.sahm]\nurl = "new"\n';

test.each([
  ['with a comment', '[a.sahm] # mine\nurl = "old"\n'],
  ['with a quoted name', '[ a . "sahm" ]\nurl = "old"\n'],
  ['with tables inside it', '[a.sahm]\nurl = "old"\n\n[a.sahm.headers]\nA = "b"\n'],
  ['of which only a table inside stands there', '[a.sahm.headers]\nA = "b"\n'],
])('a table %s is replaced, and the others stay', (_name, old) => {
  const others = ['x = 1\n\n[a.sahmara]\nurl = "c"\n\n', '\n[b]\n[b.a.sahm]\ny = 2\n'];
  expect(withTable(others.join(old), 'a.sahm', { url: 'new' })).toBe(others.join(TABLE));
  expect(withTable(old, 'a.sahm', { url: 'new' })).toBe(TABLE);
});

test('a table that is not there is added at the end', () => {
  expect(withTable('x = 1\n', 'a.sahm', { url: 'new' })).toBe(`x = 1\n\n${TABLE}`);
  expect(withTable('', 'a.sahm', { url: 'new' })).toBe(TABLE);
});
