// A file of changes, a line each: CSV with a header, JSON lines, or a JSON array.

import { withoutByteOrderMark } from './byteOrderMark.js';
import { parseJson } from './unknownJson.js';

/** `fault` says what is expected instead of a line that cannot be read. */
export type FileLine = { line: number; value: unknown } | { line: number; fault: string };

/** Columns of CSV that are numbers. */
const NUMBER = /^(?:rate_limit|concurrency|limits\.(?!until$)\w+|grant\.(?:quantity|units))$/;

/** Lines are numbered as an editor shows them, in CSV from the header on. */
export function readBulkFile(text: string): FileLine[] {
  const content = withoutByteOrderMark(text);
  const first = content.trimStart()[0];
  if (first === '[') return readArray(content);
  return first === '{' ? readJsonLines(content) : readCsvLines(content);
}

function readArray(text: string): FileLine[] {
  const value = parseJson(text);
  return Array.isArray(value)
    ? value.map((each, index) => ({ line: index + 1, value: each }))
    : [{ line: 1, fault: 'a JSON array that is complete' }];
}

function readJsonLines(text: string): FileLine[] {
  return text.split(/\r?\n/).flatMap((each, index): FileLine[] => {
    if (each.trim() === '') return [];
    const value = parseJson(each);
    const line = index + 1;
    return value === undefined ? [{ line, fault: 'a JSON object' }] : [{ line, value }];
  });
}

function readCsvLines(text: string): FileLine[] {
  const records = readCsv(text);
  const header = records.shift()?.fields?.map(name => name.trim()) ?? [];
  const twice = header.find((name, index) => header.indexOf(name) !== index);
  return records.map(({ line, fields }) => {
    if (twice !== undefined) return { line, fault: `a header that has "${twice}" once` };
    if (!fields) return { line, fault: 'CSV whose quoted fields end with a quote' };
    return fields.length > header.length
      ? { line, fault: `at most ${header.length} fields, as the header has` }
      : { line, value: objectOf(header, fields) };
  });
}

/** An empty field is absent, `null` is null, and `limits.openai` is a field of `limits`. */
function objectOf(header: string[], fields: string[]): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  header.forEach((name, index) => {
    const text = fields[index]?.trim() ?? '';
    if (text === '') return;
    const [outer = '', inner] = name.split('.', 2);
    const value = cellValue(name, text);
    if (inner === undefined) Object.assign(object, ownField(outer, value));
    else
      Object.assign(
        object,
        ownField(outer, { ...(object[outer] as object), ...ownField(inner, value) }),
      );
  });
  return object;
}

/** Whatever the name is, `__proto__` too, it becomes a field like any other. */
function ownField(name: string, value: unknown): Record<string, unknown> {
  return Object.fromEntries([[name, value]]);
}

function cellValue(name: string, text: string): unknown {
  if (text === 'null') return null;
  return NUMBER.test(name) && /^\d{1,15}$/.test(text) ? Number(text) : text;
}

interface CsvRecord {
  line: number;
  /** Null where it is no CSV from here on. */
  fields: string[] | null;
}

/** RFC 4180, but for a semicolon or tab in place of the comma, as many spreadsheets write it. Empty lines are left out. */
function readCsv(text: string): CsvRecord[] {
  // No column's name has any of them.
  const comma = /[,;\t]/.exec(text.split(/[\r\n]/, 1)[0] ?? '')?.[0] ?? ',';
  const records: CsvRecord[] = [];
  let record = { line: 1, fields: [] as string[] };
  let line = 1;
  // A field, quoted or not, and what ends it.
  const field = new RegExp(
    `(?:"((?:[^"]|"")*)"|([^"${comma}\\r\\n]*))(${comma}|\\r?\\n|\\r|$)`,
    'gy',
  );
  while (field.lastIndex < text.length) {
    const match = field.exec(text);
    if (!match) return [...records, { line, fields: null }];
    const [, quoted, plain = '', end = ''] = match;
    record.fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    line += (quoted?.match(/\n/g)?.length ?? 0) + (end === '' || end === comma ? 0 : 1);
    if (end === comma) continue;
    if (record.fields.some(each => each !== '')) records.push(record);
    record = { line, fields: [] };
  }
  if (record.fields.some(each => each !== '')) records.push(record);
  return records;
}
