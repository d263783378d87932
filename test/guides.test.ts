// The guides for bot developers, buyers and operators say what the code does, in each of their languages.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { modelSchema, planSchema, productSchema } from '../src/catalog/schema.js';
import { OPTIONAL_MAIL_KINDS } from '../src/domain/notice.js';
import { ERROR_STATUS } from '../src/domain/refusal.js';

const read = (name: string) => readFileSync(`docs/${name}`, 'utf8');

describe('for bot developers', () => {
  const guides = { en: read('bots.md'), fa: read('bots.fa.md') };
  const blocksOf = (guide: string) => guide.match(/^```\w+\n[\s\S]*?\n```$/gm) ?? [];
  const rowsOf = (guide: string) =>
    [...guide.matchAll(/^\| (\d{3}) \| (`.*?`) \|/gm)].map(
      ([, status, code]) => `${status} ${code}`,
    );

  test.each(Object.entries(guides))(
    'every code stands in the %s guide, with its status',
    (_, guide) => {
      const rows = rowsOf(guide);
      for (const [code, status] of Object.entries(ERROR_STATUS)) {
        const isInTable = rows.includes(`${status} \`${code}\``);
        // Those of redeeming and of administration stand in a sentence.
        expect(isInTable || guide.includes(`\`${code}\``)).toBe(true);
        for (const row of rows.filter(each => each.endsWith(` \`${code}\``))) {
          expect(row).toBe(`${status} \`${code}\``);
        }
      }
    },
  );

  test('both have the same programs, codes and parts', () => {
    expect(blocksOf(guides.fa)).toEqual(blocksOf(guides.en));
    expect(blocksOf(guides.en).length).toBeGreaterThan(6);
    expect(rowsOf(guides.fa)).toEqual(rowsOf(guides.en));
    const parts = (guide: string) => guide.match(/^## /gm)?.length;
    expect(parts(guides.fa)).toBe(parts(guides.en));
  });
});

test('the two guides for buyers have the same parts', () => {
  const parts = (guide: string) => guide.match(/^## /gm)?.length;
  expect(parts(read('buyers.fa.md'))).toBe(parts(read('buyers.md')));
});

describe('the reference of the catalogue', () => {
  const document = read('catalog.md');
  const fieldsIn = (file: string) => {
    const [, section = ''] = document.split(`## ${file}\n`);
    const [table = ''] = section.split('\n## ');
    return [...table.matchAll(/^\| `([\w.]+)` \|/gm)].map(([, field]) => field);
  };

  test.each([
    ['plans.json', planSchema],
    ['products.json', productSchema],
    ['models.json', modelSchema],
  ])('has every field of %s, and no other', (file, schema) => {
    expect(fieldsIn(file).sort()).toEqual(fieldsOf(schema).sort());
  });

  /** `card.pricing.prompt`; a text is one field, whatever languages it has. */
  function fieldsOf(schema: z.ZodType): string[] {
    const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
    return [...new Set(fieldsBelow(json as JsonSchema, ''))];
  }

  interface JsonSchema {
    properties?: Record<string, JsonSchema>;
    anyOf?: JsonSchema[];
    oneOf?: JsonSchema[];
  }

  function fieldsBelow(
    { properties = {}, anyOf = [], oneOf = [] }: JsonSchema,
    path: string,
  ): string[] {
    if ('zh-TW' in properties) return [];
    const own = Object.entries(properties).flatMap(([name, below]) => [
      `${path}${name}`,
      ...fieldsBelow(below, `${path}${name}.`),
    ]);
    return [...own, ...[...anyOf, ...oneOf].flatMap(each => fieldsBelow(each, path))];
  }
});

test('the words of the list of mails are those of the code', () => {
  const purchases = read('operations.md');
  for (const kind of OPTIONAL_MAIL_KINDS) expect(purchases).toContain(`\`${kind}\``);
});
