// A text that grows gives the same blocks as the whole text.

import { expect, test } from '@jest/globals';
import { type Blocks, blocksOf, growBlocks, NO_BLOCKS } from '../../web/src/ui/markdown/blocks.js';

const TEXT = `# عنوان

React یک کتابخانه است، با $E = mc^2$ و \`code\`.

1. اول
2. second
   - nested

   با پاراگراف

\`\`\`js
const a = 1;

const b = 2;
\`\`\`

| a | b |
|---|---|
| 1 | 2 |

$$
\\frac12
$$

> quote

Setext
---

end`;

function grown(text: string, step: number): Blocks {
  let blocks = NO_BLOCKS;
  for (let end = step; end < text.length + step; end += step) {
    blocks = growBlocks(blocks, text.slice(0, end));
  }
  return blocks;
}

const shapeOf = (tokens: Array<{ type: string; raw: string }>) =>
  tokens.map(({ type, raw }) => [type, raw.trim()]);

test.each([1, 2, 3, 7, 50])('in steps of %d letters', step => {
  const { done, last } = grown(TEXT, step);
  expect(shapeOf([...done, ...last])).toEqual(shapeOf(blocksOf(TEXT)));
});

test('a finished block stays the same object, so that it is drawn once', () => {
  const before = growBlocks(NO_BLOCKS, 'one\n\ntwo\n\nthr');
  const after = growBlocks(before, 'one\n\ntwo\n\nthree');
  expect(before.done).toHaveLength(2);
  expect(after.done).toBe(before.done);
});

test('a long list is cut, and goes on counting', () => {
  const lines = Array.from({ length: 100 }, (_, at) => `${at + 1}. item`);
  const { done, last } = grown(lines.join('\n'), 20);
  const lists = [...done, ...last] as unknown as Array<{ start: number; items: unknown[] }>;
  expect(lists.length).toBeGreaterThan(1);
  let next = 1;
  for (const { start, items } of lists) {
    expect(start).toBe(next);
    next += items.length;
  }
  expect(next).toBe(101);
});

const ROWS = Array.from({ length: 100 }, (_, at) => `| ${at} | **x** |`);

test('a long table is cut, and each part has its head', () => {
  const { done, last } = grown(`| a | b |\n|---|---|\n${ROWS.join('\n')}\n\nafter`, 30);
  const tables = [...done, ...last].slice(0, -1) as unknown as Array<{
    type: string;
    header: Array<{ text: string }>;
    rows: Array<Array<{ text: string }>>;
  }>;
  expect(tables.length).toBeGreaterThan(1);
  for (const { type, header } of tables) {
    expect([type, ...header.map(({ text }) => text)]).toEqual(['table', 'a', 'b']);
  }
  const first = tables.flatMap(({ rows }) => rows.map(([cell]) => cell?.text));
  expect(first).toEqual(ROWS.map((_, at) => `${at}`));
});

test.each([
  ['lines', 'a line of it, and **more** of it\n', 400],
  ['sentences', 'A sentence of [it](https://example.com). ', 400],
  ['words', 'word *and* ', 1_500],
  ['a quote', '> a line\n>\n', 800],
])('a long paragraph or quote is cut and loses nothing: %s', (_, part, times) => {
  const text = part.repeat(times).trim();
  const { done, last } = grown(text, 150);
  const blocks = [...done, ...last];
  expect(blocks.length).toBeGreaterThan(1);
  expect(Math.max(...blocks.map(({ raw }) => raw.length))).toBeLessThan(4_500);
  expect(blocks.map(({ raw }) => raw).join('')).toBe(text);
  expect(new Set(blocks.map(({ type }) => type)).size).toBe(1);
});

test('money is no formula', () => {
  const [paragraph] = blocksOf('It costs $5 and $6, or $7.50 in all.');
  expect(JSON.stringify(paragraph)).not.toContain('ormula"');
});

test.each([
  ['a number sign', 'see it. # 5 was'],
  ['a year', 'built in 1985. 1986. was'],
  ['a dash', 'as he said. - and then'],
  ['a tag', '<u>one. two three. four</u> five'],
  ['a deep line', 'as he said.\n    and then'],
])('a long paragraph is not cut so that the rest is something else: %s', (_, odd) => {
  const text = `A plain sentence, as any. ${odd} `.repeat(400).trim();
  const { done, last } = grown(text, 7);
  const blocks = [...done, ...last];
  expect(blocks.length).toBeGreaterThan(2);
  expect(new Set(blocks.map(({ type }) => type))).toEqual(new Set(['paragraph']));
  expect(blocks.map(({ raw }) => raw).join('')).toBe(text);
  for (const { raw } of blocks) {
    expect(raw.split('<u>').length).toBe(raw.split('</u>').length);
  }
});
