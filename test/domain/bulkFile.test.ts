import { describe, expect, test } from '@jest/globals';
import { readBulkFile } from '../../src/domain/bulkFile.js';

describe('a file of changes', () => {
  const LINES = [
    { license: 'a@example.com', plan: 'vip', plan_until: '2027-02-28' },
    { license: 'b@example.com', limits: { openai: 5, until: '2027-02-28' }, expires_at: null },
    { license: 'c@example.com', note: 'two\nlines, and a "quote"' },
    { license: 'd@example.com', grant: { product: '404', quantity: 2 }, rate_limit: 7 },
  ];
  const FILES: Record<string, [text: string, numbers: number[]]> = {
    'JSON lines': [LINES.map(line => JSON.stringify(line)).join('\n'), [1, 2, 3, 4]],
    'a JSON array': [JSON.stringify(LINES, null, 2), [1, 2, 3, 4]],
    CSV: [
      [
        'license,plan,plan_until,limits.openai,limits.until,expires_at,note,grant.product,grant.quantity,rate_limit',
        'a@example.com,vip,2027-02-28,,,,,,,',
        'b@example.com,,,5,2027-02-28,null,,,,',
        '',
        '"c@example.com",,,,,,"two\nlines, and a ""quote""",,,',
        'd@example.com,,,,,,,404,2,7',
      ].join('\n'),
      [2, 3, 5, 7],
    ],
  };

  test.each(Object.entries(FILES))(
    'as %s says what is to be done, line by line',
    (_, [text, numbers]) => {
      for (const file of [text, `\uFEFF${text}`, `${text}\n`]) {
        const read = readBulkFile(file);
        expect(read.map(({ line }) => line)).toEqual(numbers);
        expect(read.map(each => 'value' in each && each.value)).toEqual(LINES);
      }
    },
  );

  test.each([
    ['semicolons', ';'],
    ['tabs', '\t'],
  ])('with %s in place of commas says the same', (_, comma) => {
    const [text, numbers] = FILES.CSV as [string, number[]];
    const note = /"two[\s\S]*?quote"{3}/.exec(text)?.[0] as string;
    const written = text.split(note).map(part => part.replaceAll(',', comma));
    const read = readBulkFile(written.join(note));
    expect(read.map(({ line }) => line)).toEqual(numbers);
    expect(read.map(each => 'value' in each && each.value)).toEqual(LINES);
  });

  test('with the line ends of Windows says the same', () => {
    const read = readBulkFile('license,plan\r\na,vip\r\nb,pro\r\n');
    expect(read).toEqual([
      { line: 2, value: { license: 'a', plan: 'vip' } },
      { line: 3, value: { license: 'b', plan: 'pro' } },
    ]);
  });

  test.each([
    ['JSON that breaks off', '{"license": "a"}\n{"license": ', 2, 'a JSON object'],
    ['a JSON array that breaks off', '[{"license": "a"}', 1, 'a JSON array that is complete'],
    ['too many fields', 'license\na\nb,c', 3, 'at most 1 fields, as the header has'],
    [
      'a column that stands twice, of which one value would be lost',
      'license,plan,plan\na,pro,vip',
      2,
      'a header that has "plan" once',
    ],
    ['a quote that does not end', 'license\na\n"b', 3, 'CSV whose quoted fields end with a quote'],
  ])('names the line that cannot be read: %s', (_, text, line, fault) => {
    const read = readBulkFile(text);
    expect(read.filter(each => 'fault' in each)).toEqual([{ line, fault }]);
    expect(read.at(-1)).toHaveProperty('fault');
  });

  test('with blanks around its fields, its names and its lines says the same', () => {
    const told = [{ line: 2, value: { license: 'a', rate_limit: 7 } }];
    expect(readBulkFile(' license , rate_limit \n a , 7 ')).toEqual(told);
    expect(readBulkFile('license,rate_limit,note\na,7')).toEqual(told);
    expect(readBulkFile('license,rate_limit\na,7\n,\n')).toEqual(told);
    expect(readBulkFile('license,rate_limit\na,7\n,')).toEqual(told);
    expect(readBulkFile('license,plan\na,')).toEqual([{ line: 2, value: { license: 'a' } }]);
    const lines = [{ line: 1, value: { license: 'a' } }];
    expect(readBulkFile('  {"license": "a"}\n   \n')).toEqual(lines);
    expect(readBulkFile(' \n [{"license": "a"}]')).toEqual(lines);
  });

  test('numbers are only read where a number belongs and where it is nothing else', () => {
    const read = readBulkFile(
      'license,my_rate_limit,rate_limit,concurrency,limits.openai,limits.until,limits.untilled,grant.units_more,note\n7,7,7a,a7,12,7,7,7,7',
    );
    expect(read).toEqual([
      {
        line: 2,
        value: {
          ...{ license: '7', my_rate_limit: '7', rate_limit: '7a', concurrency: 'a7' },
          limits: { openai: 12, until: '7', untilled: 7 },
          grant: { units_more: '7' },
          note: '7',
        },
      },
    ]);
  });

  test('whatever is in it, it is read in one go and pollutes nothing', () => {
    const read = readBulkFile('license,__proto__.polluted,constructor.prototype\na,b,c');
    expect(JSON.stringify(read)).toContain('"license":"a"');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    for (const text of [
      '',
      '\n',
      ',',
      '"',
      '[',
      '{',
      'null',
      ',,,\n,,,',
      `"${'a'.repeat(100_000)}`,
    ]) {
      expect(Array.isArray(readBulkFile(text))).toBe(true);
    }
  });
});
